"""How the sound's coder may be told: its time, its rate, and how much of its noise could be heard.

The sound of a film is encoded with each setting and decoded again. What differs is noise; it counts
as audible in a twentieth of a second where, in any critical band, it comes within 6 dB of what the
sound itself covers there (spread by 12 dB a band upwards and 25 downwards). Rather strict, and the
same for all: to choose between settings, not to say how good any is.

Run: python -m bench.coder FILM.mp4
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from assembly.encoding import sound_options
from assembly.sound.mix import encode
from assembly.sound.samples import BLOCK, Samples, read_samples
from assembly.timeline import SAMPLE_RATE

Told = dict[str, str]

MOST_S = 60
_WINDOW = 2048
_BARKS = (
    0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700,
    4400, 5300, 6400, 7700, 9500, 12000, 15500,
)  # fmt: skip
"""Edges of the critical bands in hertz (Zwicker, 1961)."""
_UP_DB, _DOWN_DB, _BELOW_DB = 12.0, 25.0, 6.0


def settings() -> dict[str, Told]:
    """What is compared, by name; the first is what films are made with."""
    ours = dict(sound_options("aac"))
    rate = {name: told for name, told in ours.items() if name not in ("flags", "global_quality")}
    return {
        "as films are": ours,
        "quality 354": {**ours, "global_quality": "354"},
        "quality 236": {**ours, "global_quality": "236"},
        "192 kbit/s": {**rate, "b": "192000"},
        "160 kbit/s": {**rate, "b": "160000"},
        "192 kbit/s, noise shaped in time": {**rate, "b": "192000", "aac_tns": "1"},
        "192 kbit/s, mid and side always": {**rate, "b": "192000", "aac_ms": "1"},
        "192 kbit/s, thorough search": {**rate, "b": "192000", "aac_coder": "twoloop"},
    }


def spent_s(sound: Samples, told: Told, out: Path) -> float:
    """Encodes a sound; how many processor seconds that took."""
    blocks = (sound[:, at : at + BLOCK] for at in range(0, sound.shape[1], BLOCK))
    begun = time.process_time()
    encode(blocks, tuple(told.items()), out, threading.Event())
    return time.process_time() - begun


def audible(sound: Samples, coded: Samples) -> float:
    """The share of windows in which the coder's noise could be heard."""
    length = min(sound.shape[1], coded.shape[1]) - 2 * _WINDOW
    shifts = (0, 1024, 2048)
    noises = [coded[:, shift : shift + length] - sound[:, :length] for shift in shifts]
    noise = min(noises, key=lambda one: float(np.square(one).sum()))
    heard: list[npt.NDArray[np.bool_]] = []
    for side in (0, 1):
        signal, wrong = _bands(sound[side, :length]), _bands(noise[side])
        covered = signal.copy()
        for apart in range(1, 6):
            up, down = (10 ** (-steep * apart / 10) for steep in (_UP_DB, _DOWN_DB))
            np.maximum(covered[:, apart:], signal[:, :-apart] * up, out=covered[:, apart:])
            np.maximum(covered[:, :-apart], signal[:, apart:] * down, out=covered[:, :-apart])
        loud = signal.sum(axis=1) > np.median(signal.sum(axis=1)) / 100
        over = np.any(wrong > covered * 10 ** (-_BELOW_DB / 10) + 1e-3, axis=1)
        heard.append(np.asarray(over)[loud])
    return float(np.concatenate(heard).mean())


def _bands(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Energy by window and critical band."""
    windows = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW))) ** 2
    edges = (np.array(_BARKS) * _WINDOW / SAMPLE_RATE).astype(int)
    return np.asarray(np.add.reduceat(power, edges[:-1], axis=1), np.float64)


def main() -> None:
    """Prints a line for each setting."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sound = read_samples(Path(sys.argv[1]))[:, : MOST_S * SAMPLE_RATE]
    table = Table("setting", "processor s a film minute", "kbit/s", "windows with audible noise")
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "sound.mp4"
        for name, told in settings().items():
            spent = min(spent_s(sound, told, out) for _ in range(3))
            minutes = sound.shape[1] / SAMPLE_RATE / 60
            share = audible(sound, read_samples(out))
            rate = out.stat().st_size * 8 / 60_000 / minutes
            table.add_row(name, f"{spent / minutes:.2f}", f"{rate:.0f}", f"{share:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
