"""Films with voices and recognisers of this machine, on tiny random weights, from end to end."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.flows.films import make, receipt
from tests.providers import tiny_sound

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SCRIPT = """---
title: Tides
---

## Piper
@tts_provider: local-piper
@voice: tiny

The tide of the sea rises.

## Kokoro
@tts_provider: local-kokoro
@voice: af_test

It rises twice a day.
"""


def test_a_film_speaks_with_local_voices_that_time_their_words_and_is_heard_back(
    tmp_path: Path,
) -> None:
    piper = tiny_sound.write_piper(tmp_path / "piper")
    model, voices = tiny_sound.write_kokoro(tmp_path / "kokoro")
    whisper = tiny_sound.write_whisper(tmp_path / "whisper")
    options = "\n".join(f"{key} = {str(value).lower()}" for key, value in tiny_sound.STEADY.items())
    languages = 'languages = { en = "en-us" }'
    (tmp_path / "models.toml").write_text(
        f'[models.local-piper]\nengine = {{ weights = "{piper.parent}" }}\n'
        f'[models.local-kokoro]\nengine = {{ model = "{model}", voices = "{voices}", '
        f"{languages} }}\n"
        f'[models.whisper-small]\nid = "{whisper}"\n[models.whisper-small.input]\n{options}\n'
    )
    script = tmp_path / "tides.md"
    script.write_text(SCRIPT)
    told = {"MACHINE_RATES": "here=0.36/h", "VERIFY_SPEECH": "1", "TRANSCRIBER": "whisper-small"}
    film = make(script, tmp_path, **told)
    said = receipt(film)
    spoken = {i["scene"]: i for i in said["items"] if i["what"].startswith("speech")}
    assert {scene: i["provider"] for scene, i in spoken.items()} == {
        "s02": "piper", "s03": "kokoro-onnx",
    }  # fmt: skip
    assert all(item["unit"] == "second of here" for item in spoken.values())
    assert Decimal(str(film["usd"])) > 0
    assert not any("estimated" in note for note in said["notes"])
    # Random weights hear other words; both scenes were made again, and both are told of.
    assert [heard["scene"] for heard in said["heard"]] == ["s02", "s03"]
    assert all(heard["made_again"] and heard["rate"] > 0.25 for heard in said["heard"])
    assert len([note for note in said["notes"] if "listen to it" in note]) == 2
    timeline = json.loads((Path(film["video"]).parent / "timeline.json").read_text())
    words = [word["text"].strip() for cue in timeline["cues"] for word in cue["words"]]
    assert " ".join(words) == "The tide of the sea rises. It rises twice a day."
    again = make(script, tmp_path, **told)
    assert {item["state"] for item in receipt(again)["items"]} == {"owned"}
