"""The ledger as one run sees it: what buying asks before and after each call."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from flows.money import Caps
from providers.requests import AnyRequest, LineItem

if TYPE_CHECKING:
    from flows.ledger import Ledger


class RunPurse:
    """Opens the ledger when the first thing is bought: a run that owns all never waits for it."""

    def __init__(self, file: Path, run: str, caps: Caps) -> None:
        self._file, self._run, self._caps = file, run, caps

    @functools.cached_property
    def _ledger(self) -> Ledger:
        from flows.ledger import Ledger

        return Ledger(self._file)

    def reserve(self, key: str, request: AnyRequest, quote: tuple[LineItem, ...]) -> int:
        return self._ledger.reserve(self._run, key, request, quote, self._caps)

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        self._ledger.settle(reservation, bill)

    def release(self, reservation: int) -> None:
        self._ledger.release(reservation)
