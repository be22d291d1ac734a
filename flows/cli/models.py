"""The catalog for people: what is ready, what it costs, what ends: `reelwright models`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from flows.buying.chains import made_of
from flows.buying.orders import Candidate, Come, clip_candidate, picture_candidate, speech_candidate
from flows.money.amounts import dollars, total_usd
from flows.settings import load_settings
from prompts.saying.speech import Spoken
from prompts.storyboard import Card, Character, Scene, Storyboard, Visual
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Misconfigured
from providers.licences import licences_of, strictest
from providers.local.weights import weights_here
from providers.models import Capability, Model
from providers.requests import (
    AlignmentRequest,
    ModerationRequest,
    PlanRequest,
    TranscriptRequest,
)

SOON_DAYS = 60
"""A model that ends within this many days is pointed out."""

_MAKES = {
    "image": "picture",
    "speech": "minute",
    "video": "5 s clip",
    "avatar": "minute",
    "moderation": "judgement",
    "plan": "film's plan",
    "transcript": "minute",
    "alignment": "minute",
}
_MILL = Decimal("0.001")
_SCENE = Scene(
    id="s01", heading="A fox in the snow", narration="",
    visual=Visual(kind="image", card=Card(kind="statement", heading="A fox in the snow")),
)  # fmt: skip
_FOX = Character(name="fox", digest="0" * 64)
"""Models that move a picture need somebody's."""
_FILM = Storyboard(slug="fox", title="A fox", source="", scenes=(_SCENE,), characters=(_FOX,))
_SIZE = (2074, 1166)
"""Pixels that a picture for a full HD film is asked for."""
_SAID = Spoken(text=" ".join(["A fox runs in the snow now."] * 32), tokens=())
"""About a minute of English: 15 characters a second."""


def show_models(names: list[str]) -> int:
    """Prints every model and tier, or all that is known of the models called `names`."""
    try:
        settings = load_settings()
        catalog = load_catalog(settings.models, settings.machine_rates)
        picked = [catalog.named(name) for name in names]
    except Misconfigured as wrong:
        Console(stderr=True, soft_wrap=True).print(str(wrong), markup=False)
        return 2
    access, today = settings.access(), dt.datetime.now(dt.UTC).date()
    console = Console(highlight=False, soft_wrap=True)
    if picked:
        for model in picked:
            console.print("\n".join(_details(model, catalog, access, today)), markup=False)
        return 0
    for made in dict.fromkeys(m.capability for m in catalog.models.values()):
        console.print(_table(made, catalog, access, today))
    console.print(_tiers(catalog))
    for line in endings(catalog, today):
        console.print(line, markup=False)
    console.print("reelwright models NAME tells price lists, sources, licence and voices.")
    return 0


def ready(model: Model, catalog: Catalog, access: Mapping[str, str], today: dt.date) -> str:
    """Whether a film could use it now; else what is missing, in a word or two."""
    if model.shutdown is not None and model.shutdown <= today:
        return f"shut down {model.shutdown}"
    if model.key and not access.get(model.key):
        return f"set {model.key}"
    return "not here yet" if lacks(model, catalog, access) else "yes"


def lacks(model: Model, catalog: Catalog, access: Mapping[str, str]) -> str:
    """What is missing on this machine before it can be used, in a sentence; else empty."""
    return make_provider(model.provider, Path, access, catalog).lacks(model)


def endings(catalog: Catalog, today: dt.date) -> list[str]:
    """A sentence for each model that ends within sixty days or has ended, the next end first."""
    told = []
    mortal = [(m.shutdown, m) for m in catalog.models.values() if m.shutdown is not None]
    for day, model in sorted(mortal, key=lambda pair: (pair[0], pair[1].name)):
        days = (day - today).days
        if days > SOON_DAYS:
            continue
        when = f"ends on {day}, in {days} days" if days > 0 else f"was shut down on {day}"
        after = model.successor
        told.append(
            f"{model.name} {when}: {f'{after} takes its place' if after else 'choose another'}"
        )
    return told


def usual_cost(model: Model, catalog: Catalog) -> str:
    """What one picture, minute of speech or clip costs, by the catalog's list price."""
    if model.price and not any(price.usd for price in model.price):
        return "free"
    try:
        provider = make_provider(model.provider, Path, {}, catalog)
        asked = _usual(model).requests
        usd = total_usd(item for request in asked for item in provider.quote(request))
    except Misconfigured:
        usd = None
    if usd is None:
        return "price unknown"
    return dollars(usd.quantize(_MILL))


def _usual(model: Model) -> Candidate:
    """What a film usually asks of `model`. Raises Misconfigured."""
    if model.capability == "image":
        return picture_candidate(model, "", _SCENE, _FILM, _SIZE)
    if model.capability == "video":
        digest = "0" * 64
        come = Come(digest, digest, 5.0) if made_of(model) else Come()
        return clip_candidate(model, "", _SCENE, _FILM, _SIZE, 5.0, come=come)
    if model.capability == "moderation":
        judged = ModerationRequest(provider=model.provider, model=model.id, texts=(_SAID.text,))
        return Candidate(model.name, "", (judged,))
    if model.capability == "plan":
        asked = PlanRequest(provider=model.provider, model=model.id, system=_SAID.text,
                            turns=(_SAID.text * 4,), most_tokens=4000)  # fmt: skip
        return Candidate(model.name, "", (asked,))
    if model.capability in ("transcript", "alignment"):
        told = {"provider": model.provider, "model": model.id, "sound": "", "seconds": 60.0}
        if model.capability == "transcript":
            return Candidate(model.name, "", (TranscriptRequest(**told),))
        return Candidate(model.name, "", (AlignmentRequest(text=_SAID.text, **told),))
    voice = model.default_voice or next(iter(model.voices.values()), "")
    return speech_candidate(model, "", _SAID, voice, _FILM)


def _table(made: Capability, catalog: Catalog, access: Mapping[str, str], today: dt.date) -> Table:
    table = Table(
        title=made, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for heading in ("name", "ready", f"a {_MAKES[made]}", "commercial"):
        table.add_column(heading, no_wrap=True)
    for model in catalog.models.values():
        if model.capability == made:
            cost = usual_cost(model, catalog)
            table.add_row(
                model.name,
                ready(model, catalog, access, today),
                cost,
                strictest(licences_of(model)),
            )
    return table


def _tiers(catalog: Catalog) -> Table:
    table = Table(title="tiers", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("tier", "image", "speech", "video", "about"):
        table.add_column(heading, no_wrap=heading != "about")
    for tier in catalog.tiers.values():
        table.add_row(tier.name, tier.image, tier.speech, tier.video or "–", tier.about)
    return table


def _details(
    model: Model, catalog: Catalog, access: Mapping[str, str], today: dt.date
) -> list[str]:
    """All that an editor may want to know of one model, a line each."""
    told = [
        f"{model.name}: {model.about}",
        f"  {model.capability} by {model.provider}, where it is called {model.id}",
        f"  ready: {ready(model, catalog, access, today)}",
        f"  a {_MAKES[model.capability]}, about: {usual_cost(model, catalog)}",
    ]
    for p in model.price:
        read = f"{p.source}, {p.checked}" if p.checked else p.source
        told.append(f"  list price: {dollars(p.usd)} per {p.unit} ({read})")
    if missing := lacks(model, catalog, access):
        told.append(f"  missing: {missing}")
    told += [f"  weights: {line}" for line in weights_here(model, access)]
    licences = licences_of(model)
    told.append(f"  commercial use: {strictest(licences)}; {model.licence}")
    told += [f"  with {one.name}: {one.commercial}; {one.licence}" for one in licences[1:]]
    if model.shutdown is not None:
        told.append(f"  ends: {model.shutdown}, then {model.successor or 'nothing'}")
    voices = model.limits.get("voices") or [f"{v} ({k})" for k, v in model.voices.items()]
    if voices:
        told.append(f"  voices: {', '.join(voices)}")
    return told
