"""When three calls in ten go wrong, everything is delivered or reported, and the money adds up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.storm import weather
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_what_a_storm_costs_is_what_it_delivered_and_what_it_spoiled(tmp_path: Path) -> None:
    with Lab(probability=0.3, seed=7) as lab:
        storm = weather(lab, tmp_path, 72)
        violations, doubles = lab.violations, lab.bill.doubles()
    assert storm.problems == ()
    assert sum(storm.faults.values()) > 40
    assert sum(a.is_delivered for a in storm.accounts) + len(storm.reported) == 72
    assert storm.spoiled(), "a storm in which nothing is spoiled proves nothing"
    assert (violations, doubles) == ((), {})
