"""Where, in a finished film, the picture changes and the words begin."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from assembly._blends import blended
from assembly._planes import yuv_of
from assembly._resample import Bytes2D
from assembly.check.watch import Expected, Small
from assembly.sound.samples import Samples
from assembly.timeline import SAMPLE_RATE, Shot
from assembly.transitions import is_fade, kind_of, share_at

_BESIDE = 8
_SEEN_LEVELS = 1.5
_TEMPLATE_S = 6.0
SEARCH_S = 0.5
"""How early or late a narration is looked for."""


def edge_window(before: Shot, after: Shot) -> range:
    """The frames of a film in which the edge between two shots is looked for."""
    half = after.overlap // 2
    first = max(before.start + before.overlap // 2, after.start - half - _BESIDE)
    return range(first, min(after.start + after.frames - 1, after.start + half + _BESIDE) + 1)


def picture_edge(
    seen: Sequence[Bytes2D], before: Shot, after: Shot, expected: Expected
) -> tuple[float | None, bool]:
    """The frame at which `before` gives way to `after`, and whether the two can be told apart.

    `seen` is the film in `edge_window`, less where it ends within. Each frame is compared with both
    pictures as they should stand there; the edge is where the second becomes the likelier, or, of
    what moves, the shift that explains all frames best. None: it does not happen within 8 frames.
    """
    window = edge_window(before, after)[: len(seen)]
    mask = expected.free()
    olds = [_reference(before, frame, expected) for frame in window]
    news = [_reference(after, frame, expected) for frame in window]
    apart = [np.sqrt(np.mean((new - old)[mask] ** 2)) for old, new in zip(olds, news, strict=True)]
    if not apart or min(apart) < _SEEN_LEVELS:
        return None, False
    shown = [frame.astype(np.float32) for frame in seen]
    begins = after.start - after.overlap // 2 - window[0]
    course = _Course(after, begins, mask)
    late = _late(shown, olds, news, course)
    if kind_of(after.transition) in ("slide", "push", "wipe"):
        return (None if late is None else after.start + late), True
    crossed = _crossed(shown, olds, news, course)
    if crossed is None or late is None:
        return (None if crossed is None else window[0] + crossed), True
    _allow(shown, olds, range(floor(begins + late)))
    _allow(shown, news, range(ceil(begins + late + after.overlap), len(shown)))
    again = _late(shown, olds, news, course)
    if again is None:
        return window[0] + crossed, True
    # Where two pictures are much alike, what encoding lost misleads each way by up to a frame, and
    # hardly ever both.
    return (window[0] + crossed + after.start + again) / 2, True


def _crossed(
    shown: Sequence[Small], olds: Sequence[Small], news: Sequence[Small], course: _Course
) -> float | None:
    """Where, in frames from the first, the new picture becomes the likelier and stays it."""
    after, mask = course.shot, course.mask
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
            return index + low / (low - high) + 0.5
    return None


def _allow(shown: Sequence[Small], meant: list[Small], alone: range) -> None:
    """Puts right what a picture should look like by how it does where it stands `alone`.

    Another way to make it small, or what its encoding lost, would pass for a part of the other one:
    where two pictures are much alike, a third of a frame.
    """
    if alone:
        off = np.mean([shown[number] - meant[number] for number in alone], axis=0)
        meant[:] = [small + off for small in meant]


class _Course(NamedTuple):
    """How a shot begins: at which frame of those seen, and what of the picture counts."""

    shot: Shot
    begins: int
    mask: npt.NDArray[np.bool_]


def _late(
    shown: Sequence[Small], olds: Sequence[Small], news: Sequence[Small], course: _Course
) -> float | None:
    """By how many frames a transition comes too late: all its frames decide together."""

    def off(number: int, picture: Small) -> float:
        return float(np.sum((picture - shown[number])[course.mask] ** 2))

    still = np.array([[off(n, small) for n, small in enumerate(one)] for one in (olds, news)])
    shifts = range(-_BESIDE, _BESIDE + 1)
    errors = []
    for shift in shifts:
        error = 0.0
        for number in range(len(shown)):
            moment = (number - course.begins - shift + 0.5) / max(1e-6, course.shot.overlap)
            if 0 < moment < 1:
                error += off(number, _amid(olds[number], news[number], course.shot, moment))
            else:
                error += still[int(moment >= 1), number]
        errors.append(error)
    best = int(np.argmin(errors))
    # It has to explain what is seen better than either picture alone does, by about as much as the
    # two differ where only the other one would be right.
    apart = np.array(
        [np.sum((new - old)[course.mask] ** 2) for old, new in zip(olds, news, strict=True)]
    )
    middle = max(0, course.begins + shifts[best] + course.shot.overlap // 2)
    needed = 0.5 * min(apart[:middle].sum(), apart[middle:].sum())
    # At either end it may as well not come at all.
    if best in (0, len(errors) - 1) or still.sum(axis=1).min() - errors[best] < needed:
        return None
    low, here, high = errors[best - 1 : best + 2]
    return shifts[best] + (low - high) / max(1e-6, 2 * (low - 2 * here + high))


def _amid(old: Small, new: Small, shot: Shot, moment: float) -> Small:
    """Brightness at a moment (0 to 1) of the transition with which `shot` begins."""
    kind = kind_of(shot.transition)
    if kind in ("slide", "push", "wipe"):
        drawn = [np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in (old, new)]
        return blended(drawn[0], drawn[1], shot.transition, moment).astype(np.float32)
    if is_fade(shot.transition):
        ground = float(yuv_of(shot.through)[0])
        share = share_at(shot.transition, 1 - abs(2 * moment - 1))
        picture = old if moment < 0.5 else new
        return picture + share * (ground - picture)
    return old + share_at(shot.transition, moment) * (new - old)


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
    pattern = _middle(own[:, : round(_TEMPLATE_S * SAMPLE_RATE)])
    reach = round(SEARCH_S * SAMPLE_RATE)
    heard = _middle(near[:, : len(pattern) + 2 * reach])
    if not pattern.any() or not heard.any():
        return None, 0.0
    # What wraps around comes after the lags that are looked at.
    size = cv2.getOptimalDFTSize(len(heard))
    spectra = [cv2.dft(np.pad(one, (0, size - len(one)))[None]) for one in (heard, pattern)]
    crossed = cv2.mulSpectrums(spectra[0], spectra[1], 0, conjB=True)
    match = cv2.idft(crossed, flags=cv2.DFT_SCALE)[0, : 2 * reach + 1]
    best = int(np.argmax(match))
    there = heard[best : best + len(pattern)]
    norm = float(np.linalg.norm(pattern) * np.linalg.norm(there))
    sure = float(match[best]) / norm if norm > 0 else 0.0
    return (best - reach) / SAMPLE_RATE, max(0.0, min(1.0, sure))


def _middle(samples: Samples) -> Samples:
    return np.asarray(samples.mean(axis=0), np.float32)
