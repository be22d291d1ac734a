"""Footage: a clip decoded once through, and its frames as upright RGB, whatever a camera made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from assembly._colors import Gamut, Transfer, to_bt709
from assembly._lut import toned
from assembly._resample import Bytes2D
from assembly.errors import UnreadableMedia

# As FFmpeg numbers them: AVCOL_SPC_UNSPECIFIED, AVCOL_TRC_*, AVCOL_PRI_*.
_UNNAMED = 2
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
_GAMUTS: dict[int, Gamut] = {9: "bt2020", 11: "p3", 12: "p3"}


def footage(path: Path) -> Iterator[tuple[float, VideoFrame]]:
    """Every frame of a clip with its time in seconds from the first.

    Interlaced frames are made whole (bwdif, one frame for two fields). Raises UnreadableMedia for
    a file without frames.
    """
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise UnreadableMedia(f"{path}: there is no picture in this clip; use another file")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.thread_count = 2
        step = 1 / float(stream.average_rate or 25)
        begun: float | None = None
        for number, frame in enumerate(_progressive(container.decode(stream), stream)):
            seconds = number * step if frame.time is None else frame.time
            begun = seconds if begun is None else begun
            yield seconds - begun, frame
        if begun is None:
            raise UnreadableMedia(f"{path}: this clip holds no frames; use another file")


def _progressive(frames: Iterator[VideoFrame], stream: VideoStream) -> Iterator[VideoFrame]:
    first = next(frames, None)
    if first is None:
        return
    frames = chain([first], frames)
    if not first.interlaced_frame:
        yield from frames
        return
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(template=stream),
        graph.add("bwdif", "mode=send_frame:deint=interlaced"),
        graph.add("buffersink"),
    ).configure()
    for frame in chain(frames, [None]):
        graph.vpush(frame)
        while True:
            try:
                yield graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                break


def pixel_shape(path: Path) -> float:
    """Width over height of the clip's pixels: 1.0 unless they are anamorphic."""
    with av.open(str(path)) as container:
        shape = container.streams.video[0].sample_aspect_ratio if container.streams.video else None
        return float(shape) if shape else 1.0


def upright_rgb(
    frame: VideoFrame, shape: float, background: str, least: tuple[int, int]
) -> Bytes2D:
    """A decoded frame as it is meant to be seen: BT.709, upright, square pixels, opaque.

    `shape` is a pixel's width over its height, `background` (`#rrggbb`) lies under what is
    transparent; a frame larger than `least` (width, height) may come back smaller, but never under.
    """
    # What does not name its colours is BT.709 from 720 lines on, BT.601 below, as players take it.
    named = int(frame.colorspace) != _UNNAMED
    space = None if named else Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    width, height = round(frame.width * shape), frame.height
    transfer = _TRANSFERS.get(int(frame.color_trc), "sdr")
    gamut = _GAMUTS.get(int(frame.color_primaries), "bt709")
    if transfer != "sdr" or gamut != "bt709":
        turned = least[::-1] if _turn(frame).lies else least
        share = min(1.0, max(turned[0] / width, turned[1] / height))
        size = {"width": round(width * share), "height": round(height * share)}
        wide = frame.reformat(**size, format="rgb48le", src_colorspace=space)
        if transfer != "sdr":
            rgb = toned(wide, transfer, gamut)
        else:
            rgb = to_bt709(np.asarray(wide.to_ndarray(), np.uint16), transfer, gamut)
    elif any(part.is_alpha for part in frame.format.components) or frame.format.has_palette:
        layered = np.asarray(frame.reformat(width=width, format="rgba").to_ndarray(), np.float32)
        ground = np.array([int(background[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
        mixed = ground + (layered[..., :3] - ground) * (layered[..., 3:] / 255)
        rgb = np.asarray(cv2.convertScaleAbs(mixed), np.uint8)
    else:
        small = frame.reformat(width=width, format="rgb24", src_colorspace=space)
        rgb = np.asarray(small.to_ndarray(), np.uint8)
    return _turned(rgb, _turn(frame))


class _Turn(NamedTuple):
    """How a frame is to be turned: whether it lies on its side, then which ways it is reversed."""

    lies: bool = False
    across: bool = False
    down: bool = False


def _turn(frame: VideoFrame) -> _Turn:
    """What the frame's display matrix says; selfies are mirrored by it. Slants are left out.

    Source: ISO/IEC 14496-12, 8.3.2.3: a pixel at (x, y) is shown at (ax + cy, bx + dy).
    """
    told: Any = frame.side_data.get("DISPLAYMATRIX")
    if told is None:
        return _Turn()
    matrix = np.frombuffer(memoryview(told), np.int32).reshape(3, 3)
    (a, b), (c, d) = matrix[0, :2].tolist(), matrix[1, :2].tolist()
    if abs(a) >= abs(b):
        return _Turn(across=a < 0, down=d < 0)
    return _Turn(lies=True, across=c < 0, down=b < 0)


def _turned(rgb: Bytes2D, turn: _Turn) -> Bytes2D:
    if turn.lies:
        rgb = rgb.swapaxes(0, 1)
    return rgb[:: -1 if turn.down else 1, :: -1 if turn.across else 1]
