"""Films whose pictures and clips are made on this machine: tiny weights, real commands, checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.flows.films import make, receipt, reelwright
from tests.providers.tiny_diffusers import write

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SCRIPT = """---
title: A fox
characters:
  Otto:
    words: an old fox
    picture: otto.png
---

## Otto in the snow
Otto walks in the snow.

## The wood
The wood is quiet today.
"""
LIMITS = "multiple = 16\nmost_pixels = 36864\n"
CLIP_LIMITS = (
    "multiple = 32\nmost_pixels = 16384\nfps = 24\n"
    "least_frames = 9\nmost_frames = 17\nframe_step = 8\n"
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for kind in ("sdxl", "flux2-klein", "ltx"):
        write(kind, folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, weights: Path) -> Path:
    """A home whose catalog points shipped entries at tiny weights."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "models.toml").write_text(
        f"""
        [models.local-sdxl]
        id = "{weights}/sdxl"
        engine = {{ pipeline = "StableDiffusionXLPipeline" }}
        [models.local-sdxl.limits]
        {LIMITS}
        [models.local-sdxl.input]
        prompt = "{{prompt}}"
        width = "{{size_width}}"
        height = "{{size_height}}"
        num_inference_steps = 2
        seed = "{{seed}}"
        [models.local-flux2-klein]
        engine = {{ pipeline = "Flux2KleinPipeline", weights = "{weights}/flux2-klein" }}
        limits = {{ multiple = 16, most_pixels = 9216, references = 4 }}
        [models.local-ltx]
        engine = {{ pipeline = "LTXPipeline", weights = "{weights}/ltx" }}
        [models.local-ltx.limits]
        {CLIP_LIMITS}
        [models.local-ltx.input]
        prompt = "{{prompt}}"
        width = "{{size_width}}"
        height = "{{size_height}}"
        num_frames = "{{frames}}"
        num_inference_steps = 2
        max_sequence_length = 16
        seed = "{{seed}}"
        """
    )
    return home


def script(folder: Path, more: str = "") -> Path:
    Image.new("RGB", (90, 90), "orange").save(folder / "otto.png")
    path = folder / "fox.md"
    path.write_text(SCRIPT + more, encoding="utf-8")
    return path


def lines(film: dict[str, Any], provider: str = "diffusers") -> list[dict[str, Any]]:
    return [item for item in receipt(film)["items"] if item["provider"] == provider]


def test_a_film_is_made_of_local_pictures_and_the_second_time_of_owned_ones(
    tmp_path: Path, home: Path
) -> None:
    film = make(script(tmp_path), home, "--image", "local-sdxl", "--strict")
    bought = lines(film)
    assert [item["state"] for item in bought] == ["made", "made"]
    assert {item["unit"] for item in bought} == {"second of here"}
    assert all(float(item["quantity"]) > 0 and float(item["usd"]) == 0 for item in bought)
    assert receipt(film)["state"] == "done"
    again = make(script(tmp_path), home, "--image", "local-sdxl", "--strict")
    assert [item["state"] for item in lines(again)] == ["owned", "owned"]


def test_seconds_cost_what_the_machine_does(tmp_path: Path, home: Path) -> None:
    told = ("--image", "local-sdxl", "--strict")
    film = make(script(tmp_path), home, *told, MACHINE_RATES="here=3600/h")
    bought = lines(film)
    for item in bought:
        assert float(item["usd"]) == pytest.approx(float(item["quantity"]), abs=0.002)
    assert film["usd"] > 0


def test_the_picture_of_a_character_goes_to_a_model_that_takes_it(
    tmp_path: Path, home: Path
) -> None:
    film = make(script(tmp_path), home, "--image", "local-flux2-klein", "--strict")
    asked = [
        json.loads((home / "store" / "requests" / f"{item['key']}.json").read_text())["request"]
        for item in lines(film)
    ]
    assert [len(one["input"].get("image", [])) for one in asked] == [1, 0]
    assert "Otto is an old fox" in asked[0]["prompt"]
    assert "Otto" not in asked[1]["prompt"]


def test_a_clip_of_this_machine_fills_its_scene(tmp_path: Path, home: Path) -> None:
    more = "\n@visual: clip\n"
    film = make(script(tmp_path, more), home, "--video", "local-ltx", "--strict")
    (clip,) = lines(film)
    assert clip["scene"] == "s03"


def test_what_a_pipeline_does_not_take_is_refused_before_anything_is_made(
    tmp_path: Path, home: Path
) -> None:
    with (home / "models.toml").open("a") as told:
        told.write('\n[models.local-flux2-klein.input]\nprompt = "{prompt}"\n')
        told.write('negative_prompt = "{negative}"\n')
    done = reelwright("check", script(tmp_path), "--image", "local-flux2-klein", home=home)
    assert done.returncode == 2
    assert "local-flux2-klein: Flux2KleinPipeline takes no 'negative_prompt'" in done.stderr


def test_weights_that_are_missing_offline_are_told_in_one_sentence(
    tmp_path: Path, home: Path
) -> None:
    told = ("--image", "local-flux-schnell", "--strict", "--out", home / "films")
    done = reelwright("make", script(tmp_path), *told, home=home, MODELS_OFFLINE="1")
    assert done.returncode == 4
    assert "the weights of local-flux-schnell (black-forest-labs/FLUX.1-schnell)" in done.stderr
    assert "reelwright models fetch local-flux-schnell" in done.stderr
    assert "Traceback" not in done.stderr
