"""What vendors on the wire have in common: list prices, refusals, voices, and what was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from providers.base import Provider
from providers.errors import Failed, Misconfigured
from providers.models import Model
from providers.pricing import hardware, priced, usual_s
from providers.requests import (
    AlignmentRequest,
    AnyRequest,
    ImageRequest,
    Job,
    LineItem,
    Request,
    SpeechRequest,
    TranscriptRequest,
    VideoRequest,
)
from providers.sizes import clip_seconds, picture_size, refuse_unoffered

MILLION = Decimal(1_000_000)
_ORDERED: TypeAdapter[Any] = TypeAdapter(Request)


class Cloud(Provider):
    """A vendor reached with a key. Quotes by the catalog's list price."""

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """The list price of `request`. Raises Misconfigured for what the model cannot do."""
        model = self.model_of(request)
        refuse_unoffered(model, request)
        return priced(model, self.count(model, request))

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        """How much of each unit `request` is expected to take."""
        return counted(model, request)

    def bill(self, request: AnyRequest, seen: Mapping[str, Decimal]) -> tuple[LineItem, ...]:
        """The list price with what the vendor reported (`seen`, by unit) over what was expected."""
        model = self.model_of(request)
        return priced(model, {**self.count(model, request), **seen})

    def model_of(self, request: AnyRequest) -> Model:
        """The catalog's entry for what `request` names. Raises Misconfigured."""
        model = self.models.get(request.model)
        if model is None or model.capability != request.capability:
            raise Misconfigured(
                f"{self.name} has no {request.capability} model {request.model!r} in the catalog; "
                "add it to your models.toml"
            )
        return model

    def default_voice(self, language: str) -> str:
        """The catalog's voice for `language`. Raises Misconfigured when no entry names one."""
        for model in self.models.values():
            if model.capability == "speech":
                voice = model.voices.get(language) or model.voices.get(language.split("-")[0])
                if voice or model.default_voice:
                    return voice or model.default_voice
        raise Misconfigured(f"{self.name} has no voice for {language!r}; name a voice")


def counted(model: Model, request: AnyRequest) -> dict[str, Decimal]:
    """Units of `request` that can be told beforehand: runs, pictures, characters, seconds.

    A price per "second of HARDWARE" counts what the entry's limits say of a run's usual seconds.
    """
    one = Decimal(1)
    count = {"run": one}
    if isinstance(request, ImageRequest):
        wide, high = picture_size(request.width, request.height, model.limits)
        count |= {"image": one, "megapixel": Decimal(wide * high) / MILLION}
    elif isinstance(request, SpeechRequest):
        characters = Decimal(len(request.text))
        count |= {"character": characters, "M characters": characters / MILLION}
    elif isinstance(request, VideoRequest):
        seconds = Decimal(str(round(clip_seconds(request, model.limits), 3)))
        count |= {"clip": one, "second": seconds}
    elif isinstance(request, TranscriptRequest | AlignmentRequest):
        seconds = Decimal(str(round(request.seconds, 3)))
        count |= {"second": seconds, "hour": seconds / 3600}
    if (run_s := usual_s(model, count)) is not None:
        count |= hardware(model, run_s)
    return count


def ordered(job: Job) -> AnyRequest:
    """The request that `job` was placed for. Raises Failed for an order of another version."""
    try:
        request: AnyRequest = _ORDERED.validate_python(job.request)
    except ValueError as wrong:
        told = f"order {job.id} was written by another version and is let go"
        raise Failed(told, bill=None) from wrong
    return request


def order(request: AnyRequest) -> dict[str, Any]:
    """What `ordered` needs to know of `request`, as JSON."""
    return request.model_dump(mode="json")
