"""Cards that build themselves: an animated PNG whose default image is the whole card."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.cards.cards import Cards
from providers.cards.number import can_count, count
from providers.requests import CardColumn, CardSpec, CardTable, ImageRequest, Made

_TABLE = CardTable(header=("Year", "Cars"), rows=(("2020", "10"), ("2021", "14"), ("2022", "20")))
_CARDS = {
    "points": CardSpec(kind="points", heading="Bread", items=("Yeast", "Gas", "Gluten")),
    "steps": CardSpec(kind="steps", heading="Bread", items=("Knead", "Rest", "Bake")),
    "table": CardSpec(kind="table", heading="Cars", table=_TABLE),
    "bar": CardSpec(kind="bar", heading="Cars", table=_TABLE),
    "line": CardSpec(kind="line", heading="Cars", table=_TABLE),
    "number": CardSpec(kind="number", heading="Falls", number="42 %", text="are from ladders"),
    "code": CardSpec(kind="code", heading="Code", code="a = 1\n\nb = 2", code_language="python"),
    "comparison": CardSpec(
        kind="comparison",
        heading="Two",
        columns=(CardColumn(title="A", items=("x",)), CardColumn(title="B", items=("y",))),
    ),
    "statement": CardSpec(kind="statement", heading="Cars", text="run on oil"),
}


def _made(card: CardSpec, width: int = 640, height: int = 360, language: str = "en") -> Made:
    asked = ImageRequest(
        provider="cards", model="cards", width=width, height=height, card=card,
        theme="daylight", language=language,
    )  # fmt: skip
    return asyncio.run(Cards(lambda digest: Path(digest)).image(asked))


def _frames(made: Made) -> list[np.ndarray]:
    assert isinstance(made.data, bytes)
    with Image.open(io.BytesIO(made.data)) as opened:
        shown = []
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            shown.append(np.asarray(opened.convert("RGB")).astype(int))
    return shown


@pytest.mark.parametrize("kind", _CARDS)
def test_a_card_that_builds_shows_its_parts_one_by_one_and_ends_whole(kind: str) -> None:
    card = _CARDS[kind]
    still = _frames(_made(card))[0]
    built = _made(card.model_copy(update={"builds": True}))
    whole, *states = _frames(built)
    told = built.facts["states"]
    assert len(states) == len(told) >= 2
    assert [state["part"] for state in told] == sorted(state["part"] for state in told)
    assert (whole == still).all()
    assert (states[-1] == still).all()
    assert (states[0] != still).any()


@pytest.mark.parametrize("kind", _CARDS)
def test_a_state_differs_from_the_one_before_only_inside_its_box(kind: str) -> None:
    built = _made(_CARDS[kind].model_copy(update={"builds": True}))
    _, *states = _frames(built)
    for before, after, told in zip(states, states[1:], built.facts["states"][1:], strict=False):
        left, top, right, bottom = told["box"]
        outside = (before != after).any(axis=2)
        outside[top:bottom, left:right] = False
        assert not outside.any()


def test_the_spoken_point_stands_out_and_the_others_recede() -> None:
    built = _made(_CARDS["points"].model_copy(update={"builds": True}))
    whole, _, first, second, *_ = _frames(built)
    _, top, _, bottom = built.facts["states"][1]["box"]
    ink = [float((255 - frame[top:bottom, 280:]).max()) for frame in (first, second, whole)]
    assert ink[1] < 0.75 * ink[0]
    assert ink[2] == pytest.approx(ink[0], abs=3)


def test_bars_grow_upwards_and_lines_from_left_to_right() -> None:
    for kind, how in (("bar", "up"), ("line", "right")):
        told = _made(_CARDS[kind].model_copy(update={"builds": True})).facts["states"]
        assert {state["how"] for state in told[1:]} == {how}


def test_a_card_without_parts_stays_a_plain_picture() -> None:
    made = _made(CardSpec(kind="title", heading="Bread", builds=True))
    assert "states" not in made.facts
    assert len(_frames(made)) == 1


@pytest.mark.parametrize(
    ("shown", "share", "counted"),
    [
        ("42 %", 0.5, "21 %"),
        ("$1,234,567", 0.1, "$123,457"),
        ("3.5 million", 0.2, "0.7 million"),
        ("3,5 Mio.", 0.2, "0,7 Mio."),
        ("1'000", 1.0, "1'000"),
        ("007", 0.0, "0"),
    ],
)
def test_a_figure_is_counted_in_the_editors_own_spelling(
    shown: str, share: float, counted: str
) -> None:
    assert can_count(shown)
    assert count(shown, share) == counted
    assert count(shown, 1.0).lstrip("0") == shown.lstrip("0")


@pytest.mark.parametrize("shown", ["1969", "24/7", "3 of 10", "none", "0"])
def test_years_and_several_numbers_are_not_counted(shown: str) -> None:
    assert not can_count(shown)
