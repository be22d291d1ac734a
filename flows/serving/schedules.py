"""What runs by itself: `schedules.toml`, read strictly, and when it would run next."""

from __future__ import annotations

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from providers.errors import Misconfigured

Event = Literal["done", "stopped by budget", "waiting for approval", "failed", "crashed"]
M = TypeVar("M", bound=BaseModel)
_SECRET = ("key", "token", "secret", "password")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Closed):
    """One deployment that is run at times of a cron expression, in a time zone."""

    name: str = Field(min_length=1)
    run: Literal["make-video", "make-batch", "inbox", "daily-costs"]
    cron: str
    timezone: str = "UTC"
    budget_usd: Decimal | None = Field(None, ge=0)
    """Most that one run may cost."""
    parameters: dict[str, Any] = {}
    active: bool = True

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone, such as Europe/Berlin") from None
        return value

    @field_validator("cron")
    @classmethod
    def _times(cls, value: str) -> str:
        try:
            CronSim(value, datetime.now(ZoneInfo("UTC")))
        except CronSimError:
            told = f"{value!r} is no cron expression of five fields, such as 30 6 * * mon-fri"
            raise ValueError(told) from None
        return value

    @model_validator(mode="after")
    def _fitting(self) -> Schedule:
        if self.budget_usd is not None and self.run in ("inbox", "daily-costs"):
            raise ValueError(f"{self.run} takes no budget_usd; a day's budget holds for it")
        for name in self.parameters:
            if any(word in name.lower() for word in _SECRET):
                raise ValueError(f"{name!r} is a secret: put it into the worker's environment")
        return self

    def next_times(self, count: int, after: datetime) -> list[datetime]:
        """The next `count` times after a moment, in the schedule's own time zone."""
        times = CronSim(self.cron, after.astimezone(ZoneInfo(self.timezone)))
        return [time for time, _ in zip(times, range(count), strict=False)]

    def all_parameters(self) -> dict[str, Any]:
        """The run's parameters, its budget among them."""
        if self.budget_usd is None:
            return self.parameters
        return {**self.parameters, "budget_usd": float(self.budget_usd)}


class Notice(_Closed):
    """Who hears of what runs come to. `secret_env` names the variable that holds the address."""

    name: str = Field(min_length=1)
    kind: Literal["slack", "teams", "webhook", "e-mail"]
    on: tuple[Event, ...] = ("done", "stopped by budget", "waiting for approval", "failed")
    secret_env: str
    """Of the hook's address; for e-mail, of a mail server's (smtps://…) or of SendGrid's key."""
    sender: str = ""
    to: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Notice:
        if self.kind == "e-mail" and not (self.sender and self.to):
            raise ValueError("e-mail needs a sender and to, a list of addresses")
        return self


class Plan(_Closed):
    """All of `schedules.toml`."""

    schedule: tuple[Schedule, ...] = ()
    notify: tuple[Notice, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Plan:
        for entries in (self.schedule, self.notify):
            names = [entry.name for entry in entries]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"the name {twice[0]!r} is given twice")
        return self


def read_plan(path: Path) -> Plan:
    """Reads the file; nothing is scheduled where it is absent. Raises Misconfigured."""
    if not path.exists():
        return Plan()
    try:
        return Plan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Misconfigured(f"{path}: {wrong}") from wrong
    except ValidationError as wrong:
        told = []
        for error in wrong.errors():
            where = " ".join(
                str(part + 1) if isinstance(part, int) else f"[[{part}]]" if n == 0 else str(part)
                for n, part in enumerate(error["loc"])
            )
            told.append(f"{where}: {error['msg'].removeprefix('Value error, ')}")
        raise Misconfigured(f"{path}: {'; '.join(told)}") from wrong
