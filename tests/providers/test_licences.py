"""What licences allow, read from data: models, their parts, their voices."""

from __future__ import annotations

import pytest

from providers.catalog import load_catalog
from providers.errors import Misconfigured
from providers.licences import licences_of, refuse_commercial, strictest

MODELS = load_catalog().models


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_parts_of_every_model_are_known(name: str) -> None:
    assert licences_of(MODELS[name])[0].licence


@pytest.mark.parametrize("name", ["xtts-v2", "local-chattts", "local-flux-dev", "flux-dev-comfyui"])
def test_what_is_forbidden_is_refused_whatever_is_accepted(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name} may not be used commercially"):
        refuse_commercial(MODELS[name], [name])


@pytest.mark.parametrize("name", ["local-hunyuan", "local-sdxl", "local-ltx", "local-piper"])
def test_conditions_are_to_be_accepted_by_name(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"put {name} into LICENCES_ACCEPTED"):
        refuse_commercial(MODELS[name], ["another"])
    refuse_commercial(MODELS[name], [name])


@pytest.mark.parametrize(
    "part",
    ["insightface", "codeformer", "wav2lip", "liveportrait", "instantid", "rmbg", "mms"],
)
def test_a_part_can_forbid_what_its_model_allows(part: str) -> None:
    model = MODELS["local-wan"].model_copy(update={"parts": (part,)})
    assert strictest(licences_of(model)) == "no"
    with pytest.raises(Misconfigured, match=f"commercially, because of {part} "):
        refuse_commercial(model, ["local-wan"])


def test_a_part_can_set_conditions() -> None:
    model = MODELS["local-wan"].model_copy(update={"parts": ("musetalk",)})
    with pytest.raises(Misconfigured, match="under conditions only, because of musetalk"):
        refuse_commercial(model, [])
    refuse_commercial(model, ["local-wan"])


def test_a_voice_can_forbid_what_its_engine_allows() -> None:
    piper = MODELS["local-piper"]
    refuse_commercial(piper, ["local-piper"], "de_DE-thorsten-medium")
    with pytest.raises(Misconfigured, match="because of lessac"):
        refuse_commercial(piper, ["local-piper"], "en_US-lessac-medium")


def test_a_part_that_nobody_knows_is_named() -> None:
    model = MODELS["local-wan"].model_copy(update={"parts": ("wav3lip",)})
    with pytest.raises(Misconfigured, match=r"names a part 'wav3lip'; known: .*wav2lip"):
        licences_of(model)
