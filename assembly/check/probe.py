"""What a finished file says of itself."""

from __future__ import annotations

from pathlib import Path

import av

from assembly.errors import UnreadableMedia
from assembly.timeline import Frozen


class File(Frozen):
    """What a film says of itself; its sound starts `sound_late_s` later than its picture."""

    frames_s: float
    sound_s: float
    sound_late_s: float
    width: int
    height: int
    fps: float
    video_codec: str
    video_profile: str
    pixel_format: str
    color_primaries: str
    color_transfer: str
    color_matrix: str
    color_range: str
    audio_codec: str
    sample_rate: int


_PRIMARIES = _TRANSFERS = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020"}
_MATRICES = {0: "rgb", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
_RANGES = {1: "tv", 2: "pc"}


def probe(film: Path) -> File:
    """Reads a film's headers. Raises UnreadableMedia for what is no film with sound."""
    try:
        with av.open(str(film)) as container:
            if not container.streams.video or not container.streams.audio:
                raise UnreadableMedia(f"{film}: a film needs a picture and a sound track")
            video, audio = container.streams.video[0], container.streams.audio[0]
            codec = video.codec_context
            picture_s = float((video.duration or 0) * (video.time_base or 0))
            late = float((audio.start_time or 0) * (audio.time_base or 0)) - float(
                (video.start_time or 0) * (video.time_base or 0)
            )
            return File(
                frames_s=picture_s,
                sound_s=float((audio.duration or 0) * (audio.time_base or 0)),
                sound_late_s=late,
                width=video.width,
                height=video.height,
                fps=float(video.average_rate or 0),
                video_codec=codec.codec.canonical_name,
                video_profile=str(video.profile or ""),
                pixel_format=str(codec.pix_fmt or ""),
                color_primaries=_PRIMARIES.get(int(codec.color_primaries), "unknown"),
                color_transfer=_TRANSFERS.get(int(codec.color_trc), "unknown"),
                color_matrix=_MATRICES.get(int(codec.colorspace), "unknown"),
                color_range=_RANGES.get(int(codec.color_range), "unknown"),
                audio_codec=audio.codec_context.codec.canonical_name,
                sample_rate=audio.rate,
            )
    except av.FFmpegError as error:
        raise UnreadableMedia(f"{film}: this film cannot be read ({error})") from error


def index_first(film: Path) -> bool:
    """The index (`moov`) lies before the data (`mdat`), so that playing can start at once."""
    with film.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            if size < 8:
                return False
            file.seek(size - 8, 1)
    return False
