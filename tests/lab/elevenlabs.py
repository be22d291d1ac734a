"""ElevenLabs: speech at once, with the time of every character when asked for."""

from __future__ import annotations

import asyncio
import base64
import re
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.contracts import COUNT, FLAG, TEXT, WORDS, closed, number, request_breach
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply

MODELS: dict[str, tuple[int, Decimal]] = {
    "eleven_v3": (3000, Decimal("0.00008")),
    "eleven_v4": (10000, Decimal("0.00008")),
    "eleven_v4_turbo": (10000, Decimal("0.00002")),
    "eleven_multilingual_v2": (10000, Decimal("0.0001")),
    "eleven_flash_v2_5": (40000, Decimal("0.00005")),
}
"""Most characters in a request, and USD for one; v3's price is the lab's own."""
RATES = {"mp3": (22050, 44100), "pcm": (8000, 16000, 22050, 24000, 44100, 48000)}
SETTINGS = closed(
    stability=number(0, 1), similarity_boost=number(0, 1), style=number(0, 1),
    use_speaker_boost=FLAG, speed=number(0.7, 1.2),
)  # fmt: skip
LIST: dict[str, Any] = {"type": "array", "maxItems": 3}
SPEECH = closed(
    ("text",), text=WORDS, model_id=WORDS, language_code=TEXT, voice_settings=SETTINGS, seed=COUNT,
    previous_text=TEXT, next_text=TEXT, previous_request_ids=LIST, next_request_ids=LIST,
    pronunciation_dictionary_locators=LIST, apply_text_normalization=TEXT,
    apply_language_text_normalization=FLAG,
)  # fmt: skip


class ElevenLabs(Vendor):
    name: ClassVar[str] = "elevenlabs"
    key: ClassVar[str] = "sk_lab_elevenlabs_key"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        speech = r"/v1/text-to-speech/(?P<voice>\w+)"
        self.routes = (
            Route("speech", "speech", "POST", speech + "/with-timestamps", self.timed),
            Route("speech", "speech", "POST", speech, self.bare),
            Route("models", "ask", "GET", "/v1/models", self.models),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("xi-api-key", "")

    def error(self, status: int, kind: str, message: str) -> Reply:
        return json_reply(status, {"detail": {"status": kind, "message": message}})

    def invalid(self, message: str) -> Reply:
        detail = [{"loc": ["body"], "msg": message, "type": "value_error"}]
        return json_reply(422, {"detail": detail})

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            if fault.name == "busy_silent":
                return self.error(429, "system_busy", "The system is busy, try again later.")
            reply = self.error(429, "too_many_concurrent_requests", "Too many requests at once.")
            reply.headers |= {"Retry-After": str(self.wait_s(fault)),
                              "current-concurrent-requests": "6",
                              "maximum-concurrent-requests": "5"}  # fmt: skip
            return reply
        if fault.name == "no_credit":
            told = "This request exceeds your quota. You have 0 credits remaining."
            return self.error(401, "quota_exceeded", told)
        if fault.name == "bad_key":
            return self.error(401, "invalid_api_key", "Invalid API key")
        if fault.name == "refused":
            told = "The text you are trying to use may violate our terms of service."
            return self.error(400, "content_against_policy", told)
        status = 503 if fault.name == "error_503" else 500
        return self.error(status, "internal_error", "Something went wrong.")

    async def timed(self, order: Order) -> Reply:
        made = await self._speak(order, "/v1/text-to-speech/{voice_id}/with-timestamps")
        if isinstance(made, Reply):
            return made
        voice, data, _, cost = made
        text = order.body["text"]
        alignment = {
            "characters": list(text),
            "character_start_times_seconds": [round(start, 3) for start, _ in voice.times],
            "character_end_times_seconds": [round(end, 3) for _, end in voice.times],
        }
        told = {
            "audio_base64": base64.b64encode(data).decode(),
            "alignment": alignment,
            "normalized_alignment": alignment,
        }
        reply = json_reply(200, told)
        reply.headers |= cost
        return reply

    async def bare(self, order: Order) -> Reply:
        made = await self._speak(order, "/v1/text-to-speech/{voice_id}")
        if isinstance(made, Reply):
            return made
        _, data, kind, cost = made
        return Reply(200, data, kind, cost)

    async def _speak(
        self, order: Order, path: str
    ) -> Reply | tuple[media.Voice, bytes, str, dict[str, str]]:
        """The voice, its bytes, their media type and the headers that tell the cost."""
        body, wanted = order.body, order.request.query.get("output_format", "mp3_44100_128")
        if bad := wrong_with(SPEECH, body) or request_breach("elevenlabs", path, body):
            return self.object_to(bad)
        form = re.fullmatch(r"(mp3|pcm)_(\d+)(?:_(\d+))?", wanted)
        if not form or int(form[2]) not in RATES[form[1]]:
            return self.object_to(f"output_format: '{wanted}' is not one of the lab's")
        text, model = body["text"], body.get("model_id", "eleven_multilingual_v2")
        if model not in MODELS:
            self.bench.object_to(f"elevenlabs: no model {model}")
            return self.error(400, "model_not_found", f"A model with ID {model} was not found.")
        longest, usd = MODELS[model]
        if len(text) > longest:
            told = f"A maximum of {longest} characters is allowed for {model}."
            self.bench.object_to(f"elevenlabs: {told}")
            return self.error(400, "max_character_limit_exceeded", told)
        voice = await asyncio.to_thread(
            media.speak, text, int(form[2]), voice=order.places["voice"], silent=order.spoilt,
            speed=body.get("voice_settings", {}).get("speed", 1.0),
        )  # fmt: skip
        data = await asyncio.to_thread(media.encode, voice, form[1], int(form[3] or 128))
        self.charge(order, model, len(text), "character", len(text) * usd, text)
        cost = {"character-cost": str(len(text)), "request-id": order.id}
        return voice, data, "audio/mpeg" if form[1] == "mp3" else "audio/pcm", cost

    async def models(self, order: Order) -> Reply:
        return json_reply(200, [
            {
                "model_id": name,
                "name": name.replace("_", " ").title(),
                "description": "A model of the lab.",
                "can_be_finetuned": False,
                "can_do_text_to_speech": True,
                "can_do_voice_conversion": False,
                "can_use_style": True,
                "can_use_speaker_boost": True,
                "serves_pro_voices": False,
                "token_cost_factor": 1.0,
                "requires_alpha_access": False,
                "max_characters_request_free_user": longest,
                "max_characters_request_subscribed_user": longest,
                "maximum_text_length_per_request": longest,
                "languages": [{"language_id": "en", "name": "English"}],
                "model_rates": {"character_cost_multiplier": 1.0},
                "concurrency_group": "standard",
            }
            for name, (longest, _) in MODELS.items()
        ])  # fmt: skip
