"""How one written word is said: numbers, money, times, units, addresses and signs in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from prompts._language import Language
from prompts._numbers import (
    NUMBER,
    is_one,
    say_integer,
    say_number,
    say_ordinal,
    say_year,
    split_marks,
)

EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\ufe0e\ufe0f\u200d\u20e3"
    "\U000e0020-\U000e007f]"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_SILENT = re.compile(r"[\"“”„‟«»‹›‘*_`|\\^{}\[\]•·™®©¶†]")
_ENDINGS = "com|org|net|edu|gov|io|dev|app|ai|info|co|uk|de|fr|es|it|nl|eu|ch|be|pt|ca|au|jp|tv"
_DASH = "[-–—−]"
_KINDS = (
    "email", "address", "date", "time", "counted", "month", "early", "ratio", "mixed", "fraction",
    "range", "prices", "price", "sum", "heap", "decade", "power", "place", "measure", "initials",
    "number", "hash", "dots", "dash", "sign", "slash",
)  # fmt: skip
"""The groups of the pattern that say what a match is."""


@dataclass(frozen=True)
class Speaker:
    """Says written words in one language."""

    language: Language

    def say(self, written: str, is_year: bool = False) -> str:
        """The spoken form of `written`, which holds no white space; may be empty."""
        known = self.language.acronyms.get(written.translate(_SUBSCRIPTS).strip(".,;:!?()\"'“”’"))
        text = EMOJI.sub("", written).translate(_SUBSCRIPTS).replace("’", "'")
        if known:
            core = re.sub(r"^\W*|\W*$", "", text)
            text = text.replace(core, known)
        else:
            for sign, fraction in _VULGAR.items():
                text = re.sub(rf"(?<=\d){sign}", f"+{fraction}", text).replace(sign, fraction)
            text = self._replace(text, is_year)
        return " ".join(text.split())

    def unit(self, number: str, unit: str) -> str:
        """The name of `unit` after `number`."""
        one, many = self.language.units[unit]
        return one if is_one(number) else many

    def number(self, written: str) -> str:
        """`written` in words, or as it is in a language whose numbers are not known."""
        sign, digits = ("", written)
        if written[0] in "-−+":
            sign = self.language.minus if written[0] != "+" else self.language.symbols.get("+", "")
            digits = written[1:]
        said = say_number(digits, self.language)
        return f"{sign} {said}".strip() if said else written

    def before(self, written: str) -> str:
        """The number `written` as it is said before a unit or a currency."""
        one = self.language.one
        return one if one and is_one(written) else self.number(written)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        language = self.language
        signed = rf"(?:(?<![\w.,)]){_DASH}|(?<!\w)\+)?{NUMBER}"
        unit = any_of(language.units)
        money = any_of(language.currencies)
        magnitude = any_of(language.magnitudes)
        suffix = any_of(language.ordinal_suffixes)
        months = any_of(language.months)
        return re.compile(
            rf"(?P<email>(?<![\w.+-])[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+)"
            rf"|(?P<address>https?://\S+|www\.\S+|(?<![\w@.])(?:[A-Za-z0-9][\w-]*\.)+"
            rf"(?:{_ENDINGS})(?![\w.]*\w)(?:/\S*)?)"
            rf"|(?P<date>\d{{4}}-\d\d-\d\d)(?!\d)"
            rf"|(?P<time>(?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?![\d:]))"
            rf"(?:(?P<clock>{any_of(language.clock)})(?!\w))?"
            rf"|(?P<counted>{any_of(language.before_number)}(?=\d))"
            rf"|(?P<month>{months}(?=\d))(?P<day>\d\d?)(?!\d)"
            rf"|(?P<early>(?<!\d)\d\d?\.?)(?={months}(?!\w))"
            rf"|(?P<ratio>\d+:\d+(?!\d))"
            rf"|(?P<mixed>\d+\+\d+/\d+)(?![\d/])"
            rf"|(?P<fraction>(?<![\d/])\d+/\d+(?![\d/]))"
            rf"|(?P<range>(?<![\w.,]){NUMBER}[–-]{NUMBER}(?![\d–-]))(?:(?P<range_unit>{unit})(?!\w))?"
            rf"|(?P<prices>{money}{NUMBER}[–-]{money}?{NUMBER}(?:{magnitude}(?!\w))?)(?![\d–-])"
            rf"|(?P<price>(?:(?<!\w){_DASH})?{money}{NUMBER}(?:{magnitude}(?!\w))?)"
            rf"|(?P<sum>{signed}{money})(?!\w)"
            rf"|(?P<heap>{signed}{magnitude}{money})(?!\w)"
            rf"|(?P<decade>(?:\d{{3}}0|'\d0)s)(?!\w)"
            rf"|(?P<power>\d+(?:\^-?\d+|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
            rf"|(?P<place>\d+{suffix})(?!\w)"
            rf"|(?P<measure>{signed}{unit})(?![\w²³/])"
            rf"|(?P<initials>(?<!\w)(?:[A-Z]\.){{2,}})"
            rf"|(?P<number>{signed})"
            rf"|(?P<hash>\#(?=\w))"
            rf"|(?P<dots>\.{{2,}}|…)"
            rf"|(?P<dash>[—–―]|--+)"
            rf"|(?P<sign>{any_of(language.symbols)})"
            rf"|(?P<slash>(?<=\w)/(?=\w))"
        )

    def _replace(self, text: str, is_year: bool) -> str:
        said: list[str] = []
        end = 0
        for match in self._pattern.finditer(text):
            kind = next(name for name in _KINDS if match[name])
            words = self._say_match(kind, match, is_year)
            before, after = text[end : match.start()], text[match.end() : match.end() + 1]
            said.append(_SILENT.sub("", before))
            # Words do not run into the letters beside them: MP3, 4K, AT&T.
            said.append(" " if said[-1][-1:].isalnum() or kind in ("sign", "hash") else "")
            said.append(words)
            said.append(" " if after.isalnum() or kind == "sign" else "")
            end = match.end()
        said.append(_SILENT.sub("", text[end:]))
        return re.sub(r" +([.,;:!?])", r"\1", "".join(said))

    def _say_match(self, kind: str, match: re.Match[str], is_year: bool) -> str:
        written = match[0]
        match kind:
            case "email" | "address":
                return self._address(written)
            case "date":
                return self._date(written)
            case "time":
                return self._time(match["time"], match["clock"] or "")
            case "ratio":
                first, second = written.split(":")
                return self._join(first, self.language.to, second)
            case "counted":
                return self.language.before_number[written] + " "
            case "month":
                return f"{match['month']} {self._day(match['day'])}"
            case "early":
                return self._early_day(written)
            case "mixed" | "fraction":
                return self._fraction(written)
            case "range":
                return self._range(match["range"], match["range_unit"], is_year)
            case "prices":
                first, second = re.split("[–-]", written)
                low = re.sub(r"^\D+", "", first)
                unit = first.removesuffix(low)
                high = self._money(unit + second.removeprefix(unit))
                return f"{self.number(low)} {self.language.to} {high}"
            case "heap":
                return self._heap(written)
            case "price" | "sum":
                return self._money(written)
            case "decade":
                return self._decade(written)
            case "power":
                return self._power(written)
            case "place":
                return self._place(written)
            case "measure":
                return self._measure(written)
            case "initials":
                return " ".join(written.rstrip(".").split("."))
            case "number":
                return (say_year(written, self.language) if is_year else None) or self.number(
                    written
                )
            case "hash":
                digits = match.string[match.end() : match.end() + 1].isdigit()
                return self.language.number_of if digits else self.language.hashtag
            case "dots" | "dash":
                return self._pause(match)
            case "slash":
                return " "
            case _:
                return self.language.symbols[written]

    def _address(self, written: str) -> str:
        text = re.sub(r"^https?://(?:www\.)?|^www\.", "", written)
        core = text.rstrip(".,;:!?)/'")
        language = self.language
        for sign, words in (("@", language.at), (".", language.dot), ("/", language.slash),
                            ("-", language.dash), ("_", language.underscore)):  # fmt: skip
            core = core.replace(sign, f" {words} ")
        core = re.sub(r"[?#&=%~+:]+", " ", core)
        core = re.sub(r"\d+", lambda digits: f" {self.number(digits[0])} ", core)
        tail = re.match(r"[.,;:!?]?", text[len(text.rstrip(".,;:!?)/'")) :].lstrip("/)'"))
        return " ".join(core.split()) + (tail[0] if tail else "")

    def _date(self, written: str) -> str:
        year, month, day = written.split("-")
        language = self.language
        name = language.months[int(month) - 1] if 1 <= int(month) <= len(language.months) else None
        said_year = say_year(year, language) or year
        if not name:
            return f"{self.number(day)} {self.number(month)} {said_year}"
        if language.code == "en":
            return f"{name} {self._day(day)}, {said_year}"
        return f"{self._early_day(str(int(day)))}{name} {said_year}"

    def _day(self, day: str) -> str:
        """A day beside its month: a place in English and German, a number elsewhere."""
        place = say_ordinal(int(day), self.language) if self.language.day else None
        return self.language.day.format(place=place) if place else self.number(day)

    def _early_day(self, written: str) -> str:
        day = written.rstrip(".")
        if self.language.early_day:
            place = say_ordinal(int(day), self.language)
            return self.language.early_day.format(place=place) + " "
        return self.number(day) + " "

    def _heap(self, written: str) -> str:
        """`3 Mio. €`: the number, then millions, then the currency."""
        number = re.match(rf"{_DASH}?\+?{NUMBER}", written)
        rest = written[number.end() :] if number else written
        unit = next(sign for sign in self.language.currencies if rest.endswith(sign))
        magnitude = self.language.magnitudes[rest.removesuffix(unit)]
        amount = self.number(number[0]) if number else ""
        return f"{amount} {magnitude} {self.language.currencies[unit][1]}"

    def _time(self, written: str, clock: str) -> str:
        hours, minutes = written.split(":")
        said_hours = self.number(str(int(hours)))
        said_minutes = self.number(str(int(minutes)))
        if not self.language.time:
            return f"{said_hours} {said_minutes}"
        half = self.language.clock.get(clock, "")
        if half and minutes == "00":
            return f"{said_hours} {half}"
        if minutes == "00":
            if int(hours) > 12 and self.language.code == "en":
                hundred = say_integer(100, "cardinal", "en") or ""
                return f"{said_hours} {hundred.removeprefix('one ')}"
            return self.language.time_full.format(hours=said_hours)
        if int(minutes) < 10:
            said_minutes = self.language.time_small.format(minutes=said_minutes)
        told = self.language.time.format(hours=said_hours, minutes=said_minutes)
        return f"{told} {half}".strip()

    def _fraction(self, written: str) -> str:
        language = self.language
        whole, _, part = written.rpartition("+")
        top, bottom = part.split("/")
        if whole:
            if part == "1/2" and language.half:
                return f"{self.number(whole)} {language.half}"
            return self._join(whole, language.and_, part)
        if part in language.fractions:
            return language.fractions[part]
        place = say_ordinal(int(bottom), language) if len(bottom) < 3 else None
        if place and language.code == "en" and 2 < int(bottom) <= 20 and int(top) < int(bottom):
            return f"{self.number(top)} {place}{'' if top == '1' else 's'}"
        return self._join(top, language.over, bottom)

    def _range(self, written: str, unit: str | None, is_year: bool) -> str:
        first, second = re.split("[–-]", written)
        years = [is_plausible_year(part) for part in (first, second)]
        if all(years) or (is_year and years[0]):
            # 1939–45 stays a span of years.
            said = [(say_year(part, self.language) if len(part) == 4 else None)
                    or self.number(part) for part in (first, second)]  # fmt: skip
            return f"{said[0]} {self.language.to} {said[1]}".replace("  ", " ")
        joined = self._join(first, self.language.to, second)
        return f"{joined} {self.unit(second, unit)}" if unit else joined

    def _money(self, written: str) -> str:
        language = self.language
        sign = language.minus + " " if written[0] in "-–—−" else ""
        number = re.search(NUMBER, written)
        if number is None:
            return written
        before, after = written[: number.start()].lstrip("-–—−"), written[number.end() :]
        unit = before or after
        magnitude = language.magnitudes.get(after, "") if before else ""
        one, many, hundredth, hundredths = language.currencies[unit]
        if magnitude:
            return f"{sign}{self.number(number[0])} {magnitude} {many}"
        whole, rest = split_marks(number[0], language) or (number[0], "")
        name = one if is_one(whole) else many
        if len(rest) != 2 or int(rest) == 0:
            amount = whole if rest == "00" else number[0]
            return f"{sign}{self.before(amount)} {name if amount == whole else many}"
        cents = str(int(rest))
        rest_unit = hundredth if is_one(cents) else hundredths
        if int(whole) == 0:
            return f"{sign}{self.before(cents)} {rest_unit}"
        return sign + language.money.format(
            whole=self.before(whole), unit=name, rest=self.number(cents), rest_unit=rest_unit
        )

    def _decade(self, written: str) -> str:
        digits = written.strip("'s")
        said = say_year(digits, self.language) if len(digits) == 4 else self.number(digits)
        if not said or self.language.code != "en":
            return self.number(digits)
        return said[:-1] + "ies" if said.endswith("y") else said + "s"

    def _power(self, written: str) -> str:
        base = re.match(r"\d+", written)
        if base is None:
            return written
        exponent = written[base.end() :].translate(_SUPERSCRIPTS).lstrip("^")
        sign = {"2": "²", "3": "³"}.get(exponent, "")
        if sign in self.language.symbols:
            return f"{self.number(base[0])} {self.language.symbols[sign]}"
        if not re.fullmatch(r"-?\d+", exponent):
            return written
        return self._join(base[0], self.language.power, exponent)

    def _place(self, written: str) -> str:
        digits = re.match(r"\d+", written)
        number = int(digits[0]) if digits and len(digits[0]) < 10 else 0
        suffix = written[len(str(number)) :]
        if number == 1 and suffix in self.language.feminine:
            return self.language.feminine[suffix]
        said = say_ordinal(number, self.language) or written
        return said[:-1] + "a" if suffix.endswith("ª") and said.endswith("o") else said

    def _measure(self, written: str) -> str:
        number = re.match(rf"{_DASH}?\+?{NUMBER}", written)
        if number is None:
            return written
        return f"{self.before(number[0])} {self.unit(number[0], written[number.end() :])}"

    def _pause(self, match: re.Match[str]) -> str:
        """A comma between words, an end at the end; nothing at the start."""
        text = match.string
        if not re.search(r"\w", text[: match.start()]):
            return ""
        if text[match.start() - 1] in ",.;:!?":
            return " "
        if re.search(r"\w", text[match.end() :]):
            return ", "
        if match["dash"]:
            return ","
        return "" if text[match.end() : match.end() + 1] in tuple("!?.,") else "..."

    def _join(self, first: str, middle: str, second: str) -> str:
        return " ".join(f"{self.number(first)} {middle} {self.say(second)}".split())


def is_plausible_year(digits: str) -> bool:
    """Whether `digits` could be a year from 1100 to 2199."""
    return len(digits) == 4 and digits.isdecimal() and 1100 <= int(digits) <= 2199


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of `words`, the longest first; it matches nothing when there are none."""
    known = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, known)) + ")" if known else "(?!)"
