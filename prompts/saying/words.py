"""How one written word is said: numbers, money, times, units, addresses and signs in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from prompts.saying.language import Language
from prompts.saying.money import say_heap, say_money, say_prices
from prompts.saying.numbers import (
    DASH,
    NUMBER,
    is_one,
    say_amount,
    say_before_unit,
    say_ordinal,
    say_year,
)
from prompts.saying.when import (
    is_plausible_year,
    say_date,
    say_day,
    say_decade,
    say_early_day,
    say_time,
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

    def before(self, written: str) -> str:
        """The number `written` as it is said before a unit or a currency."""
        one = self.language.one
        return one if one and is_one(written) else say_amount(written, self.language)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        language = self.language
        signed = rf"(?:(?<![\w.,)]){DASH}|(?<!\w)\+)?{NUMBER}"
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
            rf"|(?P<price>(?:(?<!\w){DASH})?{money}{NUMBER}(?:{magnitude}(?!\w))?)"
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
                return say_date(written, self.language)
            case "time":
                return say_time(match["time"], match["clock"] or "", self.language)
            case "ratio":
                first, second = written.split(":")
                return self._join(first, self.language.to, second, ":")
            case "counted":
                return self.language.before_number[written] + " "
            case "month":
                return f"{match['month']} {say_day(match['day'], self.language)}"
            case "early":
                return say_early_day(written, self.language)
            case "mixed" | "fraction":
                return self._fraction(written)
            case "range":
                return self._range(match["range"], match["range_unit"], is_year)
            case "prices":
                return say_prices(written, self.language)
            case "heap":
                return say_heap(written, self.language)
            case "price" | "sum":
                return say_money(written, self.language)
            case "decade":
                return say_decade(written, self.language)
            case "power":
                return self._power(written)
            case "place":
                return self._place(written)
            case "measure":
                return self._measure(written)
            case "initials":
                return " ".join(written.rstrip(".").split("."))
            case "number":
                return (say_year(written, self.language) if is_year else None) or say_amount(
                    written, self.language
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
        core = re.sub(r"\d+", lambda digits: f" {say_amount(digits[0], self.language)} ", core)
        tail = re.match(r"[.,;:!?]?", text[len(text.rstrip(".,;:!?)/'")) :].lstrip("/)'"))
        return " ".join(core.split()) + (tail[0] if tail else "")

    def _fraction(self, written: str) -> str:
        language = self.language
        whole, _, part = written.rpartition("+")
        top, bottom = part.split("/")
        if whole:
            if part == "1/2" and language.half:
                return f"{say_amount(whole, self.language)} {language.half}"
            return self._join(whole, language.and_, part, " ")
        if part in language.fractions:
            return language.fractions[part]
        place = say_ordinal(int(bottom), language) if len(bottom) < 3 else None
        if place and language.code == "en" and 2 < int(bottom) <= 20 and int(top) < int(bottom):
            return f"{say_amount(top, self.language)} {place}{'' if top == '1' else 's'}"
        return self._join(top, language.over, bottom, "/")

    def _range(self, written: str, unit: str | None, is_year: bool) -> str:
        first, second = re.split("[–-]", written)
        years = [is_plausible_year(part) for part in (first, second)]
        if all(years) or (is_year and years[0]):
            # 1939–45 stays a span of years.
            said = [(say_year(part, self.language) if len(part) == 4 else None)
                    or say_amount(part, self.language) for part in (first, second)]  # fmt: skip
            between = f" {self.language.to} " if self.language.to else "–"
            return between.join(said)
        joined = self._join(first, self.language.to, second, "–")
        return f"{joined} {self.unit(second, unit)}" if unit else joined

    def _power(self, written: str) -> str:
        base = re.match(r"\d+", written)
        if base is None:
            return written
        exponent = written[base.end() :].translate(_SUPERSCRIPTS).lstrip("^")
        sign = {"2": "²", "3": "³"}.get(exponent, "")
        if sign in self.language.symbols:
            return f"{say_amount(base[0], self.language)} {self.language.symbols[sign]}"
        if not re.fullmatch(r"-?\d+", exponent):
            return written
        return self._join(base[0], self.language.power, exponent, "^")

    def _place(self, written: str) -> str:
        digits = re.match(r"\d+", written)
        number = int(digits[0]) if digits and len(digits[0]) < 10 else 0
        suffix = written[len(str(number)) :]
        if number == 1 and suffix in self.language.feminine:
            return self.language.feminine[suffix]
        said = say_ordinal(number, self.language) or written
        return said[:-1] + "a" if suffix.endswith("ª") and said.endswith("o") else said

    def _measure(self, written: str) -> str:
        number = re.match(rf"{DASH}?\+?{NUMBER}", written)
        if number is None:
            return written
        amount = say_before_unit(number[0], self.language)
        return f"{amount} {self.unit(number[0], written[number.end() :])}"

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

    def _join(self, first: str, middle: str, second: str, sign: str) -> str:
        """Two numbers and the word between; the sign stays where the language has no word."""
        words = (say_amount(first, self.language), middle or sign, self.say(second))
        return (" " if middle else "").join(words)


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of `words`, the longest first; it matches nothing when there are none."""
    known = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, known)) + ")" if known else "(?!)"
