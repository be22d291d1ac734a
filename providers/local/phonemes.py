"""From when each phoneme sounds to when each written word does. Pure: no engine is needed.

A voice tells phonemes of the whole text, in which words run together ("of the") or are several
("1884"); a word by itself is only told as phonemes without times. The two are laid side by side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

_NO_SOUND = re.compile(r"[\s\W_ˈˌːˑ]")


class Sounded(NamedTuple):
    """One phoneme and its time, in seconds."""

    phoneme: str
    start_s: float
    end_s: float


def words_of_phonemes(
    text: str, sounded: Sequence[Sounded], phonemes: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Spans of the written words of `text` with their times; `phonemes` says one word alone."""
    heard = [one for one in sounded if not _NO_SOUND.fullmatch(one.phoneme) and one.phoneme]
    own: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    for found in re.finditer(r"\S+", text):
        first = len(own)
        own += [p for p in phonemes(found[0]) if not _NO_SOUND.fullmatch(p)]
        if len(own) > first:
            spans.append((found.start(), found.end(), first, len(own)))
    places = _side_by_side(own, [one.phoneme for one in heard])
    words = []
    for start, end, first, after in spans:
        at = [places[i] for i in range(first, after) if i in places]
        if at:
            begin, stop = heard[at[0]].start_s, heard[at[-1]].end_s
            words.append({"start": start, "end": end, "start_s": begin, "end_s": stop})
    return words


def _side_by_side(own: list[str], heard: list[str]) -> dict[int, int]:
    """Where each of our phonemes is among those heard; what stands between two equals by order."""
    places: dict[int, int] = {}
    matcher = SequenceMatcher(None, own, heard, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            places |= {a + i: c + i for i in range(b - a)}
        elif kind == "replace":
            places |= {a + i: c + i * (d - c) // (b - a) for i in range(b - a)}
    return places
