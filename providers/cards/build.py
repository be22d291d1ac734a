"""A card that builds itself: what stands on it each time another of its parts has appeared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from PIL import Image, ImageChops

from providers.cards.png import Pixels
from providers.cards.sheet import Entrance, Mark
from providers.requests import CardSpec

RECEDED = 0.42
"""How much is left of a part that had its moment, while another is spoken of."""
COUNTS = 14
"""Frames in which a figure is counted up."""


def has_parts(card: CardSpec) -> bool:
    """Whether a card has anything that can appear after the rest of it."""
    match card.kind:
        case "points" | "steps":
            return bool(card.items or card.text)
        case "table" | "bar" | "line":
            return card.table is not None and bool(card.table.rows)
        case "code":
            return bool(card.code.strip())
        case "comparison":
            return len(card.columns) > 1
        case "number":
            return bool(card.number)
        case "statement":
            return bool(card.heading and card.text)
        case "quote":
            return bool(card.attribution)
        case _:
            return False


@dataclass(frozen=True)
class State:
    """The card once `part` is there, and the rectangle in which that differs from the state before.

    Part 0 is the card before its first part; one more than the last part is the whole card.
    """

    image: Image.Image
    part: int
    how: Entrance
    box: Pixels


def build_states(
    ground: Image.Image, marks: tuple[Mark, ...], entrances: dict[int, Entrance], recede: bool
) -> Iterator[State]:
    """The states of a card on its `ground`, in order; none when it has no parts.

    Where `recede` says so, only the newest part stands out until the card is whole.
    """
    parts = sorted({mark.part for mark in marks} - {0})
    if not parts:
        return
    seen = paint_parts(ground, marks, lambda part: float(part == 0))
    yield State(seen, 0, "cut", (0, 0, *seen.size))
    for newest in parts:

        def light(part: int, newest: int = newest) -> float:
            if part > newest:
                return 0.0
            return RECEDED if recede and 0 < part < newest else 1.0

        image = paint_parts(ground, marks, light)
        yield State(image, newest, entrances.get(newest, "fade"), _changed(seen, image))
        seen = image
    if recede and len(parts) > 1:
        whole = paint_parts(ground, marks, lambda _: 1.0)
        yield State(whole, parts[-1] + 1, "fade", _changed(seen, whole))


def count_states(
    first: State, marks_at: Callable[[float], tuple[Mark, ...]], ground: Image.Image
) -> Iterator[State]:
    """The states in which a figure is counted up, quickly at first; the last shows it whole."""
    seen = first.image
    for n in range(1, COUNTS + 1):
        share = 1 - (1 - n / COUNTS) ** 3
        image = paint_parts(ground, marks_at(share), lambda part: float(part < 2))
        yield State(image, 1, "cut", _changed(seen, image))
        seen = image


def paint_parts(
    ground: Image.Image, marks: tuple[Mark, ...], light: Callable[[int], float]
) -> Image.Image:
    """The ground with every part as strong as `light` says, 0 (absent) to 1."""
    image = ground.copy()
    for part, group in groupby(marks, key=lambda mark: mark.part):
        strength = light(part)
        if not strength:
            continue
        before = image.copy() if strength < 1 else None
        for mark in group:
            mark.paint(image)
        if before is not None:
            image = Image.blend(before, image, strength)
    return image


def _changed(one: Image.Image, two: Image.Image) -> Pixels:
    """The rectangle in which two pictures differ, on even pixels; never empty."""
    box = ImageChops.difference(one, two).getbbox() or (0, 0, 2, 2)
    left, top, right, bottom = box
    wide, high = one.size
    return left // 2 * 2, top // 2 * 2, min(wide, right + right % 2), min(high, bottom + bottom % 2)
