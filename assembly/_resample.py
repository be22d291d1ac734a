"""A part of a plane, seen at another scale, at a fraction of the cost of an affine warp.

`cv2.resize` is three times as fast as `cv2.warpAffine` and has a better kernel, but it only takes
whole rectangles to whole rectangles. Among the rectangles a little larger than what is wanted there
is always one whose samples fall where they should, to a few hundredths of a pixel: it is brought to
its own whole size, and what is wanted is cut out of that.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Bytes2D = npt.NDArray[np.uint8]

MARGIN = 108
"""Samples around a plane that repeat its edge, so that larger rectangles can be taken there."""

NEAR, FAR = 0.04, 0.1
"""Source samples by which any sample of a line may be off: the first rectangle that is `NEAR` is
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


@functools.cache
def _candidates() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(samples made beyond those wanted, how many of them come first), the fewest first."""
    pairs = [(extra, skip) for extra in range(_MOST_EXTRA + 1) for skip in range(extra + 1)]
    extra, skip = np.array(pairs, np.float64).T
    return extra, skip


def cut(line: Line, size: int, margin: int) -> Cut | None:
    """The smallest rectangle's side that gives `line`; None where none is near enough.

    `size` counts the samples of the source, `margin` those that may be taken beyond either end.
    """
    extra, skip = _candidates()
    best = FAR
    chosen: Cut | None = None
    # Mostly the first few will do; each part costs some thirty microseconds.
    for part in (slice(0, 200), slice(200, None)):
        made = line.samples + extra[part]
        length = np.rint(made * line.step)
        step = length / made
        # Sample k of a resized line lies at (k + 1/2) * step - 1/2 of its source.
        within = (skip[part] + 0.5) * step - 0.5
        start = np.rint(line.first - within)
        off = start + within - line.first
        last_off = off + (line.samples - 1) * (step - line.step)
        worst = np.maximum(np.abs(off), np.abs(last_off))
        worst[(start < -margin) | (start + length > size + margin)] = np.inf
        near = worst <= NEAR
        found = int(np.argmax(near)) if near.any() else int(np.argmin(worst))
        if worst[found] < best:
            best = worst[found]
            chosen = Cut(
                int(start[found]), int(length[found]), int(made[found]), int(skip[part][found])
            )
        if best <= NEAR:
            break
    return chosen


class Resampler:
    """Draws parts of planes; keeps room to work in, so one is for one thread."""

    def __init__(self) -> None:
        self._room = np.empty(0, np.uint8)

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
            rows = cut(down, high - 2 * margin, margin)
            columns = cut(across, wide - 2 * margin, margin)
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
