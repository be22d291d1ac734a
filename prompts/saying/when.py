"""How dates, times and decades are said."""

from __future__ import annotations

from prompts.saying.language import Language
from prompts.saying.numbers import say_amount, say_integer, say_ordinal, say_year


def say_date(written: str, language: Language) -> str:
    """`2024-05-12`, as year, month and day (ISO 8601)."""
    year, month, day = written.split("-")
    name = language.months[int(month) - 1] if 1 <= int(month) <= len(language.months) else None
    said_year = say_year(year, language) or year
    if not name:
        return f"{say_amount(day, language)} {say_amount(month, language)} {said_year}"
    if language.code == "en":
        return f"{name} {say_day(day, language)}, {said_year}"
    return f"{say_early_day(str(int(day)), language)}{name} {said_year}"


def say_day(day: str, language: Language) -> str:
    """A day beside its month: a place in English and German, a number elsewhere."""
    place = say_ordinal(int(day), language) if language.day else None
    return language.day.format(place=place) if place else say_amount(day, language)


def say_early_day(written: str, language: Language) -> str:
    """A day before its month: `3` or, in German, `3.`."""
    day = written.rstrip(".")
    if language.early_day:
        place = say_ordinal(int(day), language)
        return language.early_day.format(place=place) + " "
    return say_amount(day, language) + " "


def say_time(written: str, clock: str, language: Language) -> str:
    """`14:30`; `clock` is what follows it (`pm`, `Uhr`), or empty."""
    hours, minutes = written.split(":")
    said_hours = say_amount(str(int(hours)), language)
    said_minutes = say_amount(str(int(minutes)), language)
    if not language.time:
        return f"{said_hours} {said_minutes}"
    half = language.clock.get(clock, "")
    if half and minutes == "00":
        return f"{said_hours} {half}"
    if minutes == "00":
        if int(hours) > 12 and language.code == "en":
            hundred = say_integer(100, "cardinal", "en") or ""
            return f"{said_hours} {hundred.removeprefix('one ')}"
        return language.time_full.format(hours=said_hours)
    if int(minutes) < 10:
        said_minutes = language.time_small.format(minutes=said_minutes)
    told = language.time.format(hours=said_hours, minutes=said_minutes)
    return f"{told} {half}".strip()


def say_decade(written: str, language: Language) -> str:
    """`1990s` or `'90s`."""
    digits = written.strip("'s")
    said = say_year(digits, language) if len(digits) == 4 else say_amount(digits, language)
    if not said or language.code != "en":
        return say_amount(digits, language)
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def is_plausible_year(digits: str) -> bool:
    """Whether `digits` could be a year from 1100 to 2199."""
    return len(digits) == 4 and digits.isdecimal() and 1100 <= int(digits) <= 2199
