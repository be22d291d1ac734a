"""Names of the work that our own machine does: the store's keys for it."""

from __future__ import annotations

import hashlib


def work_key(kind: str, *told: object) -> str:
    """The store's key of a piece of our own work: its kind and all that decides it."""
    return f"{kind}-" + hash_text("\n".join(map(str, told)))[:40]


def hash_text(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
