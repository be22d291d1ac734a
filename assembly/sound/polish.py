"""A gentle compressor and a de-esser for narrations, without delay."""

from __future__ import annotations

import cv2
import numpy as np

from assembly.sound.loudness import Meter
from assembly.sound.samples import Samples
from assembly.timeline import SAMPLE_RATE

_RATIO, _MOST_DB = 2.0, 6.0
_SHARP_HZ, _SHARP_LU, _SHARP_MOST_DB = 5_000, -12.0, 6.0
"""Hissing begins here, and this far below the voice's loudness it is too much."""


def polish(samples: Samples) -> Samples:
    """The voice with its loudest syllables and its sharpest hisses held back by up to 6 dB.

    Thresholds follow the voice's own loudness, so that a quiet file is treated like a loud one.
    """
    meter = Meter()
    meter.add(samples)
    loudness = meter.integrated()
    if loudness is None:
        return samples
    level = _levels(samples, 0.02)
    over = np.clip(level - loudness, 0, None) * (1 - 1 / _RATIO)
    calmer = samples * _smooth(np.minimum(over, _MOST_DB), 0.06)
    dull = _without_sharpness(calmer)
    sharp = calmer - dull
    over = np.clip(_levels(sharp, 0.005) - (loudness + _SHARP_LU), 0, None)
    return np.asarray(dull + sharp * _smooth(np.minimum(over, _SHARP_MOST_DB), 0.01), np.float32)


def _levels(samples: Samples, seconds: float) -> Samples:
    """RMS around each sample, both sides together, in dB."""
    power = (np.square(samples).sum(axis=0) * (2 / len(samples)))[None]
    window = round(seconds * SAMPLE_RATE) | 1
    mean = cv2.blur(power, (window, 1), borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(10 * np.log10(np.maximum(mean, 1e-12)), np.float32)


def _smooth(reduction_db: Samples, seconds: float) -> Samples:
    """The factor of a reduction that arrives before it is needed, for both sides."""
    window = round(seconds * SAMPLE_RATE) | 1
    held = cv2.blur(reduction_db[None], (window, 1), borderType=cv2.BORDER_REPLICATE)
    soft = cv2.blur(held, (window, 1), borderType=cv2.BORDER_REPLICATE)[0]
    return np.asarray(10 ** (-soft / 20), np.float32)


def _without_sharpness(samples: Samples) -> Samples:
    """What lies below the band of hisses, by a symmetric filter."""
    reach = np.arange(-64, 65)
    taps = np.sinc(2 * _SHARP_HZ / SAMPLE_RATE * reach) * np.hanning(131)[1:-1]
    taps /= taps.sum()
    return np.asarray(cv2.filter2D(samples, -1, taps[None].astype(np.float32)), np.float32)
