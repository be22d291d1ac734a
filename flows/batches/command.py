"""What `reelwright batch` does: checks every film, makes them, and sums up what came of them."""

from __future__ import annotations

import json
import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.batches.batch import BatchBusy, BatchResult, Make, directly, run_batch
from flows.batches.plan import BatchPlan, plan_batch, total_of
from flows.batches.progress import LiveBatch, PlainBatch
from flows.cli.desk import (
    BAD_INPUT,
    DONE,
    INTERRUPTED,
    PROVIDER,
    TROUBLES,
    err,
    open_home,
    plain,
    say,
    trouble,
)
from flows.film.progress import Tell
from flows.film.together import run_until_done
from flows.money.amounts import dollars
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.errors import ScriptError
from providers.errors import Misconfigured
from providers.store import Store


def make_batch(
    sources: list[str],
    out: Path | None,
    wishes: Wishes,
    concurrency: int,
    only_failed: bool,
    as_json: bool,
    keep_going: bool,
) -> int:
    """`reelwright batch`: the worst that came of any film as an exit code."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    try:
        with err.status("reading and checking all films"):
            told_all = (sources, out, wishes, settings, store)
            plan = plan_batch(*told_all, keep_going=keep_going)
        for note in plan.notes:
            say(f"note: {note}", DONE)
        shown = (LiveBatch if err.is_terminal and not as_json else PlainBatch)(err, len(plan.jobs))
        with shown:
            told = (concurrency, only_failed, shown)
            make = film_maker(settings, store)
            done = run_until_done(lambda: run_batch(plan, settings, store, make, *told))
    except KeyboardInterrupt:
        told_of = "stopped; what was made is kept: run the same command to continue"
        return say(told_of, INTERRUPTED)
    except BatchBusy as busy:
        return say(str(busy), BAD_INPUT)
    except TROUBLES as failed:
        return say(*trouble(failed))
    _tell(done, as_json)
    return done.code


def show_batch(sources: list[str], out: Path | None, wishes: Wishes, as_json: bool) -> int:
    """`reelwright batch --dry-run`: what each film would buy, and what it owns. Makes nothing."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    try:
        with (
            tempfile.TemporaryDirectory() as scripts,
            err.status("reading and checking all films"),
        ):
            plan = plan_batch(sources, out, wishes, settings, store, Path(scripts))
    except (ScriptError, Misconfigured) as wrong:
        return say(str(wrong), PROVIDER if isinstance(wrong, Misconfigured) else BAD_INPUT)
    for note in plan.notes:
        say(f"note: {note}", DONE)
    if as_json:
        print(json.dumps(_quoted(plan), ensure_ascii=False), flush=True)
        return DONE
    table = Table(title=Text(f"{plan.name}: {len(plan.jobs)} films into {_near(str(plan.out))}"))
    for heading in ("row", "film", "asked for at", "due"):
        table.add_column(heading, overflow="fold")
    for heading in ("to buy", "owned"):
        table.add_column(heading, justify="right", no_wrap=True)
    for job in plan.jobs:
        due = f"{job.deadline:%Y-%m-%d %H:%M}" if job.deadline else ""
        quote = plan.quotes.get(job.key)
        if quote is None:
            costs = ("once written", "")
        else:
            costs = (dollars(total_of(quote.missing.values())), dollars(_owned(quote.owned)))
        table.add_row(str(job.row), Text(job.title), Text(_near(job.place)), due, *costs)
    Console(highlight=False).print(table)
    for line in _totals(plan):
        plain(line)
    return DONE


def film_maker(settings: Settings, store: Store) -> Make:
    """Films are Prefect flows where a server is named."""
    if not os.environ.get("PREFECT_API_URL"):
        return directly(settings, store)

    async def make(job: Any, out: Path, tell: Tell) -> Any:
        from flows.make import make_watched

        return await make_watched(str(job.script), job.wishes, out, tell)

    return make


def _tell(done: BatchResult, as_json: bool) -> None:
    if as_json:
        for film in done.outcomes:
            print(film.model_dump_json(exclude={"log"}), flush=True)
        return
    plain(f"{done.sentence()}; in {done.seconds:.0f} s")
    plain(_near(str(done.page)))


def _quoted(plan: BatchPlan) -> dict[str, Any]:
    films = []
    for job in plan.jobs:
        quote = plan.quotes.get(job.key)
        missing = None if quote is None else _number(total_of(quote.missing.values()))
        owned = None if quote is None else _number(_owned(quote.owned))
        films.append(
            {
                "key": job.key, "row": job.row, "place": job.place, "title": job.title,
                "script": str(job.script), "to_buy_usd": missing, "owned_usd": owned,
                "is_written": quote is not None,
                "deadline": job.deadline.isoformat() if job.deadline else None,
            }
        )  # fmt: skip
    total = plan.quote()
    return {
        "name": plan.name,
        "out": str(plan.out),
        "to_buy_usd": _number(total_of(total.missing.values())),
        "owned_usd": _number(_owned(total.owned)),
        "to_write": len(plan.jobs) - len(plan.quotes),
        "cap_usd": _number(plan.cap_usd),
        "films": films,
    }


def _totals(plan: BatchPlan) -> list[str]:
    total = plan.quote()
    to_buy = dollars(total_of(total.missing.values()))
    lines = [f"to buy: {to_buy}; owned: {dollars(_owned(total.owned))}"]
    if unwritten := len(plan.jobs) - len(plan.quotes):
        lines[0] += f"; {unwritten} to be written first, at a cost that is known then"
    if plan.cap_usd is not None:
        lines.append(f"the batch may cost {dollars(plan.cap_usd)}, all its runs together")
    return lines


def _owned(costs: dict[str, Decimal | None]) -> Decimal:
    """What is owned was bought at; what nobody knows the price of counts for nothing here."""
    return sum((usd for usd in costs.values() if usd is not None), Decimal(0))


def _number(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)


def _near(place: str) -> str:
    return os.path.relpath(place) if place.startswith("/") else place
