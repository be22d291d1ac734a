"""Narrations made clean: without the silence around them, without DC, and in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import soundfile

from assembly._samples import Samples, decibel, faded, read_samples
from assembly.timeline import SAMPLE_RATE

SPEECH = 2
"""Raised whenever the same parts would be joined otherwise."""
LEAD_S, TAIL_S = 0.06, 0.16
"""What is left of the silence before and after the words: breath, and the room dying away."""

_GAP_S = 0.08
_EDGE_S = 0.005
_FRAME = SAMPLE_RATE // 100
_BELOW_DB = -42.0
"""Quieter than this, beside the part's loud syllables, is no speech; the softest consonant is
louder."""
_DRIFT_S = 0.05


class Part(NamedTuple):
    """Where a part lies in the joined file: its second `cut_s` is the file's second `start_s`."""

    start_s: float
    cut_s: float
    length_s: float


def join_speech(parts: Sequence[Path], out: Path) -> tuple[list[Part], float]:
    """Writes the parts, trimmed and without DC, one after another as 48 kHz PCM WAV.

    Returns where each part lies and how long the whole is, in seconds. Raises UnreadableMedia.
    """
    told: list[Part] = []
    pieces: list[Samples] = []
    length = 0
    gap = np.zeros((round(_GAP_S * SAMPLE_RATE), 2), np.float32)
    for number, path in enumerate(parts):
        if number:
            pieces.append(gap)
            length += len(gap)
        sound = _without_drift(read_samples(path))
        first, last = _spoken(sound)
        pieces.append(faded(sound[first:last], _EDGE_S))
        seconds = (length, first, last - first)
        told.append(Part(*(count / SAMPLE_RATE for count in seconds)))
        length += last - first
    whole = np.concatenate(pieces)
    mono = np.array_equal(whole[:, 0], whole[:, 1])
    written = whole[:, 0] if mono else whole
    soundfile.write(out, written, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return told, length / SAMPLE_RATE


def _without_drift(sound: Samples) -> Samples:
    """The sound less its mean around each moment: DC and what is slower than any voice."""
    rows = np.ascontiguousarray(sound.T)
    slow: Samples = rows
    window = round(_DRIFT_S * SAMPLE_RATE) | 1
    # Three running means are close to a bell, which lets no voice through and shifts nothing.
    for _ in range(3):
        blurred = cv2.blur(slow, (window, 1), borderType=cv2.BORDER_REPLICATE)
        slow = np.asarray(blurred, np.float32)
    return np.asarray((rows - slow).T, np.float32)


def _spoken(sound: Samples) -> tuple[int, int]:
    """The samples from shortly before the first word until shortly after the last."""
    whole = len(sound) // _FRAME
    power = np.square(sound[: whole * _FRAME]).reshape(whole, -1).mean(axis=1)
    if not whole or not power.any():
        return 0, len(sound)
    loud = np.flatnonzero(power > np.percentile(power, 95) * decibel(_BELOW_DB) ** 2)
    first = int(loud[0]) * _FRAME - round(LEAD_S * SAMPLE_RATE)
    last = (int(loud[-1]) + 1) * _FRAME + round(TAIL_S * SAMPLE_RATE)
    return max(0, first), min(len(sound), last)
