"""Runs that crashed on a Prefect server go on where they were: `reelwright resume`."""

from __future__ import annotations

import asyncio
import os
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

from flows.cli.desk import BAD_INPUT, DONE, plain, say

HERE = "http://127.0.0.1:4200/api"
"""Where `reelwright serve` is found when nothing else is named."""


def resume_crashed(hours: float, only_look: bool) -> int:
    """Submits runs that crashed in the last `hours` again; what they made and paid for is owned."""
    url = os.environ.setdefault("PREFECT_API_URL", HERE)
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - the operator's own
            pass
    except (urllib.error.URLError, OSError, ValueError):
        return say(f"no Prefect server answers at {url}; set PREFECT_API_URL", BAD_INPUT)
    from flows.orchestration.watch import resume_now

    since = datetime.now(UTC) - timedelta(hours=hours)
    found = asyncio.run(resume_now(since, only_look))
    for one in found:
        went = "would go on" if one.run is None else f"goes on as run {one.run.id}"
        plain(f"{one.crashed.name}: crashed {one.crashed.start_time:%Y-%m-%d %H:%M} UTC, {went}")
    if not found:
        plain("nothing crashed that is not continued already")
    return DONE
