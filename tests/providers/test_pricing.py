"""Machines: what runs on them is priced by the second, at a rate from the configuration."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from providers.catalog import load_catalog
from providers.errors import Misconfigured
from providers.models import Model
from providers.pricing import at_rates, hardware, machine_rates, priced, usual_s

LOCAL = Model(
    name="local", provider="p", id="local", capability="image", licence="x", commercial="yes",
    machine="runpod", limits={"run_s": 2, "run_s_per_megapixel": 10},
)  # fmt: skip


def test_rates_are_read_per_hour_minute_or_second() -> None:
    told = machine_rates("workstation=0.36/h, runpod=$0.0004/s,here=0.9, box=0.06/min")
    assert told == {
        "workstation": Decimal("0.0001"),
        "runpod": Decimal("0.0004"),
        "here": Decimal("0.00025"),
        "box": Decimal("0.001"),
    }


@pytest.mark.parametrize("told", ["runpod", "=3", "runpod=a lot", "runpod=1/day"])
def test_a_rate_that_cannot_be_read_is_told(told: str) -> None:
    with pytest.raises(Misconfigured, match="write machines as workstation="):
        machine_rates(told)


def test_seconds_cost_what_the_machine_costs() -> None:
    model = at_rates(LOCAL, machine_rates("runpod=0.36/h"))
    (line,) = priced(model, hardware(model, 12.5))
    assert (line.quantity, line.unit, line.usd) == (
        Decimal("12.5"), "second of runpod", Decimal("0.00125"),
    )  # fmt: skip
    assert (line.source, line.checked) == ("MACHINE_RATES", "")


def test_a_machine_of_unknown_rate_has_an_unknown_price_and_ones_own_is_free() -> None:
    (unknown,) = priced(at_rates(LOCAL, {}), {})
    own = at_rates(LOCAL.model_copy(update={"machine": "workstation"}), {})
    (free,) = priced(own, {})
    assert (unknown.usd, free.usd) == (None, Decimal(0))
    assert "MACHINE_RATES" in free.source


def test_the_usual_seconds_of_a_run_add_up_over_what_is_made() -> None:
    assert usual_s(LOCAL, {"run": Decimal(1), "megapixel": Decimal("1.5")}) == 17
    assert usual_s(LOCAL.model_copy(update={"limits": {}}), {"run": Decimal(1)}) is None


def test_a_model_of_a_server_needs_that_servers_address(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(
        '[models.mine]\nprovider = "cards"\nid = "mine"\ncapability = "image"\nlicence = "x"\n'
        'commercial = "yes"\nserver = "gpu1"\nmachine = "gpu1"\n'
    )
    model = load_catalog(tmp_path / "models.toml", "gpu1=3.60/h").models["mine"]
    assert model.key == "SERVERS=gpu1="
    assert model.price[0].usd == Decimal("0.001")
