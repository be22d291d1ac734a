"""From what a vendor says was heard, and when, to spans of the text that was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from providers.requests import SpokenWord

_TAG = re.compile(r"\[[^\[\]]*\]")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters that are written without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_REACH = 80
"""How many letters a heard word may be ahead of the last one found; a farther match is chance."""


class Heard(NamedTuple):
    """One word as a vendor reports it, in seconds."""

    text: str
    start_s: float
    end_s: float


def place_words(text: str, heard: Iterable[Heard]) -> tuple[SpokenWord, ...]:
    """One SpokenWord per whitespace-separated word of `text` that was heard, in order.

    Words are found by their letters and digits alone, so vendors may drop or add punctuation; what
    is not found is left out. Audio tags such as `[whispers]` are no words. Where a script writes
    without spaces, each heard word is a span of its own.
    """
    plain = _TAG.sub(lambda tag: " " * len(tag[0]), text)
    letters, places = _letters(plain)
    words: list[SpokenWord] = []
    position = 0
    for word in heard:
        wanted, _ = _letters(word.text)
        found = letters.find(wanted, position, position + _REACH + len(wanted)) if wanted else -1
        if found < 0:
            continue
        position = found + len(wanted)
        start, end = _word_around(plain, places[found], places[position - 1] + 1)
        begin, stop = max(0.0, word.start_s), max(0.0, word.start_s, word.end_s)
        if words and start < words[-1].end:
            # A second report inside the same written word ("twenty" "one") lengthens it.
            last = words.pop()
            start, begin, stop = last.start, last.start_s, max(stop, last.end_s)
            end = max(end, last.end)
        words.append(SpokenWord(start=start, end=end, start_s=begin, end_s=stop))
    return tuple(words)


def words_of_characters(
    characters: Sequence[str], starts_s: Sequence[float], ends_s: Sequence[float]
) -> tuple[Heard, ...]:
    """Words out of an alignment per character: split at white space, without audio tags."""
    timed = list(zip(characters, starts_s, ends_s, strict=False))
    # One place per report, so that places in the joined text are places in `timed`.
    joined = "".join(character[:1] or " " for character, _, _ in timed)
    joined = _TAG.sub(lambda tag: " " * len(tag[0]), joined)
    words = []
    for found in re.finditer(r"\S+", joined):
        own = timed[found.start() : found.end()]
        if UNSPACED.search(found[0]):
            words += [Heard(*one) for one in own]
        else:
            words.append(Heard("".join(c for c, _, _ in own), own[0][1], own[-1][2]))
    return tuple(words)


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of `text` in one case, and where in `text` each of them stands."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isalnum():
            folded = character.casefold()
            letters.append(folded)
            places += [place] * len(folded)
    return "".join(letters), places


def _word_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to white space on both sides; only over punctuation in unspaced scripts."""
    unspaced = bool(UNSPACED.search(text[start:end]))

    def widens(character: str) -> bool:
        return not character.isspace() and not (unspaced and character.isalnum())

    while start > 0 and widens(text[start - 1]) and not unspaced:
        start -= 1
    while end < len(text) and widens(text[end]):
        end += 1
    return start, end
