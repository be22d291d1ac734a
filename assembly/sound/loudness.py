"""Loudness as ITU-R BS.1770-5 and EBU R 128 define it, of sound that comes in blocks."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from assembly.sound.samples import Samples
from assembly.timeline import SAMPLE_RATE

STEP = SAMPLE_RATE // 10
"""Samples of a measured step; four steps are one of the standard's overlapping blocks."""
_STEPS = 4
_GATE_LUFS, _GATE_LU = -70.0, -10.0
_OFFSET = -0.691

# Coefficients at 48 kHz, from tables 1 and 2 of the standard.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (
        -1.69065929318241,
        0.73248077421585,
    ),
)
_HIGH_PASS = (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)

Energies = npt.NDArray[np.float64]


@functools.cache
def _weighting() -> Samples:
    """How much each number of a step's packed spectrum counts: the K weighting's power response."""
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(STEP))
    power = np.full(len(turn), 2.0 / STEP**2)
    power[[0, -1]] /= 2
    for (b0, b1, b2), (a1, a2) in (_SHELF, _HIGH_PASS):
        response = (b0 + b1 * turn + b2 * turn**2) / (1 + a1 * turn + a2 * turn**2)
        power *= np.abs(response) ** 2
    # Two numbers for each frequency, but for the first and the last: they have no phase.
    return np.repeat(power, 2)[1:-1].astype(np.float32)


def gated(energies: Energies) -> float | None:
    """Integrated loudness in LUFS from energies of 100 ms steps; None where there is nothing.

    What is shorter than one block of 400 ms counts as one block.
    """
    if not len(energies):
        return None
    width = min(_STEPS, len(energies))
    sums = np.convolve(energies, np.full(width, 1 / width), "valid")
    loud = sums[sums > 10 ** ((_GATE_LUFS - _OFFSET) / 10)]
    if not len(loud):
        return None
    loud = loud[loud > loud.mean() * 10 ** (_GATE_LU / 10)]
    return float(_OFFSET + 10 * np.log10(loud.mean()))


class Meter:
    """Measures a sound that is given block by block.

    Each step is weighted in its spectrum: that costs a fraction of filtering, and as the filters
    ring for a few of its 100 milliseconds only, it measures the same within a few hundredths of an
    LU.
    """

    def __init__(self) -> None:
        self._found: list[Energies] = []
        self._rest = np.zeros((1, 0), np.float32)

    def add(self, block: Samples) -> None:
        fresh = np.concatenate([self._rest, block], axis=1) if self._rest.size else block
        steps = fresh.shape[1] // STEP
        self._rest = fresh[:, steps * STEP :]
        if steps:
            sides = [_weigh(side[: steps * STEP].reshape(steps, STEP)) for side in fresh]
            # One side is heard from both.
            self._found.append(np.sum(sides, axis=0) * (2 / len(sides)))

    def energies(self) -> Energies:
        """Mean squares of both sides, K-weighted, of each whole 100 ms so far."""
        return np.concatenate([*self._found, np.zeros(0)])

    def integrated(self) -> float | None:
        """Integrated loudness so far in LUFS; None for silence."""
        return gated(self.energies())


def _weigh(steps: Samples) -> Energies:
    # OpenCV's transform is six times as quick as NumPy's.
    packed = cv2.dft(steps, flags=cv2.DFT_ROWS)
    return np.asarray(np.square(packed) @ _weighting(), np.float64)
