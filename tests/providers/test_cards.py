"""The cards provider, asked as the store asks it."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from providers.cards.cards import Cards
from providers.errors import Misconfigured, Rejected
from providers.requests import CardSpec, CardTable, ImageRequest, SpeechRequest

SHORT = {
    "title": CardSpec(kind="title", heading="Gravity"),
    "points": CardSpec(kind="points", heading="Why", items=("It is cheap", "It is fast")),
    "steps": CardSpec(kind="steps", heading="How", items=("Mix", "Bake", "Eat")),
    "quote": CardSpec(kind="quote", text="Less is more."),
    "bar": CardSpec(
        kind="bar", table=CardTable(header=("Year", "Cost"), rows=(("2023", "9"), ("2024", "7")))
    ),
    "closing": CardSpec(kind="closing", heading="Thank you"),
}


def request(card: CardSpec | None, theme: str = "") -> ImageRequest:
    return ImageRequest(
        provider="cards", model="cards", width=518, height=292, card=card, theme=theme
    )


def cards() -> Cards:
    return Cards(lambda digest: Path(digest))


def test_a_card_costs_nothing_and_is_a_png_of_the_asked_size() -> None:
    made = asyncio.run(cards().image(request(SHORT["title"])))
    assert made.data is not None
    with Image.open(io.BytesIO(made.data)) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (518, 292), "RGB")
    assert (made.facts["width"], made.facts["height"]) == (518, 292)
    assert all(0 < share < 1 for share in made.facts["focus"])
    (item,) = made.bill
    assert (item.quantity, item.unit, item.usd, item.source) == (
        1,
        "card",
        0,
        "drawn on this machine",
    )


def test_equal_requests_give_equal_bytes_and_other_words_another_picture() -> None:
    first, second, third = (
        asyncio.run(cards().image(request(card))).data
        for card in (SHORT["points"], SHORT["points"], SHORT["steps"])
    )
    assert first == second != third


def test_cards_drawn_at_the_same_time_are_those_drawn_one_by_one() -> None:
    async def together() -> list[bytes | None]:
        made = await asyncio.gather(*(cards().image(request(card)) for card in asked))
        return [one.data for one in made]

    asked = [SHORT[kind] for kind in ("title", "points", "quote", "bar", "closing", "steps")]
    alone = [asyncio.run(cards().image(request(card))).data for card in asked]
    assert asyncio.run(together()) == alone


def test_a_request_without_a_card_is_refused() -> None:
    with pytest.raises(Misconfigured, match="with a card"):
        cards().quote(request(None))


def test_an_unknown_theme_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Misconfigured, match="did you mean 'midnight'"):
        cards().quote(request(SHORT["title"], "midnigth"))


def test_cards_does_not_speak() -> None:
    with pytest.raises(Misconfigured):
        cards().quote(SpeechRequest(provider="cards", model="cards", text="Hi", voice="x"))


def test_words_that_do_not_fit_are_rejected_with_the_reason() -> None:
    card = CardSpec(kind="quote", text="And so on, " * 400)
    with pytest.raises(Rejected, match="text is too long"):
        asyncio.run(cards().image(request(card)))


def test_the_engines_fingerprint_is_stable_and_short() -> None:
    assert cards().engine() == cards().engine()
    assert len(cards().engine()) == 16
