"""Motion on a still: small frozen data, and where it looks at a moment of the shot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """What the frame shows: `zoom` 1.0 covers the whole picture; `x`, `y` are the view's centre.

    The centre is a share of the picture's width and height (0.5, 0.5 is the middle).
    """

    zoom: float
    x: float
    y: float


@dataclass(frozen=True)
class Move:
    """A gentle move from one view to another.

    `x0..y1` run from -1 to 1: the share of the room that the zoom leaves on that side.
    """

    zoom0: float = 1.0
    zoom1: float = 1.0
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0

    def at(self, moment: float) -> View:
        """The view at `moment`, 0.0 (first frame) to 1.0 (last); starts and ends at rest."""
        eased = moment * moment * (3 - 2 * moment)
        zoom = self.zoom0 + (self.zoom1 - self.zoom0) * eased
        room = (1 - 1 / zoom) / 2
        return View(
            zoom,
            0.5 + room * (self.x0 + (self.x1 - self.x0) * eased),
            0.5 + room * (self.y0 + (self.y1 - self.y0) * eased),
        )


_NEAR, _FAR, _SIDE = 1.0, 1.06, 1.05

MOVES: dict[str, Move] = {
    "none": Move(),
    "push-in": Move(_NEAR, _FAR),
    "push-in-left": Move(_NEAR, _FAR, x0=-0.6, x1=-0.6),
    "push-in-right": Move(_NEAR, _FAR, x0=0.6, x1=0.6),
    "push-in-up": Move(_NEAR, _FAR, y0=-0.6, y1=-0.6),
    "pull-out": Move(_FAR, _NEAR),
    "pull-out-left": Move(_FAR, _NEAR, x0=-0.6, x1=-0.6),
    "pull-out-right": Move(_FAR, _NEAR, x0=0.6, x1=0.6),
    "pull-out-up": Move(_FAR, _NEAR, y0=-0.6, y1=-0.6),
    "pan-left": Move(_SIDE, _SIDE, x0=0.9, x1=-0.9),
    "pan-right": Move(_SIDE, _SIDE, x0=-0.9, x1=0.9),
    "pan-up": Move(_SIDE, _SIDE, y0=0.9, y1=-0.9),
    "pan-down": Move(_SIDE, _SIDE, y0=-0.9, y1=0.9),
    "drift": Move(_SIDE, _SIDE, x0=-0.7, y0=0.5, x1=0.7, y1=-0.5),
    "drift-left": Move(_SIDE, _SIDE, x0=0.7, y0=0.5, x1=-0.7, y1=-0.5),
    "drift-down": Move(_SIDE, _SIDE, x0=-0.7, y0=-0.5, x1=0.7, y1=0.5),
}

_AUTO = tuple(name for name in MOVES if name not in ("none", "pan-up", "pan-down"))


def automatic(picture: str, before: str) -> str:
    """The motion that "auto" means for a still after a shot that moves as `before`.

    It follows from `picture`, whatever names the still or what it was asked for, so a scene put in
    elsewhere leaves this shot as it was; only when it would repeat its neighbour's motion does it
    take its second choice.
    """
    told = hashlib.sha256(picture.encode()).digest()
    first = _AUTO[int.from_bytes(told[:4], "big") % len(_AUTO)]
    if first != before:
        return first
    others = [name for name in _AUTO if name != before]
    return others[int.from_bytes(told[4:8], "big") % len(others)]
