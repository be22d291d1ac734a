"""Drawn frames become a segment's file: by x264 in this process, by FFmpeg for all other codecs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import ffmpeg
from av.video.frame import PictureType

from assembly._ffmpeg import run
from assembly._planes import Canvas
from assembly._repeats import CannotRepeat, Numbering
from assembly.captions.files import to_ass
from assembly.encoding import KEYFRAME_S, Encoding
from assembly.errors import Cancelled, FFmpegError
from assembly.holds import clocks
from assembly.segments import Segment

TICKS = 512
"""Ticks of a segment's clock per frame."""

_RESTING = 0.3
"""From which share of frames like the one before on x264 is given only the others. They are then
not foretold from both sides, which makes them a little larger.
"""

Shown = tuple[range, Canvas]
"""A canvas, and the frames in which it is shown; it is drawn on again for the next."""

_DELAY = Encoding(codec="h264").delay
"""Frames by which decoding runs ahead of showing in all segments that are encoded here."""
_AVX_512 = 13
"""OpenCV's number for that kind of processor."""
_STEADY = ":asm=avx2" if cv2.checkHardwareSupport(_AVX_512) else ""
"""What x264 is told besides, so that the same frames always become the same file.

With AVX-512 its `mbtree` takes in a little of what lay in memory before, in pictures of most widths
(seen in build 165). With AVX2, as quick here, it does not.
"""
_BT709, _LIMITED = 1, 1
"""As H.273 numbers primaries, transfer and matrix; and FFmpeg the range of video levels."""


def is_here(segment: Segment) -> bool:
    """Whether the segment is encoded in this process: captions are then drawn before."""
    return dict(segment.encoder)["c:v"] == "libx264"


def encode_here(
    segment: Segment,
    starts: Sequence[int],
    frames: Iterator[Shown],
    out: Path,
    cancel: threading.Event,
) -> None:
    """Encodes frames that begin at `starts` with x264, which takes them where they lie: no pipe, no
    second program. Where many look like the one before, it is given only the others.

    Raises FFmpegError when the encoder fails, Cancelled when `cancel` is set.
    """
    told = dict(segment.encoder)
    options = {"video_track_timescale": str(TICKS * segment.fps), "fflags": "+bitexact"}
    try:
        with av.open(str(out), "w", format=told["f"], options=options) as file:
            stream: Any = file.add_stream(told["c:v"], Fraction(segment.fps))
            _tell(stream.codec_context, segment, told)
            held = segment.frames - len(starts)
            if held >= _RESTING * segment.frames:
                packets = _resting(stream, frames, KEYFRAME_S * segment.fps)
            else:
                packets = _moving(stream, frames)
            for packet in packets:
                if cancel.is_set():
                    raise Cancelled("stopped while a segment was encoded")
                file.mux(packet)
    except (av.FFmpegError, CannotRepeat) as error:
        raise FFmpegError((told["c:v"],), (str(error),)) from error


def _moving(stream: Any, shown: Iterator[Shown]) -> Iterator[av.Packet[Any]]:
    """The packets of frames that are encoded each anew."""
    for numbers, canvas in shown:
        for number in numbers:
            canvas.frame.pts = number
            # x264 copies what it is given before it returns.
            yield from stream.encode(canvas.frame)
    yield from stream.encode(None)


def _resting(stream: Any, shown: Iterator[Shown], every: int) -> Iterator[av.Packet[Any]]:
    """The packets of frames that are encoded once for all frames in which they are shown.

    A key frame comes every `every` frames. All others lean on the one before, so that copies can
    stand between them.
    """
    lasts: dict[int, int] = {}
    numbering: Numbering | None = None

    def coming(encoded: Iterable[av.Packet[Any]]) -> Iterator[av.Packet[Any]]:
        nonlocal numbering
        for packet in encoded:
            if numbering is None:
                numbering = Numbering(bytes(stream.codec_context.extradata))
            assert packet.pts is not None  # noqa: S101
            yield _packet(stream, numbering.renumbered(bytes(packet)), packet.pts, packet)
            for number in range(packet.pts + 1, packet.pts + lasts.pop(packet.pts)):
                yield _packet(stream, numbering.repeat(), number)

    for numbers, canvas in shown:
        turns = range(-(-(numbers.start + 1) // every) * every, numbers.stop, every)
        for first, until in pairwise((numbers.start, *turns, numbers.stop)):
            lasts[first] = until - first
            canvas.frame.pts = first
            canvas.frame.pict_type = PictureType.P if first % every else PictureType.I
            yield from coming(stream.encode(canvas.frame))
    yield from coming(stream.encode(None))


def _packet(
    stream: Any, data: bytes, number: int, like: av.Packet[Any] | None = None
) -> av.Packet[Any]:
    packet: av.Packet[Any] = av.Packet(data)
    packet.stream, packet.time_base = stream, stream.codec_context.time_base
    packet.pts, packet.dts, packet.duration = number, number - _DELAY, 1
    packet.is_keyframe = like is not None and like.is_keyframe
    return packet


def _tell(context: Any, segment: Segment, told: dict[str, str]) -> None:
    context.width, context.height = segment.width, segment.height
    context.pix_fmt = told["pix_fmt"]
    context.time_base = Fraction(1, segment.fps)
    context.thread_count = _threads()
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    named = {name: told[name] for name in ("preset", "crf")}
    words = told["x264-params"] + _STEADY
    context.options = {**named, "x264-params": words, "profile": told["profile:v"]}


def encode_by_ffmpeg(
    segment: Segment,
    starts: Sequence[int],
    frames: Iterator[Shown],
    fonts_dir: Path,
    out: Path,
    cancel: threading.Event,
) -> None:
    """Encodes frames that begin at `starts` with FFmpeg, which repeats each until the next one.

    It draws captions, too: as finely as the codec keeps them. Raises FFmpegError, Cancelled.
    """
    script = out.with_name("captions.ass")
    if segment.look is not None:
        size = segment.width, segment.height
        script.write_text(to_ass(segment.cues, segment.fps, segment.look, *size), "utf-8")
    held = clocks(starts)
    run(_command(segment, held, script, fonts_dir, out), (c.data for _, c in frames), cancel)


def _command(
    segment: Segment, held: Sequence[str], script: Path, fonts_dir: Path, out: Path
) -> list[str]:
    stream: Any = ffmpeg.input(
        "pipe:",
        format="rawvideo",
        pix_fmt="yuv420p",
        s=f"{segment.width}x{segment.height}",
        framerate=segment.fps,
    )
    # The colours are named on the frames before captions are drawn, so white text is video white.
    stream = stream.filter(
        "setparams",
        range="tv",
        color_primaries="bt709",
        color_trc="bt709",
        colorspace="bt709",
    )
    for expression in held:
        stream = stream.filter("setpts", expression)
    told = dict(segment.encoder)
    if told["pix_fmt"] != "yuv420p":
        stream = stream.filter("format", told["pix_fmt"])
    if segment.look is not None:
        stream = stream.filter("ass", filename=str(script), fontsdir=str(fonts_dir))
    if held:
        # Each frame is given again, not copied, until the next one's time.
        stream = stream.filter("fps", segment.fps)
    command: list[str] = stream.output(
        str(out),
        **told,
        **{"frames:v": segment.frames},
        threads=_threads(),
        video_track_timescale=TICKS * segment.fps,
        map_metadata=-1,
        fflags="+bitexact",
    ).get_args()
    return command


def _threads() -> int:
    """A quarter of the machine for each of the four segments that are in work at most.

    Where there are few cores, a second thread for each costs a quarter more time and 50 MB more.
    """
    return max(1, (os.cpu_count() or 2) // 4)
