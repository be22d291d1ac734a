from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured

OWN = """
[models.cards]
about = "ours"

[models.paid]
provider = "cards"
id = "cards"
capability = "image"
price = [{ unit = "card", usd = "0.02", source = "price list", checked = "2026-11-20" }]
licence = "ours"
commercial = "yes"

[tiers.ours]
image = "paid"
speech = "espeak"
"""


def test_the_users_own_catalog_is_laid_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(OWN)
    catalog = load_catalog(tmp_path / "models.toml")
    assert catalog.models["cards"].about == "ours"
    assert catalog.models["cards"].licence.startswith("Reelwright")
    assert catalog.models["paid"].price[0].usd == Decimal("0.02")
    assert catalog.tier("ours").image == "paid"


def test_a_name_that_is_not_known_is_answered_with_the_nearest() -> None:
    with pytest.raises(Misconfigured, match=r"no image model 'card'; did you mean 'cards'\?"):
        load_catalog().model("card", "image")
    with pytest.raises(Misconfigured, match=r"no tier '9'; known: offline"):
        load_catalog().tier("9")


def test_a_model_is_not_taken_for_what_it_cannot_make() -> None:
    with pytest.raises(Misconfigured, match="no speech model 'cards'"):
        load_catalog().model("cards", "speech")


@pytest.mark.parametrize("text", ["[models", '[models.x]\nprovider = "cards"\n'])
def test_a_broken_catalog_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.toml").write_text(text)
    with pytest.raises(Misconfigured, match=r"models\.toml"):
        load_catalog(tmp_path / "models.toml")


def test_every_shipped_model_has_a_provider_and_every_price_a_source_and_a_date() -> None:
    catalog = load_catalog()
    for model in catalog.models.values():
        assert make_provider(model.provider, Path).name == model.provider
        assert model.price
        assert all(price.source and price.checked for price in model.price)
    for tier in catalog.tiers.values():
        catalog.model(tier.image, "image")
        catalog.model(tier.speech, "speech")
