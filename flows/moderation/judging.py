"""Moderation of one film: who judges, what the policy makes of it, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from flows.moderation.approvals import Approval, Waiting, find_approval
from flows.moderation.passages import Passage
from flows.scripts.findings import Findings
from flows.settings import Settings
from prompts.storyboard import Storyboard
from providers.base import Provider
from providers.catalog import Catalog, make_provider
from providers.errors import Misconfigured
from providers.models import Model
from providers.moderation.policy import Policy, Ruling, Verdict, load_policy
from providers.moderation.rules import Rules
from providers.moderation.verdicts import READERS

if TYPE_CHECKING:
    from providers.store import Store

RULES, OFF = "rules", "off"
_SHORT = {"openai": "omni-moderation"}
"""What people write for a catalog's name."""


class Judge(NamedTuple):
    """A model that judges, and whoever asks it."""

    model: Model
    provider: Provider


class Moderation(NamedTuple):
    """The operator's choice for a film: a policy, and who judges by it; nobody when it is off."""

    policy: Policy = Policy(categories={})
    rules: Rules | None = None
    judges: tuple[Judge, ...] = ()


NO_MODERATION = Moderation()


class Judged(NamedTuple):
    """One passage or picture by one judge: the verdict, the ruling, and a person's word on it."""

    scene: str
    number: int
    what: str
    subject: str
    by: str
    verdict: Verdict
    ruling: Ruling
    approval: Approval | None

    @property
    def is_refused(self) -> bool:
        by_person = self.approval is not None and self.approval.decision == "rejected"
        return self.ruling.action == "refuse" or (self.ruling.action == "flag" and by_person)

    @property
    def is_waiting(self) -> bool:
        return self.ruling.action == "flag" and self.approval is None

    @property
    def why(self) -> str:
        """The categories, who says so, and what was found or could not be read."""
        found = self.verdict.unreadable or ", ".join(map(repr, self.verdict.words))
        told = f"{', '.join(self.ruling.categories)} by {self.by}"
        if self.approval is not None and self.approval.decision == "rejected":
            told += f", rejected by {self.approval.who} on {self.approval.day}"
        return f"{told}: {found}" if found else told

    def waiting(self, shown: str) -> Waiting:
        """The same as it waits for a person; `shown` is what there is to look at."""
        return Waiting(self.scene, self.number, self.what, self.subject, self.why, shown)


def moderation_of(
    board: Storyboard, settings: Settings, catalog: Catalog, store: Store
) -> Moderation:
    """Who judges this film, as the operator has chosen. Raises Misconfigured."""
    names = [name.strip() for name in settings.moderation.split(",") if name.strip()]
    if names == [OFF]:
        return NO_MODERATION
    if not names or OFF in names:
        raise Misconfigured(
            f"MODERATION is {settings.moderation!r}; write off, rules, openai, or names of judges"
        )
    policy = load_policy(settings.moderation_policy)
    judges, access = [], settings.access()
    for name in dict.fromkeys(_SHORT.get(name, name) for name in names if name != RULES):
        try:
            model = catalog.model(name, "moderation")
        except Misconfigured as unknown:
            raise Misconfigured(f"MODERATION: {unknown}") from None
        reads = model.limits.get("reads")
        if reads not in READERS or reads not in policy.judges:
            raise Misconfigured(
                f"{model.name} in the catalog: limits.reads is {reads!r}; "
                f"choose of: {', '.join(READERS)}"
            )
        judges.append(Judge(model, make_provider(model.provider, store.path, access, catalog)))
    rules = Rules(policy, board.language) if RULES in names else None
    return Moderation(policy, rules, tuple(judges))


def judged_by_rules(told: Iterable[Passage], moderation: Moderation, store: Store) -> list[Judged]:
    """Every passage as the rules judge it, at once and for nothing; empty where they do not."""
    if moderation.rules is None:
        return []
    return [
        ruled(store, moderation.policy, one, RULES, moderation.rules.judge(one.text, one.is_prompt))
        for one in told
    ]


def ruled(store: Store, policy: Policy, one: Passage, by: str, verdict: Verdict) -> Judged:
    """A passage with what follows from a verdict."""
    ruling = policy.rule(verdict)
    told = find_approval(store, one.subject) if ruling.action != "allow" else None
    return Judged(one.place, one.number, one.what, one.subject, by, verdict, ruling, told)


def note_refused(findings: Findings, judged: Iterable[Judged], told: Iterable[Passage]) -> None:
    """Notes a problem, with its line, for each passage that is refused."""
    by_subject = {(p.place, p.subject): p for p in told}
    for one in judged:
        if one.is_refused:
            passage = by_subject[one.scene, one.subject]
            findings.note(
                f"{one.what}: this may not be in a film ({one.why})",
                "change the words; who may change the policy: docs/moderation.md",
                passage.where,
                passage.scene,
            )


def waiting_notes(judged: Iterable[Judged]) -> tuple[str, ...]:
    """A sentence for each passage that a person has to look at before the film is made."""
    return tuple(
        f"{one.scene} {one.what} will wait for approval ({one.why})"
        for one in judged
        if one.is_waiting
    )
