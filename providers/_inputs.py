"""Files that go into a model: `store:DIGEST` in a request's input stands for an object's bytes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from providers._media import media_type_of
from providers.base import OpenInput

STORED = "store:"
_SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "audio/wav": ".wav",
           "audio/mpeg": ".mp3", "audio/flac": ".flac", "video/mp4": ".mp4"}  # fmt: skip


class InputFile(NamedTuple):
    """A file on its way to a server; named by its digest, so that equal files have one name."""

    name: str
    data: bytes
    media_type: str


def is_stored(value: object) -> bool:
    """Whether a value of an input stands for an object of the store."""
    return isinstance(value, str) and value.startswith(STORED)


def input_file(open_input: OpenInput, value: str) -> InputFile:
    """The file that a stored value stands for."""
    digest = value.removeprefix(STORED)
    data = open_input(digest).read_bytes()
    media_type = media_type_of(data[:16]) or "application/octet-stream"
    return InputFile(f"{digest[:32]}{_SUFFIX.get(media_type, '.bin')}", data, media_type)


def with_data_uris(open_input: OpenInput, told: Mapping[str, Any]) -> dict[str, Any]:
    """An input with the bytes themselves in the place of stored values."""
    return {
        name: _data_uri(input_file(open_input, value)) if is_stored(value) else value
        for name, value in told.items()
    }


def _data_uri(file: InputFile) -> str:
    return f"data:{file.media_type};base64,{base64.b64encode(file.data).decode()}"
