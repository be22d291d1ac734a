"""What waits for a person's yes, and what people said: in the store, bound to exact content."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flows.film.work import hash_text, work_key
from providers.store import Asset, Store

Decision = Literal["approved", "rejected"]


class Waiting(NamedTuple):
    """One passage or picture that was flagged. `subject` is the SHA-256 of exactly its content."""

    scene: str
    """`s04`, or `film` for what belongs to no scene."""
    number: int
    """Of the scene, from 1; 0 for the film."""
    what: str
    subject: str
    why: str
    shown: str
    """The words, or the path of the picture or clip."""
    film: str = ""
    """The slug of the film that waits: a script has one for each shape and language."""
    language: str = ""
    """Of the film, where it is not in the script's own."""

    def __str__(self) -> str:
        spoken = f" in {self.language}" if self.language else ""
        return f"{self.scene} {self.what}{spoken} ({self.why})"


class Approval(NamedTuple):
    """What a person said, who it was, and when (ISO 8601, UTC)."""

    decision: Decision
    who: str
    at: str

    @property
    def day(self) -> str:
        return self.at[:10]


class AwaitingApproval(Exception):
    """The film waits: a person has to look at what was flagged. Nothing flagged is in a film."""

    def __init__(self, script: str, waiting: tuple[Waiting, ...]) -> None:
        super().__init__(script, waiting)
        self.script, self.waiting = script, waiting

    def __str__(self) -> str:
        numbers = sorted({one.number for one in self.waiting})
        which = "".join(f" --scene {number}" for number in numbers) if numbers[0] else " --all"
        return (
            f"waiting for approval: {'; '.join(map(str, self.waiting))}. Look at it, then run "
            f"`reelwright approve {self.script}{which}` (or with --reject), or change it, and make "
            "the film again"
        )


def find_approval(store: Store, subject: str) -> Approval | None:
    """What a person said of this exact content; None when nobody has."""
    kept = store.find(_key(subject))
    if kept is None or kept.facts.get("decision") not in ("approved", "rejected"):
        return None
    return Approval(*(kept.facts[part] for part in Approval._fields))


def record(store: Store, one: Waiting, decision: Decision, who: str, script: str) -> Approval:
    """Writes down what `who` says of one thing; what was said of it before is replaced."""
    said = Approval(decision, who, datetime.now(UTC).isoformat(timespec="seconds"))
    told = {"script": script, **one._asdict(), **said._asdict()}
    _keep(store, _key(one.subject), told, "approval")
    return said


def note_waiting(store: Store, script: str, waiting: Sequence[Waiting]) -> None:
    """Writes down what a script's film waits for, or that it waits for nothing any more."""
    if waiting or waiting_for(store, script):
        _keep(store, _list_key(script), {"waiting": [list(one) for one in waiting]}, "waiting")


def also_waits(store: Store, script: str, waiting: Sequence[Waiting]) -> None:
    """Adds to what a script's films wait for."""
    known = {one.subject: one for one in (*waiting_for(store, script), *waiting)}
    note_waiting(store, script, list(known.values()))


def waiting_for(store: Store, script: str) -> tuple[Waiting, ...]:
    """What the film of a script (its absolute path) was last found to wait for."""
    kept = store.find(_list_key(script))
    return tuple(Waiting(*one) for one in kept.facts.get("waiting", ())) if kept else ()


def _key(subject: str) -> str:
    return work_key("approval", subject)


def _list_key(script: str) -> str:
    return "waiting-" + hash_text(str(Path(script).absolute()))[:40]


def _keep(store: Store, key: str, told: dict[str, Any], model: str) -> Asset:
    with store.scratch() as path:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        return store.keep(
            key, path, media_type="application/json", provider="reelwright", model=model, facts=told
        )
