"""Narrations made clean: without the silence around them, without DC, and in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import soundfile

from assembly.sound.samples import Samples, decibel, faded, read_samples
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
    gap = np.zeros((1, round(_GAP_S * SAMPLE_RATE)), np.float32)
    for number, path in enumerate(parts):
        if number:
            pieces.append(gap)
            length += gap.shape[1]
        sound = _without_drift(read_samples(path))
        first, last = _spoken(sound)
        pieces.append(faded(sound[:, first:last], _EDGE_S))
        seconds = (length, first, last - first)
        told.append(Part(*(count / SAMPLE_RATE for count in seconds)))
        length += last - first
    sides = max(len(piece) for piece in pieces)
    parted = [np.broadcast_to(piece, (sides, piece.shape[1])) for piece in pieces]
    whole = np.concatenate(parted, axis=1)
    if np.array_equal(whole[0], whole[-1]):
        whole = whole[:1]
    soundfile.write(out, whole.T, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return told, length / SAMPLE_RATE


def _without_drift(sound: Samples) -> Samples:
    """The sound less its mean around each moment: DC and what is slower than any voice."""
    slow = sound
    window = round(_DRIFT_S * SAMPLE_RATE) | 1
    # Three running means are close to a bell, which lets no voice through and shifts nothing.
    for _ in range(3):
        blurred = cv2.blur(slow, (window, 1), borderType=cv2.BORDER_REPLICATE)
        slow = np.asarray(blurred, np.float32)
    return np.asarray(sound - slow, np.float32)


def _spoken(sound: Samples) -> tuple[int, int]:
    """The samples from shortly before the first word until shortly after the last."""
    whole, length = sound.shape[1] // _FRAME, sound.shape[1]
    squares = np.square(sound[:, : whole * _FRAME]).reshape(len(sound), whole, _FRAME)
    power = squares.mean(axis=(0, 2))
    if not whole or not power.any():
        return 0, length
    loud = np.flatnonzero(power > np.percentile(power, 95) * decibel(_BELOW_DB) ** 2)
    first = int(loud[0]) * _FRAME - round(LEAD_S * SAMPLE_RATE)
    last = (int(loud[-1]) + 1) * _FRAME + round(TAIL_S * SAMPLE_RATE)
    return max(0, first), min(length, last)
