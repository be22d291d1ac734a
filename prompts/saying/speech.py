"""What a voice is given to say for a narration, and which part of it each written word became."""

from __future__ import annotations

import re

from prompts._spaceless import IDEOGRAPHIC, SOUTHEAST, SOUTHEAST_PER_WORD, SPACELESS, count_words
from prompts.saying.language import Language, load_language
from prompts.saying.phrases import find_phrase, say_phrase
from prompts.saying.when import is_plausible_year
from prompts.saying.words import Speaker
from prompts.storyboard import Frozen

WORDS_PER_S = 2.6
"""The usual pace of a narrator, 156 words a minute."""

_OPENING = "([{\"'“”„«‘"
_CLOSING = ")]}\"'”“»’,;:!?"
_ONLY_DASH = re.compile(r"[-–—―]+")
_CLUSTER = re.compile(
    r"[\u0e40-\u0e44\u0ec0-\u0ec4]?"
    r"\S[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3]*"
)
"""A letter with the vowels and marks that belong to it."""


class Token(Frozen):
    """A written word, as captions show it, and the part `start:end` of the text that says it."""

    written: str
    start: int
    end: int
    """Equal to `start` when nothing of it is said (an emoji, a lone dash)."""


class Spoken(Frozen):
    """Text for a voice, with its written words in order."""

    text: str
    tokens: tuple[Token, ...]


def spoken(narration: str, language: str) -> Spoken:
    """The words of `narration` as they are said in `language` (a tag such as `en` or `pt-BR`).

    Words are what stands between spaces; writing without spaces is cut into characters or short
    groups. Acronyms stay as they are unless the language's table spells them.
    """
    paragraphs = [_cut(paragraph) for paragraph in re.split(r"\n\s*\n", narration)]
    pieces = [piece for paragraph in paragraphs for piece in paragraph]
    said = _say_all([written for written, _ in pieces], load_language(language))
    breaks = {0}
    for paragraph in paragraphs:
        breaks.add(max(breaks) + len(paragraph))
    text = ""
    tokens = []
    for index, ((written, is_glued), words) in enumerate(zip(pieces, said, strict=True)):
        if words and text:
            if index in breaks or any(at in breaks for at in _silent_before(said, index)):
                text += "\n"
            elif not is_glued:
                text += " "
        start = len(text)
        text += words
        tokens.append(Token(written=written, start=start, end=len(text)))
    return Spoken(text=text, tokens=tuple(tokens))


def estimate_s(text: str, language: str) -> float:
    """About how many seconds a narrator takes for `text`.

    2.6 words a second, with numbers counted as they are said; 5 characters a second in Chinese and
    Japanese.
    """
    words = spoken(text, language).text
    # Half an ideograph's pace in words: count_words takes two of them for one word.
    return round(count_words(words) / WORDS_PER_S, 2)


def _silent_before(said: list[str], index: int) -> range:
    """The indexes of the silent words right before `index`."""
    first = index
    while first > 0 and not said[first - 1]:
        first -= 1
    return range(first, index)


def _cut(paragraph: str) -> list[tuple[str, bool]]:
    """The written words of a paragraph, and whether each follows the last without a space."""
    pieces: list[tuple[str, bool]] = []
    for word in paragraph.split():
        parts = _cut_spaceless(word)
        pieces.extend((part, at > 0) for at, part in enumerate(parts))
    return pieces


def _cut_spaceless(word: str) -> list[str]:
    """A word as it is, or its characters and groups when it is written without spaces."""
    if not SPACELESS.search(word):
        return [word]
    parts: list[str] = []
    kinds: list[str] = []
    for match in _CLUSTER.finditer(word):
        cluster = match[0]
        if IDEOGRAPHIC.match(cluster):
            kind = "ideograph"
        elif SOUTHEAST.match(cluster):
            kind = "southeast"
        elif cluster[0].isalnum():
            kind = "letters"
        else:
            kind = "opening" if cluster in "「『（《〈【(“‘[" else "mark"
        last = kinds[-1] if kinds else ""
        joins = (
            kind == "mark"
            or last == "opening"
            or (kind == last == "letters")
            or (kind == last == "southeast" and len(parts[-1]) < SOUTHEAST_PER_WORD)
        )
        if joins and parts:
            parts[-1] += cluster
            kinds[-1] = last if kind == "mark" and last == "letters" else kind
        else:
            parts.append(cluster)
            kinds.append(kind)
    return parts


def _say_all(written: list[str], language: Language) -> list[str]:
    """How each written word is said, seen beside its neighbours."""
    speaker = Speaker(language)
    said: list[str] = []
    while len(said) < len(written):
        index = len(said)
        count = find_phrase(written, index, language.code)
        if count > 1:
            said.extend(say_phrase(written[index : index + count], speaker))
        elif _ONLY_DASH.fullmatch(written[index]):
            _pause(said)
            said.append("")
        else:
            before = written[index - 1] if index else ""
            after = written[index + 1] if index + 1 < len(written) else ""
            said.append(_say_word(written[index], before, after, speaker))
    return said


def _pause(said: list[str]) -> None:
    """Puts a comma behind the last word that is said, where it has no mark yet."""
    for index in range(len(said) - 1, -1, -1):
        if said[index]:
            if said[index][-1] not in ",.;:!?":
                said[index] += ","
            return


def _say_word(word: str, before: str, after: str, speaker: Speaker) -> str:
    core = word.lstrip(_OPENING).rstrip(_CLOSING)
    is_span = re.fullmatch(r"[2-9]0s", core) and f"'{core}" not in word.replace("’", "'")
    if is_span and before.lower() in speaker.language.decade_after:
        word = word.replace(core, f"'{core}")
    short = _say_abbreviation(core, before, after, speaker.language)
    if short:
        marks = word[word.index(core) + len(core) :]
        said = short + "".join(mark for mark in marks if mark in ",;:!?")
    else:
        said = speaker.say(word, _is_year(word, before, after, speaker.language))
    return said if any(character.isalnum() for character in said) else ""


def _say_abbreviation(core: str, before: str, after: str, language: Language) -> str:
    """The full form of an abbreviation, or nothing. It keeps a stop that may end the sentence."""
    ends = not after or after.lstrip(_OPENING)[:1].isupper()
    if core == "St." and language.code == "en":
        is_street = before[:1].isupper() and not before.endswith(",")
        return ("Street." if ends else "Street") if is_street else "Saint"
    words = language.abbreviations.get(core, "")
    stops = core.endswith(".") and (not after or (ends and core in language.may_end))
    return words + "." if words and stops else words


def _is_year(word: str, before: str, after: str, language: Language) -> bool:
    """Whether four digits name a year rather than count what comes after them."""
    core = word.strip(_OPENING + _CLOSING + ".")
    if not is_plausible_year(core[:4]) or core[4:5].isalnum():
        return False
    said_before = before.strip(_OPENING + _CLOSING)
    counts = after.strip(_CLOSING + ".").lower()
    ends_here = word[-1] in _CLOSING + "."
    if said_before in language.months or said_before.lower() in language.year_after:
        return ends_here or counts not in language.plurals
    if language.code != "en":
        return word.startswith("(") and word.rstrip(".,;").endswith(")")
    is_counting = counts.endswith("s") and counts not in ("was", "is", "has", "its", "this")
    is_counting = not ends_here and (is_counting or counts in language.plurals)
    return int(core[:4]) >= 1700 and not core[:4].endswith("00") and not is_counting
