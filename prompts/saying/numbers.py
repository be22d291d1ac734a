"""Numbers in words, by num2words; None where it does not know the language."""

from __future__ import annotations

import re
from functools import lru_cache

from num2words import num2words

from prompts.saying.language import Language

NUMBER = r"\d+(?:[.,]\d+)*"
"""A written number with its marks, of any language."""

DASH = "[-–—−]"
_LONGEST = 15
"""Digits that are read as one number; longer ones are read digit by digit."""


@lru_cache(maxsize=4096)
def say_integer(number: int, kind: str, code: str) -> str | None:
    """`number` in words; `kind` is cardinal, ordinal or year."""
    try:
        words = str(num2words(number, to=kind, lang=code))
    except (NotImplementedError, ArithmeticError, AttributeError, LookupError, TypeError,
            ValueError):  # fmt: skip
        # Each language of num2words has gaps of its own.
        return None
    if not any(character.isalpha() for character in words):
        return None
    return " ".join(words.replace(",", "").replace("\xad", "").split())


def split_marks(written: str, language: Language) -> tuple[str, str] | None:
    """The digits before and after the decimal mark; None when `written` is no single number."""
    decimal = language.decimal_mark
    group = "," if decimal == "." else "."
    grouped = re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+(?:\{decimal}(\d+))?", written)
    if grouped and not written.startswith("0"):
        whole = written.split(decimal)[0].replace(group, "")
        return whole, grouped[1] or ""
    if written.isdecimal():
        return written, ""
    plain = re.fullmatch(r"(\d+)[.,](\d+)", written)
    return (plain[1], plain[2]) if plain else None


def say_number(written: str, language: Language) -> str | None:
    """`3,000`, `3.5` or `1.2.3` in words, read with the marks of the language."""
    parts = split_marks(written, language)
    if parts is None:
        said = [_say_digits(part, language) for part in re.split("[.,]", written)]
        return None if None in said else f" {language.point} ".join(map(str, said))
    whole, rest = parts
    words = _say_digits(whole, language)
    if words is None or not rest:
        return words
    digits = _say_each(rest, language)
    return f"{words} {language.point or language.dot} {digits}"


def say_amount(written: str, language: Language) -> str:
    """A number with its sign in words, or as it is in a language whose numbers are not known."""
    sign, digits = "", written
    if written[0] in "-−+":
        sign = language.minus if written[0] != "+" else language.symbols.get("+", "")
        digits = written[1:]
    said = say_number(digits, language)
    return f"{sign} {said}".strip() if said else written


def say_before_unit(written: str, language: Language) -> str:
    """A number as it is said before a unit or a currency."""
    return language.one if language.one and is_one(written) else say_amount(written, language)


def say_year(written: str, language: Language) -> str | None:
    """A year from 1100 to 2199 in words."""
    return say_integer(int(written), "year", language.code)


def say_ordinal(number: int, language: Language) -> str | None:
    """The place in an order, in words."""
    return say_integer(number, "ordinal", language.code)


def is_one(written: str) -> bool:
    """Whether a unit after this number stands in the singular."""
    return written.lstrip("-−+") == "1"


def _say_digits(digits: str, language: Language) -> str | None:
    if len(digits) > _LONGEST or (digits.startswith("0") and len(digits) > 1):
        return _say_each(digits, language)
    return say_integer(int(digits), "cardinal", language.code)


def _say_each(digits: str, language: Language) -> str | None:
    said = [say_integer(int(digit), "cardinal", language.code) for digit in digits]
    return None if None in said else " ".join(map(str, said))
