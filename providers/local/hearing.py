"""Sounds as recognisers and aligners want them: 16 kHz mono, and small where they are sent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np

from providers.errors import Failed

RATE = 16_000
"""Samples a second. Every recogniser we know was trained at this rate."""
Sound = np.ndarray[Any, np.dtype[np.int16]]


def read_mono(path: Path) -> Sound:
    """All samples of a sound file at 16 kHz, mono. Raises Failed for what is no sound."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    pieces: list[Any] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams.audio[0]):
                pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
        pieces += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    except (av.FFmpegError, IndexError) as broken:
        raise Failed(f"{path.name} is no sound that can be listened to") from broken
    if not pieces:
        raise Failed(f"{path.name} holds no sound")
    return np.concatenate(pieces)


def as_flac(sound: Sound) -> bytes:
    """The samples as FLAC: half of what a WAV takes, and nothing is lost."""
    import soundfile

    told = io.BytesIO()
    soundfile.write(told, sound, RATE, format="FLAC", subtype="PCM_16")
    return told.getvalue()
