"""Engines on this machine that listen or speak: asked in a warm process, billed by the second."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from providers._cloud import Cloud
from providers.errors import Failed, Misconfigured
from providers.local.warm import Died, Refused, warm
from providers.local.weights import FETCHED, fetched_folder, in_cache, is_folder, repository
from providers.models import Model
from providers.notices import listener
from providers.pricing import hardware
from providers.requests import AnyRequest, LineItem

WORKER = "providers.local.sound_worker"


class LocalSound(Cloud):
    """One kind of engine. A subclass says its module, its package, and how it is installed."""

    engine_name: ClassVar[str]
    package: ClassVar[str]
    install: ClassVar[str]
    options: ClassVar[frozenset[str]] = frozenset()
    """What an entry's `input` may tell the engine beside what the request says."""
    recipe: ClassVar[int] = 1
    """Raised when the same request to the same weights would come out in another way."""

    def engine(self) -> str:
        return f"{self.name}-{self.recipe}"

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """Seconds by the machine's rate. Raises Misconfigured for what cannot be done here."""
        lines = super().quote(request)
        model = self.model_of(request)
        told = set(getattr(request, "input", {}))
        if unknown := sorted(told - self.options):
            known = ", ".join(sorted(self.options)) or "none"
            raise Misconfigured(
                f"{model.name} has no option {', '.join(unknown)}; its options: {known}"
            )
        languages = model.limits.get("languages", ())
        language = str(getattr(request, "language", "")).split("-")[0]
        if languages and language not in languages:
            raise Misconfigured(
                f"{model.name} knows no {language or 'unknown language'}; "
                f"it knows {', '.join(languages)}"
            )
        longest_s, lasts_s = model.limits.get("seconds"), getattr(request, "seconds", 0.0)
        if longest_s is not None and lasts_s > longest_s:
            raise Misconfigured(f"{model.name} takes {longest_s} s of sound at most")
        return lines

    def lacks(self, model: Model) -> str:
        # In an environment of its own nobody can look without starting it.
        if not self._python(model) and importlib.util.find_spec(self.package) is None:
            return f"{model.name} needs a package; install it with: {self.install}"
        return ""

    async def ask(self, request: AnyRequest, told: Mapping[str, Any]) -> dict[str, Any]:
        """What the engine answers. Raises Failed, or Misconfigured for what is not installed."""
        model, hear = self.model_of(request), listener.get()
        if lacks := self.lacks(model):
            raise Misconfigured(lacks)
        process = warm(self._python(model), WORKER)
        asked = {"engine": self.engine_name, "device": self.access.get("ENGINES_DEVICE", "")}
        try:
            return await process.ask({**asked, **told}, lambda w: hear(f"{model.name}: {w}"))
        except Refused as refused:
            if refused.kind == "missing":
                raise Misconfigured(
                    f"{model.name} cannot be loaded ({refused}); install it with: {self.install}"
                ) from refused
            seen = hardware(model, refused.told.get("seconds", 0))
            raise Failed(f"{model.name}: {refused}", self.bill(request, seen)) from refused
        except Died as died:
            raise Failed(f"{model.name}: {died}") from died

    def ran(self, request: AnyRequest, answer: Mapping[str, Any]) -> tuple[LineItem, ...]:
        """The bill of what an engine answered."""
        seconds: dict[str, Decimal] = hardware(self.model_of(request), answer["seconds"])
        return self.bill(request, seconds)

    def _python(self, model: Model) -> str:
        """The interpreter of the engine: the entry's own, else that of all engines."""
        return str(model.engine.get("python") or self.access.get("ENGINES_PYTHON", ""))


def on_this_machine(model: Model, access: Mapping[str, str]) -> bool:
    """Whether a model's weights need not be fetched first."""
    named = repository(model)
    if is_folder(named):
        return Path(named).expanduser().exists()
    return (fetched_folder(named, access) / FETCHED).exists() or in_cache(named)
