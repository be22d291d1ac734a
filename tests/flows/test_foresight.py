"""What is foreseen of chains: owned recordings and takes, judges, cancelled runs, no network."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from flows.sharing.stores import open_store
from providers.store import Store
from tests.flows.chained import MOVES, RATES, TALKS, graphs, lines, plan, uploads, written
from tests.flows.films import make, receipt, reelwright
from tests.lab.faults import Rule
from tests.lab.openai import OpenAI
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


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


def test_a_cancelled_run_calls_its_clip_off_at_the_vendors(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.orchestration.cancel import call_off_orders

    lab.faults.script(Rule("stuck", "comfyui", "prompt"))
    script, home = written(tmp_path, TALKS), tmp_path / "home"
    environment = lab.urls | RATES | {
        "REELWRIGHT_HOME": str(home), "REELWRIGHT_SHORT_SIDE": "144",
    }  # fmt: skip
    told = [sys.executable, "-P", "-m", "flows", "make", str(script), "--out", "films"]
    run = subprocess.Popen(told, env=os.environ | environment, cwd=tmp_path)
    while not list((home / "store" / "jobs").glob("*.json")):
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    assert run.wait() == 130
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    store = open_store(settings)
    asyncio.run(call_off_orders(prepare(script, Wishes(), settings, store), settings, store))
    assert [seen.route for seen in lab.requests if seen.route == "interrupt"] == ["interrupt"]
