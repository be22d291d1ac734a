"""What `plan` says that a film costs is what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.flows.quotes import EXAMPLES, TIERS, quote_and_buy
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]
NEAR = Decimal("0.02")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
@pytest.mark.parametrize("tier", TIERS)
def test_a_quote_is_within_two_percent_of_the_bill(
    lab: Lab, tmp_path: Path, script: Path, tier: str
) -> None:
    film = quote_and_buy(script, tier, lab, tmp_path)
    assert film.quote_usd is not None, "no example asks for anything of unknown price"
    assert abs(film.off) < NEAR, f"planned ${film.quote_usd}, charged ${film.bill_usd}"
    assert not lab.violations


def test_a_voice_of_another_pace_is_quoted_right_once_its_pace_is_in_the_catalog(
    tmp_path: Path, own_home: Path
) -> None:
    script = EXAMPLES / "why-the-sky-is-blue.md"
    with Lab(openai_pace=12.5) as lab:
        before = quote_and_buy(script, "1", lab, tmp_path / "before")
        assert before.off < -NEAR
        own_home.mkdir(exist_ok=True)
        models = own_home / "models.toml"
        models.write_text("[models.openai.limits]\ncharacters_per_s = 12.3\ncharacters = 4096\n")
        after = quote_and_buy(script, "1", lab, tmp_path / "after")
    assert after.bill_usd == before.bill_usd
    assert abs(after.off) < NEAR
