"""Which models play in a film: settings over the tier, successors for what was shut down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from flows.settings import Settings
from providers.catalog import Catalog
from providers.errors import Misconfigured
from providers.models import Capability, Model

Part = tuple[Model, str]
"""A model, and the name that was asked for when it succeeds another."""


class Cast(NamedTuple):
    """The models of each capability, in the order in which they are tried."""

    image: tuple[Part, ...]
    speech: tuple[Part, ...]
    video: tuple[Part, ...]
    notes: tuple[str, ...]

    def models(self) -> Iterator[Model]:
        for model, _asked in (*self.image, *self.speech, *self.video):
            yield model


def cast_models(catalog: Catalog, tier_name: str, settings: Settings) -> Cast:
    """The models that `tier_name` and the settings name. Raises Misconfigured.

    A setting may hold several names with commas: the next is tried when one cannot deliver.
    """
    tier, notes, today = catalog.tier(tier_name), [], dt.datetime.now(dt.UTC).date()

    def parts(setting: str, default: str, capability: Capability) -> tuple[Part, ...]:
        names = [name.strip() for name in (setting or default).split(",") if name.strip()]
        found = []
        for name in names:
            model, note = catalog.current(name, capability, today)
            if note and settings.strict_models:
                raise Misconfigured(f"{note}, and STRICT_MODELS forbids that; name {model.name}")
            if settings.commercial and model.commercial == "no":
                raise Misconfigured(
                    f"{model.name} may not be used commercially ({model.licence}); "
                    "choose another model or unset COMMERCIAL"
                )
            if note:
                notes.append(note)
            if settings.commercial and model.commercial == "conditional":
                notes.append(f"{model.name}: commercial use has conditions: {model.licence}")
            found.append((model, name if name != model.name else ""))
        return tuple(found)

    return Cast(
        parts(settings.image_provider, tier.image, "image"),
        parts(settings.tts_provider, tier.speech, "speech"),
        parts(settings.video_provider, tier.video, "video"),
        tuple(dict.fromkeys(notes)),
    )
