"""What a finished film shows, seen once as it goes by: its edges, and what is not as it is meant.

Only the last second or so is held, and one number per frame: a long film needs no more room than a
short one.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assembly._resample import Bytes2D
from assembly.check.memory import Memory, Oblivion, memory_key, remembered
from assembly.check.sync import edge_window, picture_edge
from assembly.check.watch import Expected, Recent
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


def look_at(
    frames: Iterable[Bytes2D], timeline: Timeline, expected: Expected, memory: Memory | None = None
) -> Looks:
    """Measures the picture of a film against its timeline.

    What the same frames told of the same shots before is recalled from `memory`.
    """
    known = Oblivion() if memory is None else memory
    return _Viewer(timeline, expected, known).see(frames)


class _Viewer:
    def __init__(self, timeline: Timeline, expected: Expected, memory: Memory) -> None:
        self._timeline, self._expected, self._memory = timeline, expected, memory
        self._mask = expected.free()
        shape = [timeline.width, timeline.height, timeline.fps, timeline.reach, timeline.background]
        self._about = memory_key("about", shape, self._mask.tobytes())
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
                there = [number for number in window if number < recent.count]
                key = self._key("edge", (before, after), after.start, recent.some(there))

                def edge() -> tuple[float | None, bool]:
                    seen = [recent.at(number) for number in there]
                    found, told_apart = picture_edge(seen, before, after, self._expected)
                    return None if found is None else found - after.start, told_apart

                late, told_apart = remembered(self._memory, key, edge)
                found = None if late is None else after.start + late
                self._edges[after.scene] = found, told_apart

            yield _Task(window[-1] if window else after.start, measure, is_edge=True)

    def _key(self, kind: str, shots: Sequence[Shot], origin: int, *told: bytes) -> str:
        """The name of what is measured of shots, wherever in the film they begin."""
        here = [
            shot.model_copy(update={"start": shot.start - origin, "title": ""}) for shot in shots
        ]
        return memory_key(kind, self._about.encode(), *here, *told)

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
                origin, shown = shot.start, recent.at(middle)
                span = [number - origin for number in (*body, middle)]
                key = self._key("body", (shot,), origin, json.dumps(span).encode(), shown.tobytes())
                held, is_other = remembered(
                    self._memory, key, lambda: self._body(shot, body, middle, shown)
                )
                self._contrasts += [(a + origin, b + origin, least) for a, b, least in held]
                if is_other:
                    self._other.append(shot.scene)

            yield _Task(middle, measure)

    def _body(
        self, shot: Shot, body: tuple[int, int], middle: int, shown: Bytes2D
    ) -> tuple[list[tuple[int, int, float]], bool]:
        """What contrast a scene should have, by frames of its shot; whether it shows another's."""
        known = self._expected.at(shot, middle)
        contrast = 0.0 if known is None else float(known[self._mask].std())
        if known is None or contrast < 3:
            return [], False
        seen = shown.astype(np.float32)[self._mask]
        is_other = float(seen.std()) >= 0.25 * contrast and bool(
            np.corrcoef(seen, known[self._mask])[0, 1] < 0.6
        )
        origin = shot.start
        held = [(a - origin, b - origin, least) for a, b, least in self._holds(shot, *body)]
        return held, is_other

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
                    at = json.dumps(frame - shot.start).encode()
                    key = self._key("motion", (shot,), shot.start, at)

                    def move() -> float:
                        one, two = (self._expected.at(shot, n) for n in (frame, frame + step))
                        return _change(one, two, self._mask)

                    meant = remembered(self._memory, key, move)
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
