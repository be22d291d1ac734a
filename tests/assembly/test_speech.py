"""Narrations are trimmed, freed of DC and joined, and it is told where each of them lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.errors import UnreadableMedia
from assembly.sound.samples import read_samples
from assembly.sound.speech import LEAD_S, TAIL_S, join_speech

RATE = 48_000


def voice(path: Path, before_s: float, words_s: float, after_s: float, dc: float = 0.0) -> Path:
    """Noise in the midst of a faint hiss."""
    rng = np.random.default_rng(round(1000 * words_s))
    first, words, rest = (round(seconds * RATE) for seconds in (before_s, words_s, after_s))
    sound = rng.normal(dc, 3e-5, first + words + rest)
    sound[first : first + words] += rng.normal(0, 0.1, words)
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return path


def test_silence_around_the_words_is_cut_and_the_cut_is_told(tmp_path: Path) -> None:
    told, length_s = join_speech([voice(tmp_path / "v.wav", 0.8, 1.5, 2.0)], tmp_path / "out.wav")
    (place,) = told
    assert place.start_s == 0
    assert place.cut_s == pytest.approx(0.8 - LEAD_S, abs=0.011)
    assert length_s == place.length_s == pytest.approx(LEAD_S + 1.5 + TAIL_S, abs=0.021)
    made = read_samples(tmp_path / "out.wav")[0]
    assert len(made) == round(length_s * RATE)
    own = read_samples(tmp_path / "v.wav")[0, round(place.cut_s * RATE) :][: len(made)]
    # Not a sample is moved against its neighbours.
    middle = slice(9600, 60_000)
    assert np.abs(made[middle] - own[middle]).max() < 0.02


def test_words_that_fill_their_file_lose_nothing(tmp_path: Path) -> None:
    told, length_s = join_speech([voice(tmp_path / "v.wav", 0, 1.5, 0)], tmp_path / "out.wav")
    assert told[0].cut_s == 0
    assert length_s == pytest.approx(1.5)


def test_soft_consonants_at_either_end_are_kept(tmp_path: Path) -> None:
    path = voice(tmp_path / "v.wav", 0.5, 1.0, 0.5)
    sound, _ = soundfile.read(path)
    breath = np.random.default_rng(9).normal(0, 0.1 * 10 ** (-34 / 20), round(0.2 * RATE))
    sound[round(0.3 * RATE) : round(0.5 * RATE)] += breath
    sound[round(1.5 * RATE) : round(1.7 * RATE)] += breath
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    told, length_s = join_speech([path], tmp_path / "out.wav")
    assert told[0].cut_s <= 0.3 - LEAD_S + 0.01
    assert told[0].cut_s + length_s >= 1.7 + TAIL_S - 0.011


def test_direct_current_and_slow_drift_are_taken_out(tmp_path: Path) -> None:
    join_speech([voice(tmp_path / "v.wav", 0.3, 2.0, 0.3, dc=0.2)], tmp_path / "out.wav")
    made = read_samples(tmp_path / "out.wav")[0]
    assert abs(made.mean()) < 5e-4
    assert np.abs(made[:960]).max() < 0.02


def test_a_low_voice_keeps_its_level(tmp_path: Path) -> None:
    hum = 0.3 * np.sin(2 * np.pi * 80 * np.arange(RATE) / RATE)
    soundfile.write(tmp_path / "v.wav", hum, RATE)
    join_speech([tmp_path / "v.wav"], tmp_path / "out.wav")
    made = read_samples(tmp_path / "out.wav")[0, 4800:-4800]
    assert np.std(made) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)


def test_parts_with_one_side_and_with_two_go_together(tmp_path: Path) -> None:
    one = voice(tmp_path / "one.wav", 0.2, 1.0, 0.2)
    sound, _ = soundfile.read(voice(tmp_path / "two.wav", 0.2, 1.0, 0.2))
    soundfile.write(tmp_path / "two.wav", np.stack([sound, sound / 2], 1), RATE)
    (first, second), _ = join_speech([one, tmp_path / "two.wav"], tmp_path / "out.wav")
    made = read_samples(tmp_path / "out.wav")
    assert len(made) == 2
    parts = [made[:, round(part.start_s * RATE) :][:, 9600:40_000] for part in (first, second)]
    ratios = [float(np.std(part[1]) / np.std(part[0])) for part in parts]
    assert ratios == pytest.approx([1, 0.5], abs=0.01)
    # Two sides that are the same are kept once.
    join_speech([one, one], tmp_path / "out.wav")
    assert len(read_samples(tmp_path / "out.wav")) == 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.9), st.floats(0.3, 1), st.floats(0, 0.9)), max_size=3))
def test_parts_are_found_where_it_is_told(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[tuple[float, float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    shapes = [(0.5, 0.5, 0.5), *shapes]
    paths = [voice(folder / f"{n}.wav", *shape) for n, shape in enumerate(shapes)]
    told, length_s = join_speech(paths, folder / "out.wav")
    made = read_samples(folder / "out.wav")[0]
    assert len(made) == round(length_s * RATE)
    for place, path, (before_s, words_s, _) in zip(told, paths, shapes, strict=True):
        own = read_samples(path)[0]
        word = own[round(before_s * RATE) :][: round(words_s * RATE)][:9600]
        at = place.start_s + before_s - place.cut_s
        near = made[max(0, round(at * RATE) - 100) :][: len(word) + 200]
        found = int(np.argmax(np.correlate(near, word, "valid")))
        assert abs(found - min(100, round(at * RATE))) <= 1


def test_silence_is_left_as_long_as_it_is(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "v.wav", np.zeros(RATE), RATE)
    told, length_s = join_speech([tmp_path / "v.wav"], tmp_path / "out.wav")
    assert (told[0].cut_s, length_s) == (0, 1)


def test_a_part_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "v.mp3").write_bytes(b"nothing")
    with pytest.raises(UnreadableMedia, match=r"v\.mp3"):
        join_speech([tmp_path / "v.mp3"], tmp_path / "out.wav")
