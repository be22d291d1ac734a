"""Whether NVIDIA's encoder works on this machine: found by encoding, not by asking for names."""

from __future__ import annotations

import functools
from typing import Any

import ffmpeg

from assembly._ffmpeg import run
from assembly.encoding import Codec, Encoding, picture_options
from assembly.errors import FFmpegError

_FRAMES, _WIDTH, _HEIGHT, _FPS = 8, 640, 360, 30


@functools.cache
def why_no_nvenc(codec: Codec) -> str:
    """Encodes some frames as a film would be; why that failed, or empty when it worked.

    An FFmpeg that lists the encoder says nothing about the driver, the card, or its free sessions.
    """
    if codec == "prores":
        return "NVIDIA's encoder makes no ProRes"
    frame = bytes(_WIDTH * _HEIGHT * 3 // 2)
    source: Any = ffmpeg.input(
        "pipe:", format="rawvideo", pix_fmt="yuv420p", s=f"{_WIDTH}x{_HEIGHT}", framerate=_FPS
    )
    options = dict(picture_options(Encoding(codec=codec, maker="nvenc"), _FPS)) | {"f": "null"}
    try:
        run(source.output("pipe:", **options).get_args(), (frame,) * _FRAMES)
    except FFmpegError as failed:
        first = (failed.last_lines or ("it said nothing",))[0]
        return f"{codec}_nvenc: {first.rpartition('] ')[2]}"
    return ""
