"""Who is heard when several say which models make a film, and how a wrong name is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.commands import check_scripts
from flows.cli.doctor import examine
from flows.edits.planning import show_plan
from flows.scripts.wishes import Wishes

SCRIPT = """---
title: Tides
{front}---

## One
The sea rises.

## Two
{scene}
The sea falls.
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def write(front: str = "", scene: str = "") -> Path:
    path = Path("a.md")
    path.write_text(SCRIPT.format(front=front, scene=scene))
    return path


def doctor(capsys: Capture, script: Path | None = None, **told: str) -> dict[str, str]:
    """What the doctor says of each switch."""
    examine(Wishes(**told), script, False)  # type: ignore[arg-type]
    lines = [line[2:].partition(": ") for line in capsys.readouterr().out.splitlines()]
    return {name: said for name, _, said in lines}


def plan(capsys: Capture, script: Path, **told: str) -> dict[str, tuple[str, str]]:
    """Who shows and who speaks each scene."""
    assert show_plan(script, Wishes(**told)) == 0  # type: ignore[arg-type]
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│ s0" in line]
    return {row[1].strip(): (row[2].strip(), row[3].strip()) for row in rows}


def check(capsys: Capture, script: Path, **told: str) -> str:
    assert check_scripts([script], Wishes(**told)) == 2  # type: ignore[arg-type]
    return capsys.readouterr().err


def test_the_first_of_command_line_front_matter_environment_file_and_tier_is_heard(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor(capsys)["image"] == "cards (tier offline)"
    Path(".env").write_text("REELWRIGHT_TIER=2\nIMAGE_PROVIDER=sdxl\n")
    said = doctor(capsys)
    assert said["tier"] == "2 (REELWRIGHT_TIER in .env)"
    assert said["image"].startswith("sdxl (IMAGE_PROVIDER in .env)")
    assert said["speech"].startswith("kokoro (tier 2)")
    assert said["video"] == "none (tier 2)"
    monkeypatch.setenv("IMAGE_PROVIDER", "flux-pro")
    assert doctor(capsys)["image"].startswith("flux-pro (IMAGE_PROVIDER in environment)")
    script = write("image_provider: flux\nTTS_PROVIDER: espeak\n", "@image_provider: cards")
    said = doctor(capsys, script)
    assert said["image"].startswith(f"flux ({script.absolute()}:3)")
    assert said["speech"] == f"espeak ({script.absolute()}:4)"
    assert said["s03 image"] == "cards (a.md:11)"
    said = doctor(capsys, script, image_provider="fal-flux", tier="1")
    assert said["image"].startswith("fal-flux (--image)")
    assert said["tier"] == "1 (--tier)"
    assert "s03 image" not in said
    assert said["who is heard first"] == (
        "command line, scene, front matter, environment, .env, tier"
    )


def test_the_doctor_says_what_a_choice_lacks(capsys: Capture) -> None:
    said = doctor(capsys, image_provider="dall-e-3,cards", tts_provider="kokoro,edge")
    assert said["image"].endswith(
        "dall-e-3 is now gpt-image-2.5-flare; gpt-image-2.5-flare needs OPENAI_API_KEY"
    )
    assert said["speech"].endswith("(--speech); kokoro needs REPLICATE_API_TOKEN")
    assert examine(Wishes(tts_provider="kokoro"), None, False) == 1, "nothing could speak"
    assert examine(Wishes(image_provider="flux"), None, False) == 0, "cards stand in"


def test_the_doctor_says_who_plans_writes_translates_and_judges(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    said = doctor(capsys)
    assert said["planner"] == "rules (default)"
    assert said["writer"].startswith("llm (default); no language model has a key; set one of")
    assert said["moderation"] == "rules (default); nobody judges pictures"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("WRITER", "gpt-6.1-sol,claude-sonnet-5-5")
    monkeypatch.setenv("TRANSLATOR", "gpt-6-lunar")
    monkeypatch.setenv("MODERATION", "rules,openai")
    said = doctor(capsys, write("planner: llm\n"))
    assert said["planner"].startswith("llm (a.md:3); gpt-6-luna")
    assert said["writer"].endswith(
        "(WRITER in environment); claude-sonnet-5-5 needs ANTHROPIC_API_KEY"
    )
    assert "did you mean 'gpt-6-luna'?" in said["translator"]
    assert said["moderation"] == "rules,openai (MODERATION in environment)"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "no film is made without it" in doctor(capsys)["moderation"]


def test_the_doctor_shows_no_secret(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("LEDGER_URL", "")
    examine(Wishes(), None, False)
    said = capsys.readouterr().out
    assert "OPENAI_API_KEY: set" in said
    assert "sk-secret" not in said


def test_a_scene_chooses_for_itself_and_naming_a_model_asks_for_a_picture(
    capsys: Capture,
) -> None:
    script = write("image_provider: flux\n", "@image_provider: sdxl, cards\n\n- a\n- b\n")
    assert plan(capsys, script) == {
        "s01": ("title", ""),
        "s02": ("flux", "espeak"),
        "s03": ("sdxl", "espeak"),
    }
    script = write("image_provider: flux\n", "@image_provider: cards")
    assert plan(capsys, script)["s03"] == ("statement", "espeak")
    script = write("", "@video_provider: wan\n@tts_provider: kokoro")
    assert plan(capsys, script)["s03"] == ("wan", "kokoro")


def test_the_command_line_pays_so_it_goes_before_a_scene(capsys: Capture) -> None:
    script = write("tts_provider: openai\n", "@image_provider: sdxl\n@tts_provider: kokoro")
    said = plan(capsys, script, image_provider="cards", tts_provider="espeak")
    assert said == {"s01": ("title", ""), "s02": ("statement", "espeak"),
                    "s03": ("statement", "espeak")}  # fmt: skip


def test_the_quote_is_the_sum_of_what_each_scenes_models_cost(capsys: Capture) -> None:
    script = write("image_provider: flux\n", "@image_provider: flux-schnell")
    assert show_plan(script, Wishes()) == 0
    assert "made anew it costs $0.028" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("front", "scene", "told"),
    [
        ("image_provider: fluxx\n", "", "a.md:3: there is no image model 'fluxx'; did you mean "
         "'flux'? known: cards, "),
        ("", "@image_provider: flux, sdxll", "a.md:9: there is no image model 'sdxll'; did you "
         "mean 'sdxl'? known: "),
        ("", "@tts_provider: flux", "a.md:9: there is no speech model 'flux'; known: "),
        ("", "@video_provider: ,", "a.md:9: ',' names no video model; write one"),
        ("TTS_PROVIDER: openai\ntts_provider: espeak\n", "", 'a.md:4: "tts_provider" is given '
         "twice; keep one of the two"),
        ("", "@visual: card\n@image_provider: flux", 'a.md:10: "image_provider" does nothing in a '
         'scene whose visual is "card"; take one of the two out'),
        ("", "@visual: image\n@video_provider: wan", 'a.md:10: "video_provider" does nothing in a '
         'scene whose visual is "image"; take one of the two out'),
        ("", "![a](a.png)\n\n@image_provider: flux", "a.md:11: this scene has a picture of its own "
         'and a "image_provider" too; keep one of the two'),
        ("", "@image_provder: flux", "a.md:9: there is no directive @image_provder; did you mean "
         "@image_provider?"),
    ],
)  # fmt: skip
def test_a_wrong_choice_in_a_script_is_told_with_its_line(
    capsys: Capture, front: str, scene: str, told: str
) -> None:
    assert told in check(capsys, write(front, scene))


def test_a_wrong_choice_elsewhere_is_told_with_who_made_it(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = check(capsys, write(), image_provider="fluxx")
    assert said.startswith("--image: there is no image model 'fluxx'; did you mean 'flux'?")
    assert check(capsys, write(), tier="9").startswith("--tier: there is no tier '9'; known: 1")
    assert check(capsys, write(), tts_provider=",").startswith("--speech: ',' names no speech")
    monkeypatch.setenv("VIDEO_PROVIDER", "wann")
    said = check(capsys, write())
    assert said.startswith("VIDEO_PROVIDER in environment: there is no video model 'wann'")


def test_a_scenes_retired_model_is_told_before_anything_is_made(capsys: Capture) -> None:
    script = write("", "@image_provider: dall-e-3")
    told = "note: dall-e-3 was shut down on 2026-05-12: gpt-image-2.5-flare takes its place\n"
    assert show_plan(script, Wishes()) == 0
    assert told in capsys.readouterr().out
    assert check_scripts([script], Wishes()) == 0
    assert told in capsys.readouterr().out


def test_the_operators_rules_hold_for_every_scene(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRICT_MODELS", "1")
    said = check(capsys, write("", "@image_provider: dall-e-3"))
    assert "a.md:9: dall-e-3 was shut down on 2026-05-12" in said
    assert "STRICT_MODELS forbids that; name gpt-image-2.5-flare" in said
    monkeypatch.setenv("COMMERCIAL", "1")
    said = check(capsys, write("", "@tts_provider: edge"))
    assert "a.md:9: edge may not be used commercially" in said


def test_a_voice_is_its_vendors_and_others_speak_in_their_own(capsys: Capture) -> None:
    front = "tts_provider: openai, espeak\nvoice: nova\n"
    assert plan(capsys, write(front))["s02"] == ("statement", "openai")
    assert plan(capsys, write(front, "@tts_provider: espeak"))["s03"][1] == "espeak"
    said = check(capsys, write("tts_provider: espeak\nvoice: nova\n"))
    assert "a.md:4: espeak has no voice 'nova'" in said
    said = check(capsys, write(front, "@tts_provider: espeak\n@voice: alloy"))
    assert "a.md:12: espeak has no voice 'alloy'" in said
