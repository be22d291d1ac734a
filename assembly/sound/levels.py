"""Narrations brought to one level before the mix: whoever speaks, however long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from assembly.errors import Cancelled
from assembly.sound.loudness import Meter
from assembly.sound.polish import polish
from assembly.sound.samples import Samples, decibel, faded, read_samples
from assembly.sound.tape import Tape
from assembly.timeline import SAMPLE_RATE, Timeline

Media = Callable[[str], Path]

SPEECH_LUFS = -23.0
"""Every narration's loudness in the mix, before the film is brought to its own."""

_EDGE_S = 0.005
_SHORT_S = 3.0
_AROUND_DB, _SHORT_AROUND_DB = 20.0, 10.0
"""How far a narration's gain may lie from the middle one's: a few words tell less of a voice."""
_NOTHING_LUFS = -50.0
"""What is quieter is noise or a mistake, and is not raised."""


def read_narration(path: Path, polished: bool) -> Samples:
    """A narration as it goes into the mix, but for its level. Raises UnreadableMedia."""
    clip = faded(read_samples(path), _EDGE_S)
    return polish(clip) if polished else clip


def level_gains(heard: dict[str, tuple[float | None, float]]) -> dict[str, float]:
    """Gain in dB of each narration, from its loudness in LUFS (None: silent) and its seconds."""
    asked = {
        name: SPEECH_LUFS - level
        for name, (level, _) in heard.items()
        if level is not None and level > _NOTHING_LUFS
    }
    long = [gain for name, gain in asked.items() if heard[name][1] >= _SHORT_S]
    middle = median(long or list(asked.values()) or [0.0])
    gains: dict[str, float] = {}
    for name, (_, seconds) in heard.items():
        around = _SHORT_AROUND_DB if seconds < _SHORT_S else _AROUND_DB
        gain = asked.get(name, min(middle, 0.0))
        gains[name] = min(max(gain, middle - around), middle + around) if name in asked else gain
    return gains


class Narrations:
    """A film's narrations, ready to be laid into the mix. They are read once and lie in `folder`:
    none is in memory but while it is heard.
    """

    def __init__(
        self, timeline: Timeline, media: Media, folder: Path, cancel: threading.Event
    ) -> None:
        """Reads and measures them all. Raises UnreadableMedia, Cancelled."""
        self._coming = sorted(timeline.narrations, key=lambda n: n.start)
        self._samples = timeline.samples
        self._tapes: dict[str, Tape] = {}
        heard: dict[str, tuple[float | None, float]] = {}
        for digest in dict.fromkeys(n.digest for n in timeline.narrations):
            if cancel.is_set():
                raise Cancelled("stopped while narrations were measured")
            clip = read_narration(media(digest), timeline.voice_polish)
            meter = Meter()
            meter.add(clip)
            heard[digest] = meter.integrated(), clip.shape[1] / SAMPLE_RATE
            tape = Tape(folder / f"narration-{len(self._tapes)}")
            tape.add(clip)
            self._tapes[digest] = tape
        self.sides = max((tape.sides for tape in self._tapes.values()), default=1)
        self.gains = {name: decibel(gain) for name, gain in level_gains(heard).items()}
        """The factor that brings each narration (by digest) to the speech's level."""

    def blocks(self, size: int, sides: int) -> Iterator[Samples]:
        """The narrations at their samples on the film's track, `size` samples at a time."""
        coming = list(self._coming)
        here: list[tuple[int, Samples]] = []
        for start in range(0, self._samples, size):
            end = min(start + size, self._samples)
            block = np.zeros((sides, end - start), np.float32)
            while coming and coming[0].start < end:
                told = coming.pop(0)
                here.append((told.start, self._clip(told.digest)))
            for begin, clip in here:
                first, last = max(begin, start), min(begin + clip.shape[1], end)
                block[:, first - start : last - start] += clip[:, first - begin : last - begin]
            here = [(begin, clip) for begin, clip in here if begin + clip.shape[1] > end]
            yield block

    def _clip(self, digest: str) -> Samples:
        """A narration at its level."""
        tape = self._tapes[digest]
        return tape.read(0, tape.samples) * np.float32(self.gains[digest])
