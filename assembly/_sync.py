"""Where, in a finished film, the picture changes and the words begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assembly._blends import blended
from assembly._planes import yuv_of
from assembly._samples import Samples
from assembly._watch import Expected, Small
from assembly.timeline import SAMPLE_RATE, Shot
from assembly.transitions import Transition, is_fade, kind_of

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
    frames = range(first, last + 1)
    olds = [_reference(before, frame, expected) for frame in frames]
    news = [_reference(after, frame, expected) for frame in frames]
    apart = [np.sqrt(np.mean((new - old)[mask] ** 2)) for old, new in zip(olds, news, strict=True)]
    if not apart or min(apart) < _SEEN_LEVELS:
        return None, False
    shown = seen[first : last + 1].astype(np.float32)
    if kind_of(after.transition) in ("slide", "push", "wipe"):
        begins = after.start - half - first
        late = _late(shown, olds, news, _Course(after.transition, begins, after.overlap, mask))
        return (None if late is None else after.start + late), True
    ground = float(yuv_of(after.through)[0]) if is_fade(after.transition) else None
    scores = [
        _between(now[mask], old[mask], new[mask])
        if ground is None
        else _through(now[mask], old[mask], new[mask], ground)
        for now, old, new in zip(shown, olds, news, strict=True)
    ]
    for index in range(len(scores) - 1):
        low, high = scores[index], scores[index + 1]
        if low < 0 <= high and all(score >= 0 for score in scores[index + 1 :]):
            return first + index + low / (low - high) + 0.5, True
    return None, True


class _Course(NamedTuple):
    """A transition that moves: where it should begin, in frames, and what of the frame counts."""

    transition: Transition
    begins: int
    lasts: int
    mask: npt.NDArray[np.bool_]


def _late(
    shown: Small, olds: Sequence[Small], news: Sequence[Small], course: _Course
) -> float | None:
    """By how many frames a transition that moves comes too late: all its frames decide together."""
    both = [
        [np.clip(np.rint(small), 0, 255).astype(np.uint8) for small in smalls]
        for smalls in (olds, news)
    ]

    def off(number: int, picture: npt.NDArray[np.generic]) -> float:
        return float(np.sum((picture - shown[number])[course.mask] ** 2))

    still = np.array([[off(n, small) for n, small in enumerate(smalls)] for smalls in both])
    shifts = range(-_BESIDE, _BESIDE + 1)
    errors = []
    for shift in shifts:
        error = 0.0
        for number in range(len(shown)):
            moment = (number - course.begins - shift + 0.5) / course.lasts
            if 0 < moment < 1:
                old, new = both[0][number], both[1][number]
                error += off(number, blended(old, new, course.transition, moment))
            else:
                error += still[int(moment >= 1), number]
        errors.append(error)
    best = int(np.argmin(errors))
    # At either end it may as well not come at all; and it has to explain what is seen.
    if best in (0, len(errors) - 1) or errors[best] > 0.5 * still.sum(axis=1).min():
        return None
    low, here, high = errors[best - 1 : best + 2]
    return shifts[best] + (low - high) / max(1e-6, 2 * (low - 2 * here + high))


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
