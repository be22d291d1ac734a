"""Which models play in a film: what names stand for, and successors for what was shut down."""

from __future__ import annotations

import datetime as dt

from flows.settings import Settings
from providers.catalog import Catalog
from providers.errors import Misconfigured
from providers.licences import refuse_commercial
from providers.models import Capability, Model

Part = tuple[Model, str]
"""A model, and the name that was asked for when it succeeds another."""


class Casting:
    """Finds the models that names stand for, under the operator's rules for all of a film."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self.catalog, self.settings = catalog, settings
        self.today = dt.datetime.now(dt.UTC).date()
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the editor should know: successors that took over."""
        return tuple(self._notes)

    def parts(self, names: str, made: Capability) -> tuple[Part, ...]:
        """The models that `names`, with commas, stand for, in the order in which they are tried.

        Raises Misconfigured. Cards end the list and are not in it: every scene has its card, and
        drawing it cannot fail.
        """
        listed = [name.strip() for name in names.split(",") if name.strip()]
        if names.strip() and not listed:
            raise Misconfigured(f"{names!r} names no {made} model; write one or more with commas")
        found: dict[str, Part] = {}
        for name in listed:
            model = self._current(name, made)
            if model.provider == "cards":
                break
            found.setdefault(model.name, (model, name if name != model.name else ""))
        return tuple(found.values())

    def _current(self, name: str, made: Capability) -> Model:
        model, note = self.catalog.current(name, made, self.today)
        if note and self.settings.strict_models:
            raise Misconfigured(f"{note}, and STRICT_MODELS forbids that; name {model.name}")
        self.refuse_commercial(model)
        if note:
            self._notes[note] = None
        return model

    def refuse_commercial(self, model: Model, voice: str = "") -> None:
        """Raises Misconfigured where COMMERCIAL is set and a licence does not allow it."""
        if self.settings.commercial:
            refuse_commercial(model, self.settings.accepted(), voice)
