"""What is going on inside a purchase, for those who watch: a few words at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Notice = Callable[[str], None]


def unheard(_words: str) -> None:
    """Nobody watches."""


listener: ContextVar[Notice] = ContextVar("listener", default=unheard)
"""Whom providers tell how far they are. A provider is told what is wanted, not who wants it."""
