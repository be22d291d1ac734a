"""Key phrases: the few words that say what a scene is about, taken from the scene itself."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from prompts._spaceless import SOUTHEAST
from prompts.rules.language import Habits, load_habits
from prompts.rules.series import sentence_case

_MOST_WORDS = 4
_LONGEST = 44
_RUN = {
    "ja": re.compile(r"[\u3400-\u9fff々〆ー\u30a0-\u30fa\u30fc0-9A-Za-z]{2,12}"),
    "zh": re.compile(r"[\u3400-\u9fff0-9A-Za-z]{2,10}"),
}
_STEM = 6
"""Letters that words of one family share, about."""


@dataclass(frozen=True)
class _Word:
    text: str
    is_content: bool
    ends: bool
    """A mark behind it ends the clause."""
    opens: bool
    """It begins a sentence."""


class Vocabulary:
    """How often each word is said in a film, by which key phrases are weighed."""

    def __init__(self, texts: Iterable[str], language: str) -> None:
        self.habits = load_habits(language)
        self.film: Counter[str] = Counter()
        for text in texts:
            self.film.update(_terms(text, self.habits))

    def key_phrases(self, text: str, most: int) -> list[str]:
        """The most telling phrases of `text`, best first; none repeats the words of another."""
        here = Counter(_terms(text, self.habits))
        scored = [
            (self._score(phrase, here) * place, -at, phrase)
            for at, (phrase, place) in enumerate(_candidates(text, self.habits))
        ]
        chosen: list[str] = []
        taken: set[str] = set()
        for _, _, phrase in sorted(scored, reverse=True):
            terms = set(_terms(phrase, self.habits))
            if terms & taken or not terms:
                continue
            chosen.append(phrase)
            taken |= terms
            if len(chosen) == most:
                break
        return chosen

    def weight(self, text: str) -> float:
        """How much of what the film is about a sentence says: its terms' weight per word."""
        terms = set(_terms(text, self.habits))
        weights = [min(self.film[term], 6) for term in terms if self.film[term] > 1]
        return sum(weights) / (len(terms) + 3) if terms else 0.0

    def _score(self, phrase: str, here: Counter[str]) -> float:
        terms = _terms(phrase, self.habits)
        if not terms:
            return 0.0
        each = [
            (1 + here[term]) * (1.0 if self.film[term] > 1 else 0.8) * min(len(term), 6)
            for term in terms
        ]
        name = 1.2 if any(word[:1].isupper() for word in phrase.split()[1:]) else 1.0
        return sum(each) / len(each) * {1: 0.7, 2: 1.35, 3: 1.35}.get(len(terms), 1.0) * name


def heading_of(text: str, first: str, vocabulary: Vocabulary, taken: set[str]) -> str:
    """A short heading for a scene that says `text`, in sentence case; not one of `taken`.

    Its `first` sentence stands for itself when it is short, a question above all.
    """
    phrases = vocabulary.key_phrases(text, 4)
    # A sentence says more than a single word does.
    most = 8 if phrases and " " not in phrases[0] else 6
    term, colon, _ = first.partition(": ")
    if colon and 2 < len(term) <= _LONGEST and len(term.split()) <= 3:
        phrases.insert(0, term)
    elif 2 <= len(first.split()) <= 9 and len(first) <= 52:
        first = first.strip('"“”«»„')
        whole = first if first[-1:] in "?？؟" else first.rstrip(".!。！")
        leans = whole.split()[0].lower().strip(",") in vocabulary.habits.needs
        if whole[-1] in "?？؟" or (len(whole.split()) <= most and len(whole) <= 44 and not leans):
            phrases.insert(0, whole)
    for phrase in phrases:
        if phrase.lower() not in taken:
            return sentence_case(phrase)
    return sentence_case(phrases[0]) if phrases else _first_words(text)


def _first_words(text: str) -> str:
    """The beginning of a text in which no word tells."""
    words = text.split()[:_MOST_WORDS]
    kept = " ".join(words)[:_LONGEST]
    return sentence_case(_strip(kept) or kept)


def _terms(text: str, habits: Habits) -> list[str]:
    """What the content words of a text are counted as."""
    if habits.code in _RUN:
        return [run for phrase, _ in _runs(text, habits) for run in _pairs(phrase)]
    return [_stem(word.text) for word in _words(text, habits) if word.is_content]


def _stem(word: str) -> str:
    low = word.lower()
    return low[: max(_STEM, len(low) - 3)]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _candidates(text: str, habits: Habits) -> list[tuple[str, float]]:
    """Each phrase that could stand for `text`, and how much its place says for it."""
    if habits.code in _RUN:
        return _runs(text, habits)
    words = _words(text, habits)
    found = []
    for start, word in enumerate(words):
        if not word.is_content:
            continue
        for end in range(start + 1, min(start + _MOST_WORDS + 2, len(words)) + 1):
            run = words[start:end]
            phrase = " ".join(w.text for w in run)
            if _is_phrase(run, habits) and len(phrase) <= _LONGEST:
                place = 1.25 - min(start, 30) / 60
                found.append((phrase, place * _standing(words, start, end, habits)))
            if run[-1].ends:
                break
    return found


def _standing(words: list[_Word], start: int, end: int, habits: Habits) -> float:
    """How surely words name a thing: behind an article, and whole, they do."""
    before = words[start - 1] if start and not words[start - 1].ends else None
    goes_on = end < len(words) and not words[end - 1].ends and words[end].is_content
    follows = before is not None and before.is_content
    named = before is not None and before.text.lower() in habits.det
    whole = 0.6 if goes_on or follows else 1.0
    alone = 0.8 if end - start == 1 and not named else 1.0
    return (1.6 if named else 1.0) * whole * alone


def _is_phrase(run: list[_Word], habits: Habits) -> bool:
    """Whether words stand together as a name does."""
    if not run[-1].is_content or any(word.ends for word in run[:-1]):
        return False
    if sum(word.is_content for word in run) > _MOST_WORDS:
        return False
    # German names things with a capital; an adjective before one would be declined.
    if habits.code == "de" and any(w.is_content and not w.text[0].isupper() for w in run):
        return False
    if run[-1].opens and len(run) == 1 and habits.code != "de" and len(run[0].text) < 5:
        return False
    if habits.code == "en" and re.fullmatch(r"[a-z]+(?:ly|ed|ing)", run[-1].text):
        return False
    if habits.code == "en" and re.fullmatch(r"[a-z]{4,}ed", run[0].text):
        return False
    inner = [word.text.lower() for word in run if not word.is_content]
    return all(word in habits.of | habits.det for word in inner) and _are_tied(run, habits)


def _are_tied(run: list[_Word], habits: Habits) -> bool:
    """Whether what stands between two names ties them: "angle of the run", not "see the run"."""
    return all(
        word.text.lower() in habits.of
        for before, word in pairwise(run)
        if before.is_content and not word.is_content
    )


def _words(text: str, habits: Habits) -> list[_Word]:
    words: list[_Word] = []
    opens = True
    for written in text.split():
        core = _strip(written)
        if not core:
            if words:
                words[-1] = _Word(words[-1].text, words[-1].is_content, True, words[-1].opens)
            continue
        after = written[written.rindex(core) + len(core) :]
        # A bracket or quotation mark before a word ends the phrase before it.
        if words and not written.startswith(core):
            words[-1] = _Word(words[-1].text, words[-1].is_content, True, words[-1].opens)
        words.append(_Word(core, _is_content(core, habits), bool(after), opens))
        opens = any(mark in after for mark in ".!?…։।؟")
    return words


def _is_content(word: str, habits: Habits) -> bool:
    low = word.lower().replace("’", "'")
    if not any(character.isalpha() for character in word):
        return False
    if low in habits.stop or low in habits.said:
        return False
    if habits.code in ("fr", "it") and "'" in low:
        return low.split("'", 1)[1] not in habits.stop
    if habits.stop:
        return len(low) > 1
    # Nothing is known of this language: short words rarely name anything.
    return len(low) > (1 if SOUTHEAST.search(low) or "\uac00" <= low[0] <= "\ud7af" else 3)


def _strip(written: str) -> str:
    """A word without the marks around it."""
    start, end = 0, len(written)
    while start < end and unicodedata.category(written[start])[0] in "PSZC":
        start += 1
    while end > start and unicodedata.category(written[end - 1])[0] in "PSZC":
        end -= 1
    return written[start:end]


def _runs(text: str, habits: Habits) -> list[tuple[str, float]]:
    """Chinese and Japanese: runs of characters that name something, between those that do not."""
    found = []
    for match in _RUN[habits.code].finditer(text):
        place = 1.25 - min(match.start(), 60) / 120
        at = 0
        for part in re.split(f"[{''.join(habits.stop)}]", match[0]) if habits.stop else [match[0]]:
            if 2 <= len(part) <= 10:
                found.append((part, place - at / 100))
            at += len(part) + 1
    return found
