"""Another take, which take is shown, and what is held: bought once, within caps, exactly there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flows.buying.orders import Take
from flows.edits.takes import Choice, TakeMade, read_takes, takes_path, write_takes
from prompts.errors import ScriptError
from tests.flows.films import make, receipt, reelwright
from tests.lab.server import Lab

SCRIPT = """---
title: Tides
tier: 2
budget: 5
---

## Why the sea moves
The Moon pulls at the sea. It rises twice a day.

## A wave
@prompt: a long wave rolls onto a beach

The water goes, and it comes back.
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def keys(film: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for item in receipt(film)["items"]:
        found.setdefault((item["scene"], item["what"]), set()).add(item["key"])
    return found


@pytest.mark.slow
@pytest.mark.drill
def test_takes_are_bought_shown_picked_and_held_for_one_scene_alone(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    def run(*told: str | Path, code: int = 0) -> str:
        done = reelwright(*told, home=tmp_path, **lab.urls)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    before = keys(make(script, tmp_path, **lab.urls))
    charged = len(lab.bill.charges)
    scene = ("--scene", "3", "--out", "films")
    assert "nothing was bought" in run("redo", script, *scene, "--candidates", "2", "--dry-run")
    assert len(lab.bill.charges) == charged
    assert not takes_path(script).exists()

    told = run("redo", script, *scene, "--candidates", "2", "--seed", "40")
    assert len(lab.bill.charges) == charged + 2
    assert "s03 image: 2 takes" in told
    with Image.open(tmp_path / "films" / "tides" / "takes" / "s03-image.png") as sheet:
        assert sheet.width > sheet.height > 300
    assert make(script, tmp_path, **lab.urls)["usd"] == 0
    assert len(lab.bill.charges) == charged + 2

    run("pick", script, "--scene", "a wave", "--candidate", "2")
    assert tomllib.loads(takes_path(script).read_text())["choice"][0]["take"][1]["seed"] == 41
    assert "take 2 is used" in run("plan", script, "--explain", "3")
    now = keys(make(script, tmp_path, **lab.urls))
    assert len(lab.bill.charges) == charged + 2, "a take that was picked is owned"
    assert {what for what in now if now[what] != before[what]} == {("s03", "picture")}

    run("pin", script, "--scene", "3")
    script.write_text(SCRIPT.replace("a long wave rolls onto a beach", "a storm at sea"))
    assert "no scene changes" in run("plan", script)
    assert keys(make(script, tmp_path, **lab.urls)) == now, "what is pinned survives the prompt"
    run("unpin", script, "--scene", "3")
    assert keys(make(script, tmp_path, **lab.urls))[("s03", "picture")] != now["s03", "picture"]
    assert len(lab.bill.charges) == charged + 3
    script.write_text(SCRIPT)
    assert keys(make(script, tmp_path, **lab.urls)) == now, "a choice holds for what it was made of"
    assert len(lab.bill.charges) == charged + 3

    dear = run("redo", script, *scene, "--budget", "0.001", code=3)
    assert "budget" in dear
    assert len(lab.bill.charges) == charged + 3
    assert not lab.violations


@pytest.mark.slow
@pytest.mark.drill
def test_one_more_narration_is_heard_at_once(lab: Lab, script: Path, tmp_path: Path) -> None:
    make(script, tmp_path, **lab.urls)
    done = reelwright("redo", script, "--scene", "2", "--what", "speech", home=tmp_path, **lab.urls)
    assert done.returncode == 0, done.stderr
    assert "take 1 is picked" in done.stdout
    assert len(list((tmp_path / "films" / "tides" / "takes").glob("s02-speech-*"))) == 2
    charged = len(lab.bill.charges)
    make(script, tmp_path, **lab.urls)
    assert len(lab.bill.charges) == charged


def test_what_this_machine_makes_has_no_takes(tmp_path: Path) -> None:
    path = tmp_path / "tides.md"
    path.write_text("# Tides\n\n## One\nThe sea rises.\n")
    done = reelwright("redo", path, "--scene", "2", home=tmp_path)
    assert done.returncode == 2
    assert "always the same" in done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"{path}:3: ")


def test_takes_are_read_as_they_were_written(tmp_path: Path) -> None:
    script = tmp_path / "tides.md"
    prompt = 'a "sea" \\ \x7f'
    takes = (
        TakeMade(number=1, keys=("r1-a",)),
        TakeMade(number=2, seed=7, prompt=prompt),
    )
    choice = Choice(
        heading="Ebbe – 潮", words="Zwei\nZeilen", what="image", aspect="16:9", model="flux",
        asks="a wave", picked=2, pinned=("r1-a",), takes=takes,
    )  # fmt: skip
    write_takes(script, [choice, choice.model_copy(update={"what": "speech", "aspect": ""})])
    assert read_takes(script)[0] == choice
    assert choice.take == Take(2, 7, prompt)
    assert len(read_takes(script)) == 2


@pytest.mark.parametrize(
    "text", ["[[choice]]\nwhat = ", "[choices]\n", '[[choice]]\nwhat = "song"\n', "choice = 3\n"]
)
def test_a_file_of_takes_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    script = tmp_path / "tides.md"
    takes_path(script).write_text(text)
    with pytest.raises(ScriptError) as wrong:
        read_takes(script)
    assert str(wrong.value).startswith(str(takes_path(script)))
