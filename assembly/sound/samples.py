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
    way: _Way | None = None
    try:
        with av.open(str(path), options=_probing(path)) as container:
            if not container.streams.audio:
                raise UnreadableMedia(f"{path}: there is no sound in this file; use another file")
            sides = 1 if container.streams.audio[0].channels == 1 else 2
            for frame in _frames(container, path):
                if way is None or _shape(frame) != way.shape:
                    yield from way.rest() if way else ()
                    way = _Way(frame, sides)
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


Shape = tuple[int, str, str]
"""Samples a second, the format of samples, the layout of channels."""


def _shape(frame: AudioFrame) -> Shape:
    return frame.sample_rate, frame.format.name, frame.layout.name


class _Way:
    """How frames of one shape become blocks at the film's rate, with the file's sides."""

    def __init__(self, first: AudioFrame, sides: int) -> None:
        self.shape = _shape(first)
        # Its ends know of their graph, but do not keep it.
        self._graph = graph = Graph()
        self._source = graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format,
            layout=first.layout,
            time_base=first.time_base,
        )
        chain = []
        if first.sample_rate != SAMPLE_RATE:
            # A long windowed sinc.
            chain.append(("aresample", f"{SAMPLE_RATE}:filter_size=64:phase_shift=10:cutoff=0.97"))
        if first.layout.nb_channels < sides:
            # Mono goes to both sides at full level.
            chain.append(("pan", "stereo|c0=c0|c1=c0"))
        layout = "mono" if sides == 1 else "stereo"
        chain.append(("aformat", f"sample_fmts=fltp:channel_layouts={layout}"))
        chain.append(("asetnsamples", f"{BLOCK}:pad=0"))
        before = self._source
        for name, told in chain:
            after = graph.add(name, told)
            before.link_to(after)
            before = after
        self._sink = graph.add("abuffersink")
        before.link_to(self._sink)
        graph.configure()
        self._waiting_s = 0.0

    def blocks(self, frame: AudioFrame) -> Iterator[Samples]:
        """What comes of one more frame."""
        frame.pts = None
        self._source.push(frame)
        # To ask after every frame takes as long as all the rest.
        self._waiting_s += frame.samples / frame.sample_rate
        if self._waiting_s * SAMPLE_RATE >= BLOCK:
            self._waiting_s = 0.0
            yield from self._pulled()

    def rest(self) -> Iterator[Samples]:
        """What was still held back."""
        self._source.push(None)
        yield from self._pulled()

    def _pulled(self) -> Iterator[Samples]:
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                frame = self._sink.pull()
                assert isinstance(frame, AudioFrame)  # noqa: S101
                yield frame.to_ndarray().astype(np.float32, copy=False)


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
