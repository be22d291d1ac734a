"""What judges are shown of pictures and clips: small JPEGs, a few of a clip."""

from __future__ import annotations

import base64
from pathlib import Path

MOST_SIDE = 512
"""Pixels of the longer side: enough to see what a picture shows, small enough to send."""
FRAMES = 4
"""Moments of a clip that are looked at, spread over its length."""


def data_uri(path: Path) -> str:
    """A JPEG as the address that holds all of it."""
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()


def save_small(picture: Path, out: Path) -> None:
    """Writes the picture, or the first of an animated one, as a small JPEG."""
    from PIL import Image

    with Image.open(picture) as image:
        small = image.convert("RGB")
        small.thumbnail((MOST_SIDE, MOST_SIDE))
        small.save(out, "JPEG", quality=80)


def save_frame(clip: Path, number: int, out: Path) -> None:
    """Writes moment `number` of `FRAMES` of a clip as a small JPEG. Raises FFmpegError."""
    import av

    from providers._clip import clip_length, picture_track

    moment_s = clip_length(clip).seconds * (number + 0.5) / FRAMES
    last = None
    with av.open(str(clip)) as container:
        stream = picture_track(container)
        if stream is not None:
            begin_s = float((stream.start_time or 0) * (stream.time_base or 0))
            container.seek(int((begin_s + moment_s) * av.time_base))
            for frame in container.decode(stream):
                last = frame
                if frame.time is None or frame.time >= begin_s + moment_s - 0.02:
                    break
        if last is None:
            raise ValueError("the clip has no frame to look at")
        small = last.to_image()  # type: ignore[no-untyped-call]
    small.thumbnail((MOST_SIDE, MOST_SIDE))
    small.save(out, "JPEG", quality=80)
