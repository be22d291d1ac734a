"""What may be said and shown: verdicts of judges, and the policy that decides on them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from providers._toml import read_layers, tables
from providers.errors import Misconfigured
from providers.requests import Frozen

Action = Literal["allow", "flag", "refuse"]
UNREADABLE = "unreadable"
"""The category of a verdict that could not be read. No policy can allow it."""


class Verdict(Frozen):
    """What one judge says of one text or picture: a score from 0 to 1 for each category it names.

    `unreadable` says why there is no verdict; then it counts as flagged, whatever the scores.
    """

    scores: dict[str, float] = {}
    unreadable: str = ""
    words: tuple[str, ...] = ()
    """What was found, where the judge is a list of words."""


class Ruling(Frozen):
    """What the policy makes of a verdict, and the categories because of which it does."""

    action: Action
    categories: tuple[str, ...] = ()


class Rule(Frozen):
    """The policy for one category."""

    action: Action
    threshold: float = Field(0.5, ge=0.0, le=1.0)
    flag_from: float | None = Field(None, ge=0.0, le=1.0)
    """From this score on a category that is refused at its threshold is flagged."""

    @model_validator(mode="after")
    def _ordered(self) -> Rule:
        if self.flag_from is not None and self.flag_from > self.threshold:
            raise ValueError("flag_from must not lie above threshold")
        return self

    def of(self, score: float) -> Action:
        """What is done about a score."""
        if self.action != "allow" and score >= self.threshold:
            return self.action
        if self.flag_from is not None and score >= self.flag_from:
            return "flag"
        return "allow"


class Phrases(Frozen):
    """Words of one category that are looked for; see moderation_words.toml."""

    category: str
    languages: tuple[str, ...]
    where: Literal["anywhere", "prompt"] = "anywhere"
    score: float = Field(1.0, ge=0.0, le=1.0)
    words: tuple[str, ...]


class Policy(Frozen):
    """What is done about each category, what judges call it, and the words that rules look for."""

    categories: dict[str, Rule]
    judges: dict[str, dict[str, str]] = {}
    phrases: tuple[Phrases, ...] = ()
    without: tuple[str, ...] = ()
    """Phrases that are not looked for after all."""

    @model_validator(mode="after")
    def _closed(self) -> Policy:
        named = {c for names in self.judges.values() for c in names.values()}
        named |= {phrases.category for phrases in self.phrases}
        if unknown := sorted(named - set(self.categories)):
            raise ValueError(f"no rule in [categories] for: {', '.join(unknown)}")
        return self

    def rule(self, verdict: Verdict) -> Ruling:
        """The strictest answer to a verdict's scores; one that cannot be read is flagged at least.

        A category that the policy does not know is flagged: nobody has decided to allow it.
        """
        found: dict[Action, list[str]] = {"refuse": [], "flag": [], "allow": []}
        for category, score in sorted(verdict.scores.items()):
            known = self.categories.get(category)
            found["flag" if known is None else known.of(score)].append(category)
        if verdict.unreadable:
            found["flag"].append(UNREADABLE)
        for action in ("refuse", "flag"):
            if found[action]:
                return Ruling(action=action, categories=tuple(found[action]))
        return Ruling(action="allow")


def load_policy(overlay: Path | None = None) -> Policy:
    """The shipped policy and words with the operator's laid over them. Raises Misconfigured."""
    here = Path(__file__)
    layers = [here.with_name("moderation_words.toml"), here.with_name("moderation.toml")]
    if overlay is not None:
        layers.append(overlay)
    texts = read_layers(layers, "MODERATION_POLICY")
    try:
        return _policy(texts)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Misconfigured(f"{overlay or 'moderation.toml'}: {place}: {first['msg']}") from wrong


@functools.lru_cache(maxsize=4)
def _policy(texts: tuple[str, ...]) -> Policy:
    """Built once while the files say the same: each film of a batch asks, and nobody changes it."""
    return Policy.model_validate(functools.reduce(_laid_over, map(tables, texts)))


def _laid_over(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Tables by their entries, lists one after the other."""
    told = dict(shipped)
    for name, value in own.items():
        known = told.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            told[name] = _laid_over(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            told[name] = [*known, *value]
        else:
            told[name] = value
    return told
