"""What OpenAI offers today: its own list of models, with the day on which each ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from providers._http import call
from providers.errors import Failed
from providers.openai import OpenAI

PATIENCE_S = 20.0


class OpenAIOffers(OpenAI):
    """The vendor, asked for its list. Nothing is bought."""

    async def offers(self) -> dict[str, dt.date | None]:
        """Every model id this key may use, with its `shutdown_date`, None when there is none.

        Source: `GET /v1/models` of the vendor's OpenAPI file of 2026-08-21. Raises ProviderError.
        """
        vendor = self.vendor_of(None)
        answer = await call(vendor, "GET", f"{vendor.base}/models", patience_s=PATIENCE_S)
        said = answer.json()
        listed = said.get("data") if isinstance(said, Mapping) else None
        if not isinstance(listed, list):
            raise Failed("openai answered with something that is no list of models")
        entries = [entry for entry in listed if isinstance(entry, Mapping) and "id" in entry]
        return {str(entry["id"]): _day(entry.get("shutdown_date")) for entry in entries}


def _day(told: object) -> dt.date | None:
    """A date as `2026-12-01`; servers that only speak the same route tell none."""
    try:
        return dt.date.fromisoformat(str(told)[:10])
    except ValueError:
        return None
