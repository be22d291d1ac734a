"""What the command line says without making anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.commands import check_scripts
from flows.cli.doctor import examine
from flows.cli.models import show_models
from flows.edits.planning import show_plan
from flows.scripts.wishes import Wishes

NOTHING = Wishes()


def write(tmp_path: Path, text: str, name: str = "a.md") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_check_says_that_a_good_script_is_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "# Tides\n\n## One\nThe sea rises.\n")
    assert check_scripts([path], NOTHING) == 0
    assert f"{path}: fine: 2 scenes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\ntheme: daylite\n---\n# T\n\n## One\nWords.\n", ":2: there is no theme 'daylite'"),
        ("---\ntier: 9\n---\n# T\n\n## One\nWords.\n", ":2: there is no tier '9'"),
        ("---\nvoice: klingon\n---\n# T\n\n## One\nWords.\n", ":2: espeak has no voice 'klingon'"),
        ("# T\n\n## One\nWords.\n\n@voice: klingon\n", ":6: espeak has no voice 'klingon'"),
        ("# T\n\n## One\nWords \U00013000.\n", ":4: no installed font has \U00013000 (U+13000)"),
    ],
)
def test_what_only_the_whole_house_can_tell_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    path = write(tmp_path, text)
    assert check_scripts([path], NOTHING) == 2
    assert str(path) + told in capsys.readouterr().err


def test_a_damaged_picture_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    path = write(tmp_path, "# T\n\n## One\n![a](a.png)\n\nWords.\n")
    assert check_scripts([path], NOTHING) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{path}:4: ")
    assert "a.png" in said


def test_all_problems_of_a_script_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "---\ntheme: x\ntier: y\nvoice: z\n---\n# T\n\n## One\nWords.\n")
    assert check_scripts([path], NOTHING) == 2
    said = capsys.readouterr().err
    assert "theme" in said
    assert "tier" in said


def test_plan_shows_scenes_and_what_they_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "# Tides\n\n## One\nThe sea rises.\n")
    assert show_plan(path, NOTHING) == 0
    said = capsys.readouterr().out
    assert "s02" in said
    assert "made anew it costs $0.00" in said


def test_models_lists_each_with_price_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_models([]) == 0
    said = capsys.readouterr().out
    assert "cards" in said
    assert "offline" in said


def test_the_doctor_finds_this_machine_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert examine(Wishes(), None, False) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "libx264" in said
    assert "espeak: " in said


def test_the_doctor_says_when_there_is_no_ffmpeg(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FFMPEG_BINARY", "/nowhere/ffmpeg")
    assert examine(Wishes(), None, False) == 1
    assert "check FFMPEG_BINARY" in capsys.readouterr().out
