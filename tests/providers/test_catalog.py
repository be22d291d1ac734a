from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured
from providers.models import Capability, Model
from providers.requests import (
    AlignmentRequest,
    AnyRequest,
    ImageRequest,
    ModerationRequest,
    PlanRequest,
    SpeechRequest,
    TranscriptRequest,
    VideoRequest,
)
from providers.sizes import values_for
from providers.templates import fill

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
    with pytest.raises(Misconfigured, match=r"no tier '9'; known: 1, .*offline"):
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
        assert model.price or "price" in model.about, f"{model.name} hides that it has no price"
        assert all(p.source and (p.checked or model.machine) for p in model.price)
    for tier in catalog.tiers.values():
        catalog.model(tier.image, "image")
        catalog.model(tier.speech, "speech")
        if tier.video:
            catalog.model(tier.video, "video")


def test_a_model_that_ends_names_a_successor_that_goes_on() -> None:
    models = load_catalog().models
    for model in models.values():
        if model.shutdown is not None:
            successor = models[model.successor]
            assert successor.capability == model.capability
            assert successor.shutdown is None


def test_names_of_one_vendors_model_agree_on_its_price_and_limits() -> None:
    known: dict[tuple[str, str], Model] = {}
    for model in load_catalog().models.values():
        first = known.setdefault((model.provider, model.id), model)
        assert (first.price, first.limits) == (model.price, model.limits)


@pytest.mark.parametrize(
    ("name", "capability"),
    [("dall-e-3", "image"), ("gpt-image-1-mini", "image"), ("sdxl", "image"), ("flux", "image"),
     ("openai", "speech"), ("edge", "speech"), ("kokoro", "speech"), ("wan", "video")],
)  # fmt: skip
def test_names_that_people_have_written_stay_valid(name: str, capability: Capability) -> None:
    assert load_catalog().model(name, capability).name == name


PLACES = {
    "prompt": "a fox", "negative": "text", "width": 2074, "height": 1166, "aspect": "16:9",
    "seed": 7, "text": "Hello.", "voice": "v", "speed": 1.0, "language": "en", "duration_s": 5.0,
    "reference": "0" * 64, "references": ["0" * 64], "picture": "0" * 64, "speech": "0" * 64,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(load_catalog().models))
def test_every_template_can_be_filled_and_a_quote_follows(name: str) -> None:
    catalog = load_catalog()
    model = catalog.models[name]
    told = fill(model.input, PLACES | values_for(model, 2074, 1166, 5.0))
    assert re.search(r"\{[a-z_]+\}", str(told)) is None
    if model.provider in ("cards", "espeak", "files"):
        return
    common = {"provider": model.provider, "model": model.id, "input": told}
    request: AnyRequest
    if model.capability == "image":
        request = ImageRequest(width=2074, height=1166, prompt="a fox", **common)
    elif model.capability == "speech":
        voice = model.default_voice or model.voices["en"]
        request = SpeechRequest(text="Hello.", voice=voice, **common)
    elif model.capability == "moderation":
        request = ModerationRequest(texts=("Hello.",), **common)
    elif model.capability == "plan":
        request = PlanRequest(system="Be brief.", turns=("Hello.",), most_tokens=99, **common)
    elif model.capability == "transcript":
        request = TranscriptRequest(sound="0" * 64, seconds=60.0, **common)
    elif model.capability == "alignment":
        request = AlignmentRequest(sound="0" * 64, text="Hello.", seconds=60.0, **common)
    else:
        request = VideoRequest(prompt="a fox", width=1920, height=1080, duration_s=5, **common)
    quote = make_provider(model.provider, Path, {}, catalog).quote(request)
    if model.price:
        assert all(item.usd is not None for item in quote)
    else:
        assert [item.usd for item in quote] == [None]
