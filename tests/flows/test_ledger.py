from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ledger import Ledger
from flows.money import Caps, OverBudget, dollars, total_usd
from providers.requests import LineItem, SpeechRequest

REQUEST = SpeechRequest(provider="vendor", model="m", text="Hello.", voice="v")


def price(usd: str | None) -> tuple[LineItem, ...]:
    amount = None if usd is None else Decimal(usd)
    return (LineItem(quantity=Decimal(1), unit="run", unit_usd=amount, usd=amount),)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


def test_what_is_settled_replaces_what_was_reserved(ledger: Ledger) -> None:
    held = ledger.reserve("r", "k", REQUEST, price("0.50"), Caps())
    assert ledger.committed_usd("r") == Decimal("0.50")
    ledger.settle(held, price("0.37"))
    assert ledger.committed_usd("r") == Decimal("0.37")


def test_what_is_released_is_given_back(ledger: Ledger) -> None:
    ledger.release(ledger.reserve("r", "k", REQUEST, price("0.50"), Caps()))
    assert ledger.committed_usd("r") == 0


def test_a_call_that_would_pass_the_cap_is_refused_and_exactly_the_cap_is_not(
    ledger: Ledger,
) -> None:
    caps = Caps(run_usd=Decimal("1.00"))
    ledger.reserve("r", "a", REQUEST, price("0.60"), caps)
    with pytest.raises(OverBudget, match=r"run budget of \$1.00 would be passed: \$0.60 is"):
        ledger.reserve("r", "b", REQUEST, price("0.400000001"), caps)
    ledger.reserve("r", "c", REQUEST, price("0.40"), caps)
    assert ledger.committed_usd("r") == Decimal("1.00")


def test_the_cap_of_the_day_counts_all_runs(ledger: Ledger) -> None:
    caps = Caps(day_usd=Decimal(1))
    ledger.reserve("r1", "a", REQUEST, price("0.70"), caps)
    with pytest.raises(OverBudget, match="day budget"):
        ledger.reserve("r2", "b", REQUEST, price("0.70"), caps)


def test_a_price_that_is_not_known_counts_as_its_upper_bound(ledger: Ledger) -> None:
    caps = Caps(run_usd=Decimal("0.50"), unknown_usd=Decimal("0.75"))
    with pytest.raises(OverBudget):
        ledger.reserve("r", "a", REQUEST, price(None), caps)


def test_what_a_dead_run_left_reserved_is_released_by_the_next_buyer(ledger: Ledger) -> None:
    ledger.reserve("dead", "k", REQUEST, price("0.50"), Caps())
    ledger.reserve("next", "k", REQUEST, price("0.50"), Caps())
    assert ledger.committed_usd("dead") == 0
    assert ledger.committed_usd("next") == Decimal("0.50")


def test_many_buyers_at_once_never_pass_the_cap(tmp_path: Path) -> None:
    caps, refused = Caps(run_usd=Decimal("0.50")), []

    def spend(n: int) -> None:
        mine = Ledger(tmp_path / "ledger.sqlite")
        for i in range(5):
            try:
                held = mine.reserve("r", f"{n}-{i}", REQUEST, price("0.03"), caps)
            except OverBudget:
                refused.append(1)
            else:
                mine.settle(held, price("0.03"))

    Ledger(tmp_path / "ledger.sqlite")
    threads = [threading.Thread(target=spend, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Ledger(tmp_path / "ledger.sqlite").committed_usd("r") == Decimal("0.48")
    assert len(refused) == 14


def test_one_unknown_price_makes_the_sum_unknown() -> None:
    assert total_usd([*price("1"), *price(None)]) is None
    assert total_usd([]) == 0


@pytest.mark.parametrize(
    ("usd", "told"),
    [
        ("0", "$0.00"),
        ("12.5", "$12.50"),
        ("0.4", "$0.40"),
        ("0.0042", "$0.0042"),
        ("0.000001", "$0.000001"),
        (None, "unknown"),
    ],
)
def test_amounts_are_written_as_people_read_them(usd: str | None, told: str) -> None:
    assert dollars(None if usd is None else Decimal(usd)) == told
