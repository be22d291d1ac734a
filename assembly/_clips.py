"""Clips: their frames at the film's rate, by their timestamps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from assembly._planes import Bytes2D, Planes, fit, to_planes
from assembly.errors import UnreadableMedia

_UNNAMED = 2
"""AVCOL_SPC_UNSPECIFIED: the file does not say which matrix its colours use."""


def _decoded(path: Path) -> Iterator[tuple[float, VideoFrame]]:
    """Every frame of a clip with its time in seconds from the first, once through."""
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise UnreadableMedia(f"{path}: there is no picture in this clip; use another file")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.thread_count = 2
        step = 1 / float(stream.average_rate or 25)
        first: float | None = None
        for number, frame in enumerate(container.decode(stream)):
            seconds = number * step if frame.time is None else frame.time
            first = seconds if first is None else first
            yield seconds - first, frame


def _looped(path: Path) -> Iterator[tuple[float, VideoFrame]]:
    """The clip's frames again and again; a round lasts until its last frame has been shown."""
    begin = 0.0
    while True:
        shown, before, step = -1.0, 0.0, 1 / 25
        for seconds, frame in _decoded(path):
            if shown >= 0 and seconds > before:
                step = seconds - before
            shown = before = seconds
            yield begin + seconds, frame
        if shown < 0:
            raise UnreadableMedia(f"{path}: this clip holds no frames; use another file")
        begin += shown + step


def _pixel_shape(path: Path) -> float:
    with av.open(str(path)) as container:
        shape = container.streams.video[0].sample_aspect_ratio if container.streams.video else None
        return float(shape) if shape else 1.0


def _rgb(frame: VideoFrame, shape: float) -> Bytes2D:
    """A decoded frame as upright RGB with square pixels; `shape` is a pixel's width by height."""
    # What does not name its colours is BT.709 from 720 lines on, BT.601 below, as players take it.
    named = int(frame.colorspace) != _UNNAMED
    space = None if named else Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    width = round(frame.width * shape)
    small = frame.reformat(width=width, format="rgb24", src_colorspace=space)
    rgb = np.asarray(small.to_ndarray(), np.uint8)
    return np.rot90(rgb, frame.rotation // 90) if frame.rotation % 360 else rgb


def clip_frames(
    path: Path, fps: int, first: int, frames: int, width: int, height: int
) -> Iterator[Planes]:
    """Planes of `frames` frames of a clip, from its frame `first` at the film's rate.

    The frame shown at a moment is the last that has begun; the clip starts anew when it is over,
    and its first frame stands for moments before it (`first` below 0). Raises UnreadableMedia.
    """
    try:
        shape = _pixel_shape(path)
        source = _looped(path)
        _, now = next(source)
        after_s, after = next(source)
        made: Planes | None = None
        for number in range(first, first + frames):
            # A hair of patience: timestamps are rounded to the container's own clock.
            moment = max(0, number) / fps + 0.25 / fps
            while after_s <= moment:
                now, made = after, None
                after_s, after = next(source)
            if made is None:
                made = to_planes(fit(_rgb(now, shape), width, height))
            yield made
    except av.FFmpegError as error:
        raise UnreadableMedia(
            f"{path}: this clip cannot be read ({error}); save it as MP4 (H.264)"
        ) from error
