"""Segments and sound become the film: streams are copied, nothing is encoded again."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from assembly._encoders import TICKS
from assembly.chapters import chapters
from assembly.errors import BrokenSegments, Cancelled
from assembly.tags import FilmTags
from assembly.timeline import Timeline

JOINER = 3
"""Raised whenever the same segments and sound would be joined otherwise."""

_UNSEEN: Any = [{"threads": "1", "skip_frame": "all"}]
"""Told to the decoder with which FFmpeg looks into a segment, whose header tells all that copying
needs: opening it then takes a tenth of the time.
"""
_UNPROBED = {"probesize": "32"}
"""Nor is a part of its frames read beforehand: half of what is left."""


def join(
    segment_files: Sequence[Path],
    sound: Path,
    timeline: Timeline,
    out: Path,
    cancel: threading.Event,
    tags: FilmTags | None = None,
) -> None:
    """Copies the segments (in order) and the sound track into the film `out`, index first.

    Every frame gets the time of its number. Chapters are the scenes' titles; without `tags` the
    file carries the timeline's title and language. The file appears whole or not at all.
    Raises BrokenSegments when the frames do not add up, Cancelled.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".film-", dir=out.parent) as work:
        half_made = Path(work) / "film"
        told = tags or FilmTags(title=timeline.title, language=timeline.language)
        _write(segment_files, sound, timeline, half_made, cancel, told)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name


def _write(
    segment_files: Sequence[Path],
    sound: Path,
    timeline: Timeline,
    out: Path,
    cancel: threading.Event,
    tags: FilmTags,
) -> None:
    base = Fraction(1, TICKS * timeline.fps)
    options = {"movflags": "+faststart", "video_track_timescale": str(base.denominator)}
    with (
        av.open(str(out), "w", format=timeline.encoding.container, options=options) as film,
        av.open(str(segment_files[0])) as first,
        av.open(str(sound)) as track,
    ):
        # Nothing is encoded here, so no encoder is looked for.
        picture = film.add_stream_from_template(first.streams.video[0], opaque=True)
        if timeline.encoding.codec == "hevc":
            # The usual tag would send Apple's players looking for headers among the pictures.
            picture.codec_context.codec_tag = "hvc1"
        picture.time_base = base
        voice = film.add_stream_from_template(track.streams.audio[0], opaque=True)
        film.metadata.update(tags.metadata())
        picture.metadata["language"] = voice.metadata["language"] = tags.stream_language()
        film.set_chapters(_chapters(timeline))
        heard = _sounds(track)
        waiting, due_s = next(heard, _SILENCE)
        for packet, shown_s in _pictures(segment_files, timeline, base):
            if cancel.is_set():
                raise Cancelled("stopped while the film was joined")
            packet.stream = picture
            # Sound goes in as its time comes, so that both lie side by side in the file.
            while waiting is not None and due_s <= shown_s:
                waiting.stream = voice
                film.mux(waiting)
                waiting, due_s = next(heard, _SILENCE)
            film.mux(packet)
        while waiting is not None:
            waiting.stream = voice
            film.mux(waiting)
            waiting, due_s = next(heard, _SILENCE)


_SILENCE = None, 0.0
"""What follows the last packet of sound."""


def _sounds(track: InputContainer) -> Iterator[tuple[Packet[AudioStream], float]]:
    """All packets of sound, and the second at which each is decoded."""
    stream = track.streams.audio[0]
    assert stream.time_base is not None  # noqa: S101
    tick_s = float(stream.time_base)
    for packet in track.demux(stream):
        if packet.dts is not None:
            yield packet, packet.dts * tick_s


def _pictures(
    segment_files: Sequence[Path], timeline: Timeline, base: Fraction
) -> Iterator[tuple[Packet[VideoStream], float]]:
    """All video packets with the times of their frame numbers in the film, and the second at which
    each is decoded.
    """
    delay, fps = timeline.encoding.delay, timeline.fps
    done = 0
    header: bytes | None = None
    for path in segment_files:
        count = 0
        with av.open(str(path), options=_UNPROBED, stream_options=_UNSEEN) as container:
            stream = container.streams.video[0]
            told = stream.codec_context.extradata
            if told != (header := told if header is None else header):
                raise BrokenSegments(
                    f"the segment {path.name} was encoded otherwise than the one before it; "
                    "remove the kept segments and render again"
                )
            assert stream.time_base is not None  # noqa: S101
            per_tick = float(stream.time_base * timeline.fps)
            for packet in container.demux(stream):
                if packet.pts is None or packet.dts is None:
                    continue
                shown = round(packet.pts * per_tick)
                # A segment of a few frames is decoded without delay, the next one with some: so
                # the order of decoding is told for the film as a whole.
                decoded = done + count - delay
                packet.time_base = base
                packet.pts = (done + shown) * TICKS
                packet.dts = decoded * TICKS
                packet.duration = TICKS
                count += 1
                yield packet, decoded / fps
        done += count
    if done != timeline.frames:
        raise BrokenSegments(
            f"the segments hold {done} frames and the film has {timeline.frames}; "
            "remove the kept segments and render again"
        )


def _chapters(timeline: Timeline) -> Any:
    return [
        {
            "id": number,
            "start": chapter.start,
            "end": chapter.end,
            "time_base": Fraction(1, timeline.fps),
            "metadata": {"title": chapter.title},
        }
        for number, chapter in enumerate(chapters(timeline))
    ]
