"""Runs that wait for a person: paused with the reason and a form; resumed, they go on."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Failed, Suspended
from pydantic import Field, WithJsonSchema

from flows.moderation.approvals import AwaitingApproval, record, waiting_for
from flows.money.amounts import OverBudget
from providers.store import Store

WAITING, STOPPED = "Waiting for approval", "Stopped by budget"
WAITS = "reelwright.waits"
"""The event that says of a run that it waits, and is not dead."""
PATIENCE_S = 30 * 24 * 3600
"""How long a run waits for a person."""

Decision = Literal[
    "I have decided with `reelwright approve`", "approve all of it", "reject all of it"
]


class Approval(RunInput):
    """What a person says of all that waits."""

    decision: Decision = Field(description="It holds for exactly what is listed above.")


class Raised(RunInput):
    """What a person allows the film to cost."""

    budget_usd: Annotated[
        Annotated[float, Field(ge=0)] | None, WithJsonSchema({"type": "number", "minimum": 0})
    ] = Field(None, description="Most that this film may cost from now on; empty: as before.")


async def wait_for_approval(waits: AwaitingApproval) -> State[Any]:
    """Pauses the run until a person has said yes or no."""
    listed = "\n".join(f"- **{one}**: {one.shown}" for one in waits.waiting)
    form = Approval.with_initial_data(description=f"Flagged, and not in the film:\n\n{listed}")
    return await _pause(WAITING, waits, form)


async def wait_for_money(over: OverBudget) -> State[Any]:
    """Pauses the run until a person resumes it, with a higher cap or when the cap is free again."""
    return await _pause(STOPPED, over, Raised.with_initial_data(description=str(over)))


async def answer(source: str, store: Store) -> float | None:
    """Takes in what people said when they resumed this run: approvals are written down, and the
    last budget that was named is returned.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return None
    budget: float | None = None
    async with get_client() as client:
        said = await client.filter_flow_run_input(run.id, key_prefix="suspended-", limit=50,
                                                  exclude_keys=set())  # fmt: skip
        for one in said:
            if not one.key.endswith("-response"):
                continue
            told = one.decoded_value
            if told.get("budget_usd") is not None:
                budget = float(told["budget_usd"])
            if "decision" in told:
                _write_down(told["decision"], source, store, f"{run.name}, in the Prefect UI")
                # It holds once: what comes to wait later has not been looked at.
                await client.delete_flow_run_input(run.id, one.key)
    return budget


def _write_down(decision: str, source: str, store: Store, who: str) -> None:
    for one in waiting_for(store, source):
        if decision == "approve all of it":
            record(store, one, "approved", who, source)
        elif decision == "reject all of it":
            record(store, one, "rejected", who, source)


async def _pause(name: str, why: Exception, form: type[RunInput]) -> State[Any]:
    """Ends the process and leaves the run paused. Without a deployment nobody could start it again:
    then it is Failed under the same name.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return Failed(name=name, message=str(why), data=why)
    state: State[Any] = Suspended(timeout_seconds=PATIENCE_S, pause_key=f"{time.time_ns():x}")
    keys: Any = keyset_from_paused_state(state)
    state.state_details.run_input_keyset = keys
    state.name, state.message = name, str(why)
    # The form is there before the button.
    await form.asave(keys, run.id)
    async with get_client() as client:
        told = await client.set_flow_run_state(run.id, state)
    if told.state is None or told.state.type != StateType.PAUSED:
        return Failed(name=name, message=str(why), data=why)
    raise Pause(state=told.state)
