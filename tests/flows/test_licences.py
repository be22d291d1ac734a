"""Licences as people are told of them: refused, warned of once, and a line on the receipt."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.commands import check_scripts
from flows.cli.models import show_models
from flows.scripts.wishes import Wishes
from tests.flows.films import make, receipt, reelwright

Capture = pytest.CaptureFixture[str]


def script(folder: Path, front: str = "", scene: str = "") -> Path:
    path = folder / "a.md"
    path.write_text(f"---\ntitle: A\n{front}---\n\n## One\nHello there.\n{scene}", encoding="utf-8")
    return path


@pytest.fixture
def commercial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMERCIAL", "1")


@pytest.mark.usefixtures("commercial")
def test_commercial_work_refuses_what_forbids_it_in_one_sentence(
    tmp_path: Path, capsys: Capture
) -> None:
    assert check_scripts([script(tmp_path, "image_provider: local-flux-dev\n")], Wishes()) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "a.md:3: local-flux-dev may not be used commercially" in line


@pytest.mark.usefixtures("commercial")
def test_conditions_are_kept_by_who_accepts_them_by_name(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = script(tmp_path, "image_provider: local-hunyuan\n".replace("image", "video"))
    assert check_scripts([written], Wishes()) == 2
    assert "put local-hunyuan into LICENCES_ACCEPTED" in capsys.readouterr().err
    monkeypatch.setenv("LICENCES_ACCEPTED", "sdxl, local-hunyuan")
    assert check_scripts([written], Wishes()) == 0


@pytest.mark.usefixtures("commercial")
def test_a_voice_that_forbids_it_is_refused_where_it_is_named(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LICENCES_ACCEPTED", "local-piper")
    front = "tts_provider: local-piper\nvoice: en_US-lessac-medium\n"
    assert check_scripts([script(tmp_path, front)], Wishes()) == 2
    said = capsys.readouterr().err
    assert "a.md:4: local-piper may not be used commercially, because of lessac" in said


def test_models_tell_what_a_part_forbids(own_home: Path, capsys: Capture) -> None:
    own_home.mkdir()
    (own_home / "models.toml").write_text('[models.local-wan]\nparts = ["insightface"]\n')
    assert show_models(["local-wan"]) == 0
    said = capsys.readouterr().out
    assert "commercial use: no; Apache-2.0" in said
    assert "with insightface: no; research only" in said


@pytest.mark.slow
def test_the_receipt_has_a_line_for_each_model(tmp_path: Path) -> None:
    film = make(script(tmp_path), tmp_path / "home")
    lines = {line["model"]: line["commercial"] for line in receipt(film)["licences"]}
    assert lines == {"cards": "yes", "espeak": "yes"}


def test_what_is_not_free_is_told_once_at_the_start(tmp_path: Path) -> None:
    told = ("--image", "local-flux-dev", "--budget", "0")
    home = tmp_path / "home"
    both = [script(tmp_path, scene="@prompt: a fox\n"), tmp_path / "b.md"]
    both[1].write_text(both[0].read_text().replace("title: A", "title: B"))
    done = reelwright("make", *both, *told, home=home, MODELS_OFFLINE="1")
    warned = [line for line in done.stderr.splitlines() if line.startswith("licence: ")]
    assert len(warned) == 1
    assert warned[0].startswith("licence: local-flux-dev: no commercial use: FLUX.1 [dev]")
