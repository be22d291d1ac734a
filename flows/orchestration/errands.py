"""Errands to the `gpu` pool: runs of a deployment, sent again when their worker crashed."""

from __future__ import annotations

import asyncio
import time

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.deployments.flow_runs import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Cancelling

from flows.buying.away import Errand
from providers.errors import Misconfigured

TRIES = 3
"""How often an errand is sent while its worker crashes: what was made before is owned."""
PATIENCE_S = 3 * 3600.0
"""How long an errand may take, with its time in the line."""
LOOK_S = 1.0
"""How often it is asked how an errand is doing."""


async def send(deployment: str, errand: Errand) -> str:
    """Has `errand` done by a worker of the deployment's pool; why some of it was not made, or "".

    A task would be lost with its worker; a run is seen to have crashed. Cancelled, it calls the
    run off. Raises Misconfigured where there is no such deployment.
    """
    here = str(flow_run.id or errand.run)
    told = {"errand": errand.model_dump(mode="json")}
    for attempt in range(1, TRIES + 1):
        try:
            begun = await arun_deployment(
                deployment, parameters=told, timeout=0, as_subflow=True,
                flow_run_name=f"{errand.film} · {errand.model}",
                idempotency_key=f"{here}-{errand.name()}-{attempt}",
            )  # fmt: skip
        except ObjectNotFound:
            raise Misconfigured(
                f"there is no deployment {deployment!r} (GPU_DEPLOYMENT); `reelwright serve --gpu` "
                "makes make-things/make-things"
            ) from None
        state = await _ended(begun.id)
        if state is None:
            return f"no worker had made it after {PATIENCE_S / 3600:.0f} hours"
        if not state.is_crashed():
            return "" if state.is_completed() else state.message or f"it ended as {state.name}"
    return f"its worker crashed {TRIES} times"


async def _ended(run: object) -> State | None:
    """How a run ended; None, and it is called off, when it did not end in time."""
    until = time.monotonic() + PATIENCE_S
    async with get_client() as client:
        try:
            while time.monotonic() < until:
                state: State | None = (await client.read_flow_run(run)).state  # type: ignore[arg-type]
                if state is not None and state.is_final():
                    return state
                await asyncio.sleep(LOOK_S)
        except asyncio.CancelledError:
            await asyncio.shield(_call_off(client, run))
            raise
        await _call_off(client, run)
        return None


async def _call_off(client: PrefectClient, run: object) -> None:
    await client.set_flow_run_state(run, Cancelling())  # type: ignore[arg-type]
