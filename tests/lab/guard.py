"""A guard model on a server of one's own: a chat that answers with a verdict."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.lab.contracts import WORDS, closed, number, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.own_server import OwnServer
from tests.lab.vendor import Bench, Order, Route
from tests.lab.web import Reply, json_reply

CHAT = closed(
    ("model", "messages", "max_tokens", "temperature"),
    model=WORDS,
    messages={
        "type": "array", "minItems": 1, "maxItems": 1,
        "items": closed(("role", "content"), role=one_of("user"), content=WORDS),
    },
    max_tokens=whole(1, 256),
    temperature=number(0, 0),
)  # fmt: skip
SAFE = {
    "meta-llama/Llama-Guard-4-12B": "\n\nsafe",
    "Qwen/Qwen3Guard-Gen-4B": "Safety: Safe\nCategories: None",
}


class Guard(OwnServer):
    name: ClassVar[str] = "guard"
    key: ClassVar[str] = "lab-guard-key"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.replies: dict[str, str] = {}
        """What is said of texts that hold a phrase, by the phrase."""
        self.routes = (Route("guard", "text", "POST", "/v1/chat/completions", self.judge),)

    async def judge(self, order: Order) -> Reply:
        body: Any = order.body
        if bad := wrong_with(CHAT, body):
            return self.object_to(bad)
        model = body["model"]
        if model not in SAFE:
            return self.error(404, "NotFoundError", f"The model `{model}` does not exist.")
        text = body["messages"][0]["content"]
        said = next((r for phrase, r in self.replies.items() if phrase in text), SAFE[model])
        choice = {"index": 0, "finish_reason": "stop"}
        return json_reply(200, {
            "id": f"chatcmpl-{order.id}", "object": "chat.completion", "created": 1760000000,
            "model": model,
            "choices": [{**choice, "message": {"role": "assistant", "content": said}}],
            "usage": {"prompt_tokens": 250, "completion_tokens": 6, "total_tokens": 256},
        })  # fmt: skip
