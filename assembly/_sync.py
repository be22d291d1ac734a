"""Where, in a finished film, the picture changes and the words begin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assembly._samples import Samples
from assembly._watch import Expected, Small
from assembly.timeline import SAMPLE_RATE, Shot

_BESIDE = 8
_SEEN_LEVELS = 1.5
_TEMPLATE_S = 6.0
SEARCH_S = 0.5
"""How early or late a narration is looked for."""


def picture_edge(
    seen: npt.NDArray[np.uint8], before: Shot, after: Shot, expected: Expected
) -> tuple[float | None, bool]:
    """The frame at which `before` gives way to `after`, and whether the two can be told apart.

    Each frame near the edge is compared with both pictures as they should stand there; the edge is
    where the second becomes the likelier. None: it does not happen within 8 frames.
    """
    half = after.overlap // 2
    first = max(before.start + before.overlap // 2, after.start - half - _BESIDE)
    last = min(after.start + after.frames - 1, after.start + half + _BESIDE, len(seen) - 1)
    mask = expected.free()
    scores: list[float] = []
    told_apart = True
    for frame in range(first, last + 1):
        shown = seen[frame].astype(np.float32)[mask]
        old = _reference(before, frame, expected)[mask]
        new = _reference(after, frame, expected)[mask]
        told_apart &= bool(np.sqrt(np.mean((new - old) ** 2)) >= _SEEN_LEVELS)
        scores.append(
            _through(shown, old, new, expected.ground)
            if after.transition == "fade"
            else _between(shown, old, new)
        )
    if not told_apart or not scores:
        return None, False
    for index in range(len(scores) - 1):
        low, high = scores[index], scores[index + 1]
        if low < 0 <= high and all(score >= 0 for score in scores[index + 1 :]):
            return first + index + low / (low - high) + 0.5, True
    return None, True


def _reference(shot: Shot, frame: int, expected: Expected) -> Small:
    """The shot's picture at a frame."""
    known = expected.at(shot, frame)
    return expected.moving(shot, frame) if known is None else known


def _between(shown: Small, old: Small, new: Small) -> float:
    """-1/2 where `old` is shown, 1/2 where `new` is, in proportion between."""
    way = new - old
    return float(np.dot(shown - old, way) / max(1e-6, float(np.dot(way, way)))) - 0.5


def _through(shown: Small, old: Small, new: Small, ground: float) -> float:
    """Below 0 where a faded `old` explains the frame better than a faded `new`, else above."""
    residues = []
    for picture in (old, new):
        light, whole = shown - ground, picture - ground
        share = max(0.0, float(np.dot(light, whole)) / max(1e-6, float(np.dot(whole, whole))))
        residues.append(float(np.sum((light - share * whole) ** 2)))
    return residues[0] - residues[1]


def speech_lag(near: Samples, own: Samples) -> tuple[float | None, float]:
    """By how many seconds a narration is heard too late, and how sure that is (0 to 1).

    `near` is the film's sound from half a second before the narration should begin to half a second
    after it should end; it is cross-correlated with the narration's own samples.
    """
    own = own[: round(_TEMPLATE_S * SAMPLE_RATE)]
    pattern = own.mean(axis=1)
    reach = round(SEARCH_S * SAMPLE_RATE)
    heard = near[: len(pattern) + 2 * reach].mean(axis=1)
    if not pattern.any() or not heard.any():
        return None, 0.0
    # A power of two keeps the transform quick.
    size = 1 << (len(heard) + len(pattern) - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(pattern, size))
    match = np.fft.irfft(spectrum, size)[: 2 * reach + 1]
    best = int(np.argmax(match))
    there = heard[best : best + len(pattern)]
    norm = float(np.linalg.norm(pattern) * np.linalg.norm(there))
    sure = float(match[best]) / norm if norm > 0 else 0.0
    return (best - reach) / SAMPLE_RATE, max(0.0, min(1.0, sure))
