"""Clips whose frames carry their numbers, and reading them in a finished film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

BITS = 7
NOISE = 0.2
"""How far a column's brightness may be off, of 1: what the encoder adds where all changes."""
Levels = npt.NDArray[np.float64]
_WIDE, _HIGH = 256, 144
_CELL = _WIDE // (BITS + 1)


def bits_of(number: int) -> Levels:
    """The number's bits, the lowest first, as 0.0 and 1.0."""
    return np.array([number >> bit & 1 for bit in range(BITS)], float)


def frame_picture(number: int) -> npt.NDArray[np.uint8]:
    """A green strip over a white or black column for each bit and one that is always white."""
    picture = np.zeros((_HIGH, _WIDE, 3), np.uint8)
    for column, level in enumerate([*bits_of(number), 1.0]):
        picture[:, column * _CELL : (column + 1) * _CELL] = round(235 * level)
    picture[: _HIGH // 4] = (0, 200, 0)
    return picture


def numbered_clip(path: Path, times: list[int], clock: int) -> Path:
    """An MP4 whose n-th frame shows n from `times[n]` / `clock` seconds on."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=clock, options={"crf": "6"})
        stream.width, stream.height, stream.pix_fmt = _WIDE, _HIGH, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, clock)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(frame_picture(number), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, clock)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def frames_of(film: Path) -> npt.NDArray[np.uint8]:
    """Every frame of a film, RGB."""
    with av.open(str(film)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def shown_levels(film: Path) -> list[Levels]:
    """For each frame that shows a numbered clip how bright each bit's column is, 0 to 1."""
    found: list[Levels] = []
    for frame in frames_of(film):
        green = frame[6:30, 10:-10].reshape(-1, 3).mean(axis=0)
        if not (green[1] > 150 and green[0] < 60 and green[2] < 60):
            continue
        middles = [column * _CELL + _CELL // 2 for column in range(BITS + 1)]
        levels = [frame[60:120, at - 6 : at + 7].mean() for at in middles]
        found.append(np.array(levels[:BITS]) / levels[BITS])
    return found


def numbers(levels: list[Levels]) -> list[int]:
    """The numbers of frames that are shown whole, -1 where two are mixed."""

    def number(columns: Levels) -> int:
        if np.abs(columns - columns.round()).max() > NOISE:
            return -1
        return sum(int(bit) << order for order, bit in enumerate(columns.round()))

    return [number(columns) for columns in levels]


def colour_of(film: Path, second: float, box: tuple[float, float, float, float]) -> list[float]:
    """Mean R, G, B of a part (left, top, right, bottom, as shares) of the frame at a second."""
    with av.open(str(film)) as container:
        rate: Any = container.streams.video[0].average_rate
        wanted = round(second * float(rate))
        frame = next(f for n, f in enumerate(container.decode(video=0)) if n == wanted)
        picture = frame.to_ndarray(format="rgb24")
    high, wide = picture.shape[:2]
    left, top, right, bottom = (
        round(share * side) for share, side in zip(box, (wide, high, wide, high), strict=True)
    )
    told: list[float] = picture[top:bottom, left:right].reshape(-1, 3).mean(axis=0).tolist()
    return told
