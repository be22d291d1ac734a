"""Reads the values of settings and directives: choices, numbers and times."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from prompts.reading.report import Report

_TIME = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s|sec|seconds?)?", re.ASCII)
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")

TRANSITION_S = 0.1, 2.0
"""The shortest and the longest transition."""


def read_choice(name: str, given: str, literal: Any, line: int, report: Report) -> Any:
    """`given` when it is one of the words of a Literal type, else None and a problem."""
    choices = get_args(literal)
    if given.lower() in choices:
        return given.lower()
    report.add(line, f'{name} is "{given}"', "choose one of " + ", ".join(choices))
    return None


def read_seconds(
    name: str, given: str, least: float, most: float, line: int, report: Report
) -> float | None:
    """Seconds from `0.8s`, `800ms` or `1`."""
    match = _TIME.fullmatch(given.strip())
    if match:
        seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
        if least <= seconds <= most:
            return seconds
    report.add(
        line,
        f'{name} is "{given}"',
        f"give a time from {least:g} to {most:g} seconds, such as 2s or 800ms",
    )
    return None


def read_speed(given: str, line: int, report: Report) -> float | None:
    """A pace of speech; 1.0 is the voice's own."""
    try:
        speed = float(given)
    except ValueError:
        speed = math.nan
    if 0.5 <= speed <= 2.0:
        return speed
    report.add(line, f'speed is "{given}"', "give a number from 0.5 to 2")
    return None


def read_number(
    name: str, text: str, least: float, most: float, line: int, report: Report
) -> float | None:
    """A plain number within its limits."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if least <= number <= most:
        return number
    report.add(line, f'{name} is "{text}"', f"give a number from {least:g} to {most:g}")
    return None


def read_usd(given: str, line: int, report: Report) -> Decimal | None:
    """US dollars from `0.50` or `$0.50`."""
    try:
        usd = Decimal(given.strip().removeprefix("$").strip())
    except InvalidOperation:
        usd = Decimal("nan")
    if usd.is_finite() and 0 <= usd <= 1_000_000:
        return usd
    report.add(line, f'budget is "{given}"', 'give US dollars, such as 2 or "$0.50"')
    return None


def read_color(name: str, given: str, line: int, report: Report) -> str:
    """A colour as `#rrggbb`; `#rgb` is written out."""
    if not _COLOR.fullmatch(given):
        report.add(line, f'{name} is "{given}"', 'give a colour in quotes, such as "#1a2b3c"')
        return ""
    digits = given[1:] if len(given) == 7 else "".join(digit * 2 for digit in given[1:])
    return "#" + digits.lower()


def read_truth(name: str, given: str, line: int, report: Report) -> bool | None:
    """Yes or no, or None and a problem."""
    if given.lower() not in _TRUTHS:
        report.add(line, f'{name} is "{given}"', "choose one of true, false")
    return _TRUTHS.get(given.lower())


def read_language(given: str, line: int, report: Report) -> str | None:
    """A language tag such as `en` or `pt-BR` (BCP 47, without checking that it is spoken)."""
    if _LANGUAGE.fullmatch(given):
        return given.replace("_", "-")
    report.add(line, f'language is "{given}"', "give a language code, such as en or pt-BR")
    return None
