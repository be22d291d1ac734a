"""The films of one command are a batch: they share a budget, and the costs show it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.flows.films import reelwright
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_a_batch_budget_holds_for_all_its_films_together(tmp_path: Path) -> None:
    scripts = []
    for name in ("One", "Two", "Three"):
        scripts.append(tmp_path / f"{name}.md")
        scripts[-1].write_text(f"---\ntitle: {name}\n---\n\n## {name}\nThis is film {name}.\n")
    told = ("make", *scripts, "--tier", "1", "--out", tmp_path / "films")
    with Lab() as lab:
        done = reelwright(*told, "--batch-budget", "0.05", home=tmp_path, **lab.urls)
        assert done.returncode == 3
        assert "the batch budget of $0.05 would be passed" in done.stderr
        assert lab.bill.usd <= Decimal("0.05")
        costs = reelwright("costs", "--by", "batch", "--json", home=tmp_path)
        (batch,) = json.loads(costs.stdout)
        assert Decimal(batch["usd"]) <= Decimal("0.05")
        done = reelwright(*told, "--batch-budget", "1", home=tmp_path, **lab.urls)
        assert done.returncode == 0, done.stderr
        costs = reelwright("costs", "--by", "batch", "--json", home=tmp_path)
    first, second = json.loads(costs.stdout)
    assert second["saved_usd"] == first["paid_usd"], "what the first batch bought is owned"
