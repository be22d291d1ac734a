"""Licences as people are told of them: before a film is made, and on its receipt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flows.buying.orders import Prepared
from flows.money.receipt import LicenceLine, ReceiptItem
from providers.catalog import Catalog
from providers.licences import Licence, licences_of, strictest
from providers.models import Model
from providers.requests import SpeechRequest


class Used(NamedTuple):
    """A model, and the voice with which it speaks."""

    model: Model
    voice: str = ""


def licence_lines(
    items: Iterable[ReceiptItem], prepared: Prepared, accepted: Iterable[str]
) -> tuple[LicenceLine, ...]:
    """A line for each model that made something of a film, in the order of the receipt."""
    made = {(item.provider, item.model) for item in items}
    usable = [u for u in _usable(prepared) if (u.model.provider, u.model.id) in made]
    others = made - {(used.model.provider, used.model.id) for used in usable}
    usable += [Used(model) for model in _others(others, prepared.catalog)]
    return tuple({used.model.name: _line(used, accepted) for used in usable}.values())


def warnings(films: Iterable[Prepared]) -> list[str]:
    """A sentence for each model of these films that is not free for commercial use."""
    used = (used for prepared in films for used in _usable(prepared))
    told = (model_warning(model, voice) for model, voice in used)
    return list(dict.fromkeys(filter(None, told)))


def model_warning(model: Model, voice: str = "") -> str:
    """A sentence where a model is not free for commercial use; else empty."""
    licences = licences_of(model, voice)
    word = {"no": "no commercial use", "conditional": "conditions", "yes": ""}[strictest(licences)]
    return f"licence: {model.name}: {word}: {_words(licences)}" if word else ""


def _usable(prepared: Prepared) -> list[Used]:
    """The catalog's models that the film may be made by, the first choices first."""
    by_name = prepared.catalog.models
    found: dict[tuple[str, str], Used] = {}
    for _, _, candidates in prepared.wanted():
        for candidate in candidates:
            if candidate.model in by_name:
                request = candidate.requests[0]
                voice = request.voice if isinstance(request, SpeechRequest) else ""
                found[(candidate.model, voice)] = Used(by_name[candidate.model], voice)
    return list(found.values())


def _others(made: set[tuple[str, str]], catalog: Catalog) -> list[Model]:
    """What planned or judged the film, one entry for each vendor's model."""
    found = {(m.provider, m.id): m for m in reversed(catalog.models.values())}
    return [found[pair] for pair in sorted(made) if pair in found]


def _line(used: Used, accepted: Iterable[str]) -> LicenceLine:
    licences = licences_of(used.model, used.voice)
    return LicenceLine(
        model=used.model.name,
        licence=_words(licences),
        commercial=strictest(licences),
        accepted=used.model.name in accepted,
    )


def _words(licences: tuple[Licence, ...]) -> str:
    own, *others = licences
    return "; ".join([own.licence, *(f"{other.name}: {other.licence}" for other in others)])
