"""What is laid out on the card of a scene that only says: a figure, a quotation, several things."""

from __future__ import annotations

import re

from prompts._cards import split_number
from prompts._spaceless import SPACELESS
from prompts.planned import PlannedScene
from prompts.rules.language import load_habits
from prompts.rules.series import find_named

_AMOUNT = re.compile(
    r"(?<![\w.,–-])(?:[$€£¥₹]\s?)?\d[\d.,]*(?<![.,])(?:[   ]\d{3}\b)*(?:"
    r"[   ]?(?:%|‰|°[CF]?|[$€£¥₹])"
    r"|[   ](?:percent|per cent|Prozent|pour cent|por ciento|per cento|por cento|procent|процент\w*"
    r"|thousand|million|billion|trillion|Millionen|Milliarden|millions?|milliards?|millones|milioni"
    r"|miliardi|milhões|миллион\w*|миллиард\w*|km/h|kilomet(?:er|re)s?|Kilometer|kilómetros|chilometri"
    r"|met(?:er|re)s?|Meter|metros|metri|tons?|tonnes?|Tonnen|kilograms?|Kilogramm|litres?|liters?"
    r"|Liter|degrees|Grad|degrés|grados|gradi|times|mal|fois|veces|hours|Stunden|heures|horas|ore"
    r"|minutes|Minuten|minutos|minuti|seconds|Sekunden|days|Tage|years|Jahre|ans|años|anni|anos"
    r"|[kmcµn]m|kg|mg|[kMGT]B|[kMG]?Hz|[kMG]Wh?)(?!\w)"
    r"|(?<=[$€£¥₹]\d)(?!\w)|(?<=\d)(?:万|亿|億|公里|米|吨|年間|キロ|メートル|トン|パーセント|度|倍))"
)
_TIME = re.compile(
    r"(?i:hours|stunden|heures|horas|ore|minut|second|sekunden|segundos|secondi|days|tage|jours|años|anni"
    r"|anos|years|jahre|ans\b|times|mal\b|fois|veces)"
)
"""Units that say little by themselves: 48 hours of what?"""
_MONEY = re.compile(r"[$€£¥₹]\s?\d[\d.,]*\d|[$€£¥₹]\s?\d")
_QUOTED = re.compile(
    r"“([^“”]+)”|„([^„“”]+)[“”]|«\s*([^«»]+?)\s*»|「([^「」]+)」|\"([^\"]+)\"|”([^”]+)”"
)
_CLAUSE = re.compile(r"\s*(?:[,;:.!?。，；：！？…](?=\s|$|[^\x00-\x7f])|\s[—–-]\s|\s\()")
_LONGEST_LABEL = 48
_NAME = r"((?:[A-Z\u00c0-\u00de\u0410-\u042f][\w.'’-]*\s?){1,4})"


def lay_out(scene: PlannedScene, language: str) -> PlannedScene:
    """A scene that only says, with the card that its words suggest."""
    text = " ".join(scene.narration().split())
    named = find_named(text, language)
    if named:
        return scene.model_copy(update={"points": named})
    quoted = _quotation(text, language)
    if quoted:
        return scene.model_copy(update={"quote": quoted[0], "attribution": quoted[1]})
    number = _figure(text, language)
    return scene.model_copy(update={"number": number}) if number else scene


def _quotation(text: str, language: str) -> tuple[str, str] | None:
    """What is quoted, where it is most of the text, and who said it, where the text says so."""
    matches = list(_QUOTED.finditer(text))
    if len(matches) != 1:
        return None
    words = next(group for group in matches[0].groups() if group).strip()
    is_long = len(words.split()) >= 5 or (len(words) >= 10 and bool(SPACELESS.search(words)))
    if not is_long or len(words) < 0.4 * len(text):
        return None
    return words.rstrip(",，"), _speaker(text, matches[0].span(), language)


def _speaker(text: str, span: tuple[int, int], language: str) -> str:
    said = "|".join(map(re.escape, load_habits(language).said))
    if not said:
        return ""
    before, after = text[: span[0]].strip(), text[span[1] :].strip()
    for pattern, words in (
        (rf"^[,—–-]*\s*(?:{said})\s+{_NAME}", after),
        (rf"^[,—–-]*\s*{_NAME}\s*(?:{said})\b", after),
        (rf"{_NAME}\s*(?:once |later )?(?:{said})\b[^.]*[:,]$", before),
    ):
        match = re.search(pattern, words)
        if match:
            return match[1].strip(" .,’'")
    return ""


def _figure(text: str, language: str) -> str:
    """The one figure of a text, with its unit and what it counts; nothing where there are more."""
    found = [*_AMOUNT.finditer(text), *_MONEY.finditer(text)]
    found = [m for m in found if not any(_holds(other, m) for other in found if other is not m)]
    digits = re.findall(r"\d[\d.,   ]*\d|\d", text)
    if len(found) != 1 or len(digits) > 2:
        return ""
    figure = found[0]
    rest = text[figure.end() :]
    clause = _CLAUSE.search(rest)
    label = rest[: clause.start()] if clause else rest
    habits = load_habits(language)
    words = label.split()
    while words and words[-1].lower() in habits.stop:
        words.pop()
    label = " ".join(words) if len(label) <= _LONGEST_LABEL else ""
    if not label and _TIME.search(figure[0]):
        return ""
    written = f"{figure[0].strip()} {label.strip()}".strip()
    # A directive's value is read as Markdown, and its figure ends where a card's does.
    is_whole = split_number(written)[0].startswith(figure[0].split()[0])
    return written if is_whole else figure[0].strip()


def _holds(outer: re.Match[str], inner: re.Match[str]) -> bool:
    return (
        outer.start() <= inner.start()
        and inner.end() <= outer.end()
        and outer.span() != inner.span()
    )
