from __future__ import annotations

import datetime as dt

import pytest

from providers._waits import named_wait_s

NOW = dt.datetime(2026, 11, 20, 12, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({}, "", None),
        ({}, "slow down please", None),
        ({"retry-after": "7"}, "", 7.0),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "-3"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, "", 0.0),
        ({"retry-after": "86400"}, "", 600.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, "", 0.25),
        ({"ratelimit-reset": "12"}, "", 12.0),
        ({"x-ratelimit-reset-requests": "20ms", "x-ratelimit-reset-tokens": "1m30s"}, "", 90.0),
        ({}, "Request was throttled. Your rate limit resets in ~30s.", 30.0),
        ({}, '{"details": [{"retryDelay": "21s"}]}', 21.0),
        ({}, "Please try again in 1.5s. Visit the page", 1.5),
    ],
)
def test_the_time_that_a_busy_vendor_names_is_understood(
    headers: dict[str, str], body: str, wait_s: float | None
) -> None:
    assert named_wait_s(headers, body, NOW) == wait_s
