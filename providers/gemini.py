"""Google Gemini: speech by `generateContent`."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from providers._cloud import MILLION, Cloud
from providers._http import Answer, Vendor, base_of, call, key_of
from providers._media import as_wav, media_type_of, sound_facts
from providers.errors import Failed, Misconfigured, ProviderError, Rejected
from providers.models import Model
from providers.requests import AnyRequest, LineItem, Made, SpeechRequest

PATIENCE_S = 180.0
CHARACTERS_PER_TOKEN = 4
"""Of English text, by Google's rule of thumb; only for quotes, the answer counts its tokens."""
CHARACTERS_PER_S = 15.0
"""Of speech, for entries that do not say (`limits.characters_per_s`); nobody has measured it."""
AUDIO_TOKENS_PER_SECOND = 25
"""Google's figure for the 2.5 speech models; the answer's own count makes the bill."""
_REFUSED = ("SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION")
_RATE = re.compile(r"rate=(\d+)")


class Gemini(Cloud):
    """Bare 16-bit samples come back, and become a WAV here."""

    name: ClassVar[str] = "gemini"

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        count = super().count(model, request)
        if isinstance(request, SpeechRequest):
            length = len(request.text)
            pace = float(model.limits.get("characters_per_s", CHARACTERS_PER_S))
            seconds = length / pace / request.speed
            count["M text tokens"] = Decimal(-(-length // CHARACTERS_PER_TOKEN)) / MILLION
            count["M audio tokens"] = Decimal(round(seconds * AUDIO_TOKENS_PER_SECOND)) / MILLION
        return count

    async def speech(self, request: SpeechRequest) -> Made:
        vendor = self._vendor()
        url = f"{vendor.base}/v1/models/{request.model}:generateContent"
        answer = await call(vendor, "POST", url, request.input, patience_s=PATIENCE_S)
        said = answer.json()
        if not isinstance(said, Mapping):
            raise Failed("gemini answered with something that is no JSON object", bill=None)
        used = _used(said.get("usageMetadata"))
        bill = self.bill(request, used)
        data, media_type = _sound(said, bill if used else None)
        seconds, rate = await asyncio.to_thread(sound_facts, data, bill)
        return Made(
            data=data,
            media_type=media_type,
            facts={"duration_s": seconds, "sample_rate": rate, "words": []},
            bill=bill,
        )

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "GEMINI_API_KEY", "https://aistudio.google.com/apikey")
        default = "https://generativelanguage.googleapis.com"
        base = base_of(self.access, "GEMINI_BASE_URL", default)
        return Vendor(self.name, base, "GEMINI_API_KEY", key, {"x-goog-api-key": key}, _reads)


def _sound(said: Mapping[str, Any], bill: tuple[LineItem, ...] | None) -> tuple[bytes, str]:
    """(bytes, media type) of the sound in an answer. Raises Rejected, or Failed with the bill."""
    blocked = (said.get("promptFeedback") or {}).get("blockReason")
    if blocked:
        raise Rejected(f"gemini refuses the text: {blocked}")
    candidates = said.get("candidates") or [{}]
    ended = str(candidates[0].get("finishReason") or "")
    if ended in _REFUSED:
        raise Rejected(f"gemini refuses the content: {ended}")
    if ended not in ("", "STOP"):
        raise Failed(f"gemini broke off: {ended}", bill)
    try:
        parts = candidates[0]["content"]["parts"]
        inline = next(part["inlineData"] for part in parts if "inlineData" in part)
        data = base64.b64decode(inline["data"], validate=True)
    except (KeyError, TypeError, IndexError, StopIteration, binascii.Error, ValueError):
        raise Failed("gemini answered without sound", bill) from None
    told = str(inline.get("mimeType", ""))
    if known := media_type_of(data[:16]) if "L16" not in told else "":
        return data, known
    rate = _RATE.search(told)
    return as_wav(data, int(rate[1]) if rate else 24000), "audio/wav"


def _used(usage: Any) -> dict[str, Decimal]:
    units = {"promptTokenCount": "M text tokens", "candidatesTokenCount": "M audio tokens"}
    usage = usage if isinstance(usage, Mapping) else {}
    return {
        u: Decimal(usage[k]) / MILLION for k, u in units.items() if isinstance(usage.get(k), int)
    }


def _reads(answer: Answer, told: str) -> ProviderError | None:
    if answer.status == 400 and "API_KEY_INVALID" in answer.content.decode(errors="replace"):
        return Misconfigured("gemini refuses the key (400); check GEMINI_API_KEY")
    return None
