"""Reads what a script says about the shape of its film: size, frame rate, codecs, reframing."""

from __future__ import annotations

import re
from typing import Any

from prompts.reading.report import Report
from prompts.reading.values import read_choice, read_truth
from prompts.storyboard import CodecName, FrameRate, SizeName, SoundCodecName

SHAPE_KEYS = ("preset", "size", "fps", "codec", "audio_codec", "reframe")

_CHOICES = {
    "size": SizeName, "fps": FrameRate, "codec": CodecName, "audio_codec": SoundCodecName,
}  # fmt: skip

_ACROSS = {"left": 0.2, "right": 0.8}
_ALONG = {"top": 0.2, "up": 0.2, "bottom": 0.8, "down": 0.8}
_MIDDLES = ("middle", "center", "centre")
_POINT = re.compile(r"(\d*\.?\d+)\s*(%?)[\s,]+(\d*\.?\d+)\s*(%?)", re.ASCII)


def read_shape(key: str, text: str, line: int, report: Report) -> Any:
    """The value of one of SHAPE_KEYS, or None and a problem."""
    if key == "reframe":
        return read_truth(key, text, line, report)
    if key == "preset":
        return text.lower()
    return read_choice(key, text, _CHOICES[key], line, report)


def read_focus(given: str, line: int, report: Report) -> tuple[float, float] | None:
    """A point as shares of width and height, from `0.3 0.5`, `30% 50%` or words like `top left`."""
    words = given.lower().replace(",", " ").replace("-", " ").split()
    across = [_ACROSS[word] for word in words if word in _ACROSS]
    along = [_ALONG[word] for word in words if word in _ALONG]
    known = len(across) + len(along) + sum(word in _MIDDLES for word in words)
    if words and known == len(words) and len(across) < 2 and len(along) < 2:
        return (*across, 0.5)[0], (*along, 0.5)[0]
    if match := _POINT.fullmatch(given.strip()):
        x, y = (float(match[group]) / (100 if match[group + 1] else 1) for group in (1, 3))
        if 0 <= x <= 1 and 0 <= y <= 1:
            return x, y
    report.add(
        line,
        f'@focus is "{given}"',
        "give shares of width and height, such as 0.3 0.5, or words such as left or top right",
    )
    return None
