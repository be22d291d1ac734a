from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.films import SCRIPT, make, receipt, reelwright

FILES = {"captions.srt", "captions.vtt", "captions.ass"}


def captions_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} & FILES


@pytest.mark.slow
def test_another_style_of_captions_makes_neither_pictures_nor_speech_again(tmp_path: Path) -> None:
    script, folder = tmp_path / "tides.md", tmp_path / "films" / "tides"
    script.write_text(SCRIPT)
    make(script, tmp_path)
    for style in ("highlight", "pop", "files"):
        told = receipt(make(script, tmp_path, "--captions", style))
        assert {item["state"] for item in told["items"]} == {"owned"}
        segments = told["pieces"]["segment"]
        # The title and the closing card are silent: what they show stays as it was.
        assert segments["made"] > 0 < segments["owned"]
        assert captions_in(folder) == FILES
        assert "Moon" in (folder / "captions.srt").read_text(encoding="utf-8")
    assert (folder / "captions.srt").read_bytes().startswith(b"1\r\n00:")
    assert "\\t(" not in (folder / "captions.ass").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_film_without_captions_takes_those_of_an_earlier_one_away(tmp_path: Path) -> None:
    script, folder = tmp_path / "tides.md", tmp_path / "films" / "tides"
    script.write_text(SCRIPT.replace("title: Tides", "title: Tides\ncaptions: highlight"))
    make(script, tmp_path)
    assert "\\t(" in (folder / "captions.ass").read_text(encoding="utf-8")
    script.write_text(SCRIPT.replace("title: Tides", "title: Tides\ncaptions: none"))
    make(script, tmp_path)
    assert captions_in(folder) == set()


def test_a_style_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT.replace("title: Tides", "title: Tides\ncaptions: sparkle"))
    done = reelwright("plan", script, home=tmp_path)
    assert done.returncode == 2
    assert 'captions is "sparkle"; choose one of burned' in done.stderr
