"""A server of one's own: Chat Completions as vLLM, Ollama and llama.cpp speak it."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.lab.contracts import TEXT, WORDS, closed, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply
from tests.lab.words import Writer, charge

TURN = closed(("role", "content"), role=one_of("system", "user", "assistant"), content=WORDS)
CHAT = closed(
    ("model", "messages", "max_tokens"),
    model=WORDS,
    messages={"type": "array", "minItems": 1, "items": TURN},
    max_tokens=whole(1, 128_000),
    stream={"const": False},
    response_format=closed(
        ("type", "json_schema"),
        type=one_of("json_schema"),
        json_schema=closed(
            ("name", "schema"), name=WORDS, schema={"type": "object"}, strict={}, description=TEXT
        ),
    ),
)
MODELS = ("openai/gpt-oss-120b", "Qwen/Qwen3-235B-A22B-Instruct-2507")
FINISHES = {"stop": "stop", "length": "length", "refused": "content_filter"}


class OwnServer(Vendor):
    name: ClassVar[str] = "llm"
    key: ClassVar[str] = "lab-own-server-key"
    cannot: ClassVar[frozenset[str]] = frozenset({"blank", "silent", "no_credit"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.writer = Writer()
        self.routes = (Route("chat", "text", "POST", "/v1/chat/completions", self.chat),)

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, kind: str, message: str) -> Reply:
        told = {"message": message, "type": kind, "param": None, "code": status}
        return json_reply(status, {"error": told})

    def invalid(self, message: str) -> Reply:
        return self.error(400, "BadRequestError", message)

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            reply = self.error(429, "TooManyRequests", "The queue is full.")
            if fault.name == "busy":
                reply.headers["Retry-After"] = str(self.wait_s(fault))
            return reply
        if fault.name == "bad_key":
            return self.error(401, "AuthenticationError", "Unauthorized")
        if fault.name == "refused":
            return self.error(400, "BadRequestError", "The request was refused.")
        status = 503 if fault.name == "error_503" else 500
        return self.error(status, "InternalServerError", "The engine is dead.")

    async def chat(self, order: Order) -> Reply:
        body: Any = order.body
        if bad := wrong_with(CHAT, body):
            return self.object_to(bad)
        model = body["model"]
        if model not in MODELS:
            return self.error(404, "NotFoundError", f"The model `{model}` does not exist.")
        asked = "\n".join(turn["content"] for turn in body["messages"])
        said = self.writer.answer(asked)
        went, came = charge(self, order, model, asked, said)
        message = {"role": "assistant", "content": said.text}
        return json_reply(200, {
            "id": f"chatcmpl-{order.id}", "object": "chat.completion", "created": 1760000000,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": FINISHES[said.finish]}],
            "usage": {
                "prompt_tokens": went, "completion_tokens": came, "total_tokens": went + came,
            },
        })  # fmt: skip
