"""Sentences: where they end in a paragraph, and where a long one can be parted."""

from __future__ import annotations

import re

from prompts.saying.speech import estimate_s, spoken

_COUNTED = re.compile(r"[(\[]?(?:\d{1,3}|\w{1,2})[.)]\s*")
"""A piece that is no sentence: the number of an item, or an abbreviation unknown to the library."""
_SHORT_END = re.compile(r"(?:^|\s)(?:\w\. ){1,2}$")
_CLOSING = "」』”’»)）】》〉"
_QUOTED_ON = re.compile(r"[とっ]")
"""A Japanese sentence goes on behind its quotation with a particle."""
_MARKS = (re.compile(r"[;；]\s*|\s[—–]\s|[:：]\s+"), re.compile(r",\s+|[，、،]\s*"))
"""Where a sentence can be parted: marks that end a thought, and those that only pause in it."""


def cut_sentences(text: str, language: str) -> tuple[str, ...]:
    """The sentences of a paragraph of one line, each with the space behind it.

    Put together again they are the paragraph, character by character. Languages that the library
    does not know (a tag such as `en` or `pt-BR` names one) are cut by the rules of a near one.
    """
    from sentencex import segment

    pieces: list[str] = []
    for piece in segment(re.split(r"[-_]", language.lower())[0], text):
        if pieces and _goes_on(pieces[-1], piece, language):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def part_sentence(sentence: str, language: str, longest_s: float) -> tuple[str, ...]:
    """A sentence that takes longer than `longest_s` to say, in parts that do not; lossless.

    It is parted where it pauses, nearest to its middle; where it never pauses, between words. A
    single word is never parted.
    """
    if estimate_s(sentence, language) <= longest_s:
        return (sentence,)
    at = _middle_mark(sentence) or _middle_word(sentence, language)
    if not 0 < at < len(sentence):
        return (sentence,)
    left, right = sentence[:at], sentence[at:]
    return (
        *part_sentence(left, language, longest_s),
        *part_sentence(right, language, longest_s),
    )


def _goes_on(before: str, piece: str, language: str) -> bool:
    """Whether what the library took for two sentences is one."""
    if not any(character.isalnum() for character in piece):
        return True
    if not any(character.isalnum() for character in before):
        return True
    if _COUNTED.fullmatch(before) or (language.startswith("ru") and _SHORT_END.search(before)):
        return True
    return before[-1] in _CLOSING and bool(_QUOTED_ON.match(piece))


def _middle_mark(sentence: str) -> int:
    """Where the pause nearest to the middle ends; 0 where there is none in its middle part."""
    middle = len(sentence) / 2
    for marks, reach in zip(_MARKS, (0.35, 0.4), strict=True):
        ends = [match.end() for match in marks.finditer(sentence)]
        near = min(ends, key=lambda end: abs(end - middle), default=0)
        if near and abs(near - middle) <= reach * len(sentence):
            return near
    return 0


def _middle_word(sentence: str, language: str) -> int:
    """Where the word nearest to the middle begins; 0 where there is but one."""
    begins, at = [], 0
    for token in spoken(sentence, language).tokens:
        at = sentence.index(token.written, at)
        begins.append(at)
        at += len(token.written)
    middle = len(sentence) / 2
    return min(begins[1:], key=lambda begin: abs(begin - middle), default=0)
