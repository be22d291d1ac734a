"""A film seen small: grey frames for measuring, and what they should look like."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from math import ceil, floor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assembly._clips import clip_frames
from assembly._planes import Canvas, Planes, fit, read_picture, to_planes
from assembly._resample import Bytes2D
from assembly._states import StatePictures
from assembly.builds import moment_at
from assembly.captions.layout import band
from assembly.focus import Focus, picture_focus
from assembly.motion import MOVES
from assembly.segments import Segment, clip_layer
from assembly.timeline import Shot, Timeline

Small = npt.NDArray[np.float32]

WIDTH = 96


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height (even) at which a film of this shape is measured."""
    return WIDTH, max(2, round(WIDTH * height / width / 2) * 2)


class Recent:
    """The last frames of a film that goes by: from it, stretches are taken by their numbers."""

    def __init__(self, most: int) -> None:
        self._held: deque[Bytes2D] = deque(maxlen=most)
        self.count = 0
        """Frames that have gone by."""

    def add(self, frame: Bytes2D) -> None:
        self._held.append(frame)
        self.count += 1

    def at(self, number: int) -> Bytes2D:
        return self._held[number - self.count]

    def some(self, numbers: Iterable[int]) -> bytes:
        """The frames of these numbers as bytes."""
        return b"".join(self.at(number).tobytes() for number in numbers)


class Expected:
    """What the shots of a timeline should look like, small; pictures are read once each."""

    def __init__(self, timeline: Timeline, media: Callable[[str], Path]) -> None:
        self.timeline = timeline
        self.size = small_size(timeline.width, timeline.height)
        self._canvas = Canvas(*self.size)
        self._media = media
        self._picture = functools.lru_cache(maxsize=4)(self._read)
        self._states = functools.lru_cache(maxsize=4)(self._open)
        self._running: dict[str, tuple[int, Small, Iterator[Small]]] = {}

    def _read(self, digest: str, focus: Focus | None) -> Planes:
        picture = read_picture(self._media(digest), self.timeline.background)
        # Where the film was cut, not where so small a one would be.
        found = focus or picture_focus(picture, self.timeline.width / self.timeline.height)
        return to_planes(fit(picture, *self.size, focus=found))

    def _open(self, digest: str) -> StatePictures:
        return StatePictures(self._media(digest), lambda rgb: to_planes(fit(rgb, *self.size)))

    def at(self, shot: Shot, frame: int) -> Small | None:
        """Brightness of a still's shot at frame `frame` of the film; None for a clip."""
        if shot.kind == "clip":
            return None
        total = max(1, shot.frames + 2 * self.timeline.reach - 1)
        moment = (frame - shot.start + self.timeline.reach) / total
        view = MOVES[shot.motion].at(min(1.0, max(0.0, moment)))
        if shot.states:
            picture = self._states(shot.picture).at(moment_at(shot.states, frame - shot.start))
        else:
            picture = self._picture(shot.picture, shot.focus)
        self._canvas.show(picture, view)
        return self._canvas.y.astype(np.float32)

    def moving(self, shot: Shot, frame: int) -> Small:
        """Brightness of a clip's shot at frame `frame`; quick for frames that are asked in order.

        At most two shots are open at a time: the one that leaves and the one that comes.
        """
        running = self._running.pop(shot.scene, None)
        if running is None or running[0] > frame:
            frames = self._play(shot, frame)
            running = frame, next(frames), frames
        at, shown, frames = running
        for _ in range(at, frame):
            shown = next(frames)
        self._running = dict([*self._running.items()][-1:])
        self._running[shot.scene] = (frame, shown, frames)
        return shown

    def _play(self, shot: Shot, frame: int) -> Iterator[Small]:
        layer = clip_layer(shot, frame)
        wide, high = self.size
        rest = Segment(
            engine="", width=wide, height=high, fps=self.timeline.fps, frames=shot.frames * 2,
            blend="body", layers=(layer,), background=self.timeline.background,
        )  # fmt: skip
        for number, picture in enumerate(clip_frames(layer, rest, self._media)):
            moment = (layer.first + number) / max(1, layer.total - 1)
            self._canvas.show(picture, MOVES[layer.motion].at(min(1.0, max(0.0, moment))))
            yield self._canvas.y.astype(np.float32)

    def free(self) -> npt.NDArray[np.bool_]:
        """Where no caption is burned and nothing stands over the scenes."""
        wide, high = self.size
        mask = np.ones((high, wide), np.bool_)
        for drawing in {overlay.drawing for overlay in self.timeline.overlays}:
            area = drawing.area(self.timeline.width, self.timeline.height)
            rows = slice(max(0, floor(area.top * high) - 1), ceil(area.bottom * high) + 1)
            mask[rows, max(0, floor(area.left * wide) - 1) : ceil(area.right * wide) + 1] = False
        shape = self.timeline.look, self.timeline.width, self.timeline.height
        for top, bottom in {band(cue, *shape) for cue in self.timeline.burned}:
            mask[max(0, floor(top * high) - 1) : ceil(bottom * high) + 1] = False
        return mask
