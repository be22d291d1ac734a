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
SMALL = 64
"""A picture of fewer pixels a side is told of: it will be seen to be blurred."""
WHOLE = 0.9
"""A clip with less than this share of the length it states counts as cut off."""
_HEIC = {b"ftyp" + brand for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1")}
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
    kind: Literal["image", "clip", "audio", "font"]
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    note: str = ""
    """What the editor should know about it, though it can be used."""


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
    _refuse_empty(path)
    if path.suffix.lower() == ".svg":
        return _inspect_drawing(path)
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
                pictures = getattr(image, "n_frames", 1)
                kind = Image.MIME.get(image.format or "", "image/png")
    except Image.DecompressionBombError as bomb:
        raise UnusableFile(
            f"the picture {name} is too large to open",
            f"save it with at most {MOST_PIXELS // 1_000_000} million pixels",
        ) from bomb
    except UnidentifiedImageError as unknown:
        problem = f"{name} is not a picture that can be read"
        with path.open("rb") as file:
            if file.read(12)[4:] in _HEIC:
                problem = f"{name} is a HEIC picture, which cannot be read"
        raise UnusableFile(problem, "save it again as PNG or JPEG") from unknown
    except (OSError, SyntaxError, ValueError) as broken:
        raise UnusableFile(f"the picture {name} is damaged", "export it again") from broken
    note = ""
    if pictures > 1:
        note = f"{name} is animated: only its first picture is shown; as GIF or MP4 it would move"
    elif max(width, height) < SMALL:
        note = f"{name} is only {width}x{height} pixels and will look blurred"
    return MediaFile(path, digest_of(path), kind, "image", width, height, note=note)


def _inspect_drawing(path: Path) -> MediaFile:
    """Draws an SVG once. Raises UnusableFile."""
    from providers._pictures import open_picture

    try:
        width, height = open_picture(path).size
    except ValueError as wrong:
        raise UnusableFile(str(wrong), "export it as PNG") from wrong
    return MediaFile(path, digest_of(path), "image/svg+xml", "image", width, height)


def inspect_clip(path: Path) -> MediaFile:
    """Reads a clip to its end and looks into it at a few moments. Raises UnusableFile."""
    import av

    from providers._clip import clip_length, is_blank, is_frozen, look_into, picture_track

    name = path.name
    _refuse_empty(path)
    try:
        with av.open(str(path)) as container:
            stream = picture_track(container)
            if stream is None:
                raise UnusableFile(f"{name} has no picture track", "use a video file")
            width, height = stream.width, stream.height
        length = clip_length(path)
        missing = length.stated_s - length.seconds
        if length.frames < length.stated * WHOLE or missing > length.stated_s * (1 - WHOLE):
            raise UnusableFile(
                f"the clip {name} breaks off after {length.seconds:.1f} s of "
                f"{length.stated_s:.1f} s", "export or copy it again",
            )  # fmt: skip
        seen = look_into(path, length.seconds)
    except av.FFmpegError as broken:
        raise UnusableFile(f"the clip {name} cannot be read", "export it again as MP4") from broken
    if not seen:
        raise UnusableFile(f"{name} holds no frames", "export it again")
    note = ""
    if all(is_blank(pixels) for pixels in seen):
        note = f"{name} shows nothing but one colour"
    elif is_frozen(seen):
        note = f"nothing moves in {name}"
    media_type = mimetypes.guess_type(name)[0] or "video/mp4"
    return MediaFile(
        path, digest_of(path), media_type, "clip", width, height, length.seconds, note
    )  # fmt: skip


def _refuse_empty(path: Path) -> None:
    if not path.stat().st_size:
        raise UnusableFile(f"the file {path.name} is empty", "export or copy it again")


def inspect_audio(path: Path) -> MediaFile:
    """Opens a piece of music and decodes its first frame. Raises UnusableFile."""
    import av

    name = path.name
    _refuse_empty(path)
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


def inspect_font(path: Path) -> MediaFile:
    """Opens a font file and looks for the letters of a plain word. Raises UnusableFile."""
    from PIL import ImageFont

    from providers.cards.fonts import missing_from

    name = path.name
    try:
        ImageFont.truetype(str(path), 20).getlength("Word")
        lacks = missing_from("Word", path)
    except OSError as unknown:
        raise UnusableFile(
            f"{name} is not a font that can be read", "use a .ttf or .otf file"
        ) from unknown
    if lacks:
        raise UnusableFile(f"the font {name} has no plain letters", "use a font for text")
    return MediaFile(path, digest_of(path), "font/otf", "font")


def inspect_file(path: Path) -> MediaFile:
    """A picture or a clip, told by the file's ending."""
    return inspect_clip(path) if path.suffix.lower() in CLIP_SUFFIXES else inspect_picture(path)
