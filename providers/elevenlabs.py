"""ElevenLabs: expressive voices, with the time of every character."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote as quoted
from urllib.parse import urlencode

from providers._cloud import MILLION, Cloud
from providers._http import Answer, Vendor, base_of, call, key_of
from providers._media import media_type_of, sound_facts
from providers._words import place_words, words_of_characters
from providers.errors import Failed, Misconfigured, ProviderError, Rejected
from providers.requests import Made, SpeechRequest

PATIENCE_S = 180.0
_NO_CREDIT = ("quota_exceeded", "payment_required", "insufficient_credits")
_IN_QUERY = ("output_format", "enable_logging")
"""Keys of an input template that the API takes in the query string instead of the body."""


class ElevenLabs(Cloud):
    """Speech by `/v1/text-to-speech/{voice}/with-timestamps`; the voice is its id, not its name."""

    name: ClassVar[str] = "elevenlabs"

    async def speech(self, request: SpeechRequest) -> Made:
        vendor = self._vendor()
        told = {key: value for key, value in request.input.items() if key not in _IN_QUERY}
        query = {key: request.input[key] for key in _IN_QUERY if key in request.input}
        voice = quoted(request.voice, safe="")
        url = f"{vendor.base}/v1/text-to-speech/{voice}/with-timestamps"
        body = {"model_id": request.model, **told}
        url = f"{url}?{urlencode(query)}" if query else url
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        said, charged = answer.json(), _charged(answer)
        bill = self.bill(request, charged)
        if not isinstance(said, Mapping):
            told_cost = bill if charged else None
            raise Failed("elevenlabs answered with something that is no JSON object", told_cost)
        try:
            data = base64.b64decode(said["audio_base64"], validate=True)
        except (KeyError, TypeError, binascii.Error, ValueError):
            raise Failed("elevenlabs answered without sound", bill) from None
        seconds, rate = await asyncio.to_thread(sound_facts, data, bill)
        words = place_words(request.text, _heard(said.get("alignment")))
        return Made(
            data=data,
            media_type=media_type_of(data[:16]) or "audio/mpeg",
            facts={
                "duration_s": seconds,
                "sample_rate": rate,
                "words": [word.model_dump() for word in words],
            },
            bill=bill,
        )

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "ELEVENLABS_API_KEY", "https://elevenlabs.io/app/settings")
        base = base_of(self.access, "ELEVENLABS_BASE_URL", "https://api.elevenlabs.io")
        return Vendor(self.name, base, "ELEVENLABS_API_KEY", key, {"xi-api-key": key}, _reads)


def _heard(alignment: Any) -> Any:
    """The words of an alignment; none when it is missing or of another form."""
    try:
        return words_of_characters(
            alignment["characters"],
            alignment["character_start_times_seconds"],
            alignment["character_end_times_seconds"],
        )
    except (TypeError, KeyError):
        return ()


def _charged(answer: Answer) -> dict[str, Decimal]:
    """Characters as charged: the vendor's own count, which differs from ours by model and plan."""
    told = answer.headers.get("character-cost", "")
    if not told.isdigit():
        return {}
    return {"character": Decimal(told), "M characters": Decimal(told) / MILLION}


def _reads(answer: Answer, told: str) -> ProviderError | None:
    said = answer.json()
    detail = said.get("detail") if isinstance(said, Mapping) else None
    kind = str(detail.get("status") or "") if isinstance(detail, Mapping) else ""
    if kind in _NO_CREDIT:
        return Misconfigured(f"elevenlabs has no credit left for this key; add credit: {told}")
    if "voice_not_found" in kind or "voice_does_not_exist" in kind:
        return Misconfigured(f"elevenlabs has no such voice; name the voice by its id: {told}")
    if any(word in kind for word in ("policy", "moderation", "unsafe", "content_against")):
        return Rejected(f"elevenlabs refuses the content: {told}")
    return None
