"""Cards as PNG files, and cards that build themselves as animated PNG: one frame for each state.

The file's default image, which every reader of PNG shows, is the whole card.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from PIL import Image

Pixels = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

_QUICK = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]


def png(image: Image.Image) -> bytes:
    """Packed quickly: one row filter and light compression, since the film is what is kept."""
    return cv2.imencode(".png", np.asarray(image)[..., ::-1], _QUICK)[1].tobytes()


def animated_png(whole: Image.Image, states: Sequence[tuple[Image.Image, Pixels]]) -> bytes:
    """`whole` as the default image, then the states, each as the rectangle in which it is new.

    The first state's rectangle is the whole picture. Source: W3C PNG (third edition), 11.3.4.
    """
    header, *rest = _chunks(png(whole))
    made = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(*header),
        _chunk(b"acTL", struct.pack(">II", len(states), 1)),
    ]
    made += [_chunk(name, data) for name, data in rest if name == b"IDAT"]
    number = 0
    for image, (left, top, right, bottom) in states:
        told = (number, right - left, bottom - top, left, top, 1, 30, 0, 0)
        made.append(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", *told)))
        number += 1
        for name, data in _chunks(png(image.crop((left, top, right, bottom)))):
            if name == b"IDAT":
                made.append(_chunk(b"fdAT", struct.pack(">I", number) + data))
                number += 1
    return b"".join([*made, _chunk(b"IEND", b"")])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
