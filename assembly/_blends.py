"""Two shots in one frame: transitions drawn in planes."""

from __future__ import annotations

import numpy as np

from assembly._planes import Canvas
from assembly._resample import Bytes2D
from assembly.transitions import Transition, is_fade, kind_of, share_at

PARALLAX = 0.25
"""So much of the way of a shot that slides in goes the shot below it."""
FEATHER = 0.06
"""Width of a wipe's soft edge, as a share of the way that it runs."""
SHADOW, SHADE = 0.03, 0.3
"""Width of the shadow before a shot that slides in, as a share of its way; its deepest darkness."""
SLOW = 4.0
"""Samples per frame; what moves faster stands on whole ones, where nobody sees the difference."""


class Blend:
    """Draws the frames of one transition; keeps room to work in, so one is for one thread."""

    def __init__(self, transition: Transition, through: Canvas, frames: int) -> None:
        """`through` is the colour of a fade; `frames` is how long the transition lasts."""
        self._transition, self._through, self._frames = transition, through, frames
        self._room = Canvas(through.width, through.height)

    def draw(self, old: Canvas, new: Canvas, number: int) -> Canvas:
        """Frame `number` of the transition: one of the canvases, the others are spoiled."""
        moment = (number + 0.5) / self._frames
        if is_fade(self._transition):
            shown = old if moment < 0.5 else new
            shown.mix(self._through, share_at(self._transition, 1 - abs(2 * moment - 1)))
            return shown
        share = share_at(self._transition, moment)
        kind = kind_of(self._transition)
        if kind == "dissolve":
            old.mix(new, share)
            return old
        if kind == "wipe":
            for below, above in zip(old.planes(), new.planes(), strict=True):
                wipe(turned(below, self._toward()), turned(above, self._toward()), share)
            return old
        self._move(old, new, share, self._speed(moment))
        return self._room

    def _speed(self, moment: float) -> float:
        """Luma samples per frame at a moment."""
        half = 0.5 / self._frames
        before, after = (share_at(self._transition, moment + step) for step in (-half, half))
        return (after - before) * self._way()

    def _way(self) -> int:
        is_upright = self._toward() in ("up", "down")
        return self._through.height if is_upright else self._through.width

    def _toward(self) -> str:
        return self._transition.rpartition("-")[2]

    def _move(self, old: Canvas, new: Canvas, share: float, speed: float) -> None:
        gone = share * self._way()
        is_push = kind_of(self._transition) == "push"
        left = gone if is_push else gone * PARALLAX
        if speed >= SLOW:
            # Even, so that chroma stands on whole samples too.
            gone, left = round(gone / 2) * 2, round(left / 2) * 2
        for number, (below, above, made) in enumerate(
            zip(old.planes(), new.planes(), self._room.planes(), strict=True)
        ):
            scale, ground = (0.5, 128) if number else (1.0, 16)
            shaded = None if is_push else ground
            one, two, three = (turned(plane, self._toward()) for plane in (below, above, made))
            move(one, two, three, gone * scale, left * scale, shaded)


def move(
    below: Bytes2D, above: Bytes2D, made: Bytes2D, gone: float, left: float, shaded: int | None
) -> None:
    """Draws `above` over `below` into `made`.

    It has come in from the right by `gone` columns, and `below` has moved to the left by `left`.
    `shaded` is the level of black, where it casts a shadow.
    """
    long = made.shape[1]
    edge = long - gone
    seam = min(int(edge), long - 1)
    covered = min(1.0, max(0.0, seam + 1 - edge))
    made[:, : seam + 1] = columns(below, left, seam + 1)
    if shaded is not None:
        _shade(made, seam + 1, max(1, round(SHADOW * long)), gone, shaded)
    came = columns(above, seam - edge, long - seam)
    made[:, seam] = np.rint((1 - covered) * made[:, seam] + covered * came[:, 0])
    made[:, seam + 1 :] = came[:, 1:]


def wipe(below: Bytes2D, above: Bytes2D, share: float) -> None:
    """Draws `above` over `below`, right of a soft edge that has gone `share` of its way left."""
    long = below.shape[1]
    soft = FEATHER * long
    # The edge begins and ends outside of the frame, with all of its softness.
    first = long - share * (long + soft)
    start, whole = (int(np.clip(place, 0, long)) for place in (first, np.ceil(first + soft)))
    weights = np.clip((np.arange(start, whole) + 0.5 - first) / soft, 0, 1).astype(np.float32)
    edge = below[:, start:whole]
    edge[:] = np.rint(edge + weights * (above[:, start:whole].astype(np.float32) - edge))
    below[:, whole:] = above[:, whole:]


def blended(old: Bytes2D, new: Bytes2D, transition: Transition, moment: float) -> Bytes2D:
    """One plane of luma in a transition that moves, at a moment of it (0 to 1)."""
    kind, _, toward = transition.rpartition("-")
    share = share_at(transition, moment)
    below, above = turned(old, toward), turned(new, toward)
    made = np.array(below)
    if kind == "wipe":
        wipe(made, above, share)
    else:
        gone = share * made.shape[1]
        is_push = kind == "push"
        move(
            below, above, made, gone, gone if is_push else gone * PARALLAX, None if is_push else 16
        )
    # Turning twice gives back the plane, whatever the direction.
    back = made[:, ::-1] if toward in ("right", "down") else made
    return back.T if toward in ("up", "down") else back


def turned(plane: Bytes2D, toward: str) -> Bytes2D:
    """A view of the plane in which what goes `toward` goes to the left."""
    if toward in ("up", "down"):
        plane = plane.T
    return plane[:, ::-1] if toward in ("right", "down") else plane


def columns(plane: Bytes2D, first: float, count: int) -> Bytes2D:
    """`count` columns of the plane from `first` on, which may lie between two or outside.

    Outside, the column at the side is repeated. Between samples it is Keys' cubic with a = -0.75,
    as `cv2.resize` has it.
    """
    whole = int(np.floor(first))
    share = first - whole
    if share < 1 / 64:
        return _whole_columns(plane, whole, count)
    near = _whole_columns(plane, whole - 1, count + 3).astype(np.float32)
    made = np.asarray(sum(tap * near[:, n : n + count] for n, tap in enumerate(_keys(share))))
    return np.asarray(np.clip(np.rint(made), 0, 255), np.uint8)


def _whole_columns(plane: Bytes2D, first: int, count: int) -> Bytes2D:
    if first >= 0 and first + count <= plane.shape[1]:
        return plane[:, first : first + count]
    places = np.clip(np.arange(first, first + count), 0, plane.shape[1] - 1)
    return np.asarray(plane[:, places], np.uint8)


def _keys(share: float) -> tuple[float, float, float, float]:
    """Weights of the four samples around a place, `share` of the way from the second to the third.

    Formula: R. Keys, Cubic convolution interpolation for digital image processing (1981), with
    a = -0.75.
    """
    a = -0.75

    def near(x: float) -> float:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: float) -> float:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return far(1 + share), near(share), near(1 - share), far(2 - share)


def _shade(plane: Bytes2D, end: int, width: int, gone: float, ground: int) -> None:
    """Darkens the `width` columns before `end` toward `ground`, the more the nearer to it."""
    end = min(end, plane.shape[1])
    start = max(0, end - width)
    near = (np.arange(start, end) + 0.5 - (end - width)) / width
    # It grows as the shot comes in, so that it is not there all at once.
    dark = SHADE * near**2 * min(1.0, gone / width)
    strip = plane[:, start:end]
    strip[:] = np.rint(strip + dark.astype(np.float32) * (ground - strip.astype(np.float32)))
