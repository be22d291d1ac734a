"""Sound as arrays: 48 kHz stereo float32, shape (samples, 2), full scale 1.0."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.filter import Graph

from assembly.errors import UnreadableMedia
from assembly.timeline import SAMPLE_RATE

Samples = npt.NDArray[np.float32]


def read_samples(path: Path) -> Samples:
    """Decodes any sound file to 48 kHz stereo. Raises UnreadableMedia."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise UnreadableMedia(f"{path}: there is no sound in this file; use another file")
            stream = container.streams.audio[0]
            graph: Graph | None = None
            parts: list[Samples] = []
            for frame in container.decode(stream):
                frame.pts = None
                if graph is None:
                    graph = _resampler(frame)
                graph.push(frame)
                parts += _pulled(graph)
            if graph is not None:
                graph.push(None)
                parts += _pulled(graph)
    except av.FFmpegError as error:
        raise UnreadableMedia(
            f"{path}: this sound cannot be read ({error}); save it as WAV or MP3"
        ) from error
    if not parts:
        raise UnreadableMedia(f"{path}: this sound file is empty; make it again")
    return np.concatenate(parts)


def _resampler(frame: AudioFrame) -> Graph:
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
    if frame.layout.nb_channels == 1:
        chain.append(("pan", "stereo|c0=c0|c1=c0"))
    chain += [("aformat", "sample_fmts=flt:channel_layouts=stereo"), ("abuffersink", "")]
    for name, told in chain:
        after = graph.add(name, told or None)
        before.link_to(after)
        before = after
    graph.configure()
    return graph


def _pulled(graph: Graph) -> list[Samples]:
    parts: list[Samples] = []
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return parts
        assert isinstance(frame, AudioFrame)  # noqa: S101
        parts.append(frame.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False))


def decibel(level: float) -> float:
    """The factor that is `level` dB."""
    return float(10.0 ** (level / 20))


def _oversampling_taps() -> list[Samples]:
    """Four phases of a windowed sinc of 16 taps: the signal between its samples."""
    reach = np.arange(-8, 8)
    phases: list[Samples] = []
    for phase in range(1, 4):
        at = reach + phase / 4
        taps = np.sinc(at) * np.cos(np.pi * at / 18) ** 2
        phases.append((taps / taps.sum()).astype(np.float32))
    return phases


def true_peaks(samples: Samples) -> Samples:
    """The highest level at or next to each sample, on four times as many points, both sides.

    Source: ITU-R BS.1770-5, annex 2 (true peak by four-fold oversampling).
    """
    rows = np.ascontiguousarray(samples.T)
    peaks = np.abs(rows)
    for taps in _oversampling_taps():
        between = cv2.filter2D(rows, -1, taps[None, ::-1], borderType=cv2.BORDER_CONSTANT)
        np.maximum(peaks, np.abs(between), out=peaks)
    highest = peaks.max(axis=0)
    # A point between two samples belongs to both.
    return np.asarray(cv2.dilate(highest[None], np.ones((1, 3), np.uint8))[0], np.float32)


def limit(samples: Samples, ceiling: float) -> Samples:
    """Turns down what would pass `ceiling` (true peak, full scale 1.0), smoothly and without delay.

    The gain is the least that is needed within 5 ms, smoothed over as long: it arrives in time.
    """
    peaks = true_peaks(samples)
    if float(peaks.max(initial=0.0)) <= ceiling:
        return samples
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)).astype(np.float32)
    window = SAMPLE_RATE // 200 * 2 + 1
    held = cv2.erode(needed[None], np.ones((1, window), np.uint8), borderType=cv2.BORDER_REPLICATE)
    hann = np.hanning(window + 2)[1:-1]
    smooth = cv2.sepFilter2D(
        held, -1, hann / hann.sum(), np.array([1.0]), borderType=cv2.BORDER_REPLICATE
    )
    return (samples * smooth.T).astype(np.float32, copy=False)
