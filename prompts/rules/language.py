"""The tables of `rules.toml`: the words by which the rules planner finds its way in a language."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from prompts.storyboard import Frozen

_LETTERS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("lo", re.compile(r"[\u0e80-\u0eff]")),
    ("my", re.compile(r"[\u1000-\u109f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("uk", re.compile(r"[іїєґ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")),
    ("ta", re.compile(r"[\u0b80-\u0bff]")),
    ("hy", re.compile(r"[\u0530-\u058f]")),
    ("ka", re.compile(r"[\u10a0-\u10ff]")),
)
"""Letters that tell a language, the more telling ones first; the Latin ones tell nothing."""
_WORDS = ("stop", "det", "of", "and", "needs", "said")
_LEAST_SHARE = 0.12
"""Of the words of a text: fewer small words of a language say nothing."""
_LOOKED_AT = 20_000
"""Characters; more say nothing new."""


class Habits(Frozen):
    """What the planner knows of a language; empty where nothing is known."""

    code: str
    stop: frozenset[str] = frozenset()
    det: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    final_and: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    ranks: tuple[tuple[str, ...], ...] = ()
    then: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


@cache
def load_habits(language: str) -> Habits:
    """The habits of a language, given by a tag such as `en` or `pt-BR`."""
    code = re.split(r"[-_]", language.lower())[0]
    table = _tables().get(code)
    if table is None:
        return Habits(code=code)
    words = {name: frozenset(str(table.get(name, "")).split()) for name in _WORDS}
    ranks = tuple(tuple(rank.split("|")) for rank in table.get("ranks", ()))
    then = tuple(filter(None, str(table.get("then", "")).split("|")))
    last = tuple(filter(None, str(table.get("last", "")).split("|")))
    counting = frozenset(word for words in (*ranks, then, last) for word in words)
    return Habits(
        code=code,
        stop=words["stop"] | words["det"] | counting,
        det=words["det"],
        of=words["of"],
        final_and=words["and"],
        needs=words["needs"],
        said=words["said"],
        ranks=ranks,
        then=then,
        last=last,
    )


def guess_language(text: str) -> str:
    """The language that `text` is most likely written in; English when nothing tells."""
    text = text[:_LOOKED_AT].lower()
    letters = sum(character.isalpha() for character in text)
    for code, pattern in _LETTERS:
        share = len(pattern.findall(text)) / max(letters, 1)
        # A few kana among many characters are Japanese; a few Chinese words in English are not.
        if share > (0.05 if code in ("ja", "uk") else 0.4):
            return code
    words = re.findall(r"[^\W\d_]+", text)
    hits = {
        code: sum(word in load_habits(code).stop for word in words)
        for code in _tables()
        if code not in ("ja", "zh")
    }
    best = max(hits, key=lambda code: (hits[code], code == "en"))
    is_known = hits[best] > max(hits["en"], _LEAST_SHARE * len(words))
    return best if is_known else "en"


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = resources.files("prompts.rules").joinpath("rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
