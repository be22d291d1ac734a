"""Anthropic: Messages, whole or as a stream of events."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.lab.contracts import FLAG, TEXT, WORDS, closed, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply
from tests.lab.words import USD, Writer, charge, events

TURN = closed(
    ("role", "content"),
    role=one_of("user", "assistant"),
    content={"type": "array", "items": closed(("type", "text"), type=one_of("text"), text=WORDS)},
)
MESSAGE = closed(
    ("model", "max_tokens", "messages"),
    model=WORDS,
    max_tokens=whole(1, 128_000),
    messages={"type": "array", "minItems": 1, "items": TURN},
    system=TEXT,
    stream=FLAG,
    output_config=closed(
        ("format",),
        format=closed(("type", "schema"), type=one_of("json_schema"), schema={"type": "object"}),
    ),
)
STOPS = {"stop": "end_turn", "length": "max_tokens", "refused": "refusal"}


class Anthropic(Vendor):
    name: ClassVar[str] = "anthropic"
    key: ClassVar[str] = "lab-anthropic-key"
    cannot: ClassVar[frozenset[str]] = frozenset({"blank", "silent"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.writer = Writer()
        self.routes = (Route("messages", "text", "POST", "/v1/messages", self.messages),)

    def told_key(self, request: Request) -> str:
        if "anthropic-version" not in request.headers:
            self.bench.object_to("anthropic: anthropic-version is missing")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return request.headers.get("x-api-key", bearer)

    def error(self, status: int, kind: str, message: str) -> Reply:
        return json_reply(status, {
            "type": "error", "error": {"type": kind, "message": message}, "request_id": "req_lab",
        })  # fmt: skip

    def invalid(self, message: str) -> Reply:
        return self.error(400, "invalid_request_error", message)

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            reply = self.error(429, "rate_limit_error", "Number of request tokens exceeded.")
            if fault.name == "busy":
                reply.headers["Retry-After"] = str(self.wait_s(fault))
            return reply
        if fault.name == "no_credit":
            return self.error(402, "billing_error", "Your credit balance is too low.")
        if fault.name == "bad_key":
            return self.error(401, "authentication_error", "invalid x-api-key")
        if fault.name == "refused":
            return self.error(400, "invalid_request_error", "Output blocked by content filtering.")
        if fault.name == "error_503":
            return self.error(529, "overloaded_error", "Overloaded")
        return self.error(500, "api_error", "Internal server error")

    async def messages(self, order: Order) -> Reply:
        body: Any = order.body
        if bad := wrong_with(MESSAGE, body):
            return self.object_to(bad)
        model = body["model"]
        if model not in USD:
            self.bench.object_to(f"anthropic: no model {model}")
            return self.error(404, "not_found_error", f"model: {model}")
        asked = "\n".join(part["text"] for turn in body["messages"] for part in turn["content"])
        said = self.writer.answer(asked)
        went, came = charge(self, order, model, body.get("system", "") + asked, said)
        usage = {"input_tokens": went, "output_tokens": came}
        stop = STOPS[said.finish]
        message: dict[str, Any] = {
            "id": f"msg_{order.id}", "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": said.text}], "stop_reason": stop,
            "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        if not body.get("stream"):
            return json_reply(200, message)
        start = message | {"content": [], "stop_reason": None}
        start["usage"] = {"input_tokens": went, "output_tokens": 1}
        half = len(said.text) // 2
        pieces = [
            ("content_block_delta", {
                "type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": piece},
            })
            for piece in (said.text[:half], said.text[half:])
        ]  # fmt: skip
        block = {"type": "text", "text": ""}
        ended = {"stop_reason": stop, "stop_sequence": None}
        return events(
            ("message_start", {"type": "message_start", "message": start}),
            ("content_block_start",
             {"type": "content_block_start", "index": 0, "content_block": block}),
            *pieces,
            ("content_block_stop", {"type": "content_block_stop", "index": 0}),
            ("message_delta", {"type": "message_delta", "delta": ended, "usage": usage}),
            ("message_stop", {"type": "message_stop"}),
        )  # fmt: skip
