"""Clips: what stands in each frame of a shot, at the film's rate, by the clips' own timestamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from assembly._footage import footage, pixel_shape, upright_rgb
from assembly._planes import OVERSIZE, Planes, fit, to_planes
from assembly._resample import Bytes2D
from assembly.errors import UnreadableMedia
from assembly.focus import clip_focus
from assembly.segments import Layer, Segment
from assembly.takes import PATIENCE, Take, seen_at


class _Reel:
    """One pass through a take; asked for frames in order, it never goes back."""

    def __init__(self, path: Path, take: Take, layer: Layer, segment: Segment) -> None:
        self._path, self._take, self._segment = path, take, segment
        self._focus = layer.focus
        # What keeps its place in the frame needs no room to move in, and stays sharper without.
        self._oversize = 1.0 if layer.motion == "none" else OVERSIZE
        self._shape, self._source = pixel_shape(path), footage(path)
        self._now = next(self._source)
        self._after = next(self._source, None)
        self._made: dict[float, Planes] = {}

    def at(self, frame: int) -> Planes:
        """The planes of frame `frame` of the take."""
        if self._take.lasting == self._take.frames:
            self._wind((frame + PATIENCE) / self._segment.fps)
            return self._planes(*self._now)
        # Slowed: a moment between two frames of the clip shows both, each by its nearness.
        moment = frame / self._segment.fps * self._take.frames / self._take.lasting
        self._wind(moment)
        if self._after is None:
            return self._planes(*self._now)
        share = (moment - self._now[0]) / (self._after[0] - self._now[0])
        return mix(self._planes(*self._now), self._planes(*self._after), max(0.0, share))

    def _wind(self, moment: float) -> None:
        """On to the last frame that has begun; the last of all stays."""
        while self._after is not None and self._after[0] <= moment:
            self._now, self._after = self._after, next(self._source, None)

    def _planes(self, seconds: float, frame: VideoFrame) -> Planes:
        self._made = {at: made for at, made in self._made.items() if at >= self._now[0]}
        if seconds not in self._made:
            width, height = self._segment.width, self._segment.height
            least = round(width * self._oversize), round(height * self._oversize)
            rgb = upright_rgb(frame, self._shape, self._segment.background, least)
            if self._focus is None:
                self._focus = clip_focus(self._path, width / height)
            self._made[seconds] = to_planes(fit(rgb, width, height, self._oversize, self._focus))
        return self._made[seconds]


def mix(one: Planes, two: Planes, share: float) -> Planes:
    """`share` (0 to 1) of `two` laid over `one`, as a dissolve lays them."""

    def both(below: Bytes2D, above: Bytes2D) -> Bytes2D:
        return np.asarray(cv2.addWeighted(below, 1 - share, above, share, 0), np.uint8)

    return Planes(both(one.y, two.y), both(one.u, two.u), both(one.v, two.v))


def clip_frames(layer: Layer, segment: Segment, media: Callable[[str], Path]) -> Iterator[Planes]:
    """Planes of a clip's layer, one for each frame of its segment.

    At most two clips are open at a time. Raises UnreadableMedia.
    """
    takes = layer.takes
    reels: dict[int, _Reel] = {}
    path = Path()
    try:
        for number in range(layer.first, layer.first + segment.frames):
            shown: list[tuple[Planes, float]] = []
            seen = seen_at(takes, layer.after, number)
            for run, frame, share in seen:
                if run not in reels:
                    take = takes[run % len(takes)]
                    path = media(take.picture)
                    reels[run] = _Reel(path, take, layer, segment)
                shown.append((reels[run].at(frame), share))
            reels = {run: reels[run] for run, _frame, _share in seen}
            one, *two = shown
            yield mix(one[0], *two[0]) if two else one[0]
    except av.FFmpegError as error:
        raise UnreadableMedia(
            f"{path}: this clip cannot be read ({error}); save it as MP4 (H.264)"
        ) from error
