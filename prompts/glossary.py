"""A glossary: names that every language keeps, and terms with their one translation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from prompts._spaceless import SPACELESS
from prompts.reading.raw import Bound
from prompts.reading.report import Report
from prompts.reading.toml import open_toml

FILE = "glossary.toml"
"""What it is called where it lies beside a script and nobody names another."""
_BOUND = Bound("glossary", 1, 1, "keep the terms that films use")
_FIX = 'write keep = ["Name"], and below [de] lines such as "yeast" = "Hefe"'


class Term(NamedTuple):
    """Words as a script writes them, and how they may be said: the first is what is asked for."""

    words: str
    said: tuple[str, ...]


class Glossary(NamedTuple):
    """The terms of one language, longest first."""

    terms: tuple[Term, ...] = ()

    def is_name(self, text: str) -> bool:
        """Whether a text is a name that every language keeps, and nothing else."""
        return any(term.said == (text,) == (term.words,) for term in self.terms)

    def used_in(self, text: str) -> tuple[Term, ...]:
        """The terms that a text of the script holds; one within a longer one does not count."""
        found = []
        for term in self.terms:
            # Names are written as they are; other terms may begin a sentence.
            flags = 0 if term.said == (term.words,) else re.IGNORECASE
            words = re.escape(term.words)
            whole = words if SPACELESS.search(term.words) else rf"(?<!\w){words}(?!\w)"
            rest = re.sub(whole, " ", text, flags=flags)
            if rest != text:
                found.append(term)
                text = rest
        return tuple(found)


def read_glossary(path: Path, language: str) -> Glossary:
    """What the file says of one language, `de-AT` before `de`. Raises ScriptError.

    `keep` lists names; a table for each language has a translation per term, or several.
    """
    report = Report(str(path))
    tree = open_toml(path, _BOUND, report)
    keep = tree.pop("keep", [])
    if not isinstance(keep, list) or not _is_words(keep):
        report.stop(1, "keep is no list of names", _FIX)
    for name, table in tree.items():
        if not isinstance(table, dict) or not all(map(_is_words, table.values())):
            report.stop(1, f"{name!r} is no table of terms with their translations", _FIX)
    said = {name: (name,) for name in keep}
    for name in (language.partition("-")[0], language):
        table = tree.get(name, {})
        said |= {t: (s,) if isinstance(s, str) else tuple(s) for t, s in table.items() if s}
    terms = (Term(words, told) for words, told in said.items() if words.strip())
    return Glossary(tuple(sorted(terms, key=lambda term: -len(term.words))))


def _is_words(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    )
