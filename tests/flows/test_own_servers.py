"""Films whose parts come from servers of one's own: OpenAI-compatible ones, ComfyUI, Cog."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import make, receipt, reelwright
from tests.lab.cog_server import cog_server
from tests.lab.comfyui import ComfyUI
from tests.lab.faults import Rule
from tests.lab.local_server import LocalServer
from tests.lab.server import Lab
from tests.providers.conftest import picture

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SCRIPT = """---
title: Tides
tts_provider: kokoro-server
---

## The moon
@prompt: a full moon
@image_provider: qwen-image-server

The moon pulls.

## The sea
@prompt: a calm sea
@image_provider: sdxl-comfyui

The sea rises.

## The shore
@prompt: a shore
@image_provider: sdxl-cog

The shore is flooded.

## The wave
@prompt: a long wave
@video_provider: wan-server

The wave rolls.

## The wind
@prompt: wind in the dunes
@video_provider: ltx-comfyui

The wind falls.
"""
MADE = {
    "s02": "Qwen/Qwen-Image", "s03": "sdxl-comfyui", "s04": "sdxl-cog",
    "s05": "Wan-AI/Wan2.2-T2V-A14B-Diffusers", "s06": "ltx-comfyui",
}  # fmt: skip


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def cog(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    pytest.importorskip("cog")
    log = tmp_path / "cog.log"
    with cog_server(log) as base:
        yield base, log


def settings(lab: Lab, cog: str) -> dict[str, str]:
    servers = f"{lab.urls['SERVERS']},cog-sdxl={cog}"
    return {**lab.urls, "SERVERS": servers, "MACHINE_RATES": "workstation=0.40/h"}


def items(film: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(item["scene"], item["what"]): item for item in receipt(film)["items"]}


def test_a_film_of_five_servers_costs_their_seconds_and_is_bought_once(
    lab: Lab, cog: tuple[str, Path], tmp_path: Path
) -> None:
    script, home = tmp_path / "film.md", tmp_path / "home"
    script.write_text(SCRIPT)
    env = settings(lab, cog[0])
    # The rehearsed Cog server takes what the lab's model takes, not what SDXL does.
    home.mkdir()
    (home / "models.toml").write_text(
        "[models.sdxl-cog]\n"
        'input = { prompt = "{prompt}", width = "{size_width}", height = "{size_height}" }\n'
    )
    first = make(script, home, **env)
    told = items(first)
    shown = {scene: told[scene, "picture"]["model"] for scene in MADE}
    assert shown == MADE
    spoken = [item for (_, what), item in told.items() if what == "speech"]
    assert {item["model"] for item in spoken} == {"kokoro"}
    bought = [*spoken, *(told[scene, "picture"] for scene in MADE)]
    assert {item["unit"] for item in bought} == {"second of workstation"}
    total = sum(Decimal(str(item["usd"])) for item in bought)
    assert total > 0
    assert abs(total - Decimal(str(first["usd"]))) < Decimal("1e-12")
    assert len(cog[1].read_text().splitlines()) == 1
    assert not lab.violations
    assert not lab.bill.doubles()
    before = len(lab.bill.charges)
    again = make(script, home, **env)
    assert Decimal(str(again["usd"])) == 0
    assert len(lab.bill.charges) == before


def test_servers_that_fail_are_replaced_and_what_they_took_is_on_the_bill(
    lab: Lab, tmp_path: Path
) -> None:
    script = tmp_path / "film.md"
    script.write_text(
        "---\ntitle: Tides\ntts_provider: espeak\n---\n\n## The sea\n"
        "@prompt: a calm sea\n@image_provider: sdxl-comfyui, qwen-image-server\n\nThe sea rises.\n"
    )
    lab.faults.script(Rule("failed", "comfyui", "prompt"))
    film = make(script, tmp_path / "home", **settings(lab, "http://127.0.0.1:9"))
    assert items(film)["s02", "picture"]["model"] == "Qwen/Qwen-Image"
    assert "node 5 (KSampler) failed: Allocation on device 0" in str(receipt(film))


def test_a_servers_key_is_written_nowhere(lab: Lab, tmp_path: Path) -> None:
    script, home = tmp_path / "film.md", tmp_path / "home"
    script.write_text(
        "---\ntitle: Tides\ntts_provider: kokoro-server\n---\n\n## The sea\n"
        "@prompt: a calm sea\n@image_provider: sdxl-comfyui, qwen-image-server\n\nThe sea rises.\n"
    )
    lab.faults.script(Rule("bad_key", "comfyui", "history", nth=2))
    env = settings(lab, "http://127.0.0.1:9")
    for _ in range(2):
        done = reelwright("make", script, "--out", home / "films", home=home, **env)
        assert LocalServer.key not in done.stdout + done.stderr
    doctor = reelwright("doctor", script, home=home, **env)
    assert LocalServer.key not in doctor.stdout + doctor.stderr
    assert "SERVERS={'images'" in doctor.stdout.replace("\n", ""), "addresses are no secret"
    key = LocalServer.key.encode()
    assert [f for f in home.rglob("*") if f.is_file() and key in f.read_bytes()] == []


def test_a_characters_picture_is_set_in_motion(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "mara.png").write_bytes(picture(320, 180))
    script, home = tmp_path / "film.md", tmp_path / "home"
    script.write_text(
        "---\ntitle: Tides\ntts_provider: espeak\ncharacters:\n"
        "  Mara: {words: a woman in a red coat, picture: mara.png}\n---\n\n## The sea\n"
        "@prompt: Mara at the shore\n@video_provider: wan-i2v-comfyui\n\nThe sea rises.\n"
    )
    film = make(script, home, **settings(lab, "http://127.0.0.1:9"))
    assert items(film)["s02", "picture"]["model"] == "wan-i2v-comfyui"
    server = lab.vendors["comfyui"]
    assert isinstance(server, ComfyUI)
    assert list(server.inputs.values()) == [picture(320, 180)]
    assert not lab.violations


def test_a_server_that_no_setting_names_is_told_before_anything_is_made(
    lab: Lab, tmp_path: Path
) -> None:
    script = tmp_path / "film.md"
    script.write_text(SCRIPT)
    done = reelwright("doctor", script, home=tmp_path / "home")
    assert "Traceback" not in done.stderr
    assert "SERVERS=kokoro=" in done.stderr + done.stdout
