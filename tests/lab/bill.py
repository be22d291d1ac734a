"""What the vendors would have charged: an append-only list, and a file that survives a kill."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any


def digest(told: Any) -> str:
    """A short name of a prompt, or of anything that JSON can say."""
    text = told if isinstance(told, str) else json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Charge:
    """One thing a vendor charged for. `usd` is exact; equal orders have equal `order`."""

    vendor: str
    model: str
    quantity: Decimal
    unit: str
    usd: Decimal
    request_id: str
    prompt: str
    order: str
    fault: str = ""
    """The fault that spoiled what was charged for, such as a reset after the work was done."""


class Bill:
    """All charges in the order in which they were made; safe to read and write from any thread."""

    def __init__(self, path: Path | None = None) -> None:
        self._charges: list[Charge] = []
        self._lost: set[str] = set()
        self._lock = threading.Lock()
        self._path = path

    def charge(self, charge: Charge) -> None:
        """Adds a charge; it is in the file, if there is one, before the client has its answer."""
        with self._lock:
            self._charges.append(charge)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as f:
                    f.write(json.dumps(as_json(charge)) + "\n")

    def has(self, request_id: str) -> bool:
        """Whether anything was charged for this request."""
        with self._lock:
            return any(charge.request_id == request_id for charge in self._charges)

    def lost(self, request_id: str) -> None:
        """Notes that nobody can fetch any more what this request paid for."""
        with self._lock:
            self._lost.add(request_id)

    def is_lost(self, charge: Charge) -> bool:
        """Whether nobody can fetch any more what was charged for."""
        with self._lock:
            return charge.request_id in self._lost

    @property
    def charges(self) -> tuple[Charge, ...]:
        with self._lock:
            return tuple(self._charges)

    @property
    def usd(self) -> Decimal:
        """The sum of all charges."""
        return total(self.charges)

    def of(self, vendor: str) -> tuple[Charge, ...]:
        """The charges of one vendor."""
        return tuple(c for c in self.charges if c.vendor == vendor)

    def doubles(self) -> dict[str, int]:
        """Orders charged for more than once, though the vendor delivered: by digest, how often.

        A charge with a fault, or for something lost, may rightly be made again: it does not count.
        """
        with self._lock:
            lost = frozenset(self._lost)
        told = Counter(
            f"{vendor} {order}"
            for vendor, order, _ in {
                (c.vendor, c.order, c.request_id)
                for c in self.charges
                if not c.fault and c.request_id not in lost
            }
        )
        return {order: times for order, times in told.items() if times > 1}

    def clear(self) -> None:
        """Forgets all charges; the file keeps them."""
        with self._lock:
            self._charges.clear()
            self._lost.clear()


def total(charges: Iterable[Charge]) -> Decimal:
    """The sum of some charges."""
    return sum((c.usd for c in charges), Decimal(0))


def as_json(charge: Charge) -> dict[str, str]:
    """A charge as JSON; numbers are text, so that nothing is rounded."""
    return {name: str(value) for name, value in asdict(charge).items()}


def read_bill(path: Path) -> tuple[Charge, ...]:
    """The charges in a bill's file, also after the process that wrote it was killed."""
    charges = []
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        told["quantity"], told["usd"] = Decimal(told["quantity"]), Decimal(told["usd"])
        charges.append(Charge(**told))
    return tuple(charges)
