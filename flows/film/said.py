"""What was heard beside what was to be said: word errors, and times for a known text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from prompts._spaceless import SPACELESS
from prompts.saying.speech import spoken
from providers.requests import HeardWord

LEAST_FOUND = 0.6
"""Where a smaller share of the words is found, the times of the others are worth nothing."""
_PIECE = re.compile(r"[^\W_]+")
_APART = re.compile(r"['’ʼ]")


class WordErrors(NamedTuple):
    """How far a hearing is from the script, and the first words that differ."""

    rate: float
    """Words that are wrong, missing or too many, beside those of the script; may pass 1."""
    said: tuple[tuple[str, str], ...]
    """(as it is in the script, as it was heard) for the first of them."""


def plain_words(text: str, language: str) -> list[str]:
    """The words of a text as they are said, without case, marks and accents of typing.

    Numbers, units and abbreviations become words by the rules of narrations; writing without
    spaces is compared sign by sign.
    """
    told = unicodedata.normalize("NFKC", spoken(text, language).text).casefold()
    words = _PIECE.findall(_APART.sub("", told))
    return [part for word in words for part in (word if SPACELESS.search(word) else [word])]


def word_errors(script: str, heard: str, language: str, most: int = 3) -> WordErrors:
    """Compares a hearing with the script; words run together or apart are no errors."""
    wanted, got = plain_words(script, language), plain_words(heard, language)
    wrong, told = 0, []
    for kind, a, b, c, d in SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
        if kind == "equal" or "".join(wanted[a:b]) == "".join(got[c:d]):
            continue
        wrong += max(b - a, d - c)
        told.append((" ".join(wanted[a:b]), " ".join(got[c:d])))
    return WordErrors(wrong / max(1, len(wanted)), tuple(told[:most]))


def matched_words(
    text: str, heard: Sequence[HeardWord], language: str
) -> list[dict[str, Any]] | None:
    """Times for the words of `text` from a transcript; None where too few of them were heard.

    Each heard word may be several of the script's ("1884"), and the other way round.
    """
    own: list[tuple[str, int]] = []
    spans = _spans(text)
    for index, (start, end) in enumerate(spans):
        own += [(word, index) for word in plain_words(text[start:end], language)]
    other: list[tuple[str, HeardWord]] = []
    for word in heard:
        other += [(piece, word) for piece in plain_words(word.text, language)]
    times: dict[int, tuple[float, float]] = {}
    matcher = SequenceMatcher(None, [w for w, _ in own], [w for w, _ in other], autojunk=False)
    for a, c, size in matcher.get_matching_blocks():
        for step in range(size):
            index, word = own[a + step][1], other[c + step][1]
            begin_s, stop_s = times.get(index, (word.start_s, word.end_s))
            times[index] = min(begin_s, word.start_s), max(stop_s, word.end_s)
    if not spans or len(times) < LEAST_FOUND * len({index for _, index in own} or {0}):
        return None
    return [
        {"start": spans[i][0], "end": spans[i][1], "start_s": at[0], "end_s": at[1]}
        for i, at in sorted(times.items())
    ]


def completed(
    text: str, timed: Sequence[dict[str, Any]], length_s: float
) -> list[dict[str, Any]] | None:
    """The words of `text` with the times they have; what stands between two is laid out by letters.

    None where fewer than LEAST_FOUND of the words have times.
    """
    spans = _spans(text)
    known: dict[int, dict[str, Any]] = {}
    for word in timed:
        for index, (a, b) in enumerate(spans):
            if a < word["end"] and b > word["start"]:
                known.setdefault(index, word)
    said = [i for i, (a, b) in enumerate(spans) if _PIECE.search(text[a:b])]
    if len([i for i in said if i in known]) < LEAST_FOUND * len(said):
        return None
    words: list[dict[str, Any]] = []
    index = 0
    while index < len(spans):
        if index in known:
            words.append(known[index])
            following = index + 1
            while following < len(spans) and known.get(following) is known[index]:
                following += 1
            index = following
            continue
        after = next((i for i in range(index, len(spans)) if i in known), len(spans))
        begin = words[-1]["end_s"] if words else 0.0
        stop = known[after]["start_s"] if after < len(spans) else length_s
        letters = sum(b - a + 1 for a, b in spans[index:after])
        unit, now = max(0.0, stop - begin) / max(1, letters), begin
        for start, end in spans[index:after]:
            end_s = now + (end - start) * unit
            words.append({"start": start, "end": end, "start_s": now, "end_s": end_s})
            now = end_s + unit
        index = after
    return words


def _spans(text: str) -> list[tuple[int, int]]:
    """Where words begin and end; each sign by itself where writing has no spaces."""
    spans: list[tuple[int, int]] = []
    for found in re.finditer(r"\S+", text):
        if SPACELESS.search(found[0]):
            spans += [(at, at + 1) for at in range(found.start(), found.end())]
        else:
            spans.append((found.start(), found.end()))
    return spans
