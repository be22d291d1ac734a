"""The rules: phrases that are looked for in words, on this machine, at no cost."""

from __future__ import annotations

import functools
import re
import unicodedata

from providers.moderation.policy import Phrases, Policy, Verdict

BETWEEN = 4
"""Words that `...` in a phrase stands for at most."""
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
_STEP = r"[^\w.!?]+"
"""From one word of a phrase to the next, within a sentence."""
_GAP = rf"(?:{_STEP}\w+){{0,{BETWEEN}}}?{_STEP}"


class Rules:
    """A policy's phrases, ready to be looked for in texts of one language."""

    def __init__(self, policy: Policy, language: str) -> None:
        spoken = {"en", language.split("-")[0].lower()}
        dropped = {normal(word) for word in policy.without}
        self._looked: list[tuple[Phrases, re.Pattern[str]]] = []
        for phrases in policy.phrases:
            words = [w for w in phrases.words if normal(w) not in dropped]
            if words and spoken & set(phrases.languages):
                self._looked.append((phrases, _pattern(tuple(words))))

    def judge(self, text: str, is_prompt: bool) -> Verdict:
        """The highest score of each category whose phrases stand in `text`, and the phrases."""
        plain, scores, found = normal(text), dict[str, float](), dict[str, None]()
        for phrases, pattern in self._looked:
            if phrases.where == "prompt" and not is_prompt:
                continue
            if hit := pattern.search(plain):
                known = scores.get(phrases.category, 0.0)
                scores[phrases.category] = max(known, phrases.score)
                found[hit[0]] = None
        return Verdict(scores=scores, words=tuple(found))


def normal(text: str) -> str:
    """A text as it is compared: one form of each letter, small, hidden characters left out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


@functools.lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    worded, spaceless = [], []
    for phrase in map(normal, phrases):
        if _SPACELESS.search(phrase):
            spaceless.append(re.escape(phrase))
        else:
            worded.append(_expression(phrase))
    whole = [rf"(?<!\w)(?:{'|'.join(worded)})(?!\w)"] if worded else []
    return re.compile("|".join([*whole, *spaceless]))


def _expression(phrase: str) -> str:
    """One phrase of words as a regular expression over normalised text."""
    told, step = "", ""
    for word in phrase.split():
        if word == "...":
            step = _GAP
            continue
        told += step + re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        step = _STEP
    return told
