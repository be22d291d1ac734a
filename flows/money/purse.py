"""The ledger as one run sees it: what buying asks before and after each call, in any thread."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flows.money.amounts import Owned, Spender, total_usd
from providers.lanes import OPEN, Lane
from providers.requests import AnyRequest, LineItem
from providers.store import Store

if TYPE_CHECKING:
    from flows.money.ledger import Ledger
    from flows.sharing.lanes import Lanes

FREE = 0
"""The reservation of what is known to cost nothing: it is not written down."""


class RunPurse:
    """Opens the ledger when money is first spent: a run that owns all never waits for it."""

    def __init__(
        self, ledger_url: str, who: Spender, store: Store, lanes: Lanes | None = None
    ) -> None:
        self._url, self._spender, self._store = ledger_url, who, store
        self._lanes = lanes
        self._opening = threading.Lock()
        self._opened: Ledger | None = None

    def lane(self, provider: str) -> Lane:
        """What calls to a provider wait for."""
        return OPEN if self._lanes is None else self._lanes.to(provider)

    @functools.cached_property
    def _who(self) -> Spender:
        return self._spender._replace(store=self._store.id())

    @property
    def _ledger(self) -> Ledger:
        from flows.money.ledger import Ledger

        with self._opening:
            if self._opened is None:
                ledger = Ledger(self._url)
                reconcile(ledger, self._store)
                self._opened = ledger
            return self._opened

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        if total_usd(quote) == 0:
            return FREE
        return self._ledger.reserve(self._who, key, request, quote, collecting)

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        if reservation != FREE:
            self._ledger.settle(reservation, bill)

    def release(self, reservation: int) -> None:
        if reservation != FREE:
            self._ledger.release(reservation)

    def lose(self, reservation: int) -> None:
        if reservation != FREE:
            self._ledger.lose(reservation)

    def close(self) -> None:
        """Closes the ledger, if it was opened."""
        if self._opened is not None:
            self._opened.close()

    def note_owned(self, things: Iterable[Owned]) -> None:
        """Writes down what was owned and would have cost something."""
        if worth := [thing for thing in things if thing.usd != 0]:
            self._ledger.note_owned(self._who, worth)


def reconcile(ledger: Ledger, store: Store) -> int:
    """Ends the reservations of buyers that died, as far as the store knows; returns how many.

    What is owned is settled at its bill. An order that is out, or was sent unheard, stays reserved:
    the next run collects it or asks for it. Any other call that was on the wire is listed as
    "outcome unknown". Whoever lives holds its key.
    """
    ended = 0
    for reservation, key in ledger.open_of(store.id()):
        with store.if_free(key) as free:
            if not free:
                continue
            bill = store.bill_of(key)
            if bill is not None:
                ledger.settle(reservation, bill)
            elif store.open_job(key) is None and store.sent_at(key) is None:
                ledger.lose(reservation)
            else:
                continue
            ended += 1
    return ended
