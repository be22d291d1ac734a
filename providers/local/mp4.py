"""Bare frames as an MP4: H.264 in the colours of BT.709, good enough to be cut and coded again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

CRF = "12"
"""Hardly to be told from the frames themselves; the film codes them once more."""


def write_mp4(raw: Path, size: tuple[int, int], fps: float, out: Path) -> int:
    """Codes RGB24 frames of `size` (width, height), one after another in `raw`; how many they were.

    A side that is odd loses its last row: H.264 halves its colours.
    """
    width, height = size
    frames = np.memmap(raw, np.uint8, "r").reshape(-1, height, width, 3)
    even = width - width % 2, height - height % 2
    with av.open(str(out), "w", format="mp4") as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=rate, options={"crf": CRF})
        stream.width, stream.height, stream.pix_fmt = *even, "yuv420p"
        stream.codec_context.colorspace = stream.codec_context.color_primaries = 1
        stream.codec_context.color_trc = 1
        for pixels in frames:
            cut = np.ascontiguousarray(pixels[: even[1], : even[0]])
            frame = av.VideoFrame.from_ndarray(cut, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )  # fmt: skip
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return len(frames)
