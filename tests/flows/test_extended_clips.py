"""Clips that are extended by further ones: bought from the lab, seen in the finished film."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.films import make, receipt
from tests.lab.faults import Rule
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SCRIPT = "## Long\nA bee.\n\n@duration: 14s\n@visual: clip\n@fill: extend\n"


def _film(lab: Lab, tmp_path: Path) -> dict[str, object]:
    script = tmp_path / "long.md"
    script.write_text(SCRIPT)
    return receipt(make(script, tmp_path, "--video", "wan", "--budget", "9", **lab.urls))


def test_a_scene_is_filled_by_as_many_clips_as_it_takes(tmp_path: Path) -> None:
    with Lab() as lab:
        told = _film(lab, tmp_path)
        charged = [c for c in lab.bill.charges if c.vendor == "replicate"]
    clips = [item for item in told["items"] if item["what"] == "picture"]  # type: ignore[attr-defined]
    assert len(charged) == len(clips) == 3
    assert told["problems"] == []


def test_a_clip_whose_extension_fails_goes_round_and_says_so(tmp_path: Path) -> None:
    with Lab() as lab:
        lab.faults.script(Rule("refused", vendor="replicate", route="create", nth=2))
        told = _film(lab, tmp_path)
    notes = " ".join(told["notes"])  # type: ignore[arg-type]
    assert "not extended, it goes round" in notes
    clips = [item for item in told["items"] if item["what"] == "picture"]  # type: ignore[attr-defined]
    assert [item["model"] for item in clips] == ["wavespeedai/wan-2.1-t2v-480p"]
    assert told["problems"] == []
