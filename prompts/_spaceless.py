"""Writing without spaces between words: which characters it has, and how long its words are."""

from __future__ import annotations

import re

IDEOGRAPHIC = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Chinese and Japanese characters."""
SOUTHEAST = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer letters, vowels and marks."""

SPACELESS = re.compile(f"{IDEOGRAPHIC.pattern}|{SOUTHEAST.pattern}")

IDEOGRAPHS_PER_WORD = 2
SOUTHEAST_PER_WORD = 5


def count_words(text: str) -> int:
    """Words between spaces; in scripts without spaces a word for every few characters."""
    ideographs = len(IDEOGRAPHIC.findall(text))
    letters = len(SOUTHEAST.findall(text))
    rest = SPACELESS.sub(" ", text).split()
    spaced = sum(any(character.isalnum() for character in word) for word in rest)
    return spaced + -(-ideographs // IDEOGRAPHS_PER_WORD) + -(-letters // SOUTHEAST_PER_WORD)
