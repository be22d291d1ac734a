"""The model catalog: names that editors use, and what stands behind them."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from providers._toml import read_layers, tables
from providers.base import OpenInput, Provider
from providers.errors import Misconfigured
from providers.models import Capability, Limit, Model, Tier
from providers.pricing import at_rates, machine_rates
from providers.requests import Frozen

SHIPPED = ("models.toml", "servers.toml", "sound.toml")
"""The catalog's files: what is bought, servers of one's own, and who listens and speaks here."""


class Catalog(Frozen):
    """All known models and tiers by name, and the limits of providers by theirs."""

    models: dict[str, Model]
    tiers: dict[str, Tier]
    limits: dict[str, Limit] = {}

    def model(self, name: str, capability: Capability) -> Model:
        """The model called `name`. Raises Misconfigured, with the nearest name, for none."""
        able = [m.name for m in self.models.values() if m.capability == capability]
        if name not in able:
            raise Misconfigured(_unknown(f"{capability} model", name, able))
        return self.models[name]

    def named(self, name: str) -> Model:
        """The model called `name`, whatever it makes. Raises Misconfigured for none."""
        if name not in self.models:
            raise Misconfigured(_unknown("model", name, list(self.models)))
        return self.models[name]

    def current(self, name: str, capability: Capability, today: dt.date) -> tuple[Model, str]:
        """The model to use for `name` on a day, and a sentence when another takes its place.

        Follows successors of models that are shut down. Raises Misconfigured when none is left.
        """
        model, notes = self.model(name, capability), []
        while model.shutdown is not None and model.shutdown <= today:
            if not model.successor:
                ended = f"{model.name} was shut down on {model.shutdown}"
                raise Misconfigured(f"{ended}; choose another model")
            after = self.model(model.successor, capability)
            notes.append(
                f"{model.name} was shut down on {model.shutdown}: {after.name} takes its place"
            )
            model = after
        return model, "; ".join(notes)

    def tier(self, name: str) -> Tier:
        """The tier called `name`. Raises Misconfigured."""
        if name not in self.tiers:
            raise Misconfigured(_unknown("tier", name, list(self.tiers)))
        return self.tiers[name]


def load_catalog(overlay: Path | None = None, rates: str = "") -> Catalog:
    """The shipped catalog with the user's laid over it, entry by entry. Raises Misconfigured.

    `rates` is MACHINE_RATES: what runs on a machine is priced by it.
    """
    layers = [Path(__file__).with_name(name) for name in SHIPPED]
    if overlay is not None and overlay.exists():
        layers.append(overlay)
    texts = read_layers(layers)
    try:
        return _catalog(texts, rates)
    except (ValidationError, TypeError, AttributeError) as wrong:
        raise Misconfigured(f"the model catalog {overlay or 'models.toml'}: {wrong}") from wrong


@functools.lru_cache(maxsize=4)
def _catalog(texts: tuple[str, ...], rates: str) -> Catalog:
    """Built once while the files say the same: each film of a batch asks, and nobody changes it."""
    by_machine = machine_rates(rates)
    told: dict[str, dict[str, Any]] = {}
    for text in texts:
        for section, entries in tables(text).items():
            known = told.setdefault(section, {})
            for name, entry in entries.items():
                known[name] = {**known.get(name, {}), **entry}
    return Catalog(
        models={
            n: at_rates(Model(name=n, **m), by_machine) for n, m in told.get("models", {}).items()
        },
        tiers={n: Tier(name=n, **t) for n, t in told.get("tiers", {}).items()},
        limits={n: Limit(**limit) for n, limit in told.get("limits", {}).items()},
    )


_PROVIDERS = {
    "anthropic": "providers.planner:Anthropic",
    "assemblyai": "providers.assemblyai:AssemblyAI",
    "cards": "providers.cards.cards:Cards",
    "chattts": "providers.local.voices:ChatTTS",
    "cog": "providers.cog:Cog",
    "comfyui": "providers.comfyui:ComfyUI",
    "ctc": "providers.local.listening:Ctc",
    "diffusers": "providers.local.diffusers_models:Diffusers",
    "edge": "providers.edge:Edge",
    "elevenlabs": "providers.elevenlabs:ElevenLabs",
    "espeak": "providers.local.espeak:Espeak",
    "fal": "providers.fal:Fal",
    "files": "providers.files:Files",
    "gemini": "providers.gemini:Gemini",
    "gemini-text": "providers.planner:GeminiText",
    "guard": "providers.moderation.guard:Guard",
    "http-worker": "providers.http_worker:HttpWorker",
    "kokoro-onnx": "providers.local.voices:Kokoro",
    "openai": "providers.openai:OpenAI",
    "openai-compatible": "providers.planner:Compatible",
    "openai-moderation": "providers.moderation.openai_judge:OpenAIModeration",
    "openai-server": "providers.openai_server:OpenAIServer",
    "openai-text": "providers.planner:OpenAIText",
    "piper": "providers.local.voices:Piper",
    "pocketsphinx": "providers.local.listening:Sphinx",
    "qwen-aligner": "providers.local.listening:Qwen",
    "replicate": "providers.replicate:Replicate",
    "vosk": "providers.local.listening:Vosk",
    "whisper": "providers.local.listening:Whisper",
    "xtts": "providers.local.voices:Xtts",
}


def make_provider(
    name: str,
    open_input: OpenInput,
    access: Mapping[str, str] | None = None,
    catalog: Catalog | None = None,
) -> Provider:
    """The provider behind catalog entries; only the one asked for is imported."""
    if name not in _PROVIDERS:
        raise Misconfigured(
            f"the catalog names a provider {name!r} that this version does not have; "
            f"known: {', '.join(sorted(_PROVIDERS))}"
        )
    module, _, kind = _PROVIDERS[name].partition(":")
    made: type[Provider] = getattr(importlib.import_module(module), kind)
    known = catalog.models.values() if catalog is not None else ()
    return made(open_input, access, {m.id: m for m in known if m.provider == name})


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no {what} {name!r}; {hint}known: {', '.join(sorted(known))}"
