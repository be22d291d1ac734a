"""Clips that are made of other things of their scene: a still that is set in motion, a voice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import soundfile

from providers.store import Store
from tests.flows.films import make, receipt, reelwright
from tests.lab.comfyui import ComfyUI
from tests.lab.faults import Rule
from tests.lab.openai import OpenAI
from tests.lab.server import Lab
from tests.providers.conftest import picture

pytestmark = [pytest.mark.slow, pytest.mark.drill]

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


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


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


def test_a_talking_clip_is_made_to_its_voice_and_anew_when_its_sentence_changes(
    lab: Lab, tmp_path: Path
) -> None:
    script, home = written(tmp_path, TALKS, MOVES), tmp_path / "home"
    home.mkdir()
    # The narration comes in two parts, and the clip is made to both of them as one.
    (home / "models.toml").write_text("[models.kokoro-server.limits]\ncharacters = 40\n")
    quoted = plan(script, home, lab)
    assert [t["what"] for t in quoted["scenes"][1]["things"]] == ["clip", "narration"]
    assert [t["what"] for t in quoted["scenes"][2]["things"]] == ["clip", "still", "narration"]
    first = make(script, home, **lab.urls, **RATES)
    told = lines(first)
    assert told["s02", "picture"] == ("wan-s2v-comfyui", "made")
    assert told["s03", "still"] == ("Qwen/Qwen-Image", "made")
    paid = sum(Decimal(str(item["usd"])) for item in receipt(first)["items"])
    assert abs(paid - Decimal(str(first["usd"]))) < Decimal("1e-12")
    timeline = json.loads((Path(first["video"]).parent / "timeline.json").read_text())
    (voice,) = (n for n in timeline["narrations"] if n["scene"] == "s02")
    (shot,) = (s for s in timeline["shots"] if s["scene"] == "s02")
    begins_s = (shot["start"] + shot["clip_start"]) / timeline["fps"]
    assert abs(voice["start"] / 48_000 - begins_s) <= 0.5 / timeline["fps"] + 1e-6
    sound = Store(home / "store").path(voice["digest"])
    name = voice["digest"][:32] + ".wav"
    assert uploads(lab)[name] == sound.read_bytes()
    assert uploads(lab)[next(n for n in uploads(lab) if n.endswith(".png"))]
    (talking,) = (g for g in graphs(lab) if g["8"]["class_type"] == "LoadAudio")
    assert talking["8"]["inputs"]["audio"] == name
    assert 0 <= talking["11"]["inputs"]["length"] / 16 - soundfile.info(sound).duration < 0.25
    charges = len(lab.bill.charges)
    assert charges == 6
    assert make(script, home, **lab.urls, **RATES)["usd"] == 0
    assert len(lab.bill.charges) == charges
    assert plan(script, home, lab)["to_make"] == []

    script.write_text(script.read_text().replace("Nobody believed", "Few people believed"))
    changed = plan(script, home, lab)
    assert [s["changes"] for s in changed["scenes"]] == [[], ["narration"], []]
    assert set(lines(make(script, home, **lab.urls, **RATES)).items()) >= {
        (("s02", "picture"), ("wan-s2v-comfyui", "made")),
        (("s03", "picture"), ("wan-i2v-comfyui", "owned")),
        (("s03", "still"), ("Qwen/Qwen-Image", "owned")),
        (("s03", "speech"), ("kokoro", "owned")),
    }
    # The first half of the narration is owned; the other half and the clip are bought.
    assert [c.vendor for c in lab.bill.charges[charges:]] == ["server", "comfyui"]
    assert not lab.bill.doubles()
    assert not lab.violations


def test_a_still_whose_clip_fails_is_shown_and_paid_once(lab: Lab, tmp_path: Path) -> None:
    lab.faults.script(Rule("failed", "comfyui", "prompt"))
    film = make(written(tmp_path, MOVES), tmp_path / "home", **lab.urls, **RATES)
    told = lines(film)
    assert told["s02", "still"] == ("Qwen/Qwen-Image", "made")
    assert told["s02", "picture"][0] == "Qwen/Qwen-Image"
    assert "(KSampler) failed" in str(receipt(film)["notes"])
    assert len([c for c in lab.bill.charges if c.unit == "image"]) == 1


def test_a_clip_whose_still_fails_says_so_in_one_sentence(lab: Lab, tmp_path: Path) -> None:
    lab.faults.script(Rule("error_500", "server"))
    script = written(tmp_path, MOVES)
    told = ("--speech", "espeak")
    film = make(script, tmp_path / "home", *told, **lab.urls, **RATES)
    assert graphs(lab) == []
    assert ("s02", "picture") not in lines(film), "its card stands in"
    assert "wan-i2v-comfyui: s02 still could not be made: qwen-image-server" in str(
        receipt(film)["notes"]
    )
    ended = reelwright("make", script, "--strict", *told, home=tmp_path / "home", **lab.urls)
    assert ended.returncode != 0
    assert "s02 still could not be made" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("route", ["upload", "prompt"])
def test_killed_between_the_speech_and_the_clip_nothing_is_paid_twice(
    tmp_path: Path, route: str
) -> None:
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    with Lab(queue_s=0.1, work_s=1.0) as lab:
        environment = os.environ | lab.urls | RATES | {
            "REELWRIGHT_HOME": str(home), "REELWRIGHT_SHORT_SIDE": "144",
        }  # fmt: skip
        told = [sys.executable, "-P", "-m", "flows", "make", str(script), "--out", "films"]
        run = subprocess.Popen(told, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
        while not [seen for seen in lab.requests if seen.route == route]:
            assert run.poll() is None
            time.sleep(0.005)
        run.send_signal(signal.SIGKILL)
        run.wait()
        again = subprocess.run(
            told, env=environment, cwd=tmp_path, capture_output=True, check=False
        )
        assert again.returncode == 0, again.stderr
        assert sorted(charge.vendor for charge in lab.bill.charges) == ["comfyui", "server"]
        assert not lab.bill.doubles()


def test_a_cap_that_holds_the_clip_back_keeps_its_voice(lab: Lab, tmp_path: Path) -> None:
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    env = {**lab.urls, "MACHINE_RATES": "workstation=40/h"}
    told = ("make", script, "--out", home / "films", "--budget")
    stopped = reelwright(*told, "0.5", home=home, **env)
    assert stopped.returncode == 3, stopped.stderr
    assert [charge.vendor for charge in lab.bill.charges] == ["server"]
    done = reelwright(*told, "50", home=home, **env)
    assert done.returncode == 0, done.stderr
    assert [charge.vendor for charge in lab.bill.charges] == ["server", "comfyui"]


def test_a_recording_makes_its_picture_speak(lab: Lab, tmp_path: Path) -> None:
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    script.write_text(script.read_text().replace("@video_provider: wan-s2v-comfyui", ""))
    made = make(script, home, "--speech", "espeak", **lab.urls)
    timeline = json.loads((Path(made["video"]).parent / "timeline.json").read_text())
    spoken = Store(home / "store").path(timeline["narrations"][0]["digest"])
    (tmp_path / "mine.wav").write_bytes(spoken.read_bytes())
    written(tmp_path, TALKS)
    script.write_text(script.read_text().replace("tts_provider: kokoro-server", "voice: mine.wav"))
    film = make(script, home, **lab.urls)
    assert lines(film)["s02", "picture"] == ("wan-s2v-comfyui", "made")
    assert [name.endswith(".wav") for name in uploads(lab)].count(True) == 1
    assert plan(script, home, lab)["to_make"] == []


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        ("## A\n@video_provider: wan-s2v-comfyui\n@duration: 3s\n", "this scene says nothing"),
        (TALKS.replace("Nobody", "Nobody " * 60), "make two scenes of it"),
        (MOVES + "@image_provider: cards\n", "say with image_provider who makes it"),
    ],
)
def test_what_a_clip_cannot_be_made_of_is_told_at_its_line(
    tmp_path: Path, scene: str, told: str
) -> None:
    done = reelwright("check", written(tmp_path, scene), home=tmp_path / "home")
    assert done.returncode == 2
    assert told in " ".join((done.stdout + done.stderr).split())
    assert "film.md:" in done.stdout + done.stderr


def test_of_a_flagged_still_nothing_is_made_until_a_person_has_seen_it(
    lab: Lab, tmp_path: Path
) -> None:
    vendor = lab.vendors["openai"]
    assert isinstance(vendor, OpenAI)
    vendor.court.pictures += [{"violence/graphic": 0.95}]
    script, home = written(tmp_path, MOVES), tmp_path / "home"
    told = ("make", script, "--image", "gpt-image-1-mini", "--speech", "espeak", "--json")
    env = {"MODERATION": "openai", **lab.urls, **RATES}
    waits = reelwright(*told, home=home, **env)
    assert waits.returncode == 5, waits.stderr
    (one,) = json.loads(waits.stdout)["waiting"]
    assert (one["number"], one["what"]) == (2, "still")
    assert graphs(lab) == []
    reelwright("approve", script, "--scene", "2", home=home)
    done = reelwright(*told, home=home, **env)
    assert done.returncode == 0, done.stderr
    assert len(graphs(lab)) == 1
    assert not lab.bill.doubles()


def test_another_take_of_a_talking_clip_is_made_to_the_same_voice(lab: Lab, tmp_path: Path) -> None:
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    redo = ("redo", script, "--out", home / "films", "--scene", "2", "--what", "clip")
    early = reelwright(*redo, home=home, **lab.urls, **RATES)
    assert early.returncode == 2
    assert "s02 has no narration yet; make the film first" in early.stderr.replace("\n", " ")
    make(script, home, **lab.urls, **RATES)
    done = reelwright(*redo, home=home, **lab.urls, **RATES)
    assert done.returncode == 0, done.stderr
    first, second = (graph["8"]["inputs"]["audio"] for graph in graphs(lab))
    assert first == second
    charges = len(lab.bill.charges)
    assert lines(make(script, home, **lab.urls, **RATES))["s02", "picture"][1] == "owned"
    told = ("pin", script, "--scene", "2", "--what", "clip")
    pinned = reelwright(*told, home=home, **lab.urls, **RATES)
    assert pinned.returncode == 0, pinned.stderr
    script.write_text(script.read_text().replace("Nobody", "Few people"))
    make(script, home, **lab.urls, **RATES)
    assert [charge.vendor for charge in lab.bill.charges[charges:]] == ["server"]


def test_offline_a_model_whose_weights_are_not_here_is_told_beforehand(tmp_path: Path) -> None:
    script = written(tmp_path, MOVES.replace("@video_provider: wan-i2v-comfyui\n", ""))
    told = ("check", script, "--image", "local-sdxl,cards")
    done = reelwright(*told, "--speech", "espeak", "--offline", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "note: local-sdxl" in " ".join(done.stdout.split())


def test_a_clip_is_made_to_the_narration_that_is_kept_when_one_was_made_again(
    lab: Lab, tmp_path: Path
) -> None:
    lab.faults.script(Rule("misspoken", "openai", "speech", nth=1))
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    script.write_text(
        script.read_text().replace("tts_provider: kokoro-server", "tts_provider: openai")
    )
    env = {**lab.urls, **RATES, "VERIFY_SPEECH": "1", "TRANSCRIBER": "whisper-1"}
    told = receipt(make(script, home, **env))
    assert [heard["made_again"] for heard in told["heard"]] == [True]
    (graph,) = graphs(lab)
    timeline = json.loads((home / "films" / "tides" / "timeline.json").read_text())
    kept = timeline["narrations"][0]["digest"]
    assert graph["8"]["inputs"]["audio"] == kept[:32] + ".wav"
    done = reelwright("plan", script, "--out", home / "films", "--json", home=home, **env)
    assert json.loads(done.stdout)["to_make"] == []
