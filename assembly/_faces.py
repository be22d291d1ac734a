"""Faces that look at us, found by the cascade that comes with OpenCV."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2

from assembly._resample import Bytes2D

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def faces(grey: Bytes2D) -> list[Box]:
    """The faces in a grey picture that take a tenth of its height or more, from the left."""
    least = max(24, grey.shape[0] // 10)
    found = _cascade().detectMultiScale(grey, 1.15, 8, minSize=(least, least))
    return sorted((int(x), int(y), int(w), int(h)) for x, y, w, h in found)


@lru_cache(maxsize=1)
def _cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))
