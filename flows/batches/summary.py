"""The summary of a batch, `batch.json`: what became of each film, so that the next run goes on."""

from __future__ import annotations

import secrets
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.batches.outcome import Outcome
from flows.batches.plan import BatchPlan
from flows.film.produce import run_name
from flows.money.amounts import LedgerUnusable
from flows.settings import Settings
from prompts.errors import Problem, ScriptError

FILE, PAGE = "batch.json", "batch.html"


class Summary(BaseModel):
    """All that is known of a batch. Amounts in USD."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    id: str
    """Its name in the ledger: all runs of the batch share a cap."""
    name: str
    sources: tuple[str, ...]
    began: datetime
    at: datetime
    is_running: bool = True
    """False when the last run came to its end, and did not die."""
    round: int = 1
    """How many times it was gone through; runs that go on with one that was cut short are of its
    round.
    """
    is_through: bool = False
    """All films were gone through in this round."""
    cap_usd: Decimal | None = None
    paid_usd: Decimal = Decimal(0)
    """By all runs, films that failed and calls of unknown outcome among them."""
    concurrency: int = 1
    notes: tuple[str, ...] = ()
    films: tuple[Outcome, ...] = ()


def last_summary(plan: BatchPlan) -> Summary | None:
    """What the last run of this batch wrote; None before the first.

    Raises ScriptError where the folder holds another batch.
    """
    path = plan.out / FILE
    try:
        found = Summary.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        # Of an older version or damaged: the films themselves are owned all the same.
        return None
    if found.sources != plan.sources:
        told = f"{plan.out} holds the batch of {', '.join(found.sources)}"
        fix = f"name another folder with --out, or take {path.name} away to begin a new batch"
        raise ScriptError((Problem(path=str(path), line=1, problem=told, fix=fix),))
    return found


def new_summary(plan: BatchPlan) -> Summary:
    """A batch that nothing is made of yet."""
    now = datetime.now().astimezone()
    name = run_name(f"batch-{plan.name}")
    return Summary(id=name, name=plan.name, sources=plan.sources, began=now, at=now)


def write_whole(path: Path, text: str) -> None:
    """Writes a file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def committed_usd(settings: Settings, batch: str) -> Decimal | None:
    """What the ledger says that a batch has spent or still holds; None when it cannot be asked."""
    from flows.money.costs import sums_by
    from flows.money.ledger import Ledger

    try:
        with closing(Ledger(settings.ledger_url())) as ledger:
            rows = sums_by(ledger, "batch", "")
    except LedgerUnusable:
        return None
    return next((row["usd"] for row in rows if row["batch"] == batch), Decimal(0))
