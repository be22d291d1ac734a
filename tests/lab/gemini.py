"""Gemini: speech from generateContent, as bare samples in base64."""

from __future__ import annotations

import asyncio
import base64
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.contracts import TEXT, WORDS, closed, number, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply
from tests.lab.words import Writer, charge

RATE = 24000
AUDIO_TOKENS_PER_S = 25
MILLION = Decimal(1_000_000)
SPEECH_USD = {"gemini-3.8-flash-tts": (Decimal("0.50"), Decimal(9))}
"""USD for a million tokens in and out."""
CONTENT = closed(("parts",), role=one_of("user", "model"), parts={
    "type": "array", "minItems": 1, "items": closed(("text",), text=WORDS),
})  # fmt: skip
VOICE = closed(("voiceName",), voiceName=WORDS)
SPEECH = closed(
    ("contents", "generationConfig"),
    contents={"type": "array", "minItems": 1, "items": CONTENT},
    generationConfig=closed(
        ("responseModalities", "speechConfig"),
        responseModalities={"const": ["AUDIO"]},
        speechConfig=closed(
            ("voiceConfig",),
            voiceConfig=closed(("prebuiltVoiceConfig",), prebuiltVoiceConfig=VOICE),
            languageCode=TEXT,
        ),
        temperature=number(0, 2),
        seed={"type": "integer"},
    ),
    safetySettings={"type": "array"},
    systemInstruction={"type": "object"},
)
WORDS_OUT = closed(
    ("contents", "generationConfig"),
    contents={"type": "array", "minItems": 1, "items": CONTENT},
    systemInstruction=CONTENT,
    generationConfig=closed(
        ("maxOutputTokens",),
        maxOutputTokens=whole(1, 65_536),
        responseMimeType=one_of("application/json"),
        responseJsonSchema={"type": "object"},
        responseModalities={"const": ["TEXT"]},
    ),
)
ENDS = {"stop": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
           "domain": "googleapis.com"}  # fmt: skip


class Gemini(Vendor):
    name: ClassVar[str] = "gemini"
    key: ClassVar[str] = "AIza_lab_gemini_key"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        path = r"/v1(?:beta)?/models/(?P<model>[\w.-]+):generateContent"
        words = r"/v1(?:beta)?/models/(?P<model>gemini-3\.8-flash):generateContent"
        self.writer = Writer()
        self.routes = (
            Route("words", "text", "POST", words, self.words),
            Route("speech", "speech", "POST", path, self.speech),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("x-goog-api-key", request.query.get("key", ""))

    def error(self, code: int, status: str, message: str, *details: dict[str, Any]) -> Reply:
        error: dict[str, Any] = {"code": code, "message": message, "status": status}
        return json_reply(code, {"error": error | ({"details": details} if details else {})})

    def invalid(self, message: str) -> Reply:
        return self.error(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {message}")

    def missing(self, path: str) -> Reply:
        return self.error(404, "NOT_FOUND", f"{path} is not found for API version v1.")

    def trouble(self, fault: Fault) -> Reply:
        if fault.name == "busy":
            wait_s = self.wait_s(fault)
            delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo",
                     "retryDelay": f"{wait_s}s"}  # fmt: skip
            told = "Resource has been exhausted (e.g. check quota)."
            reply = self.error(429, "RESOURCE_EXHAUSTED", told, delay)
            reply.headers["Retry-After"] = str(wait_s)
            return reply
        if fault.name == "busy_silent":
            return self.error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.")
        if fault.name == "no_credit":
            told = "Your prepayment credits are depleted. Please manage your project and billing."
            return self.error(402, "FAILED_PRECONDITION", told)
        if fault.name == "bad_key":
            told = "API key not valid. Please pass a valid API key."
            return self.error(400, "INVALID_ARGUMENT", told, BAD_KEY)
        if fault.name == "refused":
            return json_reply(200, {
                "candidates": [{"finishReason": "SAFETY", "index": 0}],
                "usageMetadata": {"promptTokenCount": 0, "totalTokenCount": 0},
            })  # fmt: skip
        if fault.name == "error_503":
            return self.error(503, "UNAVAILABLE", "The model is overloaded.")
        return self.error(500, "INTERNAL", "An internal error has occurred.")

    async def words(self, order: Order) -> Reply:
        body, model = order.body, order.places["model"]
        if bad := wrong_with(WORDS_OUT, body):
            return self.object_to(bad)
        turns = [*([body["systemInstruction"]] if "systemInstruction" in body else []),
                 *body["contents"]]  # fmt: skip
        asked = "\n".join(part["text"] for turn in turns for part in turn["parts"])
        said = self.writer.answer(asked)
        went, came = charge(self, order, model, asked, said)
        candidate: dict[str, Any] = {"finishReason": ENDS[said.finish], "index": 0}
        if said.finish != "refused":
            candidate["content"] = {"role": "model", "parts": [{"text": said.text}]}
        return json_reply(200, {
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": went, "candidatesTokenCount": came,
                "totalTokenCount": went + came,
            },
            "modelVersion": model,
            "responseId": order.id,
        })  # fmt: skip

    async def speech(self, order: Order) -> Reply:
        body, model = order.body, order.places["model"]
        if model not in SPEECH_USD:
            self.bench.object_to(f"gemini: no speech model {model}")
            return self.missing(f"models/{model}")
        if bad := wrong_with(SPEECH, body):
            return self.object_to(bad)
        text = " ".join(part["text"] for turn in body["contents"] for part in turn["parts"])
        name = body["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
        voice = await asyncio.to_thread(
            media.speak, text, RATE, voice=name["voiceName"], silent=order.spoilt
        )
        words, sound = len(text) // 4 + 1, round(voice.seconds * AUDIO_TOKENS_PER_S)
        per_in, per_out = SPEECH_USD[model]
        usd = (words * per_in + sound * per_out) / MILLION
        self.charge(order, model, sound, "audio_token", usd, text)
        data = base64.b64encode(media.encode(voice, "pcm")).decode()
        part = {"inlineData": {"mimeType": f"audio/L16;codec=pcm;rate={RATE}", "data": data}}
        return json_reply(200, {
            "candidates": [{
                "content": {"role": "model", "parts": [part]},
                "finishReason": "STOP",
                "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": words,
                "candidatesTokenCount": sound,
                "totalTokenCount": words + sound,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": words}],
                "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": sound}],
            },
            "modelVersion": model,
            "responseId": order.id,
        })  # fmt: skip
