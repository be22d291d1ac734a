"""A share of what `python -m tests.prompts.fuzz` generates, with every run of the tests."""

from __future__ import annotations

import pytest

from tests.prompts.fuzz import fuzz


@pytest.mark.slow
def test_generated_inputs_break_neither_the_check_nor_the_rules_planner() -> None:
    outcomes, broken = fuzz(400, seed=7)
    assert broken == []
    assert outcomes["check: made"] > 10
    assert outcomes["write: written"] > 10
