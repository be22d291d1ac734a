"""What came of one film among many: made, or why not and what to do, in plain words."""

from __future__ import annotations

import time
import traceback
from collections.abc import Awaitable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from flows.cli.desk import BAD_INPUT, BUDGET, BUG, PROVIDER, TROUBLES, WAITING, trouble
from flows.film.produce import Result

State = Literal[
    "done", "failed", "stopped by budget", "waiting for approval", "interrupted", "making",
    "not begun",
]  # fmt: skip
FAILED: tuple[State, ...] = ("failed", "stopped by budget", "waiting for approval", "interrupted")
"""Films that were begun and did not come to their end."""
_TODO = {
    BUDGET: "raise that budget and run the same command again: what was bought is kept",
    BAD_INPUT: "put that right and run again with --failed-only",
    PROVIDER: "run again with --failed-only when that is put right; what was bought is kept",
    BUG: "run again with --failed-only; if it comes back, look at the film's folder and the log",
}


class Outcome(BaseModel):
    """One film of a batch or inbox. Amounts in USD, None where unknown; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    row: int = 1
    place: str = ""
    script: str = ""
    title: str = ""
    state: State = "not begun"
    why: str = ""
    todo: str = ""
    code: int = 0
    """What the film alone would have ended a command with."""
    folder: Path | None = None
    video: Path | None = None
    duration_s: float | None = None
    usd: Decimal = Decimal(0)
    """Paid by this batch for it so far, in films that were finished."""
    saved_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    """That the last making took."""
    notes: tuple[str, ...] = ()
    """What fell back, and what else its editor should know."""
    run: str = ""
    """The ledger's name of the run that made it."""
    digest: str = ""
    """Of the film's file."""
    tries: int = 0
    at: datetime | None = None
    """When it ended; a film that was found owned, and is the same, ended when it was made."""
    deadline: datetime | None = None
    round: int = 0
    """The batch's going through all its films in which it was made."""
    stamp: str = ""
    """A digest of all that made it what it is; empty when that is not known."""
    log: str = ""
    """Of a bug: where it happened, for those who mend it."""

    @property
    def late_s(self) -> float:
        """Seconds past its deadline, when it ended or where it is still to be made; 0 in time."""
        if self.deadline is None:
            return 0.0
        until = self.at if self.state == "done" and self.at else datetime.now(self.deadline.tzinfo)
        return max(0.0, (until - self.deadline).total_seconds())


async def outcome_of(work: Awaitable[Result], before: Outcome) -> Outcome:
    """Waits for a film and tells what came of it. Raises nothing but CancelledError."""
    began = time.monotonic()
    told: dict[str, Any] = {
        "tries": before.tries + 1, "why": "", "todo": "", "code": 0, "log": "",
    }  # fmt: skip
    try:
        result = await work
    except TROUBLES as failed:
        why, code = trouble(failed)
        told |= _failure(why, code)
    except Exception as bug:  # noqa: BLE001  one film's bug is not to stop the others
        told |= _failure(f"a bug: {type(bug).__name__}: {bug}", BUG)
        told["log"] = "".join(traceback.format_exception(bug))
    else:
        told |= {
            "state": "done",
            "title": result.title,
            "folder": result.folder,
            "video": result.video,
            "duration_s": round(result.duration_s, 3),
            "usd": before.usd + result.usd,
            "saved_usd": result.saved_usd,
            "notes": result.receipt.notes,
            "run": result.receipt.run,
            "digest": result.receipt.film_digest,
        }
    told["seconds"] = round(time.monotonic() - began, 2)
    is_same = told.get("digest") == before.digest and before.state == "done"
    told["at"] = before.at if is_same else datetime.now().astimezone()
    return before.model_copy(update=told)


def _failure(why: str, code: int) -> dict[str, object]:
    states: dict[int, State] = {BUDGET: "stopped by budget", WAITING: "waiting for approval"}
    state, todo = states.get(code, "failed"), _TODO.get(code, "")
    why = why.removeprefix(f"{state}: ")
    # What such a sentence says of what to do stands for itself here.
    if code == BUDGET:
        why = why.partition("; raise")[0]
    if code == WAITING:
        why, look, how = why.partition(". Look at it")
        todo = f"{look[2:]}{how}"
    return {"state": state, "why": why, "todo": todo, "code": code}
