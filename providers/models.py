"""What the catalog knows of a model: data that adapters, quotes and receipts read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from providers.requests import Frozen

Capability = Literal["image", "speech", "video", "avatar", "moderation", "plan"]
Task = Literal["plan", "write"]
"""What language models do: plan a script's scenes and pictures, or write a script."""


class Price(Frozen):
    """List price of one unit, with where and when it was read."""

    unit: str
    usd: Decimal
    source: str
    checked: dt.date


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
    suffix: str = ""
    """Words put after every picture prompt, such as a model family's wording for quality."""
    default_voice: str = ""
    voices: dict[str, str] = {}
    """The voice for a language code, where that is not the default voice."""
    tasks: tuple[Task, ...] = ()
    """What a language model is chosen for when none is named and its key is set."""
    shutdown: dt.date | None = None
    successor: str = ""


class Tier(Frozen):
    """Which model makes what when only a tier is named."""

    name: str
    about: str = ""
    image: str
    speech: str
    video: str = ""
