"""Which of the orders that a vendor lists is ours: by model, exact input, and its own clock."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from providers._http import Answer
from providers.requests import AnyRequest

CLOCKS_S = 600.0
"""How much is listed before the moment a lost order was sent: our clock may be ahead."""
ROUNDED_S = 2.0
"""A Date header has whole seconds, and its answer took a moment to come."""


def created_after(since: float) -> str:
    """The query for orders that may have been placed at `since` (Unix seconds) or later."""
    after = dt.datetime.fromtimestamp(since - CLOCKS_S, dt.UTC)
    return urlencode({"created_after": after.strftime("%Y-%m-%dT%H:%M:%SZ")})


def earliest_s(since: float, answer: Answer) -> float:
    """`since`, a time of our clock, by the clock of the vendor that gave `answer`."""
    return since + _ahead_s(answer) - ROUNDED_S


def is_for(told: Any, request: AnyRequest, earliest: float) -> bool:
    """Whether a listed prediction is an order for `request` that has delivered or may yet.

    `earliest` is the time (Unix seconds) before which it cannot have been placed.
    """
    if not isinstance(told, Mapping) or not isinstance(told.get("id"), str):
        return False
    try:
        if dt.datetime.fromisoformat(str(told.get("created_at"))).timestamp() < earliest:
            return False
    except ValueError:
        return False
    name, _, version = request.model.partition(":")
    sent: Mapping[str, Any] = getattr(request, "input", {})
    got = told.get("input")
    return (
        told.get("model") == name
        and (not version or told.get("version") == version)
        and isinstance(got, Mapping)
        and all(key in got and got[key] == value for key, value in sent.items())
        and told.get("status") in ("starting", "processing", "succeeded")
    )


def _ahead_s(answer: Answer) -> float:
    """How far the vendor's clock is ahead of ours, by the Date of its answer; 0 without one."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - time.time()
    except ValueError:
        return 0.0
