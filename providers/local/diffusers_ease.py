"""When memory is full: a model is offloaded, then tiled, then makes fewer frames, in that order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

OFFLOADED = "kept in the machine's memory, each part on the device only while it works"
TILED = "decoded in tiles"
_FULL = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


class TooLarge(Exception):
    """It does not fit, however it is eased."""


class Eased(NamedTuple):
    """What was given up so that it fits: a few words each."""

    told: tuple[str, ...] = ()


class Large(Protocol):
    """A loaded model; `ways` are those of easing it that it has not yet taken."""

    name: str
    ways: list[tuple[str, Callable[[], None]]]
    eased: list[str]


class Room(Protocol):
    """Where models lie."""

    def make_room(self, keep: Any) -> bool: ...


def eased_call(
    run: Callable[[int | None], Any],
    model: Large,
    frames: int | None,
    rule: Mapping[str, int],
    room: Room,
) -> tuple[Any, Eased]:
    """What `run` makes, with as little given up as it takes; raises TooLarge.

    `run` is told how many frames to make, None for as many as asked; `rule` has `least` and `step`.
    First other models are freed. How a model was eased holds for all that it makes later, and is
    told each time; the number of frames is its full one again at the next call.
    """
    wanted, given = frames, None
    while True:
        try:
            made = run(given)
        except Exception as wrong:
            if not is_memory(wrong):
                raise
        else:
            fewer = () if given is None else (f"{given} frames instead of {wanted}",)
            return made, Eased((*model.eased, *fewer))
        if room.make_room(model):
            continue
        if model.ways:
            words, ease = model.ways.pop(0)
            ease()
            model.eased.append(words)
            continue
        given = fewer_frames(given or wanted, rule)
        if given is None:
            raise TooLarge(f"{model.name} does not fit into memory, eased as far as it can be")


def fewer_frames(frames: int | None, rule: Mapping[str, int]) -> int | None:
    """About half of `frames`, a number the model can make; None when it can make no fewer."""
    if frames is None or not rule or frames <= rule["least"]:
        return None
    steps = math.floor((frames / 2 - rule["least"]) / rule["step"])
    return rule["least"] + max(0, steps) * rule["step"]


def is_memory(wrong: BaseException) -> bool:
    """Whether an error says that memory is full: torch's own kinds, or its words."""
    if isinstance(wrong, MemoryError) or type(wrong).__name__ == "OutOfMemoryError":
        return True
    return isinstance(wrong, RuntimeError) and any(word in str(wrong).lower() for word in _FULL)
