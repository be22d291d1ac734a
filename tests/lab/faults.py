"""What goes wrong, and when: by script (a list of rules) or at random from a seed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

BEFORE = {
    "busy": "429 with Retry-After (Replicate: with the seconds in its text)",
    "busy_silent": "429 that names no time",
    "error_500": "500",
    "error_502": "502 with a gateway's HTML page",
    "error_503": "503",
    "reset": "the connection breaks before anything was done",
    "no_credit": "the account is empty, in the vendor's own words",
    "bad_key": "the key is refused",
    "refused": "the content is refused, in the vendor's own words",
}
"""Faults that happen instead of the work. None is charged for, a refused job apart."""

AFTER = {
    "reset_after": "the connection breaks after the work was done",
    "hang": "the work is done, then nothing comes for `value` seconds (30), then a reset",
    "malformed": "the answer is cut in the middle and so is no JSON, or not the file it says",
    "wrong_type": "an HTML page with status 200",
    "half": "the transfer stops half-way",
    "drip": "the answer comes slowly but whole",
    "blank": "a picture or clip of one colour",
    "silent": "sound without a sound in it",
}
"""Faults of the delivery: the work was done and is charged for."""

JOB = {
    "failed": "the job fails",
    "canceled": "the job ends canceled by the vendor",
    "aborted": "the job ends before it starts",
    "stuck": "the job never ends",
    "flagged": "the job succeeds and marks its pictures as unsafe",
}
FILE = {
    "expired": "the file's address has expired, for good",
    "stale": "the file's address has expired; the vendor names another when asked again",
}
HEARING = {"misheard": "a transcript of other words than those that were said"}
SPEAKING = {"misspoken": "a voice says other words than it was told"}
KNOWN = BEFORE | AFTER | JOB | FILE | HEARING | SPEAKING

TROUBLE = frozenset({"busy", "busy_silent", "error_500", "error_502", "error_503", "reset"})
BROKEN_ANSWER = frozenset({"reset_after", "malformed", "wrong_type", "half", "drip"})
AT: dict[str, frozenset[str]] = {
    "image": frozenset({*BEFORE, *AFTER}) - {"silent"},
    "speech": frozenset({*BEFORE, *AFTER, *SPEAKING}) - {"blank"},
    "text": frozenset({*BEFORE, *AFTER}) - {"blank", "silent"},
    "job": frozenset({*BEFORE, *AFTER, *JOB, *HEARING}),
    "hearing": frozenset({*BEFORE, *AFTER, *HEARING}) - {"blank", "silent"},
    "ask": TROUBLE | BROKEN_ANSWER | {"no_credit", "bad_key"},
    "file": TROUBLE | {"wrong_type", "half", "drip", *FILE},
}
"""Which faults can happen on a kind of route; on a job, blank and silent mean the same."""

ENDS_ALL = frozenset({"no_credit", "bad_key", "stuck", "hang", "misheard", "misspoken"})
"""Faults after which a client rightly stops, waits long or buys again: never drawn at random."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. `value`: seconds, for busy and hang."""

    name: str
    value: float | None = None


@dataclass(frozen=True)
class Rule:
    """The fault that meets the `nth` call (from 1; 0: every call) of a vendor's route.

    `vendor` and `route` may be "*"; then `nth` counts all calls that fit.
    """

    fault: str
    vendor: str = "*"
    route: str = "*"
    nth: int = 0
    value: float | None = None

    def __post_init__(self) -> None:
        if self.fault not in KNOWN:
            raise ValueError(f"there is no fault {self.fault!r}; known: {', '.join(sorted(KNOWN))}")

    def fits(self, vendor: str, route: str) -> bool:
        return self.vendor in ("*", vendor) and self.route in ("*", route)


class Faults:
    """Draws the fault of each call; `probability` 0.3 spoils about three calls in ten."""

    def __init__(self, rules: Iterable[Rule] = (), probability: float = 0.0, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._rules: list[tuple[Rule, Counter[str]]] = []
        self._calls: Counter[tuple[str, str]] = Counter()
        self.probability = probability
        self.seed = seed
        self.happened: Counter[tuple[str, str, str]] = Counter()
        """How often each (vendor, route, fault) happened."""
        self.script(*rules)

    def script(self, *rules: Rule | dict[str, Any]) -> None:
        """Adds rules; their counting of calls begins now. Raises ValueError for unknown faults."""
        made = [rule if isinstance(rule, Rule) else Rule(**rule) for rule in rules]
        with self._lock:
            self._rules += [(rule, Counter()) for rule in made]

    def clear(self) -> None:
        """No more faults, scripted or random, and all counts at zero."""
        with self._lock:
            self._rules.clear()
            self._calls.clear()
            self.happened.clear()
            self.probability = 0.0

    def draw(self, vendor: str, route: str, able: frozenset[str]) -> Fault | None:
        """The fault of this call, if any; the same seed draws the same for the same n-th call."""
        with self._lock:
            fault = self._scripted(vendor, route, able) or self._random(vendor, route, able)
            if fault is not None:
                self.happened[vendor, route, fault.name] += 1
            return fault

    def _scripted(self, vendor: str, route: str, able: frozenset[str]) -> Fault | None:
        drawn = None
        for rule, seen in self._rules:
            if rule.fits(vendor, route) and rule.fault in able:
                seen["calls"] += 1
                if rule.nth in (0, seen["calls"]) and drawn is None:
                    drawn = Fault(rule.fault, rule.value)
        return drawn

    def _random(self, vendor: str, route: str, able: frozenset[str]) -> Fault | None:
        self._calls[vendor, route] += 1
        chance = random.Random(f"{self.seed} {vendor} {route} {self._calls[vendor, route]}")
        if chance.random() >= self.probability:
            return None
        return Fault(chance.choice(sorted(able - ENDS_ALL)))
