"""`reelwright models`: what is ready, what it costs, what ends soon."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from flows.cli.models import show_models

TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def own(own_home: Path) -> None:
    """A catalog in which models end soon, later, and already have."""
    own_home.mkdir()
    (own_home / "models.toml").write_text(
        f"""
        [models.flux]
        shutdown = {TODAY + dt.timedelta(days=60)}
        successor = "flux-pro"
        [models.sdxl]
        shutdown = {TODAY + dt.timedelta(days=61)}
        [models.kokoro]
        shutdown = {TODAY}
        """
    )


def test_what_is_ready_what_it_costs_and_what_ends(
    own: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    assert show_models([]) == 0
    said = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "cards yes free yes" in lines
    assert "espeak yes free yes" in lines
    assert "gpt-image-2.5-flare yes $0.033 yes" in lines
    assert [line for line in lines if re.fullmatch(r"openai yes \$0\.01\d yes", line)]
    assert "flux set REPLICATE_API_TOKEN $0.025 conditional" in lines
    assert "wan set REPLICATE_API_TOKEN price unknown yes" in lines
    assert f"kokoro shut down {TODAY} $0.002 yes" in lines
    assert "offline cards espeak – cards and espeak: no key, no cost" in lines
    ends = TODAY + dt.timedelta(days=60)
    assert f"flux ends on {ends}, in 60 days: flux-pro takes its place" in lines
    assert f"kokoro was shut down on {TODAY}: choose another" in lines
    assert not [line for line in lines if line.startswith("sdxl ends")], "that is 61 days away"
    assert "…" not in said, "nothing is cut off on a narrow terminal"
    assert "a-key" not in said


def test_one_model_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_models(["flux", "tts-1"]) == 0
    said = capsys.readouterr().out
    assert "black-forest-labs/flux-dev" in said
    assert "list price: $0.025 per image (secondary, 2026-10-07)" in said
    assert "commercial use: conditional; FLUX.1 [dev] non-commercial licence" in said
    assert "voices: alloy, ash" in said


def test_an_unknown_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_models(["fluxx"]) == 2
    assert "there is no model 'fluxx'; did you mean 'flux'?" in capsys.readouterr().err
