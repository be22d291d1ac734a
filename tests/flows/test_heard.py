"""Heard back: the lab says other words than it was told, and its recogniser tells."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.buying.casting import Casting
from flows.film.listening import listening_of
from flows.film.said import completed, matched_words, plain_words, word_errors
from flows.settings import load_settings
from prompts.storyboard import Storyboard
from providers.catalog import load_catalog
from providers.requests import HeardWord
from providers.store import Store
from tests.flows.films import make, receipt, reelwright
from tests.lab.faults import Rule
from tests.lab.server import Lab

SCRIPT = """---
tts_provider: openai
verify: true
captions: none
---

## The tide
The tide rises twice a day, in 1884 as it does now.
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tide.md"
    path.write_text(SCRIPT)
    return path


def films(lab: Lab) -> dict[str, str]:
    return {**lab.urls, "TRANSCRIBER": "whisper-1"}


def spoken(lab: Lab) -> int:
    return len([charge for charge in lab.bill.charges if charge.model == "gpt-4o-mini-tts"])


@pytest.mark.slow
def test_a_scene_that_is_heard_as_written_is_made_once_and_its_hearing_is_on_the_receipt(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path, **films(lab))
    told = receipt(film)
    (heard,) = told["heard"]
    assert (heard["by"], heard["rate"], heard["made_again"]) == ("whisper-1", 0.0, False)
    assert [i["model"] for i in told["items"] if i["what"] == "transcript"] == ["whisper-1"]
    assert not any("heard" in note for note in told["notes"])
    assert spoken(lab) == 1
    assert Decimal(str(film["usd"])) == pytest.approx(lab.bill.usd, abs=Decimal("0.00001"))


@pytest.mark.slow
def test_a_scene_that_says_other_words_is_made_again_once_and_both_are_paid_for(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("misspoken", "openai", "speech", nth=1))
    film = make(script, tmp_path, **films(lab))
    told = receipt(film)
    (heard,) = told["heard"]
    assert (heard["rate"], heard["made_again"]) == (0.0, True)
    whats = {item["what"] for item in told["items"]}
    assert {"speech", "speech, not used", "transcript"} <= whats
    assert any("was made again" in note for note in told["notes"])
    assert spoken(lab) == 2
    assert Decimal(str(film["usd"])) == pytest.approx(lab.bill.usd, abs=Decimal("0.00001"))
    charged = len(lab.bill.charges)
    again = make(script, tmp_path, **films(lab))
    assert (again["usd"], len(lab.bill.charges)) == (0.0, charged)
    assert receipt(again)["heard"] == told["heard"]


@pytest.mark.slow
def test_a_scene_that_stays_wrong_is_told_of_and_never_bought_a_third_time(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("misspoken", "openai", "speech"))
    told = receipt(make(script, tmp_path, **films(lab)))
    (heard,) = told["heard"]
    assert heard["rate"] > 0.25
    assert heard["made_again"]
    (note,) = [note for note in told["notes"] if "listen to it" in note]
    assert "s01: whisper-1 heard" in note
    assert "after it was made again" in note
    assert spoken(lab) == 2


@pytest.mark.slow
def test_the_cap_holds_for_a_narration_that_would_be_made_again(
    lab: Lab, script: Path, tmp_path: Path
) -> None:
    lab.faults.script(Rule("misspoken", "openai", "speech"))
    unheard = tmp_path / "unheard.md"
    unheard.write_text(SCRIPT.replace("verify: true\n", ""))
    once_usd = Decimal(str(make(unheard, tmp_path, **films(lab))["usd"]))
    # Enough for the narration and for hearing it, and not for another.
    cap, other = str(once_usd * Decimal("1.6")), tmp_path / "other"
    lab.reset()
    lab.faults.script(Rule("misspoken", "openai", "speech"))
    told = receipt(make(script, other, "--budget", cap, **films(lab)))
    assert any("was not made again" in note for note in told["notes"])
    assert spoken(lab) == 1


def test_hearing_back_without_a_recogniser_is_refused_with_what_to_do(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = reelwright("plan", script, home=tmp_path, OPENAI_API_KEY="sk-1", HF_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "TRANSCRIBER=assemblyai" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_hearing_back_costs_is_told_by_the_plan(script: Path, tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": "sk-1", "TRANSCRIBER": "whisper-1"}
    done = reelwright("plan", script, home=tmp_path, **keys)
    assert done.returncode == 0, done.stderr
    assert "hearing back by whisper-1 costs about $0.00" in " ".join(done.stdout.split())


def test_a_recogniser_that_does_not_exist_is_named_with_its_setting(
    script: Path, tmp_path: Path
) -> None:
    done = reelwright("plan", script, home=tmp_path, TRANSCRIBER="whisper-smal")
    assert done.returncode == 2
    assert "TRANSCRIBER: there is no transcript model 'whisper-smal'" in done.stderr
    done = reelwright("plan", script, home=tmp_path, ALIGNER="espeak", TRANSCRIBER="whisper-1")
    assert "ALIGNER: espeak makes a speech" in done.stderr


@pytest.mark.parametrize(("language", "names"), [("en-GB", ["pocketsphinx"]), ("de", [])])
def test_whoever_is_installed_listens_and_only_in_languages_that_they_know(
    language: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pocketsphinx")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    board = Storyboard(slug="tide", title="Tide", source="", scenes=(), language=language)
    casting = Casting(load_catalog(), load_settings())
    listening = listening_of(board, casting, Store(tmp_path / "store"), is_draft=False)
    assert [aligner.model.name for aligner in listening.aligners] == names
    assert listening.recogniser is None


@pytest.mark.parametrize(
    ("script", "heard", "rate"),
    [
        ("In 1884 it cost $3.50.", "in eighteen eighty-four it cost three dollars fifty", 0.2),
        ("It's Dr. Smith's ice cream.", "its doctor smiths icecream", 0.0),
        ("The tide rises.", "The bicycle rises.", 1 / 3),
        ("The tide rises.", "", 1.0),
        ("The tide.", "The tide and all that comes with it.", 3.0),
        ("", "", 0.0),
    ],
)
def test_numbers_signs_and_spelling_are_no_errors(script: str, heard: str, rate: float) -> None:
    assert word_errors(script, heard, "en").rate == pytest.approx(rate, abs=0.2)


def test_writing_without_spaces_is_compared_sign_by_sign() -> None:
    assert plain_words("今日は。", "ja") == ["今", "日", "は"]
    assert word_errors("今日は雨。", "今日は雪", "ja").rate == pytest.approx(1 / 4)


def test_the_first_words_that_differ_are_told() -> None:
    found = word_errors("the tide rises twice", "the lamp rises", "en")
    assert found.said == (("tide", "lamp"), ("twice", ""))


def heard_words(text: str) -> list[HeardWord]:
    return [HeardWord(text=w, start_s=n, end_s=n + 0.8) for n, w in enumerate(text.split())]


def test_a_transcript_times_the_words_of_the_script_and_gaps_are_laid_out_between() -> None:
    text = "The tide rises twice a day, every day."
    found = matched_words(text, heard_words("the tide rises purple a day every day"), "en")
    assert found is not None
    assert [text[w["start"] : w["end"]] for w in found] == [
        "The", "tide", "rises", "a", "day,", "every", "day.",
    ]  # fmt: skip
    whole = completed(text, found, 8.0)
    assert whole is not None
    assert [text[w["start"] : w["end"]] for w in whole] == text.split()
    twice: dict[str, Any] = whole[3]
    assert 2.8 <= twice["start_s"] < twice["end_s"] <= 4.0


def test_writing_without_spaces_is_timed_sign_by_sign() -> None:
    text = "今日は雨。"
    found = matched_words(text, [HeardWord(text="今日", start_s=0.0, end_s=1.0),
                                 HeardWord(text="は雨", start_s=1.0, end_s=2.0)], "ja")  # fmt: skip
    assert found is not None
    whole = completed(text, found, 2.0)
    assert whole is not None
    assert "".join(text[w["start"] : w["end"]] for w in whole) == text
    assert [w["start_s"] for w in whole] == sorted(w["start_s"] for w in whole)
    assert (whole[0]["start_s"], whole[3]["start_s"]) == (0.0, 1.0)


def test_a_transcript_of_other_words_times_nothing() -> None:
    assert matched_words("The tide rises.", heard_words("purple lamps under water"), "en") is None
    assert completed("The tide rises twice.", [], 4.0) is None
