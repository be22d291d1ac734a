"""What a picture is about: where to cut when it has not the shape of the film."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from assembly._faces import faces
from assembly._footage import pixel_shape, upright_rgb
from assembly._resample import Bytes2D
from assembly.errors import UnreadableMedia

Focus = tuple[float, float]
"""A point as shares of width and height, from the top left: (0.5, 0.5) is the middle."""
Attention = npt.NDArray[np.float64]
"""How much each part of a picture draws the eye: shape (height, width), sum 1."""

MIDDLE: Focus = (0.5, 0.5)

_LONG = 64
"""Cells of the longer side: at this scale what stands out is things, not their texture."""
_SEEN = 480
"""Pixels of the longer side in which faces are looked for."""
_FACES = 2.0
"""What faces weigh beside all else together."""
_PULL = 0.12
"""How much of the whole a cut must gain to stand at the edge rather than in the middle."""
_LOOKS, _MOST_FRAMES = 5, 90
_TRIFLE = 0.03
"""A cut of so little more than the picture's own shape is not worth looking for its place."""


def crop_box(
    wide: int, high: int, shape: float, focus: Focus = MIDDLE
) -> tuple[int, int, int, int]:
    """Left, top, width and height of the largest part of shape `shape` (width over height).

    Its middle is as near to `focus` as the picture's edges allow.
    """
    across = max(1, min(wide, round(high * shape)))
    along = max(1, min(high, round(wide / shape)))
    left = round(focus[0] * wide - across / 2)
    top = round(focus[1] * high - along / 2)
    return min(max(0, left), wide - across), min(max(0, top), high - along), across, along


def is_cut(wide: int, high: int, shape: float) -> bool:
    """Whether a picture loses so much to a film of this shape that it matters where."""
    own = wide / high
    return min(own / shape, shape / own) < 1 - _TRIFLE


def picture_focus(rgb: Bytes2D, shape: float) -> Focus:
    """Where a part of shape `shape` of a picture shows most of what it is about."""
    high, wide = rgb.shape[:2]
    if not is_cut(wide, high, shape):
        return MIDDLE
    return _best(_attention(rgb), wide / high, shape)


@lru_cache(maxsize=64)
def clip_focus(path: Path, shape: float) -> Focus:
    """The one point for a whole clip: a cut that wandered would look like a camera's mistake.

    Raises UnreadableMedia.
    """
    seen: list[Attention] = []
    own = shape
    try:
        for rgb in _looks(path):
            own = rgb.shape[1] / rgb.shape[0]
            if not is_cut(rgb.shape[1], rgb.shape[0], shape):
                return MIDDLE
            seen.append(_attention(rgb))
    except av.FFmpegError as error:
        raise UnreadableMedia(f"{path}: this clip cannot be read ({error})") from error
    return _best(np.mean(seen, axis=0), own, shape) if seen else MIDDLE


def _best(drawn: Attention, own: float, shape: float) -> Focus:
    """The middle of the part of the picture that holds most of what draws the eye."""
    axis = 1 if shape < own else 0
    profile = drawn.sum(axis=1 - axis)
    share = min(shape / own, own / shape)
    cells = len(profile)
    inside = max(1, round(cells * share))
    # What lies in the middle of the part counts more than what is just caught by its edge.
    weight = 0.5 + 0.5 * np.sin(np.pi * (np.arange(inside) + 0.5) / inside)
    starts = np.arange(cells - inside + 1)
    held = np.array([float(profile[at : at + inside] @ weight) for at in starts])
    middles = (starts + inside / 2) / cells
    held -= _PULL * np.abs(middles - 0.5) / 0.5
    found = round(float(middles[int(np.argmax(held))]), 4)
    return (found, 0.5) if axis == 1 else (0.5, found)


def _attention(rgb: Bytes2D) -> Attention:
    """Spectral residual saliency of brightness and of two colour differences, and faces.

    Source: X. Hou and L. Zhang, Saliency Detection: A Spectral Residual Approach, CVPR 2007.
    """
    high, wide = rgb.shape[:2]
    scale = _SEEN / max(high, wide)
    seen = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(seen, cv2.COLOR_RGB2LAB)
    cells = (
        max(4, round(wide * _LONG / max(high, wide))),
        max(4, round(high * _LONG / max(high, wide))),
    )
    small = cv2.resize(lab, cells, interpolation=cv2.INTER_AREA).astype(np.float64)
    drawn = sum((_residual(small[..., channel]) for channel in range(3)), np.zeros(cells[::-1]))
    drawn = cv2.GaussianBlur(drawn, (0, 0), 1.5)
    # A frame around the picture stands out by the spectrum, and is never what it is about.
    drawn *= np.outer(*(np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 0.25 for n in drawn.shape))
    drawn /= max(float(drawn.sum()), 1e-12)
    found = faces(np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.uint8))
    for x, y, across, along in found:
        row = min(int((y + along / 2) / seen.shape[0] * cells[1]), cells[1] - 1)
        column = min(int((x + across / 2) / seen.shape[1] * cells[0]), cells[0] - 1)
        drawn[row, column] += _FACES / len(found)
    return np.asarray(drawn / drawn.sum() if drawn.sum() else drawn, np.float64)


def _residual(channel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spectrum = np.fft.fft2(channel)
    loudness = np.log(np.abs(spectrum) + 1.0)
    residual = loudness - cv2.blur(loudness, (3, 3))
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    # A channel that is nearly even says nothing, however its spectrum looks.
    return np.abs(back) ** 2 * float(channel.std())


def _looks(path: Path) -> Iterator[Bytes2D]:
    """Some frames spread over a clip, upright and small."""
    shape = pixel_shape(path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        lasts_s = float(container.duration or 0) / av.time_base
        for look in range(_LOOKS):
            at_s = lasts_s * (2 * look + 1) / (2 * _LOOKS)
            if look:
                container.seek(round(at_s * av.time_base))
            for number, frame in enumerate(container.decode(stream)):
                if (frame.time or 0.0) >= at_s or number >= _MOST_FRAMES:
                    yield upright_rgb(frame, shape, "#000000", (_SEEN, _SEEN))
                    break
