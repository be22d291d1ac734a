"""The sound track: narrations at one level, music under them, at one loudness, encoded once.

Nothing here grows with the film but files: sound passes through in blocks of a few seconds.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame

from assembly.encoding import Options, sound_options
from assembly.errors import Cancelled, FFmpegError
from assembly.sound.levels import Narrations
from assembly.sound.limiter import REACH, PeakMeter, limit
from assembly.sound.loudness import STEP, Energies, Meter, gated
from assembly.sound.music import Bed
from assembly.sound.samples import BLOCK, Samples, decibel, read_blocks
from assembly.sound.tape import Tape
from assembly.sound.tone import room_tone
from assembly.timeline import SAMPLE_RATE, Frozen, Timeline

Media = Callable[[str], Path]

MIXER = 6
"""Raised whenever the same timeline would sound otherwise."""

_GRAIN = SAMPLE_RATE // 100
_QUIET_LUFS = -60.0
_MOST_GAIN_DB = 40.0
_NEAR_LU, _CLOSE_LU = 0.2, 0.05
"""How far the encoded track may be from its goal, and the track before it is encoded."""


class Loudness(Frozen):
    """Loudness of the encoded track. None where there is nothing to hear."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None


def sound_key(timeline: Timeline) -> str:
    """The name of the film's sound track: equal sound is the same file."""
    heard = {
        "fps", "frames", "music", "music_level_db", "voice_polish", "loudness_lufs", "peak_dbtp",
    }  # fmt: skip
    told = (
        timeline.encoding.audio
        + timeline.model_dump_json(include=heard)
        + repr([(n.digest, n.start, n.samples) for n in timeline.narrations])
    )
    return f"a{MIXER}-" + hashlib.sha256(told.encode()).hexdigest()[:40]


class Ear:
    """Measures a sound that is heard in blocks as EBU R 128 does."""

    def __init__(self) -> None:
        self._meter, self._peaks = Meter(), PeakMeter()

    def hear(self, block: Samples) -> None:
        self._meter.add(block)
        self._peaks.add(block)

    def told(self) -> Loudness:
        """Integrated loudness and true peak of all that was heard; ends the measuring."""
        level, peak = self._meter.integrated(), self._peaks.peak()
        if level is None or level <= _QUIET_LUFS:
            return Loudness(integrated_lufs=None, true_peak_dbtp=None)
        peak_dbtp = round(20 * float(np.log10(peak)), 2)
        return Loudness(integrated_lufs=round(level, 2), true_peak_dbtp=peak_dbtp)


def loudness(path: Path) -> Loudness:
    """Measures a file's sound: integrated loudness and true peak. Raises UnreadableMedia."""
    ear = Ear()
    for block in read_blocks(path):
        ear.hear(block)
    return ear.told()


class _Mix:
    """The film's sound before it is brought to its loudness, in a file, and what it is like."""

    def __init__(
        self, timeline: Timeline, media: Media, folder: Path, cancel: threading.Event
    ) -> None:
        """Lays speech and music together. Raises UnreadableMedia, Cancelled."""
        self.samples = timeline.samples
        self._tape = Tape(folder / "mix")
        meter, peaks = Meter(), []
        narrations = Narrations(timeline, media, folder, cancel)
        bed = Bed(timeline, media, folder, cancel)
        for block in narrations.blocks(BLOCK, max(narrations.sides, bed.sides)):
            if cancel.is_set():
                raise Cancelled("stopped while sound was mixed")
            if bed:
                block += bed.block(self._tape.samples, block.shape[1])
            meter.add(block)
            peaks.append(_peaks(block))
            self._tape.add(block)
        self.energies = meter.energies()
        self.peaks = np.concatenate(peaks)
        self.level = gated(self.energies)

    def limited(self, gain: float, ceiling: float) -> Iterator[Samples]:
        """The track `gain` times as loud over its room tone, held below `ceiling`, in blocks."""
        for start in range(0, self.samples, BLOCK):
            end = min(start + BLOCK, self.samples)
            first, last = max(0, start - REACH), min(self.samples, end + REACH)
            near = room_tone(first, last - first, self.samples)
            near += self._tape.read(first, last) * np.float32(gain)
            yield limit(near, ceiling)[:, start - first : end - first]

    def gain_for(self, lufs: float, ceiling: float) -> float:
        """The gain in dB that leads to `lufs` whatever the limiter takes."""
        gain_db = 0.0
        for _ in range(8):
            level = gated(_after_limiting(self.energies, self.peaks, gain_db, ceiling))
            if level is None:
                break
            gain_db = min(gain_db + lufs - level, _MOST_GAIN_DB)
        if float(self.peaks.max(initial=0.0)) * decibel(gain_db) <= ceiling:
            return gain_db
        # To hear what the limiter took is much cheaper than to encode once more.
        before: tuple[float, float] | None = None
        for _ in range(4):
            meter = Meter()
            for block in self.limited(decibel(gain_db), ceiling):
                meter.add(block)
            level = meter.integrated()
            if level is None or abs(lufs - level) < _CLOSE_LU:
                break
            # The harder the limiter works, the less of a raise is left.
            slope = 1.0
            if before is not None and gain_db != before[0]:
                slope = (level - before[1]) / (gain_db - before[0])
            before = gain_db, level
            gain_db = min(gain_db + (lufs - level) / min(max(slope, 0.25), 1.0), _MOST_GAIN_DB)
        return gain_db


def _peaks(block: Samples) -> Samples:
    """The highest sample of every hundredth of a second."""
    high = np.abs(block).max(axis=0)
    starts = np.arange(0, len(high), _GRAIN)
    return np.asarray(np.maximum.reduceat(high, starts), np.float32)


def _after_limiting(energies: Energies, peaks: Samples, gain_db: float, ceiling: float) -> Energies:
    """About the energies that steps have when they are `gain_db` louder and limited."""
    gain = decibel(gain_db)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks * gain, 1e-9)).astype(np.float32)
    # Its neighbours make way for a peak as well.
    held = cv2.blur(cv2.erode(needed[None], np.ones((1, 3), np.uint8)), (3, 1))[0]
    grains = STEP // _GRAIN
    whole = held[: len(energies) * grains].reshape(-1, grains)
    return np.asarray(energies * gain**2 * np.square(whole).mean(axis=1))


def mix(timeline: Timeline, media: Media, out: Path, cancel: threading.Event) -> Loudness:
    """Makes the film's whole sound track and writes it to `out`, encoded; says how loud it is.

    The loudness is that of the encoded track: gain and limiter are set again until it is within
    0.2 LU of the goal and its true peak below the limit. A film without sound stays silent.
    Raises UnreadableMedia, FFmpegError, Cancelled.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sound-", dir=out.parent) as work:
        half_made = Path(work) / "sound"
        track = _Mix(timeline, media, Path(work), cancel)
        if track.level is None or track.level <= _QUIET_LUFS:
            told = sound_options(timeline.encoding.audio)
            encode(_silence(timeline.samples), told, half_made, cancel)
            heard = Loudness(integrated_lufs=None, true_peak_dbtp=None)
        else:
            heard = _at_loudness(timeline, track, half_made, cancel)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name
    return heard


def _silence(samples: int) -> Iterator[Samples]:
    for start in range(0, samples, BLOCK):
        yield np.zeros((1, min(BLOCK, samples - start)), np.float32)


def _at_loudness(timeline: Timeline, track: _Mix, out: Path, cancel: threading.Event) -> Loudness:
    """Encodes the track at the goal's loudness, correcting by what is measured in the file."""
    # Encoding lifts peaks a little: start below the limit.
    ceiling_db = timeline.peak_dbtp - 0.7
    gain_db = track.gain_for(timeline.loudness_lufs, decibel(ceiling_db))
    heard = Loudness(integrated_lufs=None, true_peak_dbtp=None)
    for _ in range(6):
        blocks = track.limited(decibel(gain_db), decibel(ceiling_db))
        encode(blocks, sound_options(timeline.encoding.audio), out, cancel)
        heard = loudness(out)
        if heard.integrated_lufs is None or heard.true_peak_dbtp is None:
            break
        short = timeline.loudness_lufs - heard.integrated_lufs
        over = heard.true_peak_dbtp - timeline.peak_dbtp
        if abs(short) <= _NEAR_LU and over <= 0:
            break
        gain_db = min(gain_db + short, _MOST_GAIN_DB)
        if over > 0:
            ceiling_db -= over + 0.15
    return heard


def encode(blocks: Iterator[Samples], options: Options, out: Path, cancel: threading.Event) -> None:
    """Writes a sound as `options` say (`sound_options`).

    Raises FFmpegError when the encoder fails, Cancelled when `cancel` is set.
    """
    told = dict(options)
    name, form = told.pop("c:a"), told.pop("f")
    try:
        with av.open(str(out), "w", format=form, options={"fflags": "+bitexact"}) as file:
            stream: Any = file.add_stream(name, SAMPLE_RATE, layout="stereo", options=told)
            done = 0
            for block in blocks:
                if cancel.is_set():
                    raise Cancelled("stopped while sound was encoded")
                both = np.broadcast_to(block, (2, block.shape[1]))
                frame = AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = SAMPLE_RATE, done
                done += block.shape[1]
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise FFmpegError((name,), (str(error),)) from error
