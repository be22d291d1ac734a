"""The tables of `speech.toml`: how one language says units, money, abbreviations and addresses."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import Field

from prompts.storyboard import Frozen

Words = dict[str, str]


class Language(Frozen):
    """How one language says what is not written in words. Empty: left as it is written."""

    code: str
    decimal_mark: str = "."
    point: str = ""
    minus: str = ""
    to: str = ""
    times: str = ""
    and_: str = ""
    power: str = ""
    half: str = ""
    over: str = ""
    one: str = ""
    """The number one before a unit or currency, where it differs."""
    at: str
    dot: str
    slash: str
    dash: str
    underscore: str
    number_of: str = ""
    hashtag: str = ""
    money: str = ""
    time: str = ""
    time_full: str = ""
    time_small: str = "{minutes}"
    clock: Words = Field(default_factory=dict)
    """What may follow a time, and how it is said (empty: the time has said it already)."""
    day: str = ""
    """A day after its month, as a place: `{place}`."""
    early_day: str = ""
    """A day before its month."""
    ordinal_suffixes: tuple[str, ...] = ()
    feminine: Words = Field(default_factory=dict)
    months: tuple[str, ...] = ()
    year_after: frozenset[str] = frozenset()
    decade_after: frozenset[str] = frozenset()
    """Words after which `20s` are years of a life or a century, not seconds."""
    plurals: frozenset[str] = frozenset()
    may_end: frozenset[str] = frozenset()
    """Abbreviations whose full stop can end a sentence too."""
    loose: frozenset[str] = frozenset()
    symbols: Words = Field(default_factory=dict)
    fractions: Words = Field(default_factory=dict)
    magnitudes: Words = Field(default_factory=dict)
    currencies: dict[str, tuple[str, str, str, str]] = Field(default_factory=dict)
    units: dict[str, tuple[str, str]] = Field(default_factory=dict)
    abbreviations: Words = Field(default_factory=dict)
    before_number: Words = Field(default_factory=dict)
    acronyms: Words = Field(default_factory=dict)


@cache
def load_language(tag: str) -> Language:
    """The tables for a language tag such as `de-AT`; those of [default] for one that has none."""
    code = tag.replace("_", "-").split("-")[0].lower()
    tables = _load_tables()
    table = dict(tables.get(code, tables["default"]))
    if "and" in table:
        table["and_"] = table.pop("and")
    return Language.model_validate({"code": code, **table})


@cache
def _load_tables() -> dict[str, dict[str, object]]:
    return tomllib.loads((files("prompts.saying") / "speech.toml").read_text(encoding="utf-8"))
