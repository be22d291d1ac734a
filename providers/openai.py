"""OpenAI's wire for pictures and speech: the cloud, and any server that speaks the same routes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from providers._cloud import MILLION, Cloud
from providers._http import Answer, Vendor, base_of, call, key_of
from providers._media import media_type_of, sound_facts, to_download
from providers.errors import Failed, Misconfigured, ProviderError, Rejected
from providers.models import Model
from providers.requests import AnyRequest, ImageRequest, Made, SpeechRequest
from providers.sizes import parse_size

PATIENCE_S = 300.0
"""High-quality pictures take minutes, and the answer comes in one piece at the end."""
CHARACTERS_PER_TOKEN = 4
"""Of English text, by OpenAI's rule of thumb; only quotes and text-token bills without usage."""
CHARACTERS_PER_S = 15.3
"""Of speech at its own pace, for entries that do not say (`limits.characters_per_s`)."""
AUDIO_TOKENS_PER_SECOND = Decimal(1250) / 60
"""What $0.015 a minute at $12 per million audio tokens comes to (vendor's own estimate)."""
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_REFUSED = ("moderation_blocked", "content_policy_violation", "content_filter")


class OpenAI(Cloud):
    """Pictures by `/images/generations`, speech by `/audio/speech`."""

    name: ClassVar[str] = "openai"

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        """Tokens as expected: pictures by the entry's table, speech by the length of its text."""
        count = super().count(model, request)
        if isinstance(request, ImageRequest):
            prompt = str(request.input.get("prompt", request.prompt))
            count["M text tokens"] = _text_tokens(prompt)
            if (tokens := expected_tokens(model, request)) is not None:
                count["M image tokens"] = tokens / MILLION
        elif isinstance(request, SpeechRequest):
            pace = float(model.limits.get("characters_per_s", CHARACTERS_PER_S))
            seconds = len(request.text) / pace / request.speed
            count |= _speech_tokens(request, seconds)
        return count

    async def image(self, request: ImageRequest) -> Made:
        vendor = self._vendor()
        url = f"{vendor.base}/images/generations"
        body = {"model": request.model, **request.input}
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        said = answer.json()
        try:
            picture, usage = said["data"][0], said.get("usage") or {}
            told = picture.get("b64_json")
        except (TypeError, KeyError, IndexError, AttributeError):
            raise Failed("openai answered without a picture", bill=None) from None
        bill = self.bill(request, _used(usage))
        if not told:
            return to_download(picture.get("url"), "image", bill, self.name)
        try:
            data = base64.b64decode(told, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise Failed("openai answered with a picture that is no base64", bill) from None
        media_type = media_type_of(data[:16])
        if not media_type.startswith("image/"):
            raise Failed("openai answered with bytes that are no picture", bill)
        return Made(data=data, media_type=media_type, bill=bill)

    async def speech(self, request: SpeechRequest) -> Made:
        vendor = self._vendor()
        url = f"{vendor.base}/audio/speech"
        body = {"model": request.model, **request.input}
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        media_type = media_type_of(answer.content[:16])
        if not media_type.startswith("audio/"):
            raise Failed("openai answered with something that is no sound", bill=None)
        seconds, rate = sound_facts(answer.content, bill=None)
        return Made(
            data=answer.content,
            media_type=media_type,
            facts={"duration_s": seconds, "sample_rate": rate, "words": []},
            bill=self.bill(request, _speech_tokens(request, seconds)),
        )

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "OPENAI_API_KEY", "https://platform.openai.com/api-keys")
        base = base_of(self.access, "OPENAI_BASE_URL", "https://api.openai.com/v1")
        head = {"Authorization": f"Bearer {key}"}
        return Vendor(self.name, base, "OPENAI_API_KEY", key, head, _reads)


def expected_tokens(model: Model, request: ImageRequest) -> Decimal | None:
    """Output tokens of a picture by size and quality, or None when the catalog does not say.

    `limits.tokens` holds what is known per "WxH" (upright or lying) and quality;
    `limits.tokens_per_megapixel` serves the sizes between.
    """
    size, quality = str(request.input.get("size", "")), str(request.input.get("quality", "auto"))
    table, turned = model.limits.get("tokens", {}), "x".join(reversed(size.split("x")))
    known = table.get(size, table.get(turned, {})).get(quality)
    if known is not None:
        return Decimal(str(known))
    rate = model.limits.get("tokens_per_megapixel", {}).get(quality)
    if rate is None or "x" not in size:
        return None
    wide, high = parse_size(size)
    return (Decimal(str(rate)) * wide * high / MILLION).quantize(Decimal(1))


def _used(usage: Mapping[str, Any]) -> dict[str, Decimal]:
    units = {"output_tokens": "M image tokens", "input_tokens": "M text tokens"}
    return {
        u: Decimal(usage[k]) / MILLION for k, u in units.items() if isinstance(usage.get(k), int)
    }


def _text_tokens(text: str) -> Decimal:
    return Decimal(-(-len(text) // CHARACTERS_PER_TOKEN)) / MILLION


def _speech_tokens(request: SpeechRequest, seconds: float) -> dict[str, Decimal]:
    """The binary answer carries no usage: text tokens by length, audio tokens by duration."""
    audio = (Decimal(str(seconds)) * AUDIO_TOKENS_PER_SECOND).quantize(Decimal(1))
    return {"M text tokens": _text_tokens(request.text), "M audio tokens": audio / MILLION}


def _reads(answer: Answer, told: str) -> ProviderError | None:
    said = answer.json()
    error = said.get("error") if isinstance(said, Mapping) else None
    code = str(error.get("code") or error.get("type")) if isinstance(error, Mapping) else ""
    if code in _NO_CREDIT:
        return Misconfigured(f"openai has no credit left for this key; add credit: {told}")
    if code in _REFUSED:
        return Rejected(f"openai refuses the content: {told}")
    return None
