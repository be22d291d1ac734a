"""A worker that serves a diffusers model, on tiny weights: what it delivers, and a film of it."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.flows.films import make, receipt
from tests.flows.test_worker_process import worker_process
from tests.providers.tiny_diffusers import write

pytestmark = [pytest.mark.engine, pytest.mark.slow]

SCRIPT = """---
title: A fox
characters:
  Otto:
    words: an old fox
    picture: otto.png
---

## The snow
@prompt: Otto walks in the snow

Otto walks in the snow.
"""
CALLER = """
[models.image-worker.limits]
multiple = 16
most_pixels = 36864
"""


def test_pictures_of_a_film_are_made_by_a_worker_with_diffusers(tmp_path: Path) -> None:
    weights = write("sdxl", tmp_path)
    (tmp_path / "worker.toml").write_text(
        f'[models.local-sdxl]\nid = "{weights}"\n'
        'engine = { pipeline = "StableDiffusionXLPipeline" }\n'
        "limits = { multiple = 16, most_pixels = 36864 }\n"
        '[models.local-sdxl.input]\nprompt = "{prompt}"\nwidth = "{size_width}"\n'
        'height = "{size_height}"\nnum_inference_steps = 2\nseed = "{seed}"\n'
    )
    Image.new("RGB", (90, 90), "orange").save(tmp_path / "otto.png")
    (tmp_path / "film.md").write_text(SCRIPT)
    home = tmp_path / "home"
    home.mkdir()
    (home / "models.toml").write_text(CALLER)
    models = {"REELWRIGHT_MODELS": str(tmp_path / "worker.toml")}
    with worker_process(tmp_path / "worker", "--model", "local-sdxl", "--warm", **models) as (
        url, _,
    ):  # fmt: skip
        env = {"SERVERS": f"image-worker={url}", "MACHINE_RATES": "workstation=0.40/h"}
        film = make(tmp_path / "film.md", home, "--image", "image-worker", "--strict", **env)
        health = httpx2.get(f"{url}/health").json()
    [line] = [i for i in receipt(film)["items"] if i["provider"] == "http-worker"]
    assert (line["unit"], float(line["quantity"]) > 0) == ("second of workstation", True)
    assert float(line["usd"]) > 0
    assert (health["model"], health["succeeded"], health["failed"]) == ("local-sdxl", 2, 0)
