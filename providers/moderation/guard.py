"""Guard models behind any OpenAI-compatible server: a chat whose answer is a verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from providers._cloud import MILLION, Cloud
from providers._http import Vendor, base_of, call
from providers._servers import server_of
from providers.errors import Failed, Misconfigured
from providers.models import Model
from providers.moderation.pictures import data_uri
from providers.requests import AnyRequest, LineItem, Made, ModerationRequest

PATIENCE_S = 60.0
CHARACTERS_PER_TOKEN = 4


class Guard(Cloud):
    """One text, or one picture with the words it was made of, in a call of `/chat/completions`.

    Answers with a list of one: what the model said and how it ended, as JSON.
    """

    name: ClassVar[str] = "guard"

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        texts = request.texts if isinstance(request, ModerationRequest) else ()
        tokens = sum(len(text) // CHARACTERS_PER_TOKEN + 1 for text in texts)
        answer = int(model.input.get("max_tokens", 64))
        return {
            "call": Decimal(1),
            "M tokens in": Decimal(tokens) / MILLION,
            "M tokens out": Decimal(answer) / MILLION,
        }

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return self.bill(request, {})

    async def moderation(self, request: ModerationRequest) -> Made:
        vendor = self._vendor(self.model_of(request))
        words = "\n".join(request.texts)
        content: Any = words
        if request.picture:
            uri = data_uri(self.open_input(request.picture))
            content = [
                {"type": "image_url", "image_url": {"url": uri}},
                {"type": "text", "text": words},
            ]
        asked = [{"role": "user", "content": content}]
        body = {"model": request.model, "messages": asked, **request.input}
        url = f"{vendor.base}/chat/completions"
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        said = answer.json()
        try:
            choice = said["choices"][0]
            told = {"text": choice["message"]["content"], "finish": choice.get("finish_reason")}
            usage = said.get("usage") or {}
        except (TypeError, KeyError, IndexError, AttributeError):
            raise Failed("the guard's server answered without a verdict", bill=None) from None
        return Made(
            data=json.dumps([told]).encode(),
            media_type="application/json",
            bill=self.bill(request, _used(usage)),
        )

    def _vendor(self, model: Model) -> Vendor:
        if model.server:
            return server_of(self.access, model)
        if not self.access.get("GUARD_BASE_URL"):
            raise Misconfigured(
                "GUARD_BASE_URL is not set; write the address of the guard model's server, "
                "such as http://127.0.0.1:8000/v1"
            )
        base = base_of(self.access, "GUARD_BASE_URL", "")
        key = self.access.get("GUARD_API_KEY", "").strip()
        head = {"Authorization": f"Bearer {key}"} if key else {}
        return Vendor("the guard's server", base, "GUARD_API_KEY", key, head)


def _used(usage: Any) -> dict[str, Decimal]:
    units = {"prompt_tokens": "M tokens in", "completion_tokens": "M tokens out"}
    told = usage if isinstance(usage, Mapping) else {}
    return {u: Decimal(told[k]) / MILLION for k, u in units.items() if isinstance(told.get(k), int)}
