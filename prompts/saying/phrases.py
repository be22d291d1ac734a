"""Written words that are said as one phrase: `10 000`, `5 km`, `$3 million`, `No. 5`."""

from __future__ import annotations

import re
from functools import cache

from prompts.saying.language import Language, load_language
from prompts.saying.numbers import NUMBER
from prompts.saying.words import Speaker, any_of

LONGEST = 6
"""Words in a phrase: `10 000 – 20 000 km`."""

_LEAD = "[(\\[“\"'‘„«]*"
_TAIL = "[)\\]”\"'’“»,;:.!?]*"


def find_phrase(words: list[str], start: int, code: str) -> int:
    """How many of `words` from `start` on are said as one phrase; 1 when none begins here."""
    near = words[start : start + 2]
    if len(near) < 2 or not any(character.isdigit() for word in near for character in word):
        return 1
    pattern = _pattern(code)
    for count in range(min(LONGEST, len(words) - start), 1, -1):
        if pattern.fullmatch(" ".join(words[start : start + count])):
            return count
    return 1


def say_phrase(words: list[str], speaker: Speaker) -> list[str]:
    """What each of `words` becomes, when they are said as one phrase.

    The first word keeps what it would be alone, or the last does; where the words change places
    (`€ 20`), the first takes all of it.
    """
    said = speaker.say("".join(words))
    silent = [""] * (len(words) - 2)
    # In `$3 million` the sign is said later: the first word is then the number alone.
    for alone in (words[0], words[0].lstrip("$€£¥₹")):
        first = speaker.say(alone)
        if first and said.startswith(first + " "):
            return [first, said[len(first) + 1 :], *silent]
    last = speaker.say(words[-1])
    if last and said.endswith(" " + last):
        return [said[: -len(last) - 1], *silent, last]
    return [said, "", *silent]


@cache
def _pattern(code: str) -> re.Pattern[str]:
    language: Language = load_language(code)
    number = rf"(?:\d{{1,3}}(?: \d{{3}})+(?:[.,]\d+)?|{NUMBER})"
    sign = "[-−+]?"
    unit = any_of(name for name in language.units if name not in language.loose)
    money, magnitude = any_of(language.currencies), any_of(language.magnitudes)
    months = any_of(language.months)
    dot = r"\." if language.code == "de" else ""
    bodies = (
        r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?",
        rf"{sign}{number} ?{unit}",
        rf"{number} [-–—] {number}(?: ?{unit})?",
        rf"{number}[-–]{number} {unit}",
        rf"{sign}{money} ?{number}(?: ?{magnitude})?",
        rf"{sign}{number} ?{money}",
        rf"{sign}{number} ?{magnitude} ?{money}",
        rf"\d\d?:\d\d {any_of(language.clock)}",
        rf"{any_of(language.before_number)} {number}",
        rf"{months} \d\d?",
        rf"\d\d?{dot} {months}",
    )
    return re.compile(f"{_LEAD}(?:{'|'.join(bodies)}){_TAIL}")
