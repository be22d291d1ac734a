"""Batches and the inbox as Prefect flows: each film is a run of its own below them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field, WithJsonSchema

from flows.batches.batch import BatchBusy, run_batch
from flows.batches.inbox import empty_inbox
from flows.batches.inbox_bucket import empty_bucket
from flows.batches.outcome import Outcome
from flows.batches.plan import Job, plan_batch
from flows.film.produce import Result
from flows.film.progress import Tell
from flows.make import TOLD, make_watched
from flows.money.amounts import dollars
from flows.orchestration.cancel import Stopped, alive, attended
from flows.orchestration.form import Shape, Theme, Tier, Usd, described
from flows.orchestration.shown import ShownProgress, artifact_key
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from flows.sharing.stores import open_store

Sources = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1})]
AtOnce = Annotated[int, Field(ge=1, le=32)]


@flow(name="make-batch", validate_parameters=True, persist_result=False)
@described
async def make_batch(
    scripts: Sources,
    tier: Tier = "",
    aspect: Shape = "",
    theme: Theme = "",
    budget_usd: Usd = None,
    concurrency: AtOnce = 2,
    failed_only: bool = False,
    keep_going: bool = True,
    out: str = "",
) -> State[Any]:
    """Makes many films. Run it again: it goes on where it was, and pays for nothing twice.

    Args:
        scripts: Folders, patterns such as talks/*.md, or tables (.csv .jsonl .xlsx), one to a line.
        tier: Which models make them; empty: as each row, script or the worker says. {tiers}
        aspect: Shape of the films; empty: as each says.
        theme: Look of the cards and captions; empty: as each says.
        budget_usd: Most USD that all of them together may cost. Empty: no limit.
        concurrency: How many films are made at once.
        failed_only: Only those that failed the last time.
        keep_going: What is wrong in a row or script fails that film only; else nothing is made.
        out: Folder of the batch; empty: one below the worker's films.
    """
    cap = None if budget_usd is None else Decimal(str(budget_usd))
    wishes = Wishes(tier, aspect, theme, batch_budget_usd=cap)
    try:
        settings = load_settings()
        with alive(settings.home):
            store = open_store(settings)
            below = settings.scripts or Path()
            named = [str(below / line.strip()) for line in scripts.splitlines() if line.strip()]
            where = Path(out) if out else None
            told = named, where, wishes, settings, store
            plan = await asyncio.to_thread(plan_batch, *told, keep_going=keep_going)
            work = run_batch(plan, settings, store, _film, concurrency, failed_only)
            done = await attended(work, ShownProgress(plan.name))
    except Stopped:
        return Failed(name="Cancelled", message="cancelled; run it again to go on")
    except (*TOLD, BatchBusy) as wrong:
        return Failed(message=str(wrong), data=wrong)
    await _publish(plan.name, done.outcomes, done.sentence())
    if done.code:
        return Failed(message=f"{done.sentence()} · {done.page}")
    return Completed(message=f"{done.sentence()} · {done.page}")


@flow(name="inbox", validate_parameters=True, persist_result=False)
@described
async def inbox(folder: Sources, tier: Tier = "", concurrency: AtOnce = 2) -> State[Any]:
    """Makes a film of every script in a folder, and puts it beside the script in done/.

    Args:
        folder: The folder that editors drop scripts into, or s3://bucket/prefix.
        tier: Which models make them; empty: as each script or the worker says. {tiers}
        concurrency: How many films are made at once.
    """
    try:
        settings = load_settings()
        with alive(settings.home):
            store = open_store(settings)
            where, told = folder.strip(), (settings, store, _film, Wishes(tier), concurrency)
            if where.startswith("s3://"):
                work = empty_bucket(where, *told)
            else:
                work = empty_inbox((settings.scripts or Path()) / where, *told)
            outcomes = await attended(work, ShownProgress("inbox"))
    except Stopped:
        return Failed(name="Cancelled", message="cancelled; what was not finished is left there")
    except TOLD as wrong:
        return Failed(message=str(wrong), data=wrong)
    done = sum(one.state == "done" for one in outcomes)
    told_ = f"{done} of {len(outcomes)} films" if outcomes else "nothing was there"
    if outcomes:
        await _publish("inbox", outcomes, told_)
    return Completed(message=told_)


async def _film(job: Job, out: Path, tell: Tell) -> Result:
    return await make_watched(str(job.script), job.wishes, out, tell)


async def _publish(name: str, outcomes: tuple[Outcome, ...], told: str) -> None:
    log = get_run_logger()
    for one in outcomes:
        if one.state != "done":
            log.warning("%s: %s: %s", one.title, one.state, one.why)
    await acreate_table_artifact(
        key=artifact_key(name, "batch"),
        description=told,
        table=[
            {
                "film": one.title,
                "state": one.state,
                "why": one.why,
                "usd": dollars(one.usd),
                "video": str(one.video or ""),
            }
            for one in outcomes
        ],
    )
