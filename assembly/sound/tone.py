"""Room tone: the faint sound of a quiet room, so that a film's pauses do not sound dead."""

from __future__ import annotations

import functools

import numpy as np

from assembly.sound.samples import Samples, decibel
from assembly.timeline import SAMPLE_RATE

TONE_DBFS = -72.0
"""RMS of each side: well below what loudness counts, and above digital silence."""
_LOOP_S = 11
_FADE_S = 0.5
_SEED = 20


@functools.cache
def _loop() -> Samples:
    """Eleven seconds of soft noise that go on into themselves; the sides differ."""
    count = _LOOP_S * SAMPLE_RATE
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    # Pink, without rumble, dying away above the voice: as air and walls have it.
    shape = 1 / np.sqrt(np.maximum(hertz, 60)) / (1 + (hertz / 3000) ** 2)
    shape *= np.clip((hertz - 20) / 60, 0, 1)
    rng = np.random.default_rng(_SEED)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, count))) * shape, count)
    return np.asarray(noise / noise.std() * decibel(TONE_DBFS), np.float32)


def room_tone(start: int, count: int, samples: int) -> Samples:
    """`count` samples of room tone from sample `start` of a film of `samples` samples."""
    loop, made = _loop(), np.empty((2, count), np.float32)
    done = 0
    while done < count:
        part = loop[:, (start + done) % loop.shape[1] :][:, : count - done]
        made[:, done : done + part.shape[1]] = part
        done += part.shape[1]
    edge = _FADE_S * SAMPLE_RATE
    if start < edge or start + count > samples - edge:
        at = np.arange(start, start + count)
        made *= np.clip(np.minimum(at, samples - at) / edge, 0, 1).astype(np.float32)
    return made
