"""A finished film's sound, heard once from end to end: how loud it is, and where its words lie."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assembly.check.memory import Memory, Oblivion, memory_key, remembered
from assembly.check.sync import SEARCH_S, speech_lag
from assembly.errors import Cancelled
from assembly.sound.mix import Ear, Loudness
from assembly.sound.samples import Samples, decibel, read_blocks, read_samples, sound_digest
from assembly.timeline import SAMPLE_RATE, Frozen, Timeline

Media = Callable[[str], Path]

WINDOW_S = 0.25


class Words(Frozen):
    """How one scene's narration is heard in the film."""

    scene: str
    audible: bool
    """The narration itself has sound."""
    lag_s: float | None
    """By how much it comes too late; None: it was not heard."""
    sure: float
    """How alike narration and film are, 0 to 1."""
    missing: tuple[float, ...]
    """Where, in seconds of the film, quarter seconds begin that should sound and do not."""


class Heard(Frozen):
    """All that listening to a film tells."""

    loudness: Loudness
    words: tuple[Words, ...]


class _Strip:
    """A sound in which one looks from ever later places; what lies before them is let go."""

    def __init__(self, blocks: Iterator[Samples]) -> None:
        self._blocks = blocks
        self._held = np.zeros((2, 0), np.float32)
        self._start = 0

    def window(self, begin: int, end: int) -> Samples:
        """Samples `begin` to `end`; silence where there is no sound."""
        parts, count = [self._held], self._start + self._held.shape[1]
        while count < end and (block := next(self._blocks, None)) is not None:
            parts.append(np.broadcast_to(block, (2, block.shape[1])))
            count += block.shape[1]
        whole = np.concatenate(parts, axis=1)
        gone = min(max(0, begin - self._start), whole.shape[1])
        self._held, self._start = whole[:, gone:], self._start + gone
        found = self._held[:, max(0, begin - self._start) : max(0, end - self._start)]
        before = min(max(0, self._start - begin), end - begin)
        return np.pad(found, ((0, 0), (before, end - begin - before - found.shape[1])))


def listen(
    film: Path,
    timeline: Timeline,
    media: Media,
    late_s: float = 0.0,
    cancel: threading.Event | None = None,
    memory: Memory | None = None,
) -> Heard:
    """Hears a film whose sound starts `late_s` after its picture; one narration is held at a time.

    What the same packets told of the same narrations before is recalled from `memory`. Raises
    UnreadableMedia, Cancelled.
    """
    told = [[n.scene, n.digest, n.start, n.samples] for n in timeline.narrations]
    key = memory_key("heard", sound_digest(film), told, late_s)

    def hear() -> Any:
        return _heard(film, timeline, media, late_s, cancel).model_dump(mode="json")

    known = Oblivion() if memory is None else memory
    return Heard.model_validate(remembered(known, key, hear))


def _heard(
    film: Path, timeline: Timeline, media: Media, late_s: float, cancel: threading.Event | None
) -> Heard:
    ear = Ear()

    def blocks() -> Iterator[Samples]:
        late = round(late_s * SAMPLE_RATE)
        if late > 0:
            yield np.zeros((2, late), np.float32)
        for block in read_blocks(film):
            if cancel is not None and cancel.is_set():
                raise Cancelled("stopped while the film was heard")
            ear.hear(block)
            kept = block[:, -late:] if late < 0 else block
            late = min(0, late + block.shape[1]) if late < 0 else late
            yield kept

    coming = blocks()
    strip = _Strip(coming)
    words: list[Words] = []
    reach = round(SEARCH_S * SAMPLE_RATE)
    for told in sorted(timeline.narrations, key=lambda n: n.start):
        own = read_samples(media(told.digest))
        length = own.shape[1]
        near = strip.window(told.start - reach, told.start + length + reach)
        lag_s, sure = speech_lag(near, own)
        quiet = _unheard(own, near[:, reach : reach + length])
        start_s = told.start / SAMPLE_RATE
        words.append(
            Words(
                scene=told.scene,
                audible=bool(own.any()),
                lag_s=lag_s,
                sure=sure,
                missing=tuple(start_s + WINDOW_S * int(at) for at in np.flatnonzero(quiet)),
            )
        )
    for _ in coming:
        pass
    return Heard(loudness=ear.told(), words=tuple(words))


def _unheard(own: Samples, heard: Samples) -> npt.NDArray[np.bool_]:
    """The quarter seconds in which a narration has sound and the film has none.

    Between words the film has its room tone, which lies far below what counts as sound here.
    """
    meant, found = _levels(own), _levels(heard)
    return np.asarray((meant > decibel(-45)) & (found < np.minimum(decibel(-60), meant / 10)))


def _levels(samples: Samples) -> npt.NDArray[np.float64]:
    """RMS of each quarter second, both sides."""
    size = round(WINDOW_S * SAMPLE_RATE)
    whole = samples.shape[1] // size * size
    squares = np.square(samples[:, :whole]).reshape(len(samples), -1, size)
    return np.asarray(np.sqrt(squares.mean(axis=(0, 2), dtype=np.float64)))
