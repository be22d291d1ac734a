"""What the catalog knows of a model: data that adapters, quotes and receipts read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from providers.requests import Frozen

Capability = Literal[
    "image", "speech", "video", "avatar", "moderation", "plan", "transcript", "alignment"
]
Task = Literal["plan", "write", "translate"]
"""What language models do: plan a script's scenes and pictures, write one, or translate one."""


def server_setting(name: str) -> str:
    """What stands for the address of a server of one's own among the settings."""
    return f"SERVERS={name}="


def server_key_setting(name: str) -> str:
    """The same for that server's key."""
    return f"SERVER_KEYS={name}="


class Price(Frozen):
    """List price of one unit, with where and when it was read."""

    unit: str
    usd: Decimal
    source: str
    checked: dt.date | None = None
    """None: it comes from the operator's own configuration."""


class Model(Frozen):
    """One entry of models.toml; `name` is what a person writes, `id` what the vendor is sent."""

    name: str
    provider: str
    id: str
    capability: Capability
    about: str = ""
    price: tuple[Price, ...] = ()
    input: dict[str, Any] = {}
    """What the vendor is sent, as a template: see `providers.templates`."""
    limits: dict[str, Any] = {}
    """What the model cannot pass, by name: `characters`, `seconds`, `aspects`, `sizes` ..."""
    licence: str
    commercial: Literal["yes", "no", "conditional"]
    key: str = ""
    """The setting without which it cannot be used; for a `server`, that server's entry."""
    machine: str = ""
    """The machine of MACHINE_RATES whose seconds it takes, instead of a price list."""
    runs_on: Literal["", "gpu"] = ""
    """gpu: what another machine makes where one takes errands (GPU_DEPLOYMENT)."""
    server: str = ""
    """The server of SERVERS at which it is asked for."""
    engine: dict[str, Any] = {}
    """How an engine on this machine loads it: `pipeline`, `weights`, `dtype`, `adapter` ..."""
    parts: tuple[str, ...] = ()
    """What it is used with that has a licence of its own: names of licences.toml."""
    family: str = ""
    """How it is spoken to: a family of `prompts/wording.toml`; empty: plainly."""
    suffix: str = ""
    """Words put after every picture prompt, such as a model family's wording for quality."""
    default_voice: str = ""
    voices: dict[str, str] = {}
    """The voice for a language code, where that is not the default voice."""
    tasks: tuple[Task, ...] = ()
    """What a language model is chosen for when none is named and its key is set."""
    shutdown: dt.date | None = None
    successor: str = ""

    @model_validator(mode="before")
    @classmethod
    def _key_of_its_server(cls, told: Any) -> Any:
        if isinstance(told, dict) and told.get("server"):
            return {**told, "key": server_setting(told["server"])}
        return told


class Tier(Frozen):
    """Which model makes what when only a tier is named."""

    name: str
    about: str = ""
    image: str
    speech: str
    video: str = ""


class Limit(Frozen):
    """What a vendor takes: orders out at once, orders sent in a minute; 0: as many as wanted."""

    at_once: int = Field(0, ge=0)
    per_minute: int = Field(0, ge=0)
    source: str = ""
