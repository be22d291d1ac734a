"""The editor's own files: looked at before anything is made, then taken in as they are."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import warnings
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from providers.base import Provider
from providers.errors import Failed
from providers.requests import AnyRequest, FileRequest, LineItem, Made
from providers.store import digest_of

MOST_PIXELS = 120_000_000
"""A larger picture is refused from its header, before a byte of it is decoded."""
CLIP_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".gif"})


class UnusableFile(Exception):
    """The file cannot be used; `problem` says what is wrong with it, `fix` what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem, fix)
        self.problem, self.fix = problem, fix

    def __str__(self) -> str:
        return f"{self.problem}; {self.fix}"


class MediaFile(NamedTuple):
    """What a file of the editor's holds. Pixels; seconds (0 for a picture)."""

    path: Path
    digest: str
    media_type: str
    kind: Literal["image", "clip", "audio"]
    width: int = 0
    height: int = 0
    duration_s: float = 0.0


class Files(Provider):
    """Takes files in. Costs nothing."""

    name: ClassVar[str] = "files"

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        if not isinstance(request, FileRequest):
            return super().quote(request)
        return (
            LineItem(
                quantity=Decimal(1), unit="file", unit_usd=Decimal(0), usd=Decimal(0),
                source="the editor's own",
            ),
        )  # fmt: skip

    async def file(self, request: FileRequest) -> Made:
        data = await asyncio.to_thread(Path(request.source).read_bytes)
        if hashlib.sha256(data).hexdigest() != request.digest:
            name = Path(request.source).name
            raise Failed(f"{name} changed while the film was being made; run again")
        return Made(data=data, media_type=request.media_type, bill=self.quote(request))


def request_for(media: MediaFile) -> FileRequest:
    """What to ask of `Files` to have this file in the store."""
    return FileRequest(
        digest=media.digest, media_type=media.media_type, source=str(media.path),
        seconds=media.duration_s,
    )  # fmt: skip


def inspect_picture(path: Path) -> MediaFile:
    """Opens a still picture and decodes it once. Raises UnusableFile."""
    from PIL import Image, UnidentifiedImageError

    name = path.name
    try:
        with warnings.catch_warnings():
            # Our own limit, with our own sentence, stands below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise UnusableFile(
                        f"the picture {name} is {width}x{height} pixels",
                        f"save it with at most {MOST_PIXELS // 1_000_000} million pixels",
                    )
                image.load()
                kind = Image.MIME.get(image.format or "", "image/png")
    except Image.DecompressionBombError as bomb:
        raise UnusableFile(
            f"the picture {name} is too large to open",
            f"save it with at most {MOST_PIXELS // 1_000_000} million pixels",
        ) from bomb
    except UnidentifiedImageError as unknown:
        raise UnusableFile(
            f"{name} is not a picture that can be read", "save it again as PNG or JPEG"
        ) from unknown
    except (OSError, SyntaxError, ValueError) as broken:
        raise UnusableFile(f"the picture {name} is damaged", "export it again") from broken
    return MediaFile(path, digest_of(path), kind, "image", width, height)


def inspect_clip(path: Path) -> MediaFile:
    """Opens a clip and decodes its first frame. Raises UnusableFile."""
    import av

    name = path.name
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UnusableFile(f"{name} has no picture track", "use a video file")
            stream = container.streams.video[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise UnusableFile(f"{name} holds no frames", "export it again")
            if container.duration:
                duration_s = container.duration / 1_000_000
            else:
                duration_s = float((stream.duration or 0) * (stream.time_base or 0))
            width, height = frame.width, frame.height
    except av.FFmpegError as broken:
        raise UnusableFile(f"the clip {name} cannot be read", "export it again as MP4") from broken
    media_type = mimetypes.guess_type(name)[0] or "video/mp4"
    return MediaFile(path, digest_of(path), media_type, "clip", width, height, duration_s)


def inspect_audio(path: Path) -> MediaFile:
    """Opens a piece of music and decodes its first frame. Raises UnusableFile."""
    import av

    name = path.name
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise UnusableFile(
                    f"{name} has no sound track", "use an MP3, WAV, FLAC or M4A file"
                )
            if next(container.decode(container.streams.audio[0]), None) is None:
                raise UnusableFile(f"{name} holds no sound", "export it again")
            duration_s = (container.duration or 0) / 1_000_000
    except av.FFmpegError as broken:
        raise UnusableFile(f"the sound file {name} cannot be read", "export it again") from broken
    media_type = mimetypes.guess_type(name)[0] or "audio/wav"
    return MediaFile(path, digest_of(path), media_type, "audio", duration_s=duration_s)


def inspect_file(path: Path) -> MediaFile:
    """A picture or a clip, told by the file's ending."""
    return inspect_clip(path) if path.suffix.lower() in CLIP_SUFFIXES else inspect_picture(path)
