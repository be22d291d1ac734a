"""Sound as arrays: 48 kHz float32, shape (sides, samples), full scale 1.0.

A sound that is the same on both sides has one: a voice costs half of what music does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile
from av.audio.frame import AudioFrame
from av.filter import Graph

from assembly.errors import UnreadableMedia
from assembly.timeline import SAMPLE_RATE

Samples = npt.NDArray[np.float32]

BLOCK = 2 * SAMPLE_RATE
"""Samples that pass through at a time: what a processor's cache holds."""

_DAMAGED = 0.1
"""Share of a file's packets that may be broken (the last one of a truncated MP3 always is)."""
_WAV_PROBE_BYTES = "4096"


def read_samples(path: Path) -> Samples:
    """Decodes any sound file to 48 kHz, mono or stereo, all of it. Raises UnreadableMedia."""
    return np.concatenate(list(read_blocks(path)), axis=1)


def read_blocks(path: Path) -> Iterator[Samples]:
    """Decodes any sound file to 48 kHz, in blocks of about `BLOCK` samples: all mono or all stereo.

    Raises UnreadableMedia for what has no sound in it, or is damaged in more than a few places.
    """
    with _narration(path) as plain:
        if plain is None:
            yield from _decoded(path)
        else:
            for block in plain.blocks(BLOCK, dtype="float32", always_2d=True):
                yield np.ascontiguousarray(block.T)


@contextmanager
def _narration(path: Path) -> Iterator[soundfile.SoundFile | None]:
    """The file, where it is a WAV as narrations are kept: that is read six times as fast as FFmpeg
    finds out what it is.
    """
    with ExitStack() as opened:
        found = None
        with suppress(soundfile.LibsndfileError):
            file = opened.enter_context(soundfile.SoundFile(path))
            told = file.format, file.subtype, file.samplerate
            if told == ("WAV", "PCM_16", SAMPLE_RATE) and file.channels <= 2 and file.frames:
                found = file
        try:
            yield found
        except soundfile.LibsndfileError as error:
            raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UnreadableMedia:
    return UnreadableMedia(f"{path}: this sound cannot be read ({error}); save it as WAV or MP3")


def _decoded(path: Path) -> Iterator[Samples]:
    """Any file, as FFmpeg reads it."""
    way: _Resampled | _AsItIs | None = None
    try:
        with av.open(str(path), options=_probing(path)) as container:
            if not container.streams.audio:
                raise UnreadableMedia(f"{path}: there is no sound in this file; use another file")
            sides = 1 if container.streams.audio[0].channels == 1 else 2
            for frame in _frames(container, path):
                shape = (frame.sample_rate, frame.format.name, frame.layout.name)
                if way is None or shape != way.shape:
                    yield from way.rest() if way else ()
                    wanted = _is_as_wanted(shape, sides)
                    way = _AsItIs(shape) if wanted else _Resampled(frame, shape, sides)
                yield from way.blocks(frame)
            if way is None:
                raise UnreadableMedia(f"{path}: this sound file is empty; make it again")
            yield from way.rest()
    except av.FFmpegError as error:
        raise _unreadable(path, error) from error


def _probing(path: Path) -> dict[str, str]:
    """How much FFmpeg reads to learn what a file holds.

    A WAV says it in its header; that its samples might hide something else is looked for in all of
    a short file, which takes longer than decoding it.
    """
    try:
        with path.open("rb") as file:
            return {"probesize": _WAV_PROBE_BYTES} if file.read(4) == b"RIFF" else {}
    except OSError:
        return {}


def sound_digest(path: Path) -> bytes:
    """The digest of a file's sound as it was coded: every packet and its time. Raises
    UnreadableMedia.
    """
    digest = hashlib.sha256()
    try:
        with av.open(str(path)) as container:
            for stream in container.streams.audio[:1]:
                digest.update(f"{stream.codec_context.name} {stream.time_base}".encode())
                digest.update(bytes(stream.codec_context.extradata or b""))
                for packet in container.demux(stream):
                    digest.update(f"{packet.pts} {packet.size}".encode())
                    digest.update(packet)
    except av.FFmpegError as error:
        raise _unreadable(path, error) from error
    return digest.digest()


def _frames(container: Any, path: Path) -> Iterator[AudioFrame]:
    """The decoded frames; a packet that cannot be decoded is left out, as players do."""
    whole, broken = 0, 0
    packets = container.demux(container.streams.audio[0])
    while True:
        # What lies behind the place where a file was cut off is lost; the rest of it is not.
        packet = None
        try:
            packet = next(packets, None)
        except av.InvalidDataError:
            broken += 1
        if packet is None:
            break
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            broken += 1
            continue
        whole += 1
        yield from frames
    if broken > max(1.0, _DAMAGED * whole):
        raise UnreadableMedia(f"{path}: this sound file is damaged; export it again")


def _resampler(frame: AudioFrame, sides: int) -> Graph:
    """A long windowed-sinc resampler to the film's rate; mono goes to both sides at full level."""
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format,
        layout=frame.layout,
        time_base=frame.time_base,
    )
    before = source
    chain = [("aresample", f"{SAMPLE_RATE}:filter_size=64:phase_shift=10:cutoff=0.97")]
    if frame.layout.nb_channels < sides:
        chain.append(("pan", "stereo|c0=c0|c1=c0"))
    chain += [
        ("aformat", f"sample_fmts=fltp:channel_layouts={'mono' if sides == 1 else 'stereo'}"),
        ("asetnsamples", f"{BLOCK}:pad=0"),
        ("abuffersink", ""),
    ]
    for name, told in chain:
        after = graph.add(name, told or None)
        before.link_to(after)
        before = after
    graph.configure()
    return graph


Shape = tuple[int, str, str]
"""Samples a second, the format of samples, the layout of channels."""


class _Resampled:
    """Frames of one shape, brought to the film's rate and channels."""

    def __init__(self, first: AudioFrame, shape: Shape, sides: int) -> None:
        self.shape, self._graph = shape, _resampler(first, sides)

    def blocks(self, frame: AudioFrame) -> Iterator[Samples]:
        """What comes of one more frame."""
        frame.pts = None
        self._graph.push(frame)
        yield from self._pulled()

    def rest(self) -> Iterator[Samples]:
        """What was still held back."""
        self._graph.push(None)
        yield from self._pulled()

    def _pulled(self) -> Iterator[Samples]:
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                frame = self._graph.pull()
                assert isinstance(frame, AudioFrame)  # noqa: S101
                yield frame.to_ndarray().astype(np.float32, copy=False)


def _is_as_wanted(shape: Shape, sides: int) -> bool:
    """Whether samples need only be laid out otherwise: FFmpeg's filters take as long as decoding
    does.
    """
    rate, form, layout = shape
    named = "mono" if sides == 1 else "stereo"
    return rate == SAMPLE_RATE and form in ("flt", "fltp") and layout == named


class _AsItIs:
    """Frames that have the film's rate already."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        _, form, layout = shape
        self._sides = 2 if layout == "stereo" else 1
        self._is_planar = form == "fltp"
        self._block = self._empty()
        self._count = 0

    def blocks(self, frame: AudioFrame) -> Iterator[Samples]:
        """What comes of one more frame."""
        count, begin = frame.samples, self._count
        if begin + count > self._block.shape[1]:
            yield from self.rest()
            begin = 0
            self._block = self._empty(count)
        part = self._block[:, begin : begin + count]
        if self._is_planar:
            for row, plane in zip(part, frame.planes, strict=True):
                row[:] = np.frombuffer(memoryview(plane), np.float32, count)
        else:
            told = np.frombuffer(memoryview(frame.planes[0]), np.float32, count * self._sides)
            part[:] = told.reshape(-1, self._sides).T
        self._count = begin + count

    def rest(self) -> Iterator[Samples]:
        """What was still held back."""
        if self._count:
            yield self._block[:, : self._count]
        self._block, self._count = self._empty(), 0

    def _empty(self, least: int = 0) -> Samples:
        return np.empty((self._sides, max(BLOCK, least)), np.float32)


def decibel(level: float) -> float:
    """The factor that is `level` dB."""
    return float(10.0 ** (level / 20))


def faded(samples: Samples, seconds: float) -> Samples:
    """The clip with short ramps at its ends, so that it neither begins nor ends with a click."""
    count = min(round(seconds * SAMPLE_RATE), samples.shape[1] // 2)
    made = samples.copy()
    if count:
        ramp = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
        made[:, :count] *= ramp
        made[:, -count:] *= ramp[::-1]
    return made
