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

import pytest
import soundfile

from providers.store import Store
from tests.flows.chained import MOVES, RATES, TALKS, graphs, lines, plan, uploads, written
from tests.flows.films import make, receipt, reelwright
from tests.lab.faults import Rule
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


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
