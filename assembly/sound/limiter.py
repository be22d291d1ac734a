"""True peaks, and a limiter that holds them below a ceiling without delay."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from assembly.sound.samples import Samples
from assembly.timeline import SAMPLE_RATE

_TAPS = 16
_GRAIN = 1024
_BEND = np.array([[1, -2, 1]], np.float32)
_WINDOW = SAMPLE_RATE // 200 * 2 + 1
REACH = _WINDOW + _TAPS
"""Samples to either side of one that can change how it is limited."""


@functools.cache
def _oversampling_taps() -> tuple[Samples, ...]:
    """Three phases of a windowed sinc of 16 taps: the signal between its samples."""
    reach = np.arange(-_TAPS // 2, _TAPS // 2)
    phases: list[Samples] = []
    for phase in range(1, 4):
        at = reach + phase / 4
        taps = np.sinc(at) * np.cos(np.pi * at / (_TAPS + 2)) ** 2
        phases.append((taps / taps.sum()).astype(np.float32))
    return tuple(phases)


@functools.cache
def _most_rise() -> tuple[float, float]:
    """How many times its highest sample, and its sharpest bend (second difference) in addition, a
    signal can reach between its samples.

    A point between two samples lies on the line between them but for a weighted sum of the bends
    around, as each phase's taps do but for a remainder, which is made of bends and a slope.
    """
    slopes, bends = [], []
    middle = _TAPS // 2
    for number, taps in enumerate(_oversampling_taps(), 1):
        rest = taps.astype(np.float64)
        rest[[middle, middle - 1]] -= 1 - number / 4, number / 4
        slope = float(rest @ np.arange(_TAPS))
        rest[[middle, middle - 1]] += slope * np.array([-1, 1])
        slopes.append(abs(slope))
        bends.append(float(np.abs(np.cumsum(np.cumsum(rest))).sum()))
    return 1 + 2 * max(slopes), max(bends)


def true_peaks(samples: Samples, floor: float = 0.0) -> Samples:
    """The highest level at or next to each sample, on four times as many points, both sides.

    Where no point can pass `floor`, samples stand for what lies between them.
    """
    highest = _behind(samples, floor)
    # A point between two samples belongs to both.
    beside: Samples = highest.copy()
    np.maximum(beside[1:], highest[:-1], out=beside[1:])
    np.maximum(beside[:-1], highest[1:], out=beside[:-1])
    return beside


def _behind(samples: Samples, floor: float) -> Samples:
    """The highest level from each sample to the next, where it can pass `floor`.

    Source: ITU-R BS.1770-5, annex 2 (true peak by four-fold oversampling).
    """
    highest = np.abs(samples).max(axis=0)
    for first, last in _loud_parts(samples, highest, floor):
        before, after = max(0, first - _TAPS), last + _TAPS
        near, part = samples[:, before:after], highest[first:last]
        for taps in _oversampling_taps():
            between = cv2.filter2D(near, -1, taps[None, ::-1], borderType=cv2.BORDER_CONSTANT)
            level = np.abs(between[:, first - before :][:, : len(part)]).max(axis=0)
            np.maximum(part, level, out=part)
    return np.asarray(highest, np.float32)


def _loud_parts(samples: Samples, levels: Samples, floor: float) -> list[tuple[int, int]]:
    """Where a point between samples can pass `floor`, from the first to behind the last; `levels`
    are the higher ones of both sides.
    """
    if not len(levels):
        return []
    rise, bend = _most_rise()
    most = _around(levels)
    # No bend is sharper than four times the highest sample.
    if most.max() * (rise + 4 * bend) <= floor:
        return []
    bends = cv2.filter2D(samples, -1, _BEND, borderType=cv2.BORDER_CONSTANT)
    loud = most * rise + _around(np.abs(bends).max(axis=0)) * bend > floor
    turns = np.flatnonzero(np.diff(loud.astype(np.int8), prepend=0, append=0)) * _GRAIN
    return [(int(a), min(int(b), len(levels))) for a, b in turns.reshape(-1, 2)]


def _around(levels: Samples) -> Samples:
    """The highest level in each grain and its neighbours."""
    grains = np.maximum.reduceat(levels, np.arange(0, len(levels), _GRAIN))
    return np.asarray(cv2.dilate(grains[None], np.ones((1, 3), np.uint8))[0], np.float32)


class PeakMeter:
    """The highest true peak of a sound that comes in blocks."""

    def __init__(self) -> None:
        self.highest = 0.0
        self._before = np.zeros((1, _TAPS), np.float32)

    def add(self, block: Samples) -> None:
        before = np.broadcast_to(self._before, (len(block), _TAPS))
        near = np.concatenate([before, block], axis=1)
        # The last points are seen again, with what follows them, in the next block.
        half = _TAPS // 2
        found = _behind(near, self.highest)[half : near.shape[1] - half]
        self.highest = max(self.highest, float(found.max(initial=0.0)))
        self._before = near[:, -_TAPS:]

    def peak(self) -> float:
        """The highest true peak, full scale 1.0; ends the measuring."""
        self.add(np.zeros_like(self._before))
        return self.highest


def limit(samples: Samples, ceiling: float) -> Samples:
    """Turns down what would pass `ceiling` (true peak, full scale 1.0), smoothly and without delay.

    The gain is the least that is needed within 5 ms, smoothed over as long: it arrives in time.
    """
    peaks = true_peaks(samples, ceiling)
    if float(peaks.max(initial=0.0)) <= ceiling:
        return samples
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)).astype(np.float32)
    window = np.ones((1, _WINDOW), np.uint8)
    held = cv2.erode(needed[None], window, borderType=cv2.BORDER_REPLICATE)
    hann = np.hanning(_WINDOW + 2)[1:-1]
    smooth = cv2.sepFilter2D(
        held, -1, hann / hann.sum(), np.array([1.0]), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(samples * smooth, np.float32)
