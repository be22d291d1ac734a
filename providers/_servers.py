"""Servers of one's own: where a catalog entry's `server` is, and how long it worked."""

from __future__ import annotations

import time
from collections.abc import Mapping

from providers._http import Answer, Vendor, base_of
from providers.errors import Misconfigured, ProviderError, Rejected
from providers.models import Model, server_key_setting, server_setting


def server_of(access: Mapping[str, str], model: Model) -> Vendor:
    """Where `model` is asked for. Raises Misconfigured when SERVERS does not say."""
    if not model.server:
        raise Misconfigured(f"{model.name} names no server; write server = NAME into its entry")
    setting = server_setting(model.server)
    if not access.get(setting, "").strip():
        raise Misconfigured(
            f"SERVERS does not say where {model.server} is; "
            f"write {setting}http://HOST:PORT into .env"
        )
    base = base_of(access, setting, "")
    key = access.get(server_key_setting(model.server), "").strip()
    head = {"Authorization": f"Bearer {key}"} if key else {}
    name = f"the server {model.server}"
    return Vendor(name, base, server_key_setting(model.server), key, head, _reads)


class Stopwatch:
    """Seconds since it was made, to a thousandth: what a machine's work is billed by."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._since, 3)


def _reads(answer: Answer, told: str) -> ProviderError | None:
    """Servers that refuse content speak as OpenAI does."""
    if answer.status == 400 and "content_policy" in answer.content.decode(errors="replace"):
        return Rejected(f"the server refuses the content: {told}")
    return None
