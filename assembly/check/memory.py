"""What was measured before, recalled by all that decided it, so that it need not be again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Protocol

from pydantic import BaseModel

MEASURES = 1
"""Raised whenever the same frames would be measured otherwise."""


class Memory(Protocol):
    """Bytes by key, from one check to the next. Nothing is lost with them but time."""

    def recall(self, key: str) -> bytes | None:
        """What was kept under `key`, as it was kept; None where there is nothing."""

    def keep(self, key: str, value: bytes) -> None:
        """Keeps `value` under `key` as long as there is room."""


class Oblivion:
    """Remembers nothing: everything is measured."""

    def recall(self, key: str) -> bytes | None:
        return None

    def keep(self, key: str, value: bytes) -> None:
        return None


def memory_key(kind: str, *told: Any) -> str:
    """The name of what follows from `told`: bytes, models, and what JSON can say."""
    digest = hashlib.sha256(f"{kind} {MEASURES}".encode())
    for part in told:
        if isinstance(part, BaseModel):
            part = part.model_dump_json().encode()
        elif not isinstance(part, bytes):
            part = json.dumps(part).encode()
        digest.update(len(part).to_bytes(8) + part)
    return f"{kind}-{digest.hexdigest()[:40]}"


def remembered(memory: Memory, key: str, measure: Callable[[], Any]) -> Any:
    """What `measure` tells (as JSON can), recalled where it was measured before."""
    kept = memory.recall(key)
    if kept is not None:
        return json.loads(kept)
    found = measure()
    memory.keep(key, json.dumps(found).encode())
    return found
