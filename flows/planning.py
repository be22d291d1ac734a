"""The storyboard as a table, with what it costs: `reelwright plan`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.desk import BAD_INPUT, DONE, open_home, plain, prepare_all
from flows.money import dollars
from flows.orders import Prepared, SceneOrder
from flows.prepare import scene_seconds
from flows.presets import too_long
from flows.wishes import Wishes, one_each


def show_plan(script: Path, wishes: Wishes) -> int:
    """`reelwright plan`: the storyboard as a table, with the quote per scene and in all."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = prepare_all([script], one_each(wishes), settings, store)
    if worst:
        return worst
    for prepared in ready:
        _show_plan(prepared)
    return DONE


def _show_plan(prepared: Prepared) -> None:
    board = prepared.storyboard
    table = Table(
        title=Text(f"{board.title} · {_shape(prepared)} · theme {prepared.theme.name}"),
        caption_justify="left",
    )
    for heading, justify in (
        ("scene", "left"), ("shows", "left"), ("said by", "left"), ("heading", "left"),
        ("narration", "left"), ("about", "right"), ("costs", "right"),
    ):  # fmt: skip
        folds = heading in ("heading", "narration")
        table.add_column(heading, justify=justify, no_wrap=not folds)  # type: ignore[arg-type]
    for order, length in zip(prepared.orders, length_s(prepared), strict=True):
        scene = order.scene
        cost = _sum([prepared.quote_of(c) for c in (order.picture, order.speech) if c])
        shows = _shows(order)
        table.add_row(
            scene.id, shows, order.speech[0].model if order.speech else "", Text(scene.heading),
            Text(_short(scene.narration)), f"{length:.1f} s", dollars(cost),
        )  # fmt: skip
    total = prepared.quote_usd()
    table.caption = (
        f"{len(board.scenes)} scenes, about {sum(length_s(prepared)):.0f} s; "
        f"made anew it costs {dollars(total)}"
    )
    Console(highlight=False).print(table)
    tell_notes(prepared)


def _shape(prepared: Prepared) -> str:
    """The film's aspect, size, rate and codec in a few words."""
    board, shape = prepared.storyboard, prepared.format
    return f"{board.aspect} {shape.width}x{shape.height} {shape.fps} fps {shape.encoding.codec}" + (
        f" · {board.preset}" if board.preset else ""
    )


def tell_notes(prepared: Prepared, indent: str = "") -> None:
    longer = too_long(prepared.storyboard.preset, sum(length_s(prepared)))
    for note in (*prepared.notes, *filter(None, [longer])):
        plain(f"{indent}note: {note}")


def length_s(prepared: Prepared) -> list[float]:
    return [scene_seconds(order.scene, prepared.storyboard) for order in prepared.orders]


def _shows(order: SceneOrder) -> str:
    """The kind of card, or who makes the picture."""
    if order.clip is not None:
        return "own clip"
    first = order.picture[0]
    return order.scene.visual.card.kind if first.model == "cards" else first.model


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
