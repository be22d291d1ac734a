"""Never pay twice: killed anywhere, started again, the bill is that of one run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.flows.drill import run_batch, write_scripts
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_a_batch_that_is_killed_again_and_again_costs_what_one_run_costs(tmp_path: Path) -> None:
    scripts = write_scripts(tmp_path / "scripts", 3)
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.4) as lab:
        calm = run_batch(scripts, tmp_path / "calm", lab.urls, kills=0, seed=1)
        once = lab.bill.usd
        lab.reset()
        drilled = run_batch(scripts, tmp_path / "drilled", lab.urls, kills=3, seed=1)
        doubles = lab.bill.doubles()
        again = lab.bill.usd
    assert drilled.kills > 0
    assert drilled.films == calm.films
    # An order whose id reached the disk is collected. Only a call on the wire at the instant of a
    # kill can be charged again, and each of those is listed.
    twice = Counter(order.split()[0] for order in doubles)
    assert twice <= drilled.unknown, f"{twice} charged again, {drilled.unknown} listed"
    assert again >= once
    if not doubles:
        assert again == once
