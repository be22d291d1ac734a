"""Runs that a worker took and whose process is gone before it could leave a trace."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.objects import Worker as Known
from prefect.exceptions import ObjectNotFound

SETTLED = timedelta(seconds=15)
"""What was taken more recently may only be about to have a process."""
BEATS = 3
"""A worker on another machine that missed so many heartbeats is gone."""
START_WITHIN = timedelta(minutes=3)
"""What has no process here and has not begun by then is lost, whatever its worker says."""
WORKER_LABEL = "prefect.worker.name"


class Here(NamedTuple):
    """What is seen of this server's processes on this machine."""

    runs: frozenset[str]
    """Ids of runs that have a process: it may be slow, it is not lost."""
    workers: dict[str, datetime]
    """By name, since when a worker has been there: one that was killed and started again has not
    taken what the one before it took.
    """


async def vanished(client: PrefectClient, running: list[FlowRun], here: Here) -> list[FlowRun]:
    """Those of `running` that a worker of this machine began which is gone, with no process left.

    A run that dies in its first moment holds no lock yet, and has sent no heartbeat to be missed.
    """
    now, found = datetime.now(UTC), []
    for run in running:
        began = run.start_time
        if str(run.id) in here.runs or began is None or now - began < SETTLED:
            continue
        workers = [worker.name for worker in await _takers(client, run)]
        if workers and all(here.workers.get(name, began) > began for name in workers):
            found.append(run)
    return found


async def lost(client: PrefectClient, pending: list[FlowRun], here: Here) -> list[FlowRun]:
    """Those of `pending` whose worker is gone, or that nobody has begun for too long.

    A time-out alone would end what is only slow on a machine that has much to do.
    """
    now, found = datetime.now(UTC), []
    for run in pending:
        if run.state is None or str(run.id) in here.runs:
            continue
        age = now - run.state.timestamp
        if age > START_WITHIN or (age > SETTLED and await _is_deserted(client, run, here)):
            found.append(run)
    return found


def look_here(server: str) -> Here:
    """Looks through this machine's processes for those of a server; finds none without /proc."""
    runs, workers = set[str](), dict[str, datetime]()
    for pid, environment in _processes():
        if environment.get("PREFECT_API_URL") != server:
            continue
        if run_id := environment.get("PREFECT__FLOW_RUN_ID"):
            runs.add(run_id)
        with contextlib.suppress(OSError, ValueError):
            told = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            if ("worker", "start") in pairwise(told):
                workers[told[told.index("--name") + 1]] = _begun(pid)
    return Here(frozenset(runs), workers)


async def _is_deserted(client: PrefectClient, run: FlowRun, here: Here) -> bool:
    """Whether no worker is left that may have taken the run."""
    if run.state is None or not run.work_pool_name:
        return False
    takers = await _takers(client, run)
    return not any(_may_have_taken(worker, run.state.timestamp, here) for worker in takers)


async def _takers(client: PrefectClient, run: FlowRun) -> list[Known]:
    """The workers one of which took the run; one alone, where it is written down."""
    if not run.work_pool_name:
        return []
    try:
        known = await client.read_workers_for_work_pool(run.work_pool_name)
    except ObjectNotFound:
        return []
    # A worker that dies at once has not written down that it was the one.
    took = run.labels.get(WORKER_LABEL)
    return [worker for worker in known if took is None or worker.name == took]


def _may_have_taken(worker: Known, at: datetime, here: Here) -> bool:
    """Whether a worker lives that lived at a moment."""
    if worker.name in here.workers:
        return here.workers[worker.name] < at
    beat, every_s = worker.last_heartbeat_time, worker.heartbeat_interval_seconds or 30
    return beat is not None and datetime.now(UTC) - beat < timedelta(seconds=BEATS * every_s)


def _processes() -> Iterator[tuple[int, dict[str, str]]]:
    """Processes of this user, with their environments."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            told = path.read_bytes().decode(errors="replace").split("\0")
            yield int(path.parent.name), dict(one.split("=", 1) for one in told if "=" in one)


def _begun(pid: int) -> datetime:
    """When a process began, by the clock of the machine. Raises OSError when it is gone."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    age_s = up_s - ticks / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(time.time() - age_s, UTC)
