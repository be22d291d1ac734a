"""What a vendor says of the catalog's models today: `reelwright doctor --online`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from providers.catalog import Catalog
from providers.errors import ProviderError
from providers.models import Model
from providers.offers import OpenAIOffers


def offer_lines(catalog: Catalog, access: Mapping[str, str], today: dt.date) -> list[str]:
    """Which of the catalog's models OpenAI offers, which not, and which end and when.

    One sentence says why when it cannot be asked.
    """
    try:
        offers = asyncio.run(OpenAIOffers(Path, access).offers())
    except ProviderError as failed:
        return [f"OpenAI's list of models cannot be read: {failed}"]
    known: dict[str, list[Model]] = {}
    for model in catalog.models.values():
        if model.provider == OpenAIOffers.name:
            known.setdefault(model.id, []).append(model)
    offered = [name for name in known if name in offers]
    missing = [name for name in known if name not in offers]
    told = [f"OpenAI offers {len(offered)} of the catalog's {len(known)} models"]
    told[0] += f": {', '.join(offered)}" if offered else ""
    for name in offered:
        told += _end(known[name][0], offers[name], today)
    return told + [_missing(known[name][0], today) for name in missing]


def _end(model: Model, ends: dt.date | None, today: dt.date) -> list[str]:
    """When a model that is offered ends, and whether the catalog knows."""
    if ends is None and model.shutdown is None:
        return []
    if ends is None:
        return [f"{model.id}: OpenAI names no end, the catalog says {model.shutdown}"]
    days = (ends - today).days
    when = f"ends {ends}, in {days} days" if days > 0 else f"ended {ends}"
    told = f"{model.id}: {when}; {_after(model)}"
    if ends != model.shutdown:
        was = model.shutdown or "no end"
        told += f"; the catalog says {was}: write shutdown = {ends} into your models.toml"
    return [told]


def _missing(model: Model, today: dt.date) -> str:
    if model.shutdown is not None and model.shutdown <= today:
        return f"{model.id}: not offered, shut down {model.shutdown}; {_after(model)}"
    return (
        f"{model.id}: not offered to this key, though the catalog knows of no end; "
        "choose another model"
    )


def _after(model: Model) -> str:
    return f"{model.successor} takes its place" if model.successor else "name another model"
