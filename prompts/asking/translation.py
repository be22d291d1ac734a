"""What a language model is asked when it translates a film, and what is taken from its answer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from prompts._spaceless import IDEOGRAPHIC
from prompts.asking.answers import BadAnswer, read_answer
from prompts.asking.templates import fill_template, template_version
from prompts.glossary import Glossary
from prompts.storyboard import Frozen
from prompts.variants import Text

VERSION = template_version("translate-film", "translate-terms", "translate-question", "mend")
"""Of the prompts: other words, other translations."""
_FIGURE = re.compile(r"\d{1,3}(?:[.,'’\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
_FIXED = re.compile(r"https?://[^\s)>\]]+|[\w.+-]+@[\w-]+\.[\w.]+\w")
"""What is the same in every language: addresses."""
_LONGEST, _SPARE = 3.0, 60
"""How much longer than its original a translation may be: so many times, and characters more."""
_PAIRED = 6
"""Words: a text of so many that comes back as it was has not been translated."""


class TranslatedText(Frozen):
    """One text, by the number that it was asked under."""

    number: int
    text: str


class Translation(Frozen):
    """The model's whole answer."""

    texts: tuple[TranslatedText, ...]


class PartOfIt(BadAnswer):
    """An answer in which some texts are good and others are not; `good` is by the original."""

    def __init__(self, faults: Iterable[str], good: dict[str, str]) -> None:
        super().__init__(faults)
        self.good = good


def translation_question(
    title: str,
    languages: tuple[str, str],
    texts: Sequence[Text],
    settled: Mapping[str, str],
    glossary: Glossary,
) -> tuple[str, str]:
    """What a model is told (system) and asked (first turn) to have the texts translated that are
    not settled. `languages` are from and to.
    """
    source, target = languages
    used = {term for text in texts for term in glossary.used_in(text.words)}
    listed = "\n".join(
        f'- "{term.words}" => "{term.said[0]}"' for term in glossary.terms if term in used
    )
    terms = fill_template("translate-terms", terms=listed) if listed else ""
    system = fill_template(
        "translate-film", source=source, target=target, terms=f"\n{terms}\n" if terms else ""
    )
    lines, scene, number = [], "", 0
    for text in texts:
        if text.scene != scene:
            lines.append(f"\n== {text.scene}")
            scene = text.scene
        if text.words in settled:
            lines.append(f"   {text.what}: {text.words} => {settled[text.words]}")
        else:
            number += 1
            lines.append(f"{number}| {text.what}: {text.words}")
    asked = "\n".join(lines).strip()
    return system, fill_template("translate-question", target=target, title=title, texts=asked)


def read_translation(
    answer: str, asked: Sequence[Text], language: str, glossary: Glossary
) -> dict[str, str]:
    """The translations by their originals.

    Raises BadAnswer for what is no answer, PartOfIt where some texts cannot be used.
    """
    told = read_answer(answer, Translation)
    given: dict[int, str] = {}
    faults = []
    for one in told.texts:
        if one.number in given or not 1 <= one.number <= len(asked):
            twice = "is there twice" if one.number in given else "was not asked for"
            faults.append(f"text {one.number} {twice}")
        given.setdefault(one.number, " ".join(one.text.split()))
    good = {}
    for number, text in enumerate(asked, start=1):
        wrong = fault(text.words, given.get(number, ""), language, glossary)
        if wrong:
            faults.append(f"text {number} {wrong}")
        else:
            good[text.words] = given[number]
    if faults:
        raise PartOfIt(faults, good)
    return good


def fault(words: str, translated: str, language: str, glossary: Glossary) -> str:
    """Why `translated` cannot stand for `words`, in half a sentence; empty when it can."""
    if not translated:
        return "is missing"
    if len(translated) > _LONGEST * len(words) + _SPARE:
        return "is far longer than the original"
    if lost := [part for part in _FIXED.findall(words) if part not in translated]:
        return f"has lost {lost[0]}"
    if lost := _lost_figures(words, translated):
        return f"does not hold the figure {lost[0]}"
    folded = translated.casefold()
    for term in glossary.used_in(words):
        is_name = term.said == (term.words,)
        told = translated if is_name else folded
        if not any((said if is_name else said.casefold()) in told for said in term.said):
            return f'does not say "{term.said[0]}" for "{term.words}", as the glossary asks'
    if translated == words and len(words.split()) >= _PAIRED:
        return f"is not in {language}"
    return ""


def _lost_figures(words: str, translated: str) -> list[str]:
    """The figures of a text that its translation does not hold.

    Chinese, Japanese and Korean count in ten thousands: there zeros at the end are not compared.
    """
    loose = bool(IDEOGRAPHIC.search(words + translated) or _has_hangul(words + translated))
    held = Counter(_figures(translated, loose))
    lost = []
    for shown, plain in zip(_FIGURE.findall(_plain(words)), _figures(words, loose), strict=True):
        if held[plain]:
            held[plain] -= 1
        else:
            lost.append(shown)
    return lost


def _figures(text: str, loose: bool) -> list[str]:
    found = [re.sub(r"\D", "", one) for one in _FIGURE.findall(_plain(text))]
    return [figure.strip("0") or "0" for figure in found] if loose else found


def _plain(text: str) -> str:
    """The text with the digits of every writing as 0 to 9."""
    text = unicodedata.normalize("NFKC", text).replace("\u066b", ".").replace("\u066c", ",")
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def _has_hangul(text: str) -> bool:
    return any("\uac00" <= character <= "\ud7a3" for character in text)
