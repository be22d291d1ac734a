"""Writing from right to left: which languages have it, and how a line is told to run so."""

from __future__ import annotations

import unicodedata

_RIGHT_TO_LEFT = frozenset(
    ("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku-arab", "nqo", "pnb", "ps", "sd", "syr", "ug",
     "ur", "yi")
)  # fmt: skip
_RIGHT_MARK = "\u200f"
"""RIGHT-TO-LEFT MARK: no width, no ink; a line that begins with it runs from the right."""


def is_right_to_left(language: str) -> bool:
    """`language`, a tag such as `ar-EG`, is written from right to left."""
    tag = language.lower()
    return tag in _RIGHT_TO_LEFT or tag.split("-")[0] in _RIGHT_TO_LEFT


def directed(line: str, right_to_left: bool) -> str:
    """The line, marked to run from the right in a film that does, or when it is mostly such.

    Players find a line's direction by its first letter: without the mark a line of Arabic that
    begins with a Latin name, or has no letters, would run from the left.
    """
    letters = [unicodedata.bidirectional(char) for char in line]
    right = sum(kind in ("R", "AL") for kind in letters)
    return _RIGHT_MARK + line if right_to_left or right > letters.count("L") else line
