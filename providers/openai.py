"""OpenAI's wire for pictures, speech and transcripts: the cloud, and servers that speak it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from providers._cloud import MILLION, Cloud
from providers._http import Answer, Vendor, base_of, call, key_of
from providers._media import as_wav, media_type_of, sound_facts, to_download, unpacked
from providers._servers import Stopwatch
from providers._transcribe import listen
from providers.errors import Failed, Misconfigured, ProviderError, Rejected
from providers.models import Model
from providers.pricing import hardware
from providers.requests import (
    AnyRequest,
    ImageRequest,
    Made,
    SpeechRequest,
    SpokenWord,
    TranscriptRequest,
)
from providers.sizes import parse_size

PATIENCE_S = 300.0
"""High-quality pictures take minutes, and the answer comes in one piece at the end."""
PCM_RATE = 24_000
"""Samples per second of 16-bit mono speech that is sent bare (`limits.sample_rate`)."""
CHARACTERS_PER_TOKEN = 4
"""Of English text, by OpenAI's rule of thumb; only quotes and text-token bills without usage."""
CHARACTERS_PER_S = 15.3
"""Of speech at its own pace, for entries that do not say (`limits.characters_per_s`)."""
AUDIO_TOKENS_PER_SECOND = Decimal(1250) / 60
"""What $0.015 a minute at $12 per million audio tokens comes to (vendor's own estimate)."""
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_REFUSED = ("moderation_blocked", "content_policy_violation", "content_filter")


class OpenAI(Cloud):
    """Pictures by `/images/generations`, speech by `/audio/speech`, words that were said."""

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
        vendor = self.vendor_of(request)
        url = f"{vendor.base}/images/generations"
        body = {"model": request.model, **request.input}
        watch = Stopwatch()
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        ran = self.ran(request, watch.seconds)
        said = answer.json()
        try:
            picture, usage = said["data"][0], said.get("usage") or {}
            told = picture.get("b64_json")
        except (TypeError, KeyError, IndexError, AttributeError):
            raise Failed(f"{vendor.name} answered without a picture", bill=None) from None
        bill = self.bill(request, _used(usage) | ran)
        if not told:
            return to_download(picture.get("url"), "image", bill, self.name)
        data = unpacked(told, f"{vendor.name} answered with a picture that is no base64", bill)
        media_type = media_type_of(data[:16])
        if not media_type.startswith("image/"):
            raise Failed(f"{vendor.name} answered with bytes that are no picture", bill)
        return Made(data=data, media_type=media_type, bill=bill)

    async def speech(self, request: SpeechRequest) -> Made:
        vendor = self.vendor_of(request)
        url = f"{vendor.base}/audio/speech"
        body = {"model": request.model, **request.input}
        watch = Stopwatch()
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        told = (request, answer.content, (), self.ran(request, watch.seconds))
        return await asyncio.to_thread(self.spoken, *told)

    async def transcript(self, request: TranscriptRequest) -> Made:
        watch = Stopwatch()
        sound = self.open_input(request.sound)
        heard, charged = await listen(self.vendor_of(request), request, sound)
        bill = self.bill(request, {**charged, **self.ran(request, watch.seconds)})
        data = heard.model_dump_json().encode()
        return Made(data=data, media_type="application/json", bill=bill)

    def spoken(
        self,
        request: SpeechRequest,
        sound: bytes,
        words: tuple[SpokenWord, ...],
        ran: Mapping[str, Decimal],
    ) -> Made:
        """A sound that was delivered, with its facts and its bill. Raises Failed for none."""
        if request.input.get("response_format") == "pcm":
            sound = as_wav(sound, int(self.model_of(request).limits.get("sample_rate", PCM_RATE)))
        media_type = media_type_of(sound[:16])
        if not media_type.startswith("audio/"):
            raise Failed(f"{self.name} answered with something that is no sound", bill=None)
        seconds, rate = sound_facts(sound, bill=None)
        told = [word.model_dump() for word in words]
        return Made(
            data=sound,
            media_type=media_type,
            facts={"duration_s": seconds, "sample_rate": rate, "words": told},
            bill=self.bill(request, {**_speech_tokens(request, seconds), **ran}),
        )

    def ran(self, request: AnyRequest, seconds: float) -> dict[str, Decimal]:
        """What a machine of one's own is billed by; nothing in the cloud: it has a price list."""
        return hardware(self.model_of(request), seconds)

    def vendor_of(self, request: AnyRequest | None) -> Vendor:
        """Where `request` is sent; None: what belongs to no model. Raises Misconfigured."""
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
