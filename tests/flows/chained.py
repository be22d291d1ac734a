"""Scripts whose clips are made of other things, and what the lab's ComfyUI was sent for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.flows.films import receipt, reelwright
from tests.lab.comfyui import ComfyUI
from tests.lab.server import Lab
from tests.providers.conftest import picture

FRONT = """---
title: Tides
tts_provider: kokoro-server
image_provider: qwen-image-server
characters:
  Ada: {words: a woman in a red coat, picture: ada.png}
---
"""
TALKS = """
## The sea
@video_provider: wan-s2v-comfyui

Ada says that it rises twice a day. Nobody believed her.
"""
MOVES = """
## The shore
@prompt: a shore at dawn
@video_provider: wan-i2v-comfyui

The shore is flooded every morning.
"""
RATES = {"MACHINE_RATES": "workstation=0.40/h"}


def written(folder: Path, *scenes: str) -> Path:
    (folder / "ada.png").write_bytes(picture(320, 180))
    script = folder / "film.md"
    script.write_text(FRONT + "".join(scenes))
    return script


def lines(film: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Who made what, and whether that was now, of what cost something."""
    return {
        (item["scene"], item["what"]): (item["model"], item["state"])
        for item in receipt(film)["items"]
        if item["provider"] not in ("cards", "files")
    }


def uploads(lab: Lab) -> dict[str, bytes]:
    server = lab.vendors["comfyui"]
    assert isinstance(server, ComfyUI)
    return server.inputs


def graphs(lab: Lab) -> list[dict[str, Any]]:
    return [seen.body["prompt"] for seen in lab.requests if seen.route == "prompt"]


def plan(script: Path, home: Path, lab: Lab) -> dict[str, Any]:
    done = reelwright(
        "plan", script, "--out", home / "films", "--json", home=home, **lab.urls, **RATES
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told
