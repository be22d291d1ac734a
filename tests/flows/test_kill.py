"""Never pay twice: killed anywhere, started again, the bill is that of one run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.flows.drill import run_batch, write_scripts
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_a_batch_that_is_killed_again_and_again_costs_what_one_run_costs(tmp_path: Path) -> None:
    scripts = write_scripts(tmp_path / "scripts", 3)
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.4) as lab:
        calm = run_batch(scripts, tmp_path / "calm", lab, 0, random.Random(1))
        once = lab.bill.usd
        lab.reset()
        drilled = run_batch(scripts, tmp_path / "drilled", lab, 4, random.Random(1))
        again = lab.bill.usd
    assert drilled.kills > 0
    assert drilled.films == calm.films
    # An order is collected, or found again at the vendor's. Only a call of a vendor that answers
    # at once can be charged again, when it was on the wire at the instant of a kill; it is listed.
    assert drilled.charged_again("replicate") == 0
    assert drilled.unlisted == ()
    assert again >= once
    if not drilled.charged_again("openai"):
        assert again == once
