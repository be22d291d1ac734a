"""How long a busy vendor says to wait: headers in four spellings, or words in the body."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MOST_WAIT_S = 600.0
"""Nobody waits longer on a vendor's word: after ten minutes it is asked again."""

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_PART_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_IN_WORDS = re.compile(
    r"(?:resets in|retryDelay\"?:|try again in)\W*([\d.]+ ?(?:ms|s|m|h)[\d.smh]*)"
)
_RESETS = ("ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")


def named_wait_s(headers: Mapping[str, str], body: str, now: dt.datetime) -> float | None:
    """Seconds to wait (0 to 600) as named by the vendor, or None when it names no time.

    `headers` have names in lower case; `now` is aware. Read, in this order: `retry-after-ms`,
    `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), rate-limit reset headers (the longest)
    and Replicate's "resets in ~30s", Google's `"retryDelay": "30s"`, OpenAI's "try again in 20s".
    """
    wait_s = _milliseconds(headers.get("retry-after-ms", ""))
    if wait_s is None:
        wait_s = _retry_after_s(headers.get("retry-after", ""), now)
    if wait_s is None:
        resets = (duration_s(headers.get(name, "")) for name in _RESETS)
        wait_s = max((reset for reset in resets if reset is not None), default=None)
    if wait_s is None and (said := _IN_WORDS.search(body)):
        wait_s = duration_s(said[1].replace(" ", ""))
    return None if wait_s is None else min(max(0.0, wait_s), MOST_WAIT_S)


def duration_s(told: str) -> float | None:
    """Seconds of "30", "30s", "20ms" or "6m0s"; None for anything else."""
    told = told.strip().rstrip(".")
    if re.fullmatch(r"\d+(\.\d+)?", told):
        return float(told)
    parts = _PART.findall(told)
    if not parts or "".join(number + unit for number, unit in parts) != told:
        return None
    return sum(float(number) * _PART_S[unit] for number, unit in parts)


def _milliseconds(told: str) -> float | None:
    try:
        return float(told) / 1000
    except ValueError:
        return None


def _retry_after_s(told: str, now: dt.datetime) -> float | None:
    if (wait_s := duration_s(told)) is not None:
        return wait_s
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return (until - now).total_seconds()
