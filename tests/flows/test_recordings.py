"""Recordings of a person: espeak-ng reads them, and says when it spoke each word."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from flows.film.recordings import AFTER_S, BEFORE_S, _write_piece
from providers.local.espeak import Espeak
from providers.local.hearing import RATE, read_mono
from providers.requests import SpeechRequest
from tests.flows.films import make, receipt, reelwright
from tests.lab.server import Lab

SCENES = (
    "The Moon pulls at the sea. It rises twice a day, and every tide has its time.",
    "Fishermen have known this for ages, long before anyone could explain it.",
    "Then they go out together, one boat after another.",
)
SMALL = {"REELWRIGHT_SHORT_SIDE": "144"}
WITHIN_S = 0.12
"""How far a word may be from where it is heard: what pocketsphinx errs, and a frame."""


def read_aloud(text: str, path: Path, voice: str = "en-us") -> dict[str, Any]:
    """Writes a recording; returns its seconds and words as espeak-ng timed them."""
    request = SpeechRequest(provider="espeak", model="espeak-ng", text=text, voice=voice)
    made = asyncio.run(Espeak(Path).speech(request))
    path.write_bytes(made.data or b"")
    facts: dict[str, Any] = made.facts
    return facts


def write_script(path: Path, scenes: tuple[str, ...], front: str = "", each: str = "") -> Path:
    told = [f"## Part {n}\n{each.format(n=n)}\n\n{text}\n" for n, text in enumerate(scenes, 1)]
    path.write_text(f"---\n{front}\n---\n\n" + "\n".join(told))
    return path


def caption_words(film: dict[str, Any]) -> list[tuple[str, float]]:
    """(word, second) of every word in the film's captions, in order."""
    timeline = json.loads((Path(film["video"]).parent / "timeline.json").read_text())
    words = [word for cue in timeline["cues"] for word in cue["words"]]
    return [(word["text"].strip(), word["start"] / timeline["fps"]) for word in words]


def found_at_s(excerpt: Any, film: Any) -> float:
    """Where an excerpt of a recording is heard in a film's sound, in seconds, by correlation."""
    size = 1 << (len(film) + len(excerpt)).bit_length()
    spectrum = np.fft.rfft(film, size) * np.conj(np.fft.rfft(excerpt, size))
    return float(np.argmax(np.fft.irfft(spectrum, size)[: len(film)])) / RATE


@pytest.mark.slow
def test_one_recording_of_all_scenes_is_cut_between_them_and_words_are_where_they_are_heard(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pocketsphinx")
    text = " ".join(SCENES)
    truth = read_aloud(text, tmp_path / "narration.wav")["words"]
    script = write_script(tmp_path / "tides.md", SCENES, "voice: narration.wav")
    film = make(script, tmp_path, **SMALL)
    assert receipt(film)["notes"] == []
    shown = caption_words(film)
    assert [word for word, _ in shown] == text.split()
    heard = read_mono(Path(film["video"])).astype(np.float64)
    told = read_mono(tmp_path / "narration.wav").astype(np.float64)
    begins = {word["start"]: word["start_s"] for word in truth}
    position, errors = 0, []
    for scene in SCENES:
        start = text.index(scene, position)
        position = start + len(scene)
        begin_s = begins[start]
        excerpt = told[round(begin_s * RATE) : round((begin_s + 2.0) * RATE)]
        moved_s = found_at_s(excerpt, heard) - begin_s
        first = len(text[:start].split())
        at = start
        for word, second in shown[first : first + len(scene.split())]:
            at = text.index(word, at)
            if at in begins:
                errors.append(abs(second - begins[at] - moved_s))
            at += len(word)
    print(f"median {np.median(errors) * 1000:.0f} ms, worst {max(errors) * 1000:.0f} ms")
    assert np.median(errors) < 0.04
    assert np.percentile(errors, 95) < WITHIN_S
    again = make(script, tmp_path, **SMALL)
    assert {item["state"] for item in receipt(again)["items"]} == {"owned"}


@pytest.mark.slow
def test_a_take_of_ones_own_speaks_one_scene_and_the_others_keep_their_voice(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pocketsphinx")
    read_aloud(SCENES[1], tmp_path / "take2.wav", "en-gb")
    script = tmp_path / "tides.md"
    script.write_text(f"## One\n{SCENES[0]}\n\n## Two\n@voice: take2.wav\n\n{SCENES[1]}\n")
    film = make(script, tmp_path, **SMALL)
    told = {(i["scene"], i["what"]): i["provider"] for i in receipt(film)["items"]}
    assert (told["s01", "speech"], told["s02", "speech"]) == ("espeak", "files")
    assert receipt(film)["notes"] == []


@pytest.mark.slow
def test_without_an_aligner_a_recording_is_cut_in_its_pauses_and_that_is_told(
    tmp_path: Path,
) -> None:
    read_aloud(" ".join(SCENES), tmp_path / "narration.wav")
    script = write_script(tmp_path / "tides.md", SCENES, "voice: narration.wav")
    film = make(script, tmp_path, **SMALL, ALIGNER="characters")
    assert any("estimated in s01, s02, s03" in note for note in receipt(film)["notes"])


@pytest.mark.slow
def test_a_recording_of_other_words_is_refused_with_its_scene(tmp_path: Path) -> None:
    length_s = read_aloud(SCENES[1], tmp_path / "take2.wav")["duration_s"]
    script = tmp_path / "tides.md"
    script.write_text(f"## One\n@voice: take2.wav\n\n{SCENES[0]}\n")
    with Lab() as lab:
        lab.bench.ears.note(SCENES[1], length_s)
        done = reelwright(
            "make", script, "--out", tmp_path / "films", home=tmp_path, **lab.urls,
            TRANSCRIBER="whisper-1",
        )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "tides.md:2: the recording does not say the words of s01" in done.stderr
    assert "heard otherwise" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_that_is_far_too_short_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    read_aloud("Too short.", tmp_path / "narration.wav")
    script = write_script(tmp_path / "tides.md", SCENES, "voice: narration.wav")
    done = reelwright("check", script, home=tmp_path)
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "tides.md:2: narration.wav lasts" in told
    assert "3 scenes' words take about" in told


@pytest.mark.parametrize(
    ("voice", "problem"),
    [("nobody.wav", 'there is no file "nobody.wav"'), ("../out.wav", "leads out of the script's")],
)
def test_a_recording_that_is_not_there_is_told_with_its_line(
    voice: str, problem: str, tmp_path: Path
) -> None:
    script = tmp_path / "tides.md"
    script.write_text(f"## One\n@voice: {voice}\n\n{SCENES[0]}\n")
    done = reelwright("check", script, home=tmp_path)
    told = done.stdout + done.stderr
    assert "tides.md:2: " in told
    assert problem in told


def test_a_file_that_is_no_sound_is_told(tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_bytes(b"not a sound at all")
    script = tmp_path / "tides.md"
    script.write_text(f"## One\n@voice: take.wav\n\n{SCENES[0]}\n")
    done = reelwright("check", script, home=tmp_path)
    assert "tides.md:2: the sound file take.wav cannot be read" in done.stdout + done.stderr


def test_the_silence_of_a_room_is_cut_off_although_it_is_not_silent(tmp_path: Path) -> None:
    chance, rate = np.random.default_rng(0), 48_000
    said = np.sin(np.arange(rate * 3) * 0.03) * 0.3
    sound = np.concatenate([np.zeros(rate * 2), said, np.zeros(rate * 2)])
    path, out = tmp_path / "take.wav", tmp_path / "piece.wav"
    soundfile.write(path, sound + chance.normal(0, 0.004, len(sound)), rate, subtype="PCM_16")
    facts = _write_piece(path, ["Some words."], None, 0, out)
    assert facts["duration_s"] == pytest.approx(3.0 + BEFORE_S + AFTER_S, abs=0.05)
    assert soundfile.info(out).frames / rate == pytest.approx(facts["duration_s"])
