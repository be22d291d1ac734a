"""AssemblyAI: a sound is uploaded, a transcript is ordered and asked for until it is there."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import time
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab.contracts import TEXT, WORDS, closed
from tests.lab.contracts import wrong as wrong_with
from tests.lab.ears import length_s, misheard, timed
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply

HOUR_USD = {"universal-3-5-pro": Decimal("0.21"), "universal-2": Decimal("0.15")}
TRANSCRIPT = closed(
    ("audio_url", "speech_models"),
    audio_url=WORDS,
    speech_models={"type": "array", "minItems": 1, "items": {"enum": list(HOUR_USD)}},
    language_code=TEXT,
)


class AssemblyAI(Vendor):
    name: ClassVar[str] = "assemblyai"
    key: ClassVar[str] = "lab-assemblyai-key"
    cannot: ClassVar[frozenset[str]] = frozenset({"blank", "silent", "aborted", "flagged"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._sounds: dict[str, bytes] = {}
        self._orders: dict[str, tuple[Order, float]] = {}
        self.routes = (
            Route("upload", "ask", "POST", "/v2/upload", self.upload),
            Route("create", "job", "POST", "/v2/transcript", self.create),
            Route("poll", "ask", "GET", r"/v2/transcript/(?P<id>\w+)", self.poll),
            Route("delete", "ask", "DELETE", r"/v2/transcript/(?P<id>\w+)", self.delete),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "")

    def invalid(self, message: str) -> Reply:
        return json_reply(400, {"error": message})

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            reply = json_reply(429, {"error": "Too many requests"})
            if fault.name == "busy":
                reply.headers["Retry-After"] = str(self.wait_s(fault))
            return reply
        if fault.name == "bad_key":
            return json_reply(401, {"error": "Authentication error, API token missing/invalid"})
        if fault.name == "no_credit":
            return json_reply(402, {"error": "Your current account balance is negative."})
        if fault.name == "refused":
            return json_reply(400, {"error": "The file was refused."})
        return json_reply(503 if fault.name == "error_503" else 500, {"error": "Server error"})

    async def upload(self, order: Order) -> Reply:
        if length_s(order.request.body) is None:
            return self.object_to("upload: that is no sound")
        url = f"https://cdn.assemblyai.com/upload/{secrets.token_hex(8)}"
        self._sounds[url] = order.request.body
        return json_reply(200, {"upload_url": url})

    async def create(self, order: Order) -> Reply:
        if bad := wrong_with(TRANSCRIPT, order.body):
            return self.object_to(bad)
        if order.body["audio_url"] not in self._sounds:
            return self.object_to("audio_url: nothing lies there")
        self._orders[order.id] = order, time.monotonic()
        return json_reply(200, {"id": order.id, "status": "queued"})

    async def poll(self, order: Order) -> Reply:
        found = self._orders.get(order.places["id"])
        if found is None:
            return json_reply(404, {"error": "Transcript lookup error"})
        ordered, since = found
        told: dict[str, Any] = {"id": ordered.id, "status": "processing"}
        passed = time.monotonic() - since
        if ordered.meets("stuck") or passed < self.bench.queue_s + self.bench.work_s:
            return json_reply(200, told)
        if ordered.meets("failed", "canceled"):
            error = "Transcoding failed. File does not appear to contain audio."
            return json_reply(200, told | {"status": "error", "error": error})
        seconds = length_s(self._sounds[ordered.body["audio_url"]]) or 0.0
        text = self.bench.ears.hear(seconds)
        text = misheard(text) if ordered.meets("misheard") else text
        model = ordered.body["speech_models"][0]
        lasts = Decimal(str(round(seconds, 3)))
        if not self.bench.bill.has(ordered.id):
            sound = hashlib.sha256(self._sounds[ordered.body["audio_url"]]).hexdigest()
            asked = dataclasses.replace(ordered, body={**ordered.body, "audio_url": sound})
            self.charge(asked, model, lasts, "second", lasts / 3600 * HOUR_USD[model], text)
        words = [
            {"text": w, "start": round(a * 1000), "end": round(b * 1000), "confidence": 0.98}
            for w, a, b in timed(text, seconds)
        ]
        return json_reply(200, told | {
            "status": "completed", "text": text, "words": words, "language_code": "en",
            "audio_duration": float(lasts), "confidence": 0.98,
        })  # fmt: skip

    async def delete(self, order: Order) -> Reply:
        self._orders.pop(order.places["id"], None)
        return json_reply(200, {"id": order.places["id"], "status": "completed"})
