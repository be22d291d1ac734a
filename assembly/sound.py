"""The sound track: narrations at their samples, music under them, at one loudness, encoded once."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import ffmpeg
import numpy as np

from assembly._ffmpeg import run
from assembly._samples import Samples, decibel, limit, read_samples
from assembly.errors import FFmpegError
from assembly.timeline import SAMPLE_RATE, Frozen, Timeline

Media = Callable[[str], Path]

MIXER = 2
"""Raised whenever the same timeline would sound otherwise."""

_EDGE_S = 0.005
_QUIET_LUFS = -60.0
_MOST_GAIN_DB = 40.0
_NEAR_LU = 0.25
_BED_LU, _UNDER_LU = -11.0, -20.0
"""Music relative to the speech: where nobody speaks, and under speech."""


class Loudness(Frozen):
    """Loudness of the encoded track. None where there is nothing to hear."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None


def sound_key(timeline: Timeline) -> str:
    """The name of the film's sound track: equal sound is the same file."""
    told = timeline.model_dump_json(
        include={"fps", "frames", "music", "loudness_lufs", "peak_dbtp"}
    ) + repr([(n.digest, n.start, n.samples) for n in timeline.narrations])
    return f"a{MIXER}-" + hashlib.sha256(told.encode()).hexdigest()[:40]


def loudness(path: Path, cancel: threading.Event | None = None) -> Loudness:
    """Measures a file's sound as EBU R 128 does: integrated loudness and true peak."""
    stream: Any = ffmpeg.input(str(path))
    args = stream.audio.filter("ebur128", peak="true", framelog="quiet").output(
        "pipe:", format="null"
    )
    return _told(run(args.get_args(), None, cancel).log)


def _told(log: tuple[str, ...]) -> Loudness:
    text = "\n".join(log)
    levels = re.findall(r"\bI:\s+(-?[\d.]+|-inf) LUFS", text)
    peaks = re.findall(r"\bPeak:\s+(-?[\d.]+|-inf) dBFS", text)
    if not levels or not peaks:
        raise FFmpegError(("ebur128",), (*log[-4:], "no summary of the loudness"))
    level, peak = float(levels[-1]), float(peaks[-1])
    if level <= _QUIET_LUFS:
        return Loudness(integrated_lufs=None, true_peak_dbtp=None)
    return Loudness(integrated_lufs=level, true_peak_dbtp=peak)


def _loudness_of(samples: Samples, cancel: threading.Event) -> float | None:
    """Integrated loudness of an array in LUFS; None when it is silence."""
    if not samples.any():
        return None
    stream: Any = ffmpeg.input("pipe:", format="f32le", ar=SAMPLE_RATE, ac=2)
    args = stream.filter("ebur128", framelog="quiet", peak="sample").output("pipe:", format="null")
    log = run(args.get_args(), _chunks(samples), cancel).log
    return _told(log).integrated_lufs


def _chunks(samples: Samples) -> list[memoryview]:
    flat = np.ascontiguousarray(samples)
    return [flat[i : i + SAMPLE_RATE].data.cast("B") for i in range(0, len(flat), SAMPLE_RATE)]


def _faded(samples: Samples, seconds: float) -> Samples:
    """The clip with short ramps at its ends, so that it neither begins nor ends with a click."""
    count = min(round(seconds * SAMPLE_RATE), len(samples) // 2)
    made = samples.copy()
    if count:
        ramp = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)[:, None]
        made[:count] *= ramp
        made[-count:] *= ramp[::-1]
    return made


def _speech(timeline: Timeline, media: Media) -> tuple[Samples, Samples]:
    """The narrations on the film's track, and where somebody speaks (0 or 1 per sample)."""
    track = np.zeros((timeline.samples, 2), np.float32)
    spoken = np.zeros(timeline.samples, np.float32)
    for narration in timeline.narrations:
        clip = _faded(read_samples(media(narration.digest)), _EDGE_S)
        clip = clip[: max(0, timeline.samples - narration.start)]
        end = narration.start + len(clip)
        track[narration.start : end] += clip
        spoken[narration.start : end] = 1
    return track, spoken


def _looped(music: Samples, count: int) -> Samples:
    """Music for `count` samples; where it starts anew the end and the beginning overlap softly."""
    cross = min(SAMPLE_RATE, len(music) // 4)
    made = np.zeros((count, 2), np.float32)
    if not cross:
        return made
    rise = np.sin(np.linspace(0, np.pi / 2, cross, dtype=np.float32))[:, None]
    at = 0
    while at < count:
        piece = music.copy()
        if at:
            piece[:cross] *= rise
        piece[-cross:] *= rise[::-1]
        piece = piece[: count - at]
        made[at : at + len(piece)] += piece
        at += len(music) - cross
    return made


def _ducking(spoken: Samples) -> Samples:
    """Music's level in LU over the film: it makes way before words and comes back after them."""
    ahead, behind = round(0.5 * SAMPLE_RATE), round(0.9 * SAMPLE_RATE)
    step = 48
    coarse = spoken[::step][None]
    pauses = np.ones((1, (ahead + behind) // step | 1), np.uint8)
    busy = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, pauses)
    hann = np.hanning(round(0.6 * SAMPLE_RATE) // step)
    wide = cv2.dilate(busy, np.ones((1, len(hann) | 1), np.uint8))
    soft = cv2.sepFilter2D(wide, -1, hann / hann.sum(), np.array([1.0]))[0]
    fine = np.interp(np.arange(len(spoken)), np.arange(len(soft)) * step, soft)
    return np.asarray(_BED_LU + (_UNDER_LU - _BED_LU) * fine, np.float32)


def _bed(
    timeline: Timeline, media: Media, speech: Samples, spoken: Samples, cancel: threading.Event
) -> Samples:
    """Music as it lies under the film; at the film's end it fades out."""
    music = read_samples(media(timeline.music))
    own = _loudness_of(music, cancel)
    if own is None:
        return np.zeros_like(speech)
    talk = _loudness_of(speech, cancel)
    level = _ducking(spoken) if talk is not None else np.zeros(len(spoken), np.float32)
    reference = timeline.loudness_lufs if talk is None else talk
    gain = 10 ** ((level + (reference - own)) / 20)
    bed = _looped(music, timeline.samples) * gain[:, None].astype(np.float32)
    fade = min(round(2.5 * SAMPLE_RATE), timeline.samples // 3)
    if fade:
        bed[-fade:] *= (np.cos(np.linspace(0, np.pi, fade, dtype=np.float32))[:, None] + 1) / 2
    return bed.astype(np.float32, copy=False)


def mix(timeline: Timeline, media: Media, out: Path, cancel: threading.Event) -> Loudness:
    """Makes the film's whole sound track and writes it to `out` as AAC in MP4; says how loud it is.

    The loudness is that of the encoded track: gain and limiter are set again until it is within
    0.25 LU of the goal and its true peak below the limit. A film without sound stays silent.
    Raises UnreadableMedia, FFmpegError, Cancelled.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    speech, spoken = _speech(timeline, media)
    track = speech
    if timeline.music:
        track = speech + _bed(timeline, media, speech, spoken, cancel)
    level = _loudness_of(track, cancel)
    with tempfile.TemporaryDirectory(prefix=".sound-", dir=out.parent) as work:
        half_made = Path(work) / "sound.mp4"
        if level is None:
            _encode(np.zeros_like(track), half_made, cancel)
            heard = Loudness(integrated_lufs=None, true_peak_dbtp=None)
        else:
            heard = _at_loudness(timeline, track, level, half_made, cancel)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name
    return heard


def _at_loudness(
    timeline: Timeline, track: Samples, level: float, out: Path, cancel: threading.Event
) -> Loudness:
    """Encodes the track at the goal's loudness, correcting by what is measured in the file."""
    gain_db = min(timeline.loudness_lufs - level, _MOST_GAIN_DB)
    # Encoding lifts peaks a little: start below the limit.
    ceiling_db = timeline.peak_dbtp - 0.7
    heard = Loudness(integrated_lufs=None, true_peak_dbtp=None)
    # What the limiter takes is given back before the first, much dearer, encoding.
    limited = limit(track * np.float32(decibel(gain_db)), decibel(ceiling_db))
    left = _loudness_of(limited, cancel)
    if left is not None:
        gain_db = min(gain_db + timeline.loudness_lufs - left, _MOST_GAIN_DB)
    for _ in range(6):
        _encode(limit(track * np.float32(decibel(gain_db)), decibel(ceiling_db)), out, cancel)
        heard = loudness(out, cancel)
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


def _encode(samples: Samples, out: Path, cancel: threading.Event) -> None:
    stream: Any = ffmpeg.input("pipe:", format="f32le", ar=SAMPLE_RATE, ac=2)
    # At this rate the quick search for quantizers is as good as the thorough one, in half the time.
    args = stream.output(
        str(out),
        acodec="aac",
        aac_coder="fast",
        audio_bitrate="192k",
        map_metadata=-1,
        fflags="+bitexact",
    ).get_args()
    run(args, _chunks(samples), cancel)
