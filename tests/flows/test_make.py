"""The main job through the front door: scripts in, films out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from tests.flows.films import SCRIPT, make, receipt, reelwright

pytestmark = pytest.mark.slow

FILES = {
    "captions.ass",
    "captions.srt",
    "captions.vtt",
    "contact-sheet.jpg",
    "description.txt",
    "poster.jpg",
    "receipt.json",
    "report.html",
    "storyboard.json",
    "timeline.json",
    "video.mp4",
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def test_a_script_becomes_a_film_with_all_that_comes_with_it(script: Path, tmp_path: Path) -> None:
    film = make(script, tmp_path)
    assert {p.name for p in Path(film["video"]).parent.iterdir()} == FILES
    assert (film["slug"], film["scenes"], film["usd"]) == ("tides", 4, 0)
    with av.open(film["video"]) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == round(film["duration_s"] * 30)
    told = receipt(film)
    assert told["state"] == "done"
    assert told["problems"] == []
    assert told["measured"]["worst_sync_frames"] <= 1
    assert abs(told["measured"]["integrated_lufs"] + 16) <= 0.5
    assert told["measured"]["true_peak_dbtp"] <= -1
    assert {(i["scene"], i["what"], i["state"]) for i in told["items"]} == {
        ("s01", "picture", "made"),
        ("s02", "picture", "made"),
        ("s02", "speech", "made"),
        ("s03", "picture", "made"),
        ("s03", "speech", "made"),
        ("s04", "picture", "made"),
    }
    assert all(i["usd"] == "0" and i["price_source"] for i in told["items"])


def test_the_second_time_nothing_is_made(script: Path, tmp_path: Path) -> None:
    first = make(script, tmp_path)
    before = Path(first["video"]).stat()
    told = receipt(make(script, tmp_path))
    assert {i["state"] for i in told["items"]} == {"owned"}
    assert {p["made"] for p in told["pieces"].values()} == {0}
    assert Path(first["video"]).stat().st_mtime_ns == before.st_mtime_ns


def test_changing_one_sentence_makes_just_what_depends_on_it(script: Path, tmp_path: Path) -> None:
    make(script, tmp_path)
    script.write_text(SCRIPT.replace("Every tide has its time.", "Every tide has its own hour."))
    told = receipt(make(script, tmp_path))
    made = {(i["scene"], i["what"]) for i in told["items"] if i["state"] == "made"}
    assert made == {("s03", "speech")}
    # A card rests, so the places where its neighbours dissolve into it stay as they were.
    assert told["pieces"]["segment"] == {"made": 1, "owned": 8}


def test_captions_can_be_left_to_their_files(script: Path, tmp_path: Path) -> None:
    make(script, tmp_path)
    told = receipt(make(script, tmp_path, "--captions", "files"))
    assert told["pieces"]["segment"]["made"] > 0
    assert "Moon" in (tmp_path / "films" / "tides" / "captions.srt").read_text()


def test_another_scripts_film_is_never_overwritten(script: Path, tmp_path: Path) -> None:
    film = make(script, tmp_path)
    other = tmp_path / "other.md"
    other.write_text(SCRIPT.replace("The Moon pulls", "The Sun pulls"))
    before = Path(film["video"]).read_bytes()
    done = reelwright("make", other, "--out", tmp_path / "films", home=tmp_path)
    assert done.returncode == 2
    assert f"{other}:2: {tmp_path / 'films' / 'tides'} holds the film of {script}" in done.stderr
    assert Path(film["video"]).read_bytes() == before


def test_two_scripts_of_one_title_are_refused_before_either_is_made(
    script: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.md"
    other.write_text(SCRIPT)
    done = reelwright("make", script, other, "--out", tmp_path / "films", home=tmp_path)
    assert done.returncode == 2
    assert f"{other}:2: the folder name 'tides' is taken by {script}" in done.stderr
    assert not (tmp_path / "films").exists()


def test_an_interrupt_leaves_no_children_and_no_half_made_files(
    script: Path, tmp_path: Path
) -> None:
    environment = os.environ | {"REELWRIGHT_HOME": str(tmp_path / "home")}
    told = [sys.executable, "-P", "-m", "flows", "make", str(script), "--out", str(tmp_path / "f")]
    run = subprocess.Popen(
        told, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    objects = tmp_path / "home" / "store" / "objects"
    until = time.monotonic() + 60
    while time.monotonic() < until and len(list(objects.glob("*/*"))) < 7:
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "run the same command to continue" in said
    group = subprocess.run(["ps", "-o", "pid=", "-g", str(run.pid)], capture_output=True, text=True)
    assert group.stdout.strip() == ""
    assert list((tmp_path / "home" / "store" / "tmp").iterdir()) == []
    assert list((tmp_path / "home" / "store" / "locks").iterdir()) == []
    assert not list((tmp_path / "f").rglob("*.mp4"))
