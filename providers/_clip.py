"""What a clip holds: how long it lasts by its timestamps, and whether anything in it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

Pixels = np.ndarray[Any, Any]
BLANK = 2.0
"""Standard deviation, of 255, under which a picture shows nothing."""
FROZEN = 16.0
"""Largest difference, of 255, that compression alone makes between two small pictures."""
SAMPLES = 6
"""Moments at which a clip is looked into when it is not decoded to its end."""


class Length(NamedTuple):
    """A clip's picture by its packets: how many, and from the first to the end of the last."""

    frames: int
    stated: int
    """How many its header tells of; 0 when it does not say."""
    seconds: float
    stated_s: float


def picture_track(container: InputContainer) -> VideoStream | None:
    """The moving picture of a file; the cover of a piece of music is none."""
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.attached_pic:
            return stream
    return None


def clip_length(path: Path) -> Length:
    """Reads a clip's packets without decoding them. Raises FFmpegError.

    The last frame lasts as long as it says, or as the one before it when it says next to nothing.
    """
    with av.open(str(path)) as container:
        stream = picture_track(container)
        if stream is None:
            return Length(0, 0, 0.0, 0.0)
        told = [(p.pts, p.duration) for p in container.demux(stream) if p.size]
        times = sorted((pts, lasts or 0) for pts, lasts in told if pts is not None)
        clock = float(stream.time_base or 0)
        stated_s = (stream.duration or 0) * clock
        if len(times) < len(told) or not times:
            rate = float(stream.average_rate or 25)
            return Length(len(told), stream.frames, len(told) / rate, stated_s)
        last, lasts = times[-1]
        gap = last - times[-2][0] if len(times) > 1 else round(1 / 25 / clock)
        # Some writers do not know how long their last frame lasts, and say one tick.
        lasts = lasts if lasts >= gap / 2 else gap
        seconds = (last + lasts - times[0][0]) * clock
        return Length(len(told), stream.frames, seconds, stated_s)


def look_into(path: Path, seconds: float) -> list[Pixels]:
    """Small pictures from a few moments of a clip. Raises FFmpegError when one is damaged."""
    seen = []
    with av.open(str(path)) as container:
        stream = picture_track(container)
        if stream is None:
            return []
        begin_s = float((stream.start_time or 0) * (stream.time_base or 0))
        for number in range(SAMPLES):
            moment = begin_s + seconds * number / SAMPLES
            if number:
                container.seek(int(moment * av.time_base))
            frame = next((f for f in container.decode(stream) if _has_begun(f, moment)), None)
            if frame is not None:
                seen.append(thumbnail(frame))
    return seen


def _has_begun(frame: VideoFrame, moment: float) -> bool:
    return frame.time is None or frame.time >= moment - 0.02


def thumbnail(frame: VideoFrame) -> Pixels:
    """A frame at 128 x 128 pixels, whatever its shape, in RGB."""
    return np.asarray(frame.to_ndarray(width=128, height=128, format="rgb24"))


def is_blank(pixels: Pixels) -> bool:
    """Whether no channel of a picture of shape (height, width, 3), 0 to 255, shows anything."""
    return float(pixels.reshape(-1, 3).std(axis=0).max()) < BLANK


def is_frozen(seen: list[Pixels]) -> bool:
    """Whether pictures from several moments are all the same."""
    first = seen[0].astype(np.int16)
    return all(int(np.abs(pixels - first).max()) < FROZEN for pixels in seen[1:])
