"""What a Prefect server needs before runs: pools, deployments with schedules, automations."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from prefect.blocks.notifications import (
    CustomWebhookNotificationBlock,
    MicrosoftTeamsWebhook,
    SendgridEmail,
    SlackWebhook,
)
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists
from ruamel.yaml import YAML

from flows.orchestration.pauses import WAITS
from flows.serving.schedules import Event, Notice, Plan, read_plan

OURS = "Reelwright: "
"""What the names of our automations begin with."""

ZOMBIE_AFTER_S = 90
"""Three heartbeats of 30 seconds."""

EVENTS: dict[Event, tuple[str, ...]] = {
    "done": ("prefect.flow-run.Completed",),
    "stopped by budget": ("prefect.flow-run.Stopped by budget",),
    "waiting for approval": ("prefect.flow-run.Waiting for approval",),
    "failed": ("prefect.flow-run.Failed",),
    "crashed": ("prefect.flow-run.Crashed",),
}
"""Events are named by the state's name, not by its type."""

SUBJECT = "{{ flow_run.name }}: {{ flow_run.state.name }}"
BODY = "{{ flow_run.state.message }}\n{{ flow_run|ui_url }}"


def deployments(yaml_file: Path, plan: Plan, pools: list[str], to: Path) -> Path:
    """Writes `prefect.yaml` with the schedules laid over it, for the pools there are, to `to`."""
    yaml = YAML(typ="safe")
    told: dict[str, Any] = yaml.load(yaml_file.read_text(encoding="utf-8"))
    kept = [one for one in told["deployments"] if one["work_pool"]["name"] in pools]
    for one in kept:
        one.setdefault("schedules", [])
        for schedule in plan.schedule:
            if schedule.run == one["name"]:
                entry = {
                    "cron": schedule.cron,
                    "timezone": schedule.timezone,
                    "active": schedule.active,
                    "slug": schedule.name,
                    "parameters": schedule.all_parameters(),
                }
                one["schedules"].append(entry)
    told["deployments"] = kept
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("w", encoding="utf-8") as file:
        yaml.dump(told, file)
    return to


async def prepare_server(pools: list[str], plan: Plan) -> None:
    """Makes pools and automations as they should be; what is as it should be stays."""
    async with get_client() as client:
        for pool in pools:
            try:
                await client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
            except ObjectAlreadyExists:
                continue
        await _automate(client, [zombies(), *[n for one in plan.notify for n in _notices(one)]])


def zombies() -> AutomationCore:
    """Runs whose process is gone, whatever machine it was on, are said to have crashed."""
    return AutomationCore(
        name=f"{OURS}runs without a heartbeat have crashed",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={
                "prefect.flow-run.heartbeat",
                "prefect.flow-run.Completed",
                "prefect.flow-run.Failed",
                "prefect.flow-run.Cancelled",
                "prefect.flow-run.Crashed",
                WAITS,
                *(name for names in EVENTS.values() for name in names),
            },
            match={"prefect.resource.id": "prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=ZOMBIE_AFTER_S),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message="its process is gone: it can be continued with `reelwright resume`",
            )
        ],
    )


def _notices(notice: Notice) -> list[tuple[Notice, AutomationCore]]:
    expected = {name for event in notice.on for name in EVENTS[event]}
    trigger = EventTrigger(
        expect=expected,
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related={"prefect.resource.id": "prefect.flow.*", "prefect.resource.role": "flow",
                       "prefect.resource.name": ["make-video", "make-batch"]},
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )  # fmt: skip
    return [(notice, AutomationCore(name=f"{OURS}tell {notice.name}", trigger=trigger, actions=[]))]


async def _automate(client: PrefectClient, wanted: list[Any]) -> None:
    """Makes our automations anew where they differ; those that nobody wants any more go."""
    there = {one.name: one for one in await client.read_automations() if one.name.startswith(OURS)}
    for one in wanted:
        notice, core = one if isinstance(one, tuple) else (None, one)
        if notice is not None:
            block_id = await _address(notice)
            action = SendNotification(block_document_id=block_id, subject=SUBJECT, body=BODY)
            core = core.model_copy(update={"actions": [action]})
        if old := there.pop(core.name, None):
            await client.update_automation(old.id, core)
        else:
            await client.create_automation(core)
    for old in there.values():
        await client.delete_automation(old.id)


async def _address(notice: Notice) -> Any:
    """The block that holds the address; Prefect keeps it encrypted. Raises KeyError for none."""
    secret = os.environ[notice.secret_env]
    block: Any
    if notice.kind == "slack":
        block = SlackWebhook(url=secret)
    elif notice.kind == "teams":
        block = MicrosoftTeamsWebhook(url=secret)
    elif notice.kind == "e-mail" and secret.startswith(("smtp://", "smtps://")):
        # Prefect has no block for SMTP; this one hands what is no hook of Slack to Apprise.
        block = SlackWebhook(url=_mail(secret, notice))
    elif notice.kind == "e-mail":
        block = SendgridEmail(api_key=secret, sender_email=notice.sender, to_emails=[*notice.to])
    else:
        told = {"subject": "{{subject}}", "body": "{{body}}"}
        # The address is a secret; a plain field of the block can be read by anyone.
        block = CustomWebhookNotificationBlock(
            name=notice.name, url="{{address}}", json_data=told, secrets={"address": secret}
        )
    name = "reelwright-" + "".join(c if c.isalnum() else "-" for c in notice.name.lower())
    return await block.save(name, overwrite=True)


def _mail(server: str, notice: Notice) -> str:
    """A mail server's address as Apprise takes it; encrypted, but for a relay on this machine."""
    parts = urlsplit(server)
    mode = "ssl" if parts.scheme == "smtps" else "starttls"
    if parts.hostname in ("127.0.0.1", "localhost"):
        mode = "insecure"
    told = {"from": notice.sender, "to": ",".join(notice.to), "mode": mode}
    return f"mailto://{parts.netloc}?{urlencode(told)}"


def main() -> None:
    """`python -m flows.orchestration.setup`: what `serve` does once the server answers."""
    told = argparse.ArgumentParser()
    told.add_argument("--yaml", type=Path, required=True)
    told.add_argument("--schedules", type=Path, required=True)
    told.add_argument("--to", type=Path, required=True)
    told.add_argument("--pools", default="cpu")
    asked = told.parse_args()
    plan, pools = read_plan(asked.schedules), asked.pools.split(",")
    asyncio.run(prepare_server(pools, plan))
    deployments(asked.yaml, plan, pools, asked.to)


if __name__ == "__main__":
    main()
