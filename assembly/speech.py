"""Narrations that came in parts become one file, without clicks where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from assembly._samples import read_samples
from assembly.timeline import SAMPLE_RATE

SPEECH = 1
"""Raised whenever the same parts would be joined otherwise."""
_GAP_S = 0.18
_EDGE_S = 0.005


def join_speech(parts: Sequence[Path], out: Path) -> tuple[list[float], float]:
    """Writes the parts one after another as 48 kHz PCM WAV.

    Returns where each part begins and how long the whole is, in seconds. Raises UnreadableMedia.
    """
    starts, pieces, length = [], [], 0
    gap = np.zeros((round(_GAP_S * SAMPLE_RATE), 2), np.float32)
    ramp = np.linspace(0, 1, round(_EDGE_S * SAMPLE_RATE), dtype=np.float32)[:, None]
    for number, part in enumerate(parts):
        if number:
            pieces.append(gap)
            length += len(gap)
        sound = read_samples(part).copy()
        edge = min(len(ramp), len(sound) // 2)
        sound[:edge] *= ramp[:edge]
        sound[len(sound) - edge :] *= ramp[:edge][::-1]
        starts.append(length / SAMPLE_RATE)
        pieces.append(sound)
        length += len(sound)
    soundfile.write(out, np.concatenate(pieces), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return starts, length / SAMPLE_RATE
