"""The tables of `rules.toml`: the words by which the rules planner finds its way in a language."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

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
_LOOKED_AT = 20_000
"""Characters; more say nothing new."""


class Habits(Frozen):
    """What the planner knows of a language; empty where nothing is known."""

    code: str
    stop: frozenset[str] = frozenset()
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
    return Habits(
        code=code,
        stop=frozenset(table["stop"].split()),
        of=frozenset(table["of"].split()),
        final_and=frozenset(table["and"].split()),
        needs=frozenset(table["needs"].split()),
        said=frozenset(table["said"].split()),
        ranks=tuple(tuple(rank.split("|")) for rank in table["ranks"]),
        then=tuple(table["then"].split("|")),
        last=tuple(table["last"].split("|")),
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
    hits = {code: sum(word in load_habits(code).stop for word in words) for code in _tables()}
    best = max(hits, key=lambda code: (hits[code], code == "en"))
    return best if hits[best] > hits["en"] * 1.1 else "en"


@cache
def _tables() -> dict[str, dict[str, str]]:
    text = resources.files("prompts").joinpath("rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
