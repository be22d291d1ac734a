"""The music under a film: pieces one after another with cross-fades, making way for words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assembly.errors import Cancelled
from assembly.sound.levels import SPEECH_LUFS
from assembly.sound.loudness import Meter
from assembly.sound.samples import Samples, decibel, read_blocks
from assembly.sound.tape import Tape
from assembly.timeline import SAMPLE_RATE, Narration, Timeline

Media = Callable[[str], Path]

_BED_LU, _UNDER_LU = -11.0, -20.0
"""Music relative to the speech: where nobody speaks, and under speech."""
_ATTACK_S, _HOLD_S, _RELEASE_S = 0.5, 0.3, 1.2
_GRID = SAMPLE_RATE // 1000
_CROSS_S = 3.0
_FADE_S = 2.5
_SILENT = decibel(-60)
_QUIET_LUFS = -60.0


class _Piece(NamedTuple):
    """A decoded piece, without silence at its ends, and the factor to the speech's loudness."""

    tape: Tape
    first: int
    samples: int
    gain: float


class _Place(NamedTuple):
    """A piece on the film: where it begins, and how many samples of it fade in and out."""

    piece: _Piece
    start: int
    rise: int
    fall: int


class Bed:
    """The music of a film. Decoded pieces lie in `folder`; nothing of them stays in memory."""

    def __init__(
        self, timeline: Timeline, media: Media, folder: Path, cancel: threading.Event
    ) -> None:
        """Reads as much of the music as the film needs. Raises UnreadableMedia, Cancelled."""
        self._samples = timeline.samples
        pieces: list[_Piece] = []
        length = 0
        for number, digest in enumerate(timeline.music):
            # What lies behind the film's end is not even decoded.
            if length < timeline.samples:
                tape = Tape(folder / f"music-{number}")
                piece = _decode(media(digest), tape, timeline.samples, cancel)
                if piece is not None:
                    pieces.append(piece)
                    length += piece.samples - round(_CROSS_S * SAMPLE_RATE)
        self._places = _lay(pieces, timeline.samples)
        self.sides = max((piece.tape.sides for piece in pieces), default=1)
        level = duck(timeline.narrations, timeline.samples) + np.float32(timeline.music_level_db)
        if not timeline.narrations:
            level = np.zeros_like(level)
        self._gain = np.power(10, level / 20, dtype=np.float32)

    def __bool__(self) -> bool:
        return bool(self._places)

    def block(self, start: int, count: int) -> Samples:
        """`count` samples of the music from sample `start` of the film on, a whole millisecond."""
        made = np.zeros((self.sides, count), np.float32)
        for place in self._places:
            begin = max(start, place.start)
            end = min(start + count, place.start + place.piece.samples)
            if begin < end:
                made[:, begin - start : end - start] += _part(place, begin, end)
        made *= self._gains(start, count)
        return made

    def _gains(self, start: int, count: int) -> Samples:
        """The factor of each of these samples; what is known each millisecond lies on lines."""
        first = start // _GRID
        known = self._gain[first : (start + count) // _GRID + 2]
        steps = np.arange(_GRID, dtype=np.float32) / _GRID
        lines = known[:-1, None] + np.diff(known)[:, None] * steps
        gains = np.asarray(lines.ravel()[:count], np.float32)
        fade = min(round(_FADE_S * SAMPLE_RATE), self._samples // 3)
        if self._samples - start - count < fade:
            left = (self._samples - start - np.arange(count)) / fade
            gains *= ((1 - np.cos(np.pi * np.clip(left, 0, 1))) / 2).astype(np.float32)
        return gains


def _decode(path: Path, tape: Tape, most: int, cancel: threading.Event) -> _Piece | None:
    """Writes at most `most` audible samples of a piece to `tape`; None for a silent one."""
    meter = Meter()
    first, last = -1, 0
    for block in read_blocks(path):
        if cancel.is_set():
            raise Cancelled("stopped while music was read")
        loud = np.flatnonzero(np.abs(block).max(axis=0) > _SILENT)
        if len(loud):
            first = tape.samples + int(loud[0]) if first < 0 else first
            last = tape.samples + int(loud[-1]) + 1
        meter.add(block)
        tape.add(block)
        if first >= 0 and last - first >= most:
            break
    level = meter.integrated()
    if first < 0 or level is None or level <= _QUIET_LUFS:
        return None
    return _Piece(tape, first, min(last - first, most), decibel(SPEECH_LUFS - level))


def _lay(pieces: Sequence[_Piece], samples: int) -> list[_Place]:
    """The pieces in turn, again and again until the film ends, each overlapping the next."""
    places: list[_Place] = []
    start, rise = 0, 0
    while pieces and start < samples:
        piece = pieces[len(places) % len(pieces)]
        after = pieces[(len(places) + 1) % len(pieces)]
        fall = min(round(_CROSS_S * SAMPLE_RATE), piece.samples // 3, after.samples // 3)
        places.append(_Place(piece, start, rise, fall))
        start, rise = start + max(1, piece.samples - fall), fall
    return places


def _part(place: _Place, begin: int, end: int) -> Samples:
    """Samples `begin` to `end` of the film as the placed piece has them."""
    piece = place.piece
    begin, end = begin - place.start, end - place.start
    read = piece.tape.read(piece.first + begin, piece.first + end)
    read *= np.float32(piece.gain)
    # A few milliseconds at least, where it would begin in the midst of a tone.
    rise, fall = max(place.rise, _GRID * 5), max(place.fall, _GRID * 5)
    if begin < rise:
        read *= _ramp(np.arange(begin, end) / rise)
    if end > piece.samples - fall:
        read *= _ramp((piece.samples - np.arange(begin, end)) / fall)
    return read


def _ramp(share: npt.NDArray[np.float64]) -> Samples:
    """The factor of a cross-fade that keeps the power of two different sounds."""
    return np.sin(np.pi / 2 * np.clip(share, 0, 1)).astype(np.float32)


def duck(narrations: Sequence[Narration], samples: int) -> Samples:
    """Music's level in LU below the speech, every millisecond of the film.

    It makes way before words begin, and comes back slowly after them; where the pause is too short
    for it to come back altogether it stays down, so that it never pumps.
    """
    count = samples // _GRID + 2
    busy = np.zeros(count, np.bool_)
    bridge = round((_ATTACK_S + _HOLD_S + _RELEASE_S) * 1000)
    before = -bridge
    for told in sorted(narrations, key=lambda n: n.start):
        start, end = told.start // _GRID, (told.start + told.samples) // _GRID + 1
        busy[before if 0 <= start - before < bridge else start : end] = True
        before = max(before, end)
    moment = np.arange(count, dtype=np.int32)
    last = np.maximum.accumulate(np.where(busy, moment, -count * 4))
    following = np.minimum.accumulate(np.where(busy, moment, count * 4)[::-1])[::-1]
    since = np.clip(((moment - last) / 1000 - _HOLD_S) / _RELEASE_S, 0, 1)
    until = np.clip((following - moment) / 1000 / _ATTACK_S, 0, 1)
    share = (1 - np.cos(np.pi * np.minimum(since, until))) / 2
    return np.asarray(_UNDER_LU + (_BED_LU - _UNDER_LU) * share, np.float32)
