from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assembly.sound.mix import loudness, mix, sound_key
from assembly.sound.samples import read_samples
from assembly.timeline import SceneMedia, Timeline, build_timeline

RATE = 48_000


def film(studio: Any, seconds: list[float], **wishes: Any) -> Timeline:
    scenes = [studio.scene(i, s) for i, s in enumerate(seconds)]
    return build_timeline(scenes, studio.spec(**wishes))


def mixed(studio: Any, timeline: Timeline, tmp_path: Path) -> Any:
    """The track, shape (samples, 2)."""
    out = tmp_path / "sound.mp4"
    told = mix(timeline, studio.media, out, threading.Event())
    assert told == loudness(out)
    return read_samples(out).T


def lag(heard: Any, own: Any, start: int) -> int:
    """Samples by which `own` lies later in `heard` than at `start`."""
    part = heard[start - 200 : start + len(own) + 200].mean(axis=1)
    return int(np.argmax(np.correlate(part, own.mean(axis=1)[: len(part) - 400], "valid"))) - 200


@pytest.mark.slow
def test_narrations_lie_at_their_sample_in_the_encoded_track(studio: Any, tmp_path: Path) -> None:
    timeline = film(studio, [1.0, 1.1, 1.2])
    heard = mixed(studio, timeline, tmp_path)
    # AAC comes in packets of 1024 samples; the container says where the last one ends.
    assert 0 <= len(heard) - timeline.samples < 1024
    for narration in timeline.narrations:
        own = read_samples(studio.media(narration.digest)).T[:9600]
        assert lag(heard, own, narration.start) == 0


@pytest.mark.slow
def test_the_encoded_track_has_the_loudness_and_peak_that_were_asked(
    studio: Any, tmp_path: Path
) -> None:
    mixed(studio, film(studio, [2.0, 2.0]), tmp_path)
    told = loudness(tmp_path / "sound.mp4")
    assert told.integrated_lufs == pytest.approx(-16, abs=0.3)
    assert told.true_peak_dbtp is not None
    assert told.true_peak_dbtp <= -1


@pytest.mark.slow
def test_peaks_are_limited_where_loudness_would_raise_them(studio: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    spiky = rng.normal(0, 0.02, 3 * RATE)
    spiky[::6000] = 0.9
    soundfile.write(studio.folder / "spiky.wav", spiky, RATE)
    scene = studio.scene(1, 3.0, speech="spiky.wav")
    mixed(studio, build_timeline([scene], studio.spec()), tmp_path)
    told = loudness(tmp_path / "sound.mp4")
    assert told.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert told.true_peak_dbtp is not None
    assert told.true_peak_dbtp <= -1


@pytest.mark.slow
@pytest.mark.parametrize("speech", ["", "silence.wav", "hiss.wav"])
def test_a_film_without_sound_stays_silent(studio: Any, tmp_path: Path, speech: str) -> None:
    soundfile.write(studio.folder / "silence.wav", np.zeros(RATE), RATE)
    hiss = np.random.default_rng(1).normal(0, 1e-4, RATE)
    soundfile.write(studio.folder / "hiss.wav", hiss, RATE)
    scene = SceneMedia(id="s", picture="p", speech=speech, speech_s=1.0, least_s=2.0)
    timeline = build_timeline([scene], studio.spec())
    heard = mixed(studio, timeline, tmp_path)
    assert np.abs(heard).max() < 1e-4
    assert loudness(tmp_path / "sound.mp4").integrated_lufs is None


def music(studio: Any, seconds: float = 2.5) -> str:
    moments = np.arange(round(seconds * RATE)) / RATE
    chord = sum(0.2 * np.sin(2 * np.pi * pitch * moments) for pitch in (220, 277, 330))
    soundfile.write(studio.folder / "music.wav", np.stack([chord, chord], 1), RATE)
    return "music.wav"


@pytest.mark.slow
def test_music_alone_is_as_loud_as_the_film_should_be(studio: Any, tmp_path: Path) -> None:
    scene = SceneMedia(id="s", picture="p", least_s=6)
    timeline = build_timeline([scene], studio.spec(music=(music(studio),)))
    mixed(studio, timeline, tmp_path)
    told = loudness(tmp_path / "sound.mp4").integrated_lufs
    assert told == pytest.approx(-16, abs=0.3)


@pytest.mark.slow
def test_sound_takes_the_bits_that_it_needs(studio: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    soundfile.write(studio.folder / "wide.wav", rng.normal(0, 0.1, (4 * RATE, 2)), RATE)
    scene = SceneMedia(id="s", picture="p", least_s=4)
    sizes = {}
    for name in ("wide.wav", music(studio)):
        timeline = build_timeline([scene], studio.spec(music=(name,)))
        mixed(studio, timeline, tmp_path)
        sizes[name] = (tmp_path / "sound.mp4").stat().st_size * 8 / timeline.duration_s
    assert sizes["wide.wav"] > 1.2 * sizes["music.wav"]


def test_the_tracks_name_follows_from_what_is_heard(studio: Any) -> None:
    one = film(studio, [1.0, 1.1])
    assert sound_key(one) == sound_key(film(studio, [1.0, 1.1], title="Other", width=640))
    assert sound_key(one) != sound_key(film(studio, [1.1, 1.0]))
    assert sound_key(one) != sound_key(film(studio, [1.0, 1.1], music=("m",)))
