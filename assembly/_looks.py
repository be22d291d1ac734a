"""What a finished film shows, seen once as it goes by: its edges, and what is not as it is meant.

Only the last second or so is held, and one number per frame: a long film needs no more room than a
short one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assembly._resample import Bytes2D
from assembly._sync import edge_window, picture_edge
from assembly._watch import Expected, Recent
from assembly.timeline import Frozen, Shot, Timeline


class Stretch(Frozen):
    """A part of the film, in seconds from its start."""

    start_s: float
    end_s: float


class Looks(NamedTuple):
    """What was seen: how many frames, stretches that are wrong, scenes with another picture.

    `edges` tells, by scene, at which frame it takes over and whether that can be seen at all.
    """

    frames: int
    blank: tuple[Stretch, ...]
    frozen: tuple[Stretch, ...]
    other: tuple[str, ...]
    edges: dict[str, tuple[float | None, bool]]


class _Task(NamedTuple):
    """Something to be measured as soon as frame `until` has gone by."""

    until: int
    measure: Callable[[Recent], None]
    is_edge: bool = False


def look_at(frames: Iterable[Bytes2D], timeline: Timeline, expected: Expected) -> Looks:
    """Measures the picture of a film against its timeline."""
    return _Viewer(timeline, expected).see(frames)


class _Viewer:
    def __init__(self, timeline: Timeline, expected: Expected) -> None:
        self._timeline, self._expected = timeline, expected
        self._mask = expected.free()
        self._contrasts: list[tuple[int, int, float]] = []
        self._frozen = np.zeros(timeline.frames, np.bool_)
        self._other: list[str] = []
        self._edges: dict[str, tuple[float | None, bool]] = {}

    def see(self, frames: Iterable[Bytes2D]) -> Looks:
        tasks = heapq.merge(
            self._edge_tasks(), self._middle_tasks(), self._motion_tasks(), key=lambda t: t.until
        )
        windows = [edge_window(*pair) for pair in pairwise(self._timeline.shots)]
        longest = max((len(window) for window in windows), default=0)
        recent = Recent(max(longest, self._timeline.fps) + 1)
        spread: list[float] = []
        due = next(tasks, None)
        for frame in frames:
            recent.add(frame)
            spread.append(float(frame[self._mask].std()))
            while due is not None and due.until < recent.count:
                due.measure(recent)
                due = next(tasks, None)
        # Of a film that ends too soon, the edge at which it ends is still to be seen.
        for task in [due, *tasks]:
            if task is not None and task.is_edge:
                task.measure(recent)
        return Looks(
            recent.count,
            self._stretches(self._blank(np.array(spread))),
            self._stretches(self._frozen),
            tuple(self._other),
            self._edges,
        )

    def _edge_tasks(self) -> Iterator[_Task]:
        for before, after in pairwise(self._timeline.shots):
            window = edge_window(before, after)

            def measure(
                recent: Recent,
                before: Shot = before,
                after: Shot = after,
                window: range = window,
            ) -> None:
                seen = [recent.at(number) for number in window if number < recent.count]
                self._edges[after.scene] = picture_edge(seen, before, after, self._expected)

            yield _Task(window[-1] if window else after.start, measure, is_edge=True)

    def _middle_tasks(self) -> Iterator[_Task]:
        """Each still's picture in the middle of its scene is its own."""
        for shot, begin, end in _bodies(self._timeline):
            middle = (begin + end) // 2

            def measure(
                recent: Recent,
                shot: Shot = shot,
                body: tuple[int, int] = (begin, end),
                middle: int = middle,
            ) -> None:
                known = self._expected.at(shot, middle)
                if known is None:
                    return
                contrast = float(known[self._mask].std())
                if contrast < 3:
                    return
                self._contrasts += self._holds(shot, *body)
                shown = recent.at(middle).astype(np.float32)[self._mask]
                if float(shown.std()) >= 0.25 * contrast and (
                    np.corrcoef(shown, known[self._mask])[0, 1] < 0.6
                ):
                    self._other.append(shot.scene)

            yield _Task(middle, measure)

    def _holds(self, shot: Shot, begin: int, end: int) -> Iterator[tuple[int, int, float]]:
        """The stretches between two states of the scene's picture, each with its least contrast.

        A card that builds itself has less to see at first.
        """
        starts = [shot.start + state.start for state in shot.states]
        edges = [begin, *(start for start in starts if begin < start < end), end]
        for first, until in pairwise(edges):
            meant = [self._expected.at(shot, frame) for frame in (first, until - 1)]
            contrast = min(float(m[self._mask].std()) for m in meant if m is not None)
            if contrast >= 3:
                yield first, until, contrast

    def _motion_tasks(self) -> Iterator[_Task]:
        """What should move within a second, moves."""
        step = self._timeline.fps
        for shot, begin, end in _bodies(self._timeline):
            if shot.motion == "none" or shot.kind == "clip":
                continue
            for frame in range(begin, end - step, max(1, step // 6)):

                def measure(recent: Recent, shot: Shot = shot, frame: int = frame) -> None:
                    one, two = self._expected.at(shot, frame), self._expected.at(shot, frame + step)
                    meant = _change(one, two, self._mask)
                    moved = _change(recent.at(frame), recent.at(frame + step), self._mask)
                    self._frozen[frame : frame + step] |= meant >= 5 and moved <= 0.3 * meant

                yield _Task(frame + step, measure)

    def _blank(self, spread: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        blank = np.zeros(self._timeline.frames, np.bool_)
        for begin, end, contrast in self._contrasts:
            stop = min(end, len(spread))
            blank[begin:stop] = spread[begin:stop] < 0.25 * contrast
        return blank

    def _stretches(self, marked: npt.NDArray[np.bool_]) -> tuple[Stretch, ...]:
        """Runs of at least two marked frames."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
        second = self._timeline.fps
        return tuple(
            Stretch(start_s=round(float(a / second), 3), end_s=round(float(b / second), 3))
            for a, b in zip(edges[::2], edges[1::2], strict=True)
            if b - a >= 2
        )


def _bodies(timeline: Timeline) -> Iterator[tuple[Shot, int, int]]:
    """Each shot with the frames in which it alone is seen, whole."""
    ends = [s.start - s.overlap // 2 for s in timeline.shots[1:]]
    ends.append(timeline.frames - timeline.closing)
    for index, (shot, end) in enumerate(zip(timeline.shots, ends, strict=True)):
        yield shot, shot.start + (shot.overlap // 2 if index else timeline.opening), end


def _change(
    one: npt.NDArray[np.generic] | None,
    two: npt.NDArray[np.generic] | None,
    mask: npt.NDArray[np.bool_],
) -> float:
    """The greatest difference in brightness between two small frames."""
    if one is None or two is None:
        return 0.0
    return float(np.abs(one.astype(np.float32) - two.astype(np.float32))[mask].max())
