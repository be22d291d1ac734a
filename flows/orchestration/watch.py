"""Watches over runs: those whose process is gone are reported, and crashed ones are continued."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.events import emit_event
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed

from flows.orchestration.cancel import died
from flows.orchestration.lost import look_here, lost, vanished
from flows.orchestration.pauses import WAITS
from flows.settings import load_settings
from flows.sharing.lanes import lane_states
from providers.catalog import load_catalog

LOOK_S = 10.0
FLOWS = ("make-video", "make-batch", "inbox")
"""What is continued by itself; whoever sends other runs looks after them, or their next tick."""
OTHERS = ("make-things", "daily-costs")
MOST_TRIES = 3
"""How often what crashes is continued by itself; a person may go on."""
LATEST = timedelta(hours=12)
"""What crashed longer ago is not continued by itself."""
TRY = "continued:"
VOUCHED = timedelta(minutes=3)
"""How long after a pause heartbeats may still be heard of."""


class Continued(NamedTuple):
    """A crashed run, and the run that goes on with it; None when it was only looked for."""

    crashed: FlowRun
    run: FlowRun | None


async def report_dead(client: PrefectClient, home: Path) -> list[FlowRun]:
    """Says of runs that nothing works on any more that they have crashed.

    That is a run whose lock on this machine is free: the kernel frees it when the process dies. And
    one that a worker took which was gone before it began, or in its first moment.
    """
    dead, locks = [], await asyncio.to_thread(died, home)
    for path in locks:
        with contextlib.suppress(ObjectNotFound, ValueError):
            dead.append(await client.read_flow_run(UUID(path.name)))
    begun = await _runs(client, [StateType.PENDING, StateType.RUNNING], FLOWS + OTHERS)
    if begun:
        here = await asyncio.to_thread(look_here, os.environ.get("PREFECT_API_URL", ""))
        running = [run for run in begun if run.state_type == StateType.RUNNING]
        dead += await vanished(client, running, here)
        pending = [run for run in begun if run.state_type == StateType.PENDING]
        dead += await lost(client, pending, here)
    gone = [run for run in dead if run.state and not run.state.is_final()]
    gone = [run for run in gone if run.state and not run.state.is_paused()]
    for run in gone:
        why = "its process is gone: it can be continued with `reelwright resume`"
        ended: State = Crashed(message=why)
        if run.start_time is None and run.work_pool_name is None:
            # A client that was not answered in time asked again: nobody works on the first.
            ended = Cancelled(message="it never began: the batch it belongs to goes on without it")
        if await _was_cancelled(client, run):
            ended = Cancelled(message="its process is gone: run it again to go on")
        await client.set_flow_run_state(run.id, ended, force=True)
    for path in locks:
        path.unlink(missing_ok=True)
    return gone


async def show_limits(client: PrefectClient) -> None:
    """Shows vendors' limits, and how much of each is out, among Prefect's concurrency limits.

    They hold elsewhere (`flows.sharing.lanes`): these are to be looked at.
    """
    settings = load_settings()
    catalog = load_catalog(settings.models, settings.machine_rates)
    for lane in await asyncio.to_thread(lane_states, settings, catalog):
        if lane.limit.at_once:
            name = f"vendor:{lane.provider}"
            await client.upsert_global_concurrency_limit_by_name(name, lane.limit.at_once)
            used = GlobalConcurrencyLimitUpdate(active_slots=lane.used)
            await client.update_global_concurrency_limit(name, used)


async def continue_crashed(
    client: PrefectClient, since: datetime, most_tries: int | None = None, only_look: bool = False
) -> list[Continued]:
    """Submits crashed runs of deployments again, each once: a second call finds the same run."""
    found = []
    for run in await _runs(client, [StateType.CRASHED], FLOWS, since):
        tries = next((int(t.removeprefix(TRY)) for t in run.tags if t.startswith(TRY)), 0)
        if run.deployment_id is None or run.parent_task_run_id is not None:
            continue
        if most_tries is not None and tries >= most_tries:
            continue
        # A process that is ended because its run is cancelled may say that it crashed.
        if await _was_cancelled(client, run):
            continue
        again = None
        if not only_look:
            tags = [t for t in run.tags if not t.startswith(TRY)] + [f"{TRY}{tries + 1}"]
            again = await client.create_flow_run_from_deployment(
                run.deployment_id, parameters=run.parameters, tags=tags, name=run.name,
                idempotency_key=f"continue-{run.id}",
            )  # fmt: skip
            # One that was continued before has its successor already.
            if again.state_type not in (StateType.SCHEDULED, StateType.PENDING):
                continue
        found.append(Continued(run, again))
    return found


async def vouch(client: PrefectClient) -> None:
    """Says of runs that have just come to wait for a person that they are not dead.

    A heartbeat that the server hears of after the pause would have its automation report them.
    """
    since = datetime.now(UTC) - VOUCHED
    for run in await _runs(client, [StateType.PAUSED], FLOWS):
        if run.state and run.state.timestamp > since:
            emit_event(WAITS, {"prefect.resource.id": f"prefect.flow-run.{run.id}"})


async def resume_now(since: datetime, only_look: bool) -> list[Continued]:
    """Continues all that crashed since, as a person wants it."""
    async with get_client() as client:
        await report_dead(client, load_settings().home)
        return await continue_crashed(client, since, only_look=only_look)


async def watch(resume: bool) -> None:
    """Looks until it is stopped; a server that is away is asked again."""
    home = load_settings().home
    while True:
        with contextlib.suppress(Exception):
            async with get_client() as client:
                await vouch(client)
                await report_dead(client, home)
                if resume:
                    await continue_crashed(client, datetime.now(UTC) - LATEST, MOST_TRIES)
                await show_limits(client)
        await asyncio.sleep(LOOK_S)


async def _was_cancelled(client: PrefectClient, run: FlowRun) -> bool:
    states = await client.read_flow_run_states(run.id)
    return any(state.is_cancelling() or state.is_cancelled() for state in states)


async def _runs(
    client: PrefectClient,
    states: list[StateType],
    names: tuple[str, ...],
    since: datetime | None = None,
) -> list[FlowRun]:
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)),
        start_time=FlowRunFilterStartTime(after_=since) if since else None,
    )
    flows = FlowFilter(name=FlowFilterName(any_=list(names)))
    return await client.read_flow_runs(flow_filter=flows, flow_run_filter=wanted, limit=200)


def main() -> None:
    """`python -m flows.orchestration.watch [--resume]`: a part of `reelwright serve`."""
    told = argparse.ArgumentParser()
    told.add_argument("--resume", action="store_true")
    asyncio.run(watch(told.parse_args().resume))


if __name__ == "__main__":
    main()
