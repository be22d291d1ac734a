"""The ledger as one run sees it: what buying asks before and after each call."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from flows.money import Spender
from providers.requests import AnyRequest, LineItem
from providers.store import Store

if TYPE_CHECKING:
    from flows.ledger import Ledger


class RunPurse:
    """Opens the ledger when the first thing is bought: a run that owns all never waits for it."""

    def __init__(self, file: Path, who: Spender, store: Store) -> None:
        self._file, self._who, self._store = file, who, store

    @functools.cached_property
    def _ledger(self) -> Ledger:
        from flows.ledger import Ledger

        ledger = Ledger(self._file)
        ledger.reconcile(self._store.bill_of)
        return ledger

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        return self._ledger.reserve(self._who, key, request, quote, collecting)

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        self._ledger.settle(reservation, bill)

    def release(self, reservation: int) -> None:
        self._ledger.release(reservation)

    def lose(self, reservation: int) -> None:
        self._ledger.lose(reservation)
