"""Whether the servers of one's own answer: a part of `reelwright doctor --online`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from providers.catalog import Catalog
from providers.models import Model, server_setting
from providers.server_health import health_of

Line = tuple[bool | None, str]


def server_lines(catalog: Catalog, access: Mapping[str, str]) -> list[Line]:
    """A line for each server that is configured: what it says, or why it cannot be asked."""
    used: dict[str, Model] = {}
    for model in catalog.models.values():
        if model.server and access.get(server_setting(model.server)):
            used.setdefault(model.server, model)

    async def asked() -> list[tuple[bool, str]]:
        return list(await asyncio.gather(*(health_of(access, m) for m in used.values())))

    # Another model may stand in for one whose server is away.
    found: list[Line] = [(True if fine else None, told) for fine, told in asyncio.run(asked())]
    named = {server_setting(name) for name in used}
    idle = [name for name in access if name.startswith("SERVERS=") and name not in named]
    return found + [(None, f"{name}: no model of the catalog is asked there") for name in idle]
