"""OpenAI's judge: `/moderations`, for words and pictures, at no charge."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import ClassVar

from providers._cloud import Cloud
from providers._http import Vendor, base_of, call, key_of
from providers.errors import Failed
from providers.models import Model
from providers.moderation.pictures import data_uri
from providers.requests import AnyRequest, LineItem, Made, ModerationRequest

PATIENCE_S = 30.0


class OpenAIModeration(Cloud):
    """Several texts in one call, or one picture. Answers with the list of results as JSON."""

    name: ClassVar[str] = "openai-moderation"

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        return {"call": Decimal(1)}

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return self.bill(request, {})

    async def moderation(self, request: ModerationRequest) -> Made:
        vendor = self._vendor()
        shown: list[object] = list(request.texts)
        if request.picture:
            uri = data_uri(self.open_input(request.picture))
            shown = [{"type": "image_url", "image_url": {"url": uri}}]
        body = {"model": request.model, "input": shown, **request.input}
        url = f"{vendor.base}/moderations"
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        said = answer.json()
        results = said.get("results") if isinstance(said, dict) else None
        if not isinstance(results, list) or len(results) != len(shown):
            raise Failed("openai answered without a verdict for each thing", self.quote(request))
        data = json.dumps(results).encode()
        return Made(data=data, media_type="application/json", bill=self.quote(request))

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "OPENAI_API_KEY", "https://platform.openai.com/api-keys")
        base = base_of(self.access, "OPENAI_BASE_URL", "https://api.openai.com/v1")
        return Vendor("openai", base, "OPENAI_API_KEY", key, {"Authorization": f"Bearer {key}"})
