from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly._limiter import limit, true_peaks
from assembly._samples import decibel, read_samples
from assembly.errors import UnreadableMedia
from assembly.sound import loudness, mix, sound_key
from assembly.timeline import SceneMedia, Timeline, build_timeline

RATE = 48_000


def film(studio: Any, seconds: list[float], **wishes: Any) -> Timeline:
    scenes = [studio.scene(i, s) for i, s in enumerate(seconds)]
    return build_timeline(scenes, studio.spec(**wishes))


def mixed(studio: Any, timeline: Timeline, tmp_path: Path) -> Any:
    out = tmp_path / "sound.mp4"
    told = mix(timeline, studio.media, out, threading.Event())
    assert told == loudness(out)
    return read_samples(out)


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
        own = read_samples(studio.media(narration.digest))[:9600]
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
def test_music_makes_way_for_words_and_fades_out_at_the_end(studio: Any, tmp_path: Path) -> None:
    scenes = [studio.scene(1, 2.0, pause_s=3.2), studio.scene(2, 1.0, pause_s=2.5)]
    timeline = build_timeline(scenes, studio.spec(music=(music(studio),)))
    plain = build_timeline(scenes, studio.spec())
    for folder in ("with", "without"):
        (tmp_path / folder).mkdir()
    both = mixed(studio, timeline, tmp_path / "with")
    words = mixed(studio, plain, tmp_path / "without")

    def level(start_s: float, end_s: float) -> float:
        part = both[round(start_s * RATE) : round(end_s * RATE)]
        own = words[round(start_s * RATE) : round(end_s * RATE)]
        share = float((part * own).sum() / max(1e-9, float((own * own).sum())))
        return float(20 * np.log10(np.sqrt(np.square(part - share * own).mean()) + 1e-9))

    assert level(3.5, 4.6) - level(1.0, 2.0) > 6
    end_s = timeline.duration_s
    assert level(end_s - 0.2, end_s) < level(end_s - 2.2, end_s - 1.9) - 15
    assert loudness(tmp_path / "with" / "sound.mp4").integrated_lufs == pytest.approx(-16, abs=0.3)


@pytest.mark.slow
def test_music_alone_is_as_loud_as_the_film_should_be(studio: Any, tmp_path: Path) -> None:
    scene = SceneMedia(id="s", picture="p", least_s=6)
    timeline = build_timeline([scene], studio.spec(music=(music(studio),)))
    mixed(studio, timeline, tmp_path)
    told = loudness(tmp_path / "sound.mp4").integrated_lufs
    assert told == pytest.approx(-16, abs=0.3)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_resampling_keeps_time_and_level(tmp_path: Path, rate: int) -> None:
    moments = np.arange(rate) / rate
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * moments), rate)
    made = read_samples(tmp_path / "a.wav")
    ideal = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert abs(len(made) - RATE) <= 1
    assert np.abs(made[2000:46_000] - ideal[2000:46_000, None]).max() < 0.003
    assert np.array_equal(made[:, 0], made[:, 1])


def test_stereo_stays_stereo_and_compressed_sound_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    two = rng.normal(0, 0.1, (RATE, 2))
    soundfile.write(tmp_path / "a.flac", two, RATE)
    made = read_samples(tmp_path / "a.flac")
    assert np.abs(made - two).max() < 0.001


def test_what_is_no_sound_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "notes.mp3").write_text("no sound")
    with pytest.raises(UnreadableMedia, match=r"notes\.mp3"):
        read_samples(tmp_path / "notes.mp3")
    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(UnreadableMedia, match="no sound in this file"):
        read_samples(tmp_path / "mute.mp4")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.9))
def test_the_limiter_holds_true_peaks_and_leaves_the_rest(seed: int, ceiling: float) -> None:
    rng = np.random.default_rng(seed)
    loud = rng.normal(0, 0.3, (4800, 2)).astype(np.float32)
    held = limit(loud, ceiling)
    assert true_peaks(held).max() <= ceiling * decibel(0.3)
    quiet = (loud * 0.01).astype(np.float32)
    assert np.array_equal(limit(quiet, ceiling), quiet)


def test_true_peaks_are_found_between_samples() -> None:
    # A sine at a quarter of the rate, sampled 45 degrees off its crests.
    moments = np.arange(960)
    wave = np.sin(np.pi / 2 * moments + np.pi / 4).astype(np.float32)
    peaks = true_peaks(np.stack([wave, wave], 1))[100:-100]
    assert np.abs(wave).max() < 0.708
    assert peaks.max() == pytest.approx(1, abs=0.03)


def test_the_tracks_name_follows_from_what_is_heard(studio: Any) -> None:
    one = film(studio, [1.0, 1.1])
    assert sound_key(one) == sound_key(film(studio, [1.0, 1.1], title="Other", width=640))
    assert sound_key(one) != sound_key(film(studio, [1.1, 1.0]))
    assert sound_key(one) != sound_key(film(studio, [1.0, 1.1], music=("m",)))
