"""A film that is judged: what is refused costs nothing, what is flagged waits for a person."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import make, receipt, reelwright
from tests.lab.faults import Rule
from tests.lab.guard import Guard
from tests.lab.openai import OpenAI
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SCRIPT = """---
title: Tides
---

## Why the sea moves
@image_provider: openai-images
@prompt: the sea and the Moon

The Moon pulls at the sea.

## In the night
It rises {words}.
"""
DRAWN, SAID = 2, 3
"""Numbers of the scenes with the picture and with the words; the first is the title."""


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.01) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    running.reset()
    court(running).words.clear()
    court(running).pictures.clear()
    guard(running).replies.clear()
    return running


def court(lab: Lab) -> Any:
    vendor = lab.vendors["openai"]
    assert isinstance(vendor, OpenAI)
    return vendor.court


def guard(lab: Lab) -> Guard:
    vendor = lab.vendors["guard"]
    assert isinstance(vendor, Guard)
    return vendor


def write(folder: Path, words: str = "twice a day") -> Path:
    script = folder / "tides.md"
    script.write_text(SCRIPT.format(words=words))
    return script


def tried(script: Path, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return reelwright("make", script, "--out", home / "films", "--json", home=home, **env)


def rulings(film: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(j["scene"], j["what"]): j["ruling"] for j in receipt(film)["moderation"]}


def asked(lab: Lab, route: str) -> list[Any]:
    return [seen.body for seen in lab.requests if seen.route == route]


def test_a_refused_script_costs_nothing_and_names_its_line(tmp_path: Path, lab: Lab) -> None:
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT.format(words="").replace("the sea and the Moon", "a nude young girl"))
    for command in ("check", "plan", "make"):
        done = reelwright(command, script, home=tmp_path, **lab.urls)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{script}:7: picture prompt: this may not be in a film" in done.stderr
        assert "sexual_minors by rules: 'nude young girl'" in done.stderr
        assert "; change the words" in done.stderr
    assert lab.requests == ()
    assert not (tmp_path / "films").exists()


def test_what_a_judge_on_the_wire_refuses_is_not_bought_either(tmp_path: Path, lab: Lab) -> None:
    court(lab).words["twice a day"] = {"sexual/minors": 0.97}
    done = tried(write(tmp_path), tmp_path, MODERATION="openai", **lab.urls)
    assert done.returncode == 2
    assert f"{tmp_path}/tides.md:12: narration: this may not be in a film" in done.stderr
    assert "omni-moderation" in done.stderr
    assert {seen.route for seen in lab.requests} == {"moderations"}
    assert lab.bill.charges == ()


def test_a_flagged_scene_waits_until_a_person_approves_exactly_these_words(
    tmp_path: Path, lab: Lab
) -> None:
    script = write(tmp_path, "and you kill yourself")
    waits = tried(script, tmp_path, **lab.urls)
    assert waits.returncode == 5
    told = json.loads(waits.stdout)
    assert (told["state"], [w["number"] for w in told["waiting"]]) == (
        "waiting for approval",
        [SAID],
    )
    assert "waiting for approval: s03 narration (self_harm_instructions by rules" in waits.stderr
    assert f"reelwright approve {script} --scene {SAID}" in waits.stderr
    assert len(asked(lab, "images")) == 1, "only the scene that is flagged is held back"

    listed = reelwright("approve", script, home=tmp_path)
    assert "s03 narration" in listed.stdout
    assert "· waits" in listed.stdout
    wrong = reelwright("approve", script, "--scene", DRAWN, home=tmp_path)
    assert (wrong.returncode, "nothing waits in scene 2" in wrong.stderr) == (2, True)
    said = reelwright("approve", script, "--scene", SAID, home=tmp_path, LOGNAME="ada")
    assert said.stdout.startswith("s03 narration: approved by ada on ")
    film = make(script, tmp_path, **lab.urls)
    (judged,) = [j for j in receipt(film)["moderation"] if j["ruling"] == "flag"]
    assert (judged["scene"], judged["approved_by"]) == ("s03", "ada")
    assert len(asked(lab, "images")) == 1

    write(tmp_path, "and you should kill yourself")
    assert tried(script, tmp_path, **lab.urls).returncode == 5


def test_what_a_person_rejects_stays_out_until_it_is_changed(tmp_path: Path, lab: Lab) -> None:
    script = write(tmp_path, "and you kill yourself")
    assert tried(script, tmp_path, **lab.urls).returncode == 5
    reelwright("approve", script, "--all", "--reject", home=tmp_path, LOGNAME="ada")
    done = tried(script, tmp_path, **lab.urls)
    assert done.returncode == 2
    assert f"{script}:12: narration" in done.stderr
    assert "rejected by ada on" in done.stderr
    assert len(asked(lab, "images")) == 1, "what is refused stops all of it"
    write(tmp_path)
    make(script, tmp_path, **lab.urls)


def test_verdicts_are_asked_for_once_and_texts_go_in_one_call(tmp_path: Path, lab: Lab) -> None:
    script = write(tmp_path)
    told = {"MODERATION": "rules,openai", **lab.urls}
    film = make(script, tmp_path, **told)
    texts, picture = asked(lab, "moderations")
    assert {"The Moon pulls at the sea.", "the sea and the Moon"} < set(texts["input"])
    assert picture["input"][0]["type"] == "image_url"
    assert max(court(lab).seen[-1]) == 512
    assert set(rulings(film).values()) == {"allow"}
    assert rulings(film)["s02", "picture"] == "allow"
    make(script, tmp_path, **told)
    assert len(asked(lab, "moderations")) == 2
    write(tmp_path, "twice each day")
    make(script, tmp_path, **told)
    (last,) = asked(lab, "moderations")[2:]
    assert last == {"model": "omni-moderation-latest", "input": ["It rises twice each day."]}
    assert lab.violations == ()


def test_a_refused_picture_is_softened_once_and_paid_for_honestly(tmp_path: Path, lab: Lab) -> None:
    court(lab).pictures += [{"sexual/minors": 0.9}]
    film = make(write(tmp_path), tmp_path, MODERATION="openai", **lab.urls)
    told = receipt(film)
    paid = [i for i in told["items"] if i["provider"] == "openai"]
    assert {i["what"] for i in paid} == {"picture, refused", "picture"}
    assert float(told["usd"]) == pytest.approx(float(lab.bill.usd), rel=0.05)
    assert len(asked(lab, "images")) == 2
    assert "gentler prompt" in told["notes"][0]


def test_when_every_picture_is_refused_the_card_stands_in(tmp_path: Path, lab: Lab) -> None:
    court(lab).pictures += [{"sexual/minors": 0.9}] * 2
    film = make(write(tmp_path), tmp_path, MODERATION="openai", **lab.urls)
    shown = {i["provider"] for i in receipt(film)["items"] if i["what"] == "picture"}
    assert shown == {"cards"}


def test_a_flagged_picture_waits_and_is_not_bought_again(tmp_path: Path, lab: Lab) -> None:
    script = write(tmp_path)
    court(lab).pictures += [{"violence/graphic": 0.95}]
    told = {"MODERATION": "openai", **lab.urls}
    waits = tried(script, tmp_path, **told)
    assert waits.returncode == 5
    (one,) = json.loads(waits.stdout)["waiting"]
    assert (one["number"], one["what"]) == (DRAWN, "picture")
    assert Path(one["shown"]).read_bytes().startswith(b"\x89PNG")
    reelwright("approve", script, "--scene", DRAWN, home=tmp_path)
    film = make(script, tmp_path, **told)
    assert rulings(film)["s02", "picture"] == "flag"
    assert len(asked(lab, "images")) == 1


@pytest.mark.parametrize("fault", ["malformed", "refused", "reset_after"])
def test_a_verdict_that_cannot_be_read_counts_as_flagged(
    tmp_path: Path, lab: Lab, fault: str
) -> None:
    lab.faults.script(Rule(fault, vendor="openai", route="moderations"))
    done = tried(write(tmp_path), tmp_path, MODERATION="openai", **lab.urls)
    assert done.returncode == 5
    assert "unreadable by omni-moderation" in done.stderr
    assert {seen.route for seen in lab.requests} == {"moderations"}
    assert lab.urls["OPENAI_API_KEY"] not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("name", "reply", "code"),
    [
        ("llama-guard-4", "unsafe\nS4", 2), ("llama-guard-4", "unsafe\nS9", 5),
        ("llama-guard-4", "unsafe\nS6", 0), ("llama-guard-4", "It is fine.", 5),
        ("qwen3guard", "Safety: Unsafe\nCategories: Violent", 5),
        ("qwen3guard", "Safety: Controversial\nCategories: Violent", 0),
        ("qwen3guard", "Safety: Unsafe\nCategories: Weather", 5),
    ],
)  # fmt: skip
def test_a_guard_model_judges_as_the_policy_reads_it(
    tmp_path: Path, lab: Lab, name: str, reply: str, code: int
) -> None:
    guard(lab).replies["twice a day"] = reply
    script = tmp_path / "tides.md"
    script.write_text("---\ntitle: Tides\n---\n\n## Tides\nIt rises twice a day.\n")
    done = tried(script, tmp_path, MODERATION=name, **lab.urls)
    assert done.returncode == code, done.stderr
    assert lab.violations == ()


def test_a_judge_without_its_key_stops_the_film(tmp_path: Path) -> None:
    done = tried(write(tmp_path), tmp_path, MODERATION="openai")
    assert done.returncode == 4
    assert "MODERATION names omni-moderation, and OPENAI_API_KEY is not set" in done.stderr


@pytest.mark.parametrize("chosen", ["nobody", ",", "off,rules", "openai-images"])
def test_a_judge_that_does_not_exist_is_refused(tmp_path: Path, chosen: str) -> None:
    done = reelwright("check", write(tmp_path), home=tmp_path, MODERATION=chosen)
    assert done.returncode == 2
    assert "MODERATION" in done.stderr


def test_only_the_operator_switches_moderation_off(tmp_path: Path) -> None:
    script = write(tmp_path, "and you kill yourself")
    off = reelwright("check", script, home=tmp_path, MODERATION="off")
    assert (off.returncode, "wait for approval" in off.stdout) == (0, False)
    script.write_text(script.read_text().replace("title: Tides", "title: Tides\nmoderation: off"))
    done = reelwright("check", script, home=tmp_path)
    assert done.returncode == 2
    assert f"{script}:3:" in done.stderr
