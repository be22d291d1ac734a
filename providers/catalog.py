"""The model catalog: names that editors use, what stands behind them, what they cost, when they end."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.base import OpenInput, Provider
from providers.errors import Misconfigured

Capability = Literal["image", "speech", "video", "avatar"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Frozen):
    """List price of one unit, with where and when it was read."""

    unit: str
    usd: Decimal
    source: str
    checked: dt.date


class Model(_Frozen):
    """One entry of models.toml; `name` is what a person writes, `id` what the vendor is sent."""

    name: str
    provider: str
    id: str
    capability: Capability
    about: str = ""
    price: tuple[Price, ...] = ()
    licence: str
    commercial: Literal["yes", "no", "conditional"]
    key: str = ""
    shutdown: dt.date | None = None
    successor: str = ""


class Tier(_Frozen):
    """Which model makes what when only a tier is named."""

    name: str
    about: str = ""
    image: str
    speech: str
    video: str = ""


class Catalog(_Frozen):
    """All known models and tiers by name."""

    models: dict[str, Model]
    tiers: dict[str, Tier]

    def model(self, name: str, capability: Capability) -> Model:
        """The model called `name`. Raises Misconfigured, with the nearest names, when there is none."""
        able = [m.name for m in self.models.values() if m.capability == capability]
        if name not in able:
            raise Misconfigured(_unknown(f"{capability} model", name, able))
        return self.models[name]

    def tier(self, name: str) -> Tier:
        """The tier called `name`. Raises Misconfigured."""
        if name not in self.tiers:
            raise Misconfigured(_unknown("tier", name, list(self.tiers)))
        return self.tiers[name]


def load_catalog(overlay: Path | None = None) -> Catalog:
    """The shipped catalog with the user's own laid over it, entry by entry. Raises Misconfigured."""
    told = _read(Path(__file__).with_name("models.toml"))
    if overlay is not None and overlay.exists():
        for section, entries in _read(overlay).items():
            known = told.setdefault(section, {})
            for name, entry in entries.items():
                known[name] = {**known.get(name, {}), **entry}
    try:
        return Catalog(
            models={n: Model(name=n, **m) for n, m in told.get("models", {}).items()},
            tiers={n: Tier(name=n, **t) for n, t in told.get("tiers", {}).items()},
        )
    except (ValidationError, TypeError) as wrong:
        raise Misconfigured(f"the model catalog {overlay or 'models.toml'}: {wrong}") from wrong


def make_provider(name: str, open_input: OpenInput) -> Provider:
    """The provider behind a catalog entry; only the one asked for is imported."""
    match name:
        case "cards":
            from providers.cards import Cards

            return Cards(open_input)
        case "espeak":
            from providers.espeak import Espeak

            return Espeak(open_input)
        case "files":
            from providers.files import Files

            return Files(open_input)
    raise Misconfigured(f"the catalog names a provider {name!r} that this version does not have")


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Misconfigured(f"{path}: {wrong}") from wrong


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no {what} {name!r}; {hint}known: {', '.join(sorted(known))}"
