"""OpenAI: images and speech are answered at once; the list of models tells their last day."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import re
import time
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.contracts import TEXT, WORDS, closed, number, one_of, request_breach, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.court import Court
from tests.lab.ears import misheard, read_form, timed
from tests.lab.faults import Fault
from tests.lab.responses import respond
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply
from tests.lab.words import USD as WORD_USD
from tests.lab.words import Writer

MILLION = Decimal(1_000_000)
IMAGE_USD = {"gpt-image-2": 30, "gpt-image-2.5-flare": 30, "gpt-image-2.5-sunburst": 30,
             "gpt-image-1.5": 32, "gpt-image-1-mini": 8}  # fmt: skip
"""USD for a million tokens of picture; text that goes in is 5 USD a million."""
TEXT_USD = 5
SHUTDOWN = {"gpt-image-1.5": "2026-12-01", "gpt-image-1-mini": "2026-12-01",
            "gpt-4o-mini-tts": "2027-01-06", "tts-1": "2027-01-06",
            "tts-1-hd": "2027-01-06"}  # fmt: skip
SQUARE_TOKENS = {"low": 196, "medium": 1756, "high": 7024, "xhigh": 10536, "max": 14048}
WIDE_TOKENS = {"low": 120, "medium": 1078, "high": 4312, "xhigh": 6468, "max": 8624}
OLD_SIZES = ("1024x1024", "1536x1024", "1024x1536")
SPEECH_TOKENS_PER_S = Decimal(1250) / 60
CHARACTER_USD = {"tts-1": 15, "tts-1-hd": 30}
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer",
          "verse", "marin", "cedar")  # fmt: skip

IMAGE = closed(
    ("prompt", "model"),
    prompt={"type": "string", "minLength": 1, "maxLength": 32000},
    model=WORDS,
    n=whole(1, 10),
    size=WORDS,
    quality=one_of("low", "medium", "high", "xhigh", "max", "auto"),
    output_format=one_of("png", "jpeg", "webp"),
    output_compression=whole(0, 100),
    background=one_of("transparent", "opaque", "auto"),
    moderation=one_of("auto", "low"),
    safety_identifier=TEXT,
    user=TEXT,
)
SPEECH = closed(
    ("model", "input", "voice"),
    model=WORDS,
    input={"type": "string", "minLength": 1, "maxLength": 4096},
    voice=one_of(*VOICES),
    instructions=TEXT,
    response_format=one_of("mp3", "opus", "aac", "flac", "wav", "pcm"),
    speed=number(0.25, 4.0),
    stream_format=one_of("audio"),
)
HOUR_USD = {"whisper-1": Decimal("0.36"), "gpt-transcribe": Decimal("0.27")}
HEARING = closed(
    ("model", "response_format"),
    model=one_of(*HOUR_USD),
    response_format=one_of("json", "verbose_json"),
    language=TEXT,
    **{"languages[]": TEXT, "timestamp_granularities[]": one_of("word", "segment")},
)


def image_tokens(width: int, height: int, quality: str) -> int:
    """Tokens that a picture costs: the known sizes as published, others as the nearest shape."""
    quality = "medium" if quality == "auto" else quality
    return (SQUARE_TOKENS if width == height else WIDE_TOKENS)[quality]


class OpenAI(Vendor):
    name: ClassVar[str] = "openai"
    key: ClassVar[str] = "lab-openai-key"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.writer = Writer()
        names = [*IMAGE_USD, "gpt-4o-mini-tts", *CHARACTER_USD]
        self.offered: dict[str, str | None] = {name: SHUTDOWN.get(name) for name in names}
        """What the list of models tells: the last day of each. A test may change it."""
        self.court = Court()
        self.routes = (
            Route("images", "image", "POST", "/v1/images/generations", self.images),
            Route("speech", "speech", "POST", "/v1/audio/speech", self.speech),
            Route("transcriptions", "hearing", "POST", "/v1/audio/transcriptions", self.hear),
            Route("responses", "text", "POST", "/v1/responses", self.words),
            Route("moderations", "text", "POST", "/v1/moderations", self.moderations),
            Route("models", "ask", "GET", "/v1/models", self.models),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, kind: str, code: str | None, message: str) -> Reply:
        error = {"message": message, "type": kind, "param": None, "code": code}
        reply = json_reply(status, {"error": error})
        reply.headers["x-request-id"] = "req_lab"
        return reply

    def invalid(self, message: str) -> Reply:
        code = "unknown_parameter" if "unexpected" in message else "invalid_value"
        return self.error(400, "invalid_request_error", code, message)

    def missing(self, path: str) -> Reply:
        return self.error(404, "invalid_request_error", None, f"Invalid URL ({path})")

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            reply = self.error(429, "requests", "rate_limit_exceeded", "Rate limit reached.")
            if fault.name == "busy":
                reply.headers["Retry-After"] = str(self.wait_s(fault))
            return reply
        if fault.name == "no_credit":
            told = "You exceeded your current quota, please check your plan and billing details."
            return self.error(429, "insufficient_quota", "insufficient_quota", told)
        if fault.name == "bad_key":
            told = "Incorrect API key provided."
            return self.error(401, "invalid_request_error", "invalid_api_key", told)
        if fault.name == "refused":
            told = "Your request was rejected by the safety system."
            return self.error(400, "image_generation_user_error", "moderation_blocked", told)
        if fault.name == "error_503":
            told = "The server is overloaded. Please try again later."
            return self.error(503, "server_error", "server_is_overloaded", told)
        return self.error(500, "server_error", None, "The server had an error.")

    def unknown_model(self, model: str) -> Reply:
        told = f"The model '{model}' does not exist or you do not have access to it."
        self.bench.object_to(f"openai: {told}")
        return self.error(404, "invalid_request_error", "model_not_found", told)

    async def images(self, order: Order) -> Reply:
        body, model = order.body, _model(order)
        if model and model not in IMAGE_USD:
            return self.unknown_model(model)
        if bad := wrong_with(IMAGE, body) or request_breach("openai", "/images/generations", body):
            return self.object_to(bad)
        quality = body.get("quality", "auto")
        size = body.get("size", "auto")
        width, height = _sides("1024x1024" if size == "auto" else size)
        if bad := _wrong_size(model, size, width, height):
            return self.object_to(bad)
        if quality in ("xhigh", "max") and not model.startswith("gpt-image-2.5"):
            return self.object_to(f"quality: '{quality}' is not supported by {model}")
        count, kind = body.get("n", 1), body.get("output_format", "png")
        pictures = [
            await asyncio.to_thread(
                media.picture, width, height, f"{body['prompt']} {i}", kind, blank=order.spoilt
            )
            for i in range(count)
        ]
        text, out = len(body["prompt"]) // 4 + 1, image_tokens(width, height, quality) * count
        usd = (text * TEXT_USD + out * IMAGE_USD[model]) / MILLION
        self.charge(order, model, count, "image", usd, body["prompt"])
        return json_reply(200, {
            "created": int(time.time()),
            "data": [{"b64_json": base64.b64encode(p).decode()} for p in pictures],
            "usage": {
                "input_tokens": text,
                "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
                "output_tokens": out,
                "total_tokens": text + out,
            },
        })  # fmt: skip

    async def speech(self, order: Order) -> Reply:
        body, model = order.body, _model(order)
        if model and model != "gpt-4o-mini-tts" and model not in CHARACTER_USD:
            return self.unknown_model(model)
        if bad := wrong_with(SPEECH, body) or request_breach("openai", "/audio/speech", body):
            return self.object_to(bad)
        told = body["input"]
        if "instructions" in body and model in CHARACTER_USD:
            return self.object_to(f"instructions: not supported by {model}")
        kind = body.get("response_format", "mp3")
        said = misheard(told) if order.meets("misspoken") else told
        voice = await asyncio.to_thread(
            media.speak, said, speed=body.get("speed", 1.0), voice=body["voice"],
            silent=order.spoilt, pace=self.bench.openai_pace,
        )  # fmt: skip
        self.bench.ears.note(said, voice.seconds)
        data = await asyncio.to_thread(media.encode, voice, kind)
        if model in CHARACTER_USD:
            usd = len(told) * CHARACTER_USD[model] / MILLION
            self.charge(order, model, len(told), "character", usd, told)
        else:
            seconds = round(Decimal(voice.seconds), 3)
            words = len(told + body.get("instructions", "")) // 4 + 1
            usd = (words * Decimal("0.60") + round(seconds * SPEECH_TOKENS_PER_S) * 12) / MILLION
            self.charge(order, model, seconds, "second", usd, told)
        kinds: dict[str, Any] = media.CONTAINERS
        return Reply(200, data, kinds[kind][2] if kind in kinds else "audio/pcm")

    async def hear(self, order: Order) -> Reply:
        sent = read_form(order.request.headers.get("content-type", ""), order.request.body)
        if bad := wrong_with(HEARING, sent.fields):
            return self.object_to(bad)
        model = sent.fields["model"]
        timed_words = sent.fields.get("response_format") == "verbose_json"
        if sent.seconds is None:
            return self.object_to("file: the audio file could not be decoded")
        if timed_words and model != "whisper-1":
            return self.object_to(f"response_format: verbose_json is not supported by {model}")
        text = self.bench.ears.hear(sent.seconds)
        text = misheard(text) if order.meets("misheard") else text
        lasts = Decimal(str(round(sent.seconds, 3)))
        asked = dataclasses.replace(order, body={**sent.fields, "sound": sent.sound})
        self.charge(asked, model, lasts, "second", lasts / 3600 * HOUR_USD[model], text)
        usage = {"type": "duration", "seconds": float(lasts)}
        told: dict[str, Any] = {"text": text, "usage": usage}
        if timed_words:
            words = [{"word": w, "start": a, "end": b} for w, a, b in timed(text, sent.seconds)]
            told |= {"language": "english", "duration": float(lasts), "words": words}
        return json_reply(200, told)

    async def words(self, order: Order) -> Reply:
        model = _model(order)
        if model and model not in WORD_USD:
            return self.unknown_model(model)
        return await respond(self, self.writer, order)

    async def moderations(self, order: Order) -> Reply:
        if bad := self.court.objection(order.body):
            return self.object_to(bad)
        results = self.court.judge(order.body["input"])
        model = order.body["model"]
        return json_reply(200, {"id": f"modr-{order.id}", "model": model, "results": results})

    async def models(self, order: Order) -> Reply:
        return json_reply(200, {"object": "list", "data": [
            {"id": name, "object": "model", "created": 1760000000, "owned_by": "system",
             "shutdown_date": ends}
            for name, ends in self.offered.items()
        ]})  # fmt: skip


def _model(order: Order) -> str:
    """The model asked for; empty when the body is of no use. It is looked at before the rest."""
    return str(order.body.get("model", "")) if isinstance(order.body, dict) else ""


def _sides(size: str) -> tuple[int, int]:
    told = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size)
    return (int(told[1]), int(told[2])) if told else (0, 0)


def _wrong_size(model: str, size: str, width: int, height: int) -> str:
    """What is wrong with a picture's size; empty when the model makes it."""
    if not width or not height:
        return f"size: '{size}' is not of the form WIDTHxHEIGHT"
    if not model.startswith("gpt-image-2"):
        return "" if size in (*OLD_SIZES, "auto") else f"size: '{size}' is not one of {OLD_SIZES}"
    if width % 16 or height % 16:
        return f"size: both sides of '{size}' must be divisible by 16"
    if not 1 / 3 <= width / height <= 3:
        return f"size: the ratio of '{size}' must be between 1:3 and 3:1"
    if max(width, height) > 3840 or min(width, height) > 2160 or width * height < 655_360:
        return f"size: '{size}' is outside 655360 pixels to 3840x2160"
    return ""
