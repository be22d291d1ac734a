"""A part of a plane, seen at another scale, at a fraction of the cost of an affine warp.

`cv2.resize` is three times as fast as `cv2.warpAffine` and has a better kernel, but it only takes
whole rectangles to whole rectangles. Among the rectangles a little larger than what is wanted there
is always one whose samples fall where they should, to a few hundredths of a pixel: it is brought to
its own whole size, and what is wanted is cut out of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Bytes2D = npt.NDArray[np.uint8]
MARGIN = 108
"""Samples around a plane that repeat its edge, so that larger rectangles can be taken there."""

NEAR, FAR = 0.04, 0.1
"""Source samples by which any sample of a line may be off: the smallest rectangle that is `NEAR` is
taken, else the best; where that is off by more than `FAR`, the plane is warped."""

_MOST_EXTRA = 100
_SMALL = 192 * 108


class Line(NamedTuple):
    """Samples along one side: the first lies at `first` of the source, each `step` further on."""

    first: float
    step: float
    samples: int


class Cut(NamedTuple):
    """`length` source samples from `start` become `made`; the wanted ones begin at `skip`."""

    start: int
    length: int
    made: int
    skip: int


def cut(line: Line, size: int, margin: int) -> Cut | None:
    """The smallest rectangle's side that gives `line`; None where none is near enough.

    `size` counts the samples of the source, `margin` those that may be taken beyond either end.
    """
    return cuts([line], size, margin)[0]


def cuts(lines: Sequence[Line], size: int, margin: int) -> list[Cut | None]:
    """The sides for lines of equally many samples, looked for all at once: one by one takes a tenth
    of the time of drawing.
    """
    samples = lines[0].samples
    # Axes: lines; samples made beyond those wanted; how many of them come first.
    first, step = np.array([(line.first, line.step) for line in lines]).T[..., None, None]
    extra = np.arange(_MOST_EXTRA + 1.0)[:, None]
    made = samples + extra
    length = np.rint(made * step)
    taken = length / made
    # By so much the line's last sample is off more than its first one.
    drift = (samples - 1) * (taken - step)
    # Sample k of a resized line lies at (k + 1/2) * taken - 1/2 of its source. With each that comes
    # first, the rectangle starts taken - 1 further from whole samples: so it is told which is best.
    further = np.where(taken == 1, np.inf, taken - 1)
    best = np.rint((first - taken / 2 + 0.5 - drift / 2) % np.sign(further) / further)
    skip = np.clip(np.concatenate([np.zeros_like(best), best], axis=-1), 0, extra)
    within = (skip + 0.5) * taken - 0.5
    start = np.rint(first - within)
    off = start + within - first
    worst = np.maximum(np.abs(off), np.abs(off + drift))
    worst[(start < -margin) | (start + length > size + margin)] = np.inf
    worst, start, skip = (told.reshape(len(lines), -1) for told in (worst, start, skip))
    near = worst <= NEAR
    found = np.where(near.any(axis=1), near.argmax(axis=1), worst.argmin(axis=1))
    chosen: list[Cut | None] = []
    for row, at in enumerate(found):
        side = start[row, at], length[row, at // 2, 0], made[at // 2, 0], skip[row, at]
        chosen.append(Cut(*map(int, side)) if worst[row, at] < FAR else None)
    return chosen


class Resampler:
    """Draws parts of planes; keeps room to work in, so one is for one thread."""

    def __init__(self) -> None:
        self._room = np.empty(0, np.uint8)
        self._known: dict[tuple[Line, int], Cut | None] = {}

    def foresee(
        self, shape: tuple[int, int], margin: int, down: Sequence[Line], across: Sequence[Line]
    ) -> None:
        """Looks for the sides of lines that are about to be drawn of planes of that shape."""
        if down[0].samples * across[0].samples < _SMALL:
            return
        for lines, whole in ((down, shape[0]), (across, shape[1])):
            size = whole - 2 * margin
            found = cuts(lines, size, margin)
            self._known.update(zip(((line, size) for line in lines), found, strict=True))

    def forget(self) -> None:
        """Lets go of what was foreseen."""
        self._known.clear()

    def _cut(self, line: Line, size: int, margin: int) -> Cut | None:
        if (line, size) in self._known:
            return self._known[(line, size)]
        return cut(line, size, margin)

    def draw(
        self,
        sources: Sequence[Bytes2D],
        margin: int,
        down: Line,
        across: Line,
        targets: Sequence[Bytes2D],
    ) -> None:
        """Draws the lines `down` and `across` of `sources`, planes of one size, into `targets`.

        Sources carry `margin` samples around them that do not count; lines are told without them.
        """
        high, wide = sources[0].shape
        rows = columns = None
        # Where a few hundredths of a sample are much of the frame, the warp is cheap enough.
        if targets[0].size >= _SMALL:
            rows = self._cut(down, high - 2 * margin, margin)
            columns = self._cut(across, wide - 2 * margin, margin)
        if rows is None or columns is None:
            for source, to in zip(sources, targets, strict=True):
                self._warp(source, margin, down, across, to)
            return
        top, left = rows.start + margin, columns.start + margin
        count = rows.made * columns.made
        if len(self._room) < count:
            self._room = np.empty(count, np.uint8)
        made = self._room[:count].reshape(rows.made, columns.made)
        wanted = made[
            rows.skip : rows.skip + down.samples, columns.skip : columns.skip + across.samples
        ]
        for source, to in zip(sources, targets, strict=True):
            taken = source[top : top + rows.length, left : left + columns.length]
            cv2.resize(taken, (columns.made, rows.made), made, interpolation=cv2.INTER_CUBIC)
            np.copyto(to, wanted)

    def _warp(self, source: Bytes2D, margin: int, down: Line, across: Line, to: Bytes2D) -> None:
        matrix = np.array(
            [[across.step, 0, across.first + margin], [0, down.step, down.first + margin]]
        )
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(
            source, matrix, (across.samples, down.samples), to, flags, cv2.BORDER_REPLICATE
        )
