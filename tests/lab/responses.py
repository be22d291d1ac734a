"""OpenAI's Responses: words, whole, with a JSON Schema or without."""

from __future__ import annotations

from typing import Any

from tests.lab.contracts import FLAG, TEXT, WORDS, closed, one_of, request_breach, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.vendor import Order, Vendor
from tests.lab.web import Reply, json_reply
from tests.lab.words import Said, Writer, charge

TURN = closed(("role", "content"), role=one_of("system", "user", "assistant"), content=WORDS)
RESPONSE = closed(
    ("model", "input", "max_output_tokens"),
    model=WORDS,
    input={"type": "array", "minItems": 1, "items": TURN},
    max_output_tokens=whole(16, 128_000),
    stream={"const": False},
    store=FLAG,
    include={"type": "array", "items": TEXT},
    reasoning=closed(
        (), context=WORDS, effort=one_of("none", "minimal", "low", "medium", "high", "xhigh")
    ),
    text=closed(
        ("format",),
        format=closed(
            ("type", "name", "schema", "strict"),
            type=one_of("json_schema"), name=WORDS, strict={"const": True},
            schema={"type": "object"}, description=TEXT,
        ),
    ),
)  # fmt: skip


def loose_end(schema: Any) -> str:
    """What strict mode refuses in a schema: an object that is open, or a key that may be left out.

    Empty where nothing is.
    """
    if isinstance(schema, list):
        return next(filter(None, map(loose_end, schema)), "")
    if not isinstance(schema, dict):
        return ""
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "additionalProperties is required to be supplied and to be false"
        if set(schema.get("required", ())) != set(schema.get("properties", {})):
            return "required is required to include every key in properties"
    return next(filter(None, map(loose_end, schema.values())), "")


async def respond(vendor: Vendor, writer: Writer, order: Order) -> Reply:
    """Answers `POST /responses`."""
    body: Any = order.body
    if bad := wrong_with(RESPONSE, body) or request_breach("openai", "/responses", body):
        return vendor.object_to(bad)
    if bad := loose_end(body.get("text", {}).get("format", {}).get("schema", {})):
        return vendor.object_to(f"text.format.schema: {bad}")
    asked = "\n".join(turn["content"] for turn in body["input"])
    said = writer.answer(asked)
    went, came = charge(vendor, order, body["model"], asked, said)
    return json_reply(200, _told(order.id, body["model"], said, went, came))


def _told(name: str, model: str, said: Said, went: int, came: int) -> dict[str, Any]:
    is_whole = said.finish != "length"
    part: dict[str, Any] = {"type": "output_text", "text": said.text, "annotations": []}
    if said.finish == "refused":
        part = {"type": "refusal", "refusal": said.text or "I can't help with that."}
    return {
        "id": f"resp_{name}", "object": "response", "created_at": 1760000000, "model": model,
        "status": "completed" if is_whole else "incomplete",
        "incomplete_details": None if is_whole else {"reason": "max_output_tokens"},
        "error": None, "instructions": None, "metadata": {}, "parallel_tool_calls": True,
        "temperature": None, "tool_choice": "auto", "tools": [], "top_p": None,
        "output": [{
            "id": f"msg_{name}", "type": "message", "role": "assistant",
            "status": "completed" if is_whole else "incomplete", "content": [part],
        }],
        "usage": {
            "input_tokens": went, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": came, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": went + came,
        },
    }  # fmt: skip
