"""What delivered bytes are, told by the bytes, and the facts of a sound."""

from __future__ import annotations

import base64
import binascii
import io
import wave
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import av

from providers.errors import Failed
from providers.requests import Download, LineItem, Made

_BY_SUFFIX = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
    ".gif": "image/gif", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac",
    ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".mp4": "video/mp4", ".webm": "video/webm",
}  # fmt: skip
"""Our own table: the standard library's differs between machines (audio/x-wav)."""
_USUAL = {"image": "image/png", "speech": "audio/wav", "video": "video/mp4"}


def media_type_of(head: bytes) -> str:
    """The media type of bytes by their first 16; empty for what is no picture, sound or clip."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
        b"ID3": "audio/mpeg",
        b"OggS": "audio/ogg",
        b"fLaC": "audio/flac",
        b"\x1aE\xdf\xa3": "video/webm",
    }
    for start, media_type in starts.items():
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return {b"avif": "image/avif", b"M4A ": "audio/mp4"}.get(brand, "video/mp4")
    # An MPEG audio frame starts with eleven set bits; layer 00 there is AAC in ADTS.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    return ""


def media_type_by(name: str) -> str:
    """The media type of a file by its name; empty where that tells none."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix.lower(), "")


def sound_facts(data: bytes, bill: tuple[LineItem, ...] | None) -> tuple[float, int]:
    """(seconds, samples per second) of a sound, by decoding all of it.

    Raises Failed with `bill`: what the vendor charges for it even when it is useless.
    """
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            frames = list(container.decode(container.streams.audio[0]))
    except (av.FFmpegError, IndexError) as broken:
        raise Failed("what was delivered is no sound that can be decoded", bill) from broken
    if not frames:
        raise Failed("the sound that was delivered is empty", bill)
    rate = frames[0].sample_rate
    return sum(frame.samples for frame in frames) / rate, rate


def as_wav(samples: bytes, rate: int) -> bytes:
    """Bare 16-bit mono samples, `rate` a second, with a WAV's head."""
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples[: len(samples) // 2 * 2])
    return told.getvalue()


def unpacked(told: object, wrong: str, bill: tuple[LineItem, ...] | None) -> bytes:
    """The bytes of base64 text. Raises Failed, saying `wrong`."""
    try:
        return base64.b64decode(str(told), validate=True)
    except (binascii.Error, ValueError):
        raise Failed(wrong, bill) from None


def to_download(url: object, capability: str, bill: tuple[LineItem, ...], vendor: str) -> Made:
    """A file that waits at `url`; its type by the name, else the usual one of the capability.

    Raises Failed for what is no http(s) URL. No header goes along: file hosts get no key.
    """
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise Failed(f"{vendor} ended the order without a file", bill)
    guess = media_type_by(urlsplit(url).path) or _USUAL[capability]
    return Made(download=Download(url=url), media_type=guess, bill=bill)
