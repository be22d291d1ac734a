"""How sums of money are said."""

from __future__ import annotations

import re

from prompts.saying.language import Language
from prompts.saying.numbers import DASH, NUMBER, is_one, say_amount, say_before_unit, split_marks


def say_money(written: str, language: Language) -> str:
    """`$4.50`, `£3m` or `20€`, with or without a minus or plus."""
    sign = language.minus + " " if written[0] in "-–—−" else ""
    if written[0] == "+":
        sign = f"{language.symbols.get('+', '')} ".lstrip()
    number = re.search(NUMBER, written)
    if number is None:
        return written
    before, after = written[: number.start()].lstrip("-–—−+"), written[number.end() :]
    unit = before or after
    magnitude = language.magnitudes.get(after, "") if before else ""
    one, many, hundredth, hundredths = language.currencies[unit]
    if magnitude:
        return f"{sign}{say_amount(number[0], language)} {magnitude} {many}"
    whole, rest = split_marks(number[0], language) or (number[0], "")
    name = one if is_one(whole) else many
    if len(rest) != 2 or int(rest) == 0:
        amount = whole if rest == "00" else number[0]
        return f"{sign}{say_before_unit(amount, language)} {name if amount == whole else many}"
    cents = str(int(rest))
    rest_unit = hundredth if is_one(cents) else hundredths
    if int(whole) == 0:
        return f"{sign}{say_before_unit(cents, language)} {rest_unit}"
    return sign + language.money.format(
        whole=say_before_unit(whole, language),
        unit=name,
        rest=say_amount(cents, language),
        rest_unit=rest_unit,
    )


def say_heap(written: str, language: Language) -> str:
    """`3 Mio. €`: the number, then millions, then the currency."""
    number = re.match(rf"{DASH}?\+?{NUMBER}", written)
    rest = written[number.end() :] if number else written
    unit = next(sign for sign in language.currencies if rest.endswith(sign))
    magnitude = language.magnitudes[rest.removesuffix(unit)]
    amount = say_amount(number[0], language) if number else ""
    return f"{amount} {magnitude} {language.currencies[unit][1]}"


def say_prices(written: str, language: Language) -> str:
    """`$5–10` or `$5-$10`: the currency is said once, at the end."""
    first, second = re.split("[–-]", written)
    low = re.sub(r"^\D+", "", first)
    sign = first.removesuffix(low)
    high = say_money(sign + second.removeprefix(sign), language)
    return f"{say_amount(low, language)} {language.to} {high}"
