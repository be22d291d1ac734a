from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from flows.money.amounts import Caps, OverBudget, Spender, dollars, total_usd
from flows.money.ledger import Ledger
from providers.requests import LineItem, SpeechRequest

REQUEST = SpeechRequest(provider="vendor", model="m", text="Hello.", voice="v")


def price(usd: str | None) -> tuple[LineItem, ...]:
    amount = None if usd is None else Decimal(usd)
    return (LineItem(quantity=Decimal(1), unit="run", unit_usd=amount, usd=amount),)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened


def test_what_is_settled_replaces_what_was_reserved(ledger: Ledger) -> None:
    held = ledger.reserve(Spender("r", caps=Caps()), "k", REQUEST, price("0.50"), False)
    assert ledger.committed_usd("r") == Decimal("0.50")
    ledger.settle(held, price("0.37"))
    assert ledger.committed_usd("r") == Decimal("0.37")


def test_what_is_released_is_given_back(ledger: Ledger) -> None:
    ledger.release(ledger.reserve(Spender("r", caps=Caps()), "k", REQUEST, price("0.50"), False))
    assert ledger.committed_usd("r") == 0


def test_a_call_that_would_pass_the_cap_is_refused_and_exactly_the_cap_is_not(
    ledger: Ledger,
) -> None:
    caps = Caps(run_usd=Decimal("1.00"))
    ledger.reserve(Spender("r", caps=caps), "a", REQUEST, price("0.60"), False)
    with pytest.raises(OverBudget, match=r"run budget of \$1.00 would be passed: \$0.60 is"):
        ledger.reserve(Spender("r", caps=caps), "b", REQUEST, price("0.400000001"), False)
    ledger.reserve(Spender("r", caps=caps), "c", REQUEST, price("0.40"), False)
    assert ledger.committed_usd("r") == Decimal("1.00")


def test_the_cap_of_the_day_counts_all_runs(ledger: Ledger) -> None:
    caps = Caps(day_usd=Decimal(1))
    ledger.reserve(Spender("r1", caps=caps), "a", REQUEST, price("0.70"), False)
    with pytest.raises(OverBudget, match="day budget"):
        ledger.reserve(Spender("r2", caps=caps), "b", REQUEST, price("0.70"), False)


def test_a_price_that_is_not_known_counts_as_its_upper_bound(ledger: Ledger) -> None:
    caps = Caps(run_usd=Decimal("0.50"), unknown_usd=Decimal("0.75"))
    with pytest.raises(OverBudget):
        ledger.reserve(Spender("r", caps=caps), "a", REQUEST, price(None), False)


def test_a_call_that_was_in_flight_when_its_run_died_stays_counted(ledger: Ledger) -> None:
    ledger.reserve(Spender("dead", caps=Caps()), "k", REQUEST, price("0.50"), False)
    ledger.reserve(Spender("next", caps=Caps()), "k", REQUEST, price("0.50"), False)
    assert ledger.committed_usd("dead") == Decimal("0.50")
    assert ledger.committed_usd("next") == Decimal("0.50")


def test_an_order_that_is_collected_keeps_the_reservation_of_the_run_that_placed_it(
    ledger: Ledger,
) -> None:
    held = ledger.reserve(Spender("dead"), "k", REQUEST, price("0.50"), False)
    caps = Caps(run_usd=Decimal(0))
    assert ledger.reserve(Spender("next", caps=caps), "k", REQUEST, price("0.50"), True) == held
    assert ledger.committed_usd("next") == 0


def test_a_reservation_is_ended_once_whoever_ends_it(ledger: Ledger) -> None:
    held = ledger.reserve(Spender("r"), "k", REQUEST, price("0.50"), False)
    ledger.settle(held, price("0.30"))
    ledger.settle(held, price("0.30"))
    ledger.release(held)
    ledger.lose(held)
    assert ledger.committed_usd("r") == Decimal("0.30")


def test_a_cap_per_provider_and_month_holds(ledger: Ledger) -> None:
    caps = Caps(provider_usd=(("vendor", Decimal(1)),))
    ledger.reserve(Spender("a", caps=caps), "a", REQUEST, price("0.9"), False)
    with pytest.raises(OverBudget, match="the vendor budget"):
        ledger.reserve(Spender("b", caps=caps), "b", REQUEST, price("0.2"), False)
    month = Caps(month_usd=Decimal("0.95"))
    with pytest.raises(OverBudget, match="the month budget"):
        ledger.reserve(Spender("c", caps=month), "c", REQUEST, price("0.2"), False)


def test_a_vendors_cap_is_for_its_words_and_judges_too(ledger: Ledger) -> None:
    caps = Caps(provider_usd=(("openai", Decimal(1)), ("openai-text", Decimal("0.5"))))
    of = {name: REQUEST.model_copy(update={"provider": name}) for name in (
        "openai", "openai-text", "openai-moderation", "openai-compatible",
    )}  # fmt: skip
    ledger.reserve(Spender("a", caps=caps), "a", of["openai-text"], price("0.45"), False)
    with pytest.raises(OverBudget, match="the openai-text budget"):
        ledger.reserve(Spender("b", caps=caps), "b", of["openai-text"], price("0.1"), False)
    ledger.reserve(Spender("c", caps=caps), "c", of["openai"], price("0.45"), False)
    with pytest.raises(OverBudget, match="the openai budget"):
        ledger.reserve(Spender("d", caps=caps), "d", of["openai-moderation"], price("0.2"), False)
    # A server of one's own that speaks OpenAI's language is not billed to OpenAI.
    ledger.reserve(Spender("e", caps=caps), "e", of["openai-compatible"], price("9"), False)


def test_a_batch_of_runs_shares_a_cap(ledger: Ledger) -> None:
    caps = Caps(batch_usd=Decimal(1))
    ledger.reserve(Spender("a", caps=caps, batch="b1"), "a", REQUEST, price("0.7"), False)
    with pytest.raises(OverBudget, match="the batch budget"):
        ledger.reserve(Spender("b", caps=caps, batch="b1"), "b", REQUEST, price("0.4"), False)
    ledger.reserve(Spender("c", caps=caps, batch="b2"), "c", REQUEST, price("0.4"), False)


def test_money_counts_on_the_day_it_was_reserved_whenever_the_bill_comes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.money.ledger._day", lambda: "2026-10-31")
    held = ledger.reserve(Spender("r"), "a", REQUEST, price("0.90"), False)
    monkeypatch.setattr("flows.money.ledger._day", lambda: "2026-11-01")
    ledger.settle(held, price("0.10"))
    caps = Caps(day_usd=Decimal(1), month_usd=Decimal(1))
    with pytest.raises(OverBudget, match="the day budget"):
        ledger.reserve(Spender("r", caps=caps), "b", REQUEST, price("1.01"), False)
    ledger.reserve(Spender("r", caps=caps), "c", REQUEST, price("1.00"), False)


def test_what_rounding_leaves_out_never_passes_a_cap(ledger: Ledger) -> None:
    caps = Caps(run_usd=Decimal("0.000000001"))
    with pytest.raises(OverBudget):
        ledger.reserve(Spender("r", caps=caps), "a", REQUEST, price("0.0000000010000001"), False)


def test_machines_with_stores_of_their_own_do_not_end_each_others_reservations(
    ledger: Ledger,
) -> None:
    mine = ledger.reserve(Spender("a", store="one"), "k", REQUEST, price("0.5"), False)
    ledger.reserve(Spender("b", store="two"), "k", REQUEST, price("0.5"), False)
    ledger.settle(mine, price("0.3"))
    assert ledger.committed_usd("a") == Decimal("0.3")


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
