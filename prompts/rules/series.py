"""Series in prose: sentences that count up, and several things named behind a colon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from prompts.planned import MOST_POINTS, Sentence
from prompts.rules.language import Habits, load_habits
from prompts.sentences import cut_sentences

LONGEST_ITEM = 64
"""Characters of an item that are read at a glance."""
_THEN, _LAST, _MOST_RANKS = 98, 99, 97
_BARE = ("de", "nl", "sv", "pl", "tr", "hi")
"""Languages whose ranks need no comma to be told from other words."""
_MOST_BETWEEN = 3
"""Sentences that belong to one rank."""
_MARK = re.compile(r"(?<!\d)[,;:](?=\s)|\s[—–]\s|[，；、：]|[.!?…。！？]+[\"”»)]*\s*$")
_END = ' .!?…。！？।؟։,;:，；：、"”»)'


@dataclass(frozen=True)
class Entry:
    """One of several: what is said of it, and the few words that stand for it."""

    sentences: tuple[Sentence, ...]
    label: str


@dataclass(frozen=True)
class Series:
    """Sentences `start:end` that count up. Announced: the sentence before says that they will."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    is_announced: bool


def find_series(sentences: Sequence[Sentence], language: str) -> Series | None:
    """The first series such as "First ... Second ... Finally ..."; None where there is none."""
    habits = load_habits(language)
    ranks = [_rank(sentence.text, habits) for sentence in sentences]
    for start, (rank, _) in enumerate(ranks):
        if rank != 1:
            continue
        begins, reached, end = [start], 1, start + 1
        for at in range(start + 1, len(sentences)):
            here = ranks[at][0]
            if here in (reached + 1, _THEN, _LAST):
                begins.append(at)
                reached += 1
                end = at + 1
                if here == _LAST:
                    break
            elif at - begins[-1] >= _MOST_BETWEEN:
                break
        if len(begins) >= 2:
            edges = [*begins, end]
            entries = tuple(
                Entry(tuple(sentences[a:b]), shorten(ranks[a][1], habits))
                for a, b in pairwise(edges)
            )
            if all(entry.label for entry in entries):
                return Series(start, end, entries, is_announced=_announces(sentences, start))
    return None


def find_named(text: str, language: str) -> tuple[str, ...]:
    """Three things or more that a sentence names behind its colon."""
    habits = load_habits(language)
    for sentence in cut_sentences(text, language):
        head, colon, tail = sentence.strip().partition("：" if "：" in sentence else ": ")
        if not (colon and head and tail):
            continue
        parts = re.split(r";\s|；", tail) if re.search(r";\s|；", tail) else _split(tail, habits)
        parts = [_without_and(part.strip(_END), habits) for part in parts]
        short = all(part and len(part) <= LONGEST_ITEM and len(part.split()) <= 8 for part in parts)
        if short and 3 <= len(parts) <= MOST_POINTS:
            return tuple(sentence_case(part) for part in parts)
    return ()


def label_of(item: str, habits: Habits) -> str:
    """An item of a list as its card shows it: its beginning, where it says much."""
    return shorten(item, habits) or item


def shorten(text: str, habits: Habits) -> str:
    """A sentence as an item: whole when short, else up to a pause; empty where neither is."""
    whole = text.strip().strip(_END)
    if 0 < len(whole) <= LONGEST_ITEM:
        return sentence_case(whole)
    for match in _MARK.finditer(text):
        part = text[: match.start()].strip(_END)
        if len(part) > LONGEST_ITEM:
            break
        if len(part.split()) >= 3 or (len(part) >= 4 and not part.isascii()):
            last = part.split()[-1].lower()
            return "" if last in habits.stop else sentence_case(part)
    return ""


def sentence_case(text: str) -> str:
    """The first letter large where there are large ones; a name such as iPhone stays."""
    if len(text) > 1 and text[0].islower() and not text[1].isupper():
        return text[0].upper() + text[1:]
    return text


def _rank(text: str, habits: Habits) -> tuple[int, str]:
    """Which of several a sentence says it is (0: none), and the rest of it."""
    low = text.lower()
    known = [(number, words) for number, words in enumerate(habits.ranks, start=1)]
    for number, words in [*known, (_THEN, habits.then), (_LAST, habits.last)]:
        for word in sorted(words, key=len, reverse=True):
            rest = text[len(word) :]
            if not word or not low.startswith(word):
                continue
            # A rank is set off by a comma; "first aid" and "one bee" count nothing.
            mark = re.match(r"\s?[,:，、：]\s*|\s(?=\S)", rest)
            if habits.code in ("ja", "zh") and rest:
                return number, re.sub(r"^[,、，：\s]+", "", rest)
            bare = number > _MOST_RANKS or habits.code in _BARE
            if mark and (mark[0].strip() or bare):
                return number, rest[mark.end() :]
    return 0, text


def _announces(sentences: Sequence[Sentence], start: int) -> bool:
    """Whether the sentence before is short, as "There are three reasons." is."""
    return start > 0 and len(sentences[start - 1].text) <= 80


def _split(tail: str, habits: Habits) -> list[str]:
    """Parts between commas; the last two may have a word between them instead."""
    parts = [part for part in re.split(r",\s|[、，]", tail) if part.strip()]
    for word in habits.final_and if parts else ():
        spaced = habits.code not in ("ja", "zh")
        left, found, right = parts[-1].rpartition(f" {word} " if spaced else word)
        if found and left.strip():
            return [*parts[:-1], left, right]
    return parts


def _without_and(part: str, habits: Habits) -> str:
    first, _, rest = part.partition(" ")
    return rest.strip() if first.lower() in habits.final_and else part
