"""What the mix sounds like, measured in its own AAC: levels, music, pauses, joins."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assembly._ffmpeg import run
from assembly.sound.levels import level_gains
from assembly.sound.loudness import Meter
from assembly.sound.mix import Loudness, loudness, mix
from assembly.sound.music import duck
from assembly.sound.samples import read_samples
from assembly.timeline import SceneMedia, Timeline, build_timeline

pytestmark = pytest.mark.slow
RATE = 48_000
HZ = 9000
"""The music's tone: the voices have nothing there."""


def mixed(studio: Any, timeline: Timeline, tmp_path: Path) -> tuple[Any, Loudness]:
    """The track, shape (samples, 2), and what its making told."""
    out = tmp_path / "sound.mp4"
    told = mix(timeline, studio.media, out, threading.Event())
    return read_samples(out).T, told


def voice(studio: Any, name: str, seconds: float, level: float) -> SceneMedia:
    """A scene with noise in syllables at some level; `name` says how it sounds."""
    rng = np.random.default_rng(sum(name.encode()))
    moments = np.arange(round(seconds * RATE)) / RATE
    syllables = np.clip(np.cos(2 * np.pi * 2.3 * moments) + 0.6, 0, 1)
    noise = np.convolve(rng.normal(0, 1, len(moments) + 15), np.full(16, 0.25), "valid")
    said = level * noise * syllables
    soundfile.write(studio.folder / name, said, RATE, subtype="FLOAT")
    return SceneMedia(id=name, picture="p", speech=name, speech_s=seconds)


def tone(studio: Any, name: str, seconds: float) -> str:
    moments = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(studio.folder / name, 0.3 * np.sin(2 * np.pi * HZ * moments), RATE)
    return name


def tone_db(sound: Any) -> Any:
    """The level of the music's tone every hundredth of a second, in dB."""
    wave = np.exp(-2j * np.pi * HZ * np.arange(len(sound)) / RATE)
    bent = sound.mean(axis=1) * wave
    hann = np.hanning(9600) / 4800
    sums = np.convolve(np.add.reduceat(bent, np.arange(0, len(bent), 480)), hann[::480], "same")
    return 20 * np.log10(np.abs(sums) + 1e-9)


@pytest.mark.parametrize("goal", [-14.0, -16.0, -23.0])
@pytest.mark.parametrize("crest", [1, 12])
def test_a_preset_is_met_within_a_quarter_of_a_unit(
    studio: Any, tmp_path: Path, goal: float, crest: int
) -> None:
    scene = voice(studio, "v.wav", 6.0, 0.03)
    said, _ = soundfile.read(studio.folder / "v.wav")
    said[::4001] *= crest
    soundfile.write(studio.folder / f"v{crest}.wav", said, RATE, subtype="FLOAT")
    scene = scene.model_copy(update={"speech": f"v{crest}.wav"})
    _, told = mixed(studio, build_timeline([scene], studio.spec(loudness_lufs=goal)), tmp_path)
    # FFmpeg's own meter is the judge.
    args = ["-i", str(tmp_path / "sound.mp4"), "-af", "ebur128=peak=true:framelog=quiet"]
    log = " ".join(run([*args, "-f", "null", "-"]).log)
    integrated = float(log.split("I:")[-1].split()[0])
    peak = float(log.split("Peak:")[-1].split()[0])
    assert abs(integrated - goal) <= 0.25
    assert peak <= -1
    assert told.integrated_lufs == pytest.approx(integrated, abs=0.06)
    assert told.true_peak_dbtp == pytest.approx(peak, abs=0.3)


def test_voices_sit_at_one_level_however_they_came(studio: Any, tmp_path: Path) -> None:
    scenes = [
        voice(studio, "loud.wav", 4.0, 0.2),
        voice(studio, "low.wav", 4.0, 0.02),
        voice(studio, "short.wav", 1.2, 0.09),
        voice(studio, "middle.wav", 3.5, 0.06),
    ]
    timeline = build_timeline(scenes, studio.spec())
    heard, _ = mixed(studio, timeline, tmp_path)
    levels = []
    for told in timeline.narrations:
        meter = Meter()
        meter.add(heard[told.start : told.start + told.samples].T)
        levels.append(meter.integrated())
    assert max(levels) - min(levels) < 0.7


def test_what_says_little_or_nothing_is_not_raised_far() -> None:
    gains = level_gains({"a": (-20.0, 9.0), "b": (-24.0, 9.0), "c": (-45.0, 1.0), "d": (None, 5.0)})
    assert (gains["a"], gains["b"]) == (-3, 1)
    assert gains["c"] == 9
    assert gains["d"] <= 0
    assert level_gains({"hiss": (-58.0, 5.0)}) == {"hiss": 0}
    assert level_gains({}) == {}


def test_music_makes_way_slowly_and_does_not_pump(studio: Any, tmp_path: Path) -> None:
    scenes = [
        voice(studio, "one.wav", 3.0, 0.1).model_copy(update={"pause_s": 0.8}),
        voice(studio, "two.wav", 3.0, 0.1).model_copy(update={"pause_s": 4.5}),
        voice(studio, "three.wav", 3.0, 0.1).model_copy(update={"pause_s": 5.0}),
    ]
    timeline = build_timeline(scenes, studio.spec(music=(tone(studio, "tone.wav", 40),)))
    heard, told = mixed(studio, timeline, tmp_path)
    level = tone_db(heard)
    starts = [n.start / RATE for n in timeline.narrations]

    def at(start_s: float, end_s: float) -> Any:
        return level[round(start_s * 100) : round(end_s * 100)]

    under = float(np.median(at(starts[0] + 0.5, starts[0] + 2.5)))
    free = float(np.median(at(starts[1] + 4.8, starts[1] + 6.6)))
    assert 8 < free - under < 10
    # All through the short pause it stays where it is.
    between = at(starts[0] + 0.3, starts[1] + 2.8)
    assert np.ptp(between) < 2.5
    # And where it moves it does so without haste; the end's fade is another matter.
    body = at(0.3, timeline.duration_s - 3)
    assert np.abs(body[10:] - body[:-10]).max() < 3.6
    assert at(starts[2] - 0.05, starts[2] + 0.05).max() < under + 2
    assert at(timeline.duration_s - 0.3, timeline.duration_s - 0.1).max() < free - 20
    assert told.integrated_lufs == pytest.approx(-16, abs=0.25)


def test_ducking_never_dips_into_a_pause_too_short_to_come_back(studio: Any) -> None:
    for pause_s in np.arange(0.1, 4.0, 0.1):
        scenes = [studio.scene(n, 1.0, pause_s=float(pause_s), lead_s=0.0) for n in (1, 2)]
        timeline = build_timeline(scenes, studio.spec())
        first, second = timeline.narrations
        gap = duck(timeline.narrations, timeline.samples)[1005 : second.start // 48 - 5]
        assert first.start == 0
        assert gap.max() < -19.9 or gap.max() > -11.1
        assert np.abs(np.diff(gap)).max(initial=0) * 1000 < 30


def test_the_musics_level_is_the_editors(studio: Any, tmp_path: Path) -> None:
    scenes = [voice(studio, "one.wav", 3.0, 0.1)]
    piece = tone(studio, "tone.wav", 20)
    found = []
    for level in (0.0, -6.0):
        spec = studio.spec(music=(piece,), music_level_db=level)
        heard, _ = mixed(studio, build_timeline(scenes, spec), tmp_path)
        found.append(float(np.median(tone_db(heard)[100:250])))
    assert found[0] - found[1] == pytest.approx(6, abs=0.7)


def test_what_is_heard_on_one_side_stays_there_under_a_voice(studio: Any, tmp_path: Path) -> None:
    moments = np.arange(6 * RATE) / RATE
    wave = 0.3 * np.sin(2 * np.pi * HZ * moments)
    soundfile.write(studio.folder / "left.wav", np.stack([wave, np.zeros_like(wave)], 1), RATE)
    scene = voice(studio, "one.wav", 3.0, 0.1)
    both = scene.model_copy(update={"pause_s": 3.0})
    timeline = build_timeline([both], studio.spec(music=("left.wav", tone(studio, "tone.wav", 9))))
    heard, _ = mixed(studio, timeline, tmp_path)
    said = timeline.narrations[0]
    voiced = heard[said.start : said.start + said.samples]
    # The tone under the voice is on the left only, and the voice on both.
    left, right = (np.median(tone_db(voiced[:, [side]])) for side in (0, 1))
    assert left - right > 15
    low = [np.convolve(side, np.full(16, 1 / 16), "valid") for side in voiced.T]
    assert np.corrcoef(low)[0, 1] > 0.98
    # A piece that has one side is heard on both.
    rest = heard[round(6.2 * RATE) : round(6.6 * RATE)]
    assert np.ptp([np.median(tone_db(rest[:, [side]])) for side in (0, 1)]) < 1


def test_pieces_follow_each_other_without_a_hole_and_start_anew(
    studio: Any, tmp_path: Path
) -> None:
    pieces = []
    for number, (level, hz) in enumerate([(0.4, 300), (0.05, 800), (0.2, 2000)]):
        moments = np.arange(6 * RATE) / RATE
        wave = np.sin(2 * np.pi * hz * moments) * level
        # Silence around a piece is not played.
        soundfile.write(studio.folder / f"piece{number}.wav", np.pad(wave, (RATE, 2 * RATE)), RATE)
        pieces.append(f"piece{number}.wav")
    soundfile.write(studio.folder / "mute.wav", np.zeros(RATE), RATE)
    scene = SceneMedia(id="s", picture="p", least_s=24)
    spec = studio.spec(music=(*pieces, "mute.wav"))
    heard, _ = mixed(studio, build_timeline([scene], spec), tmp_path)
    steps = np.sqrt(np.square(heard[: 21 * RATE]).reshape(-1, 4800).mean(axis=1))
    assert 20 * np.log10(steps[2:].max() / steps[2:].min()) < 7
    strongest = [
        float(np.argmax(np.abs(np.fft.rfft(heard[round(at * RATE) :][:RATE, 0]))))
        for at in (1, 6.5, 10.5, 14.5)
    ]
    assert strongest == [300, 800, 2000, 300]


def test_pauses_are_exact_and_have_the_sound_of_a_room(studio: Any, tmp_path: Path) -> None:
    scenes = [
        # Five syllables and a beginning: it sounds to its end.
        voice(studio, "one.wav", 5 / 2.3, 0.1).model_copy(update={"pause_s": 2.0}),
        voice(studio, "two.wav", 5 / 2.3, 0.1).model_copy(update={"pause_s": 1.0}),
    ]
    timeline = build_timeline(scenes, studio.spec())
    heard, _ = mixed(studio, timeline, tmp_path)
    first, second = timeline.narrations
    end, start = first.start + first.samples, second.start
    loud = np.flatnonzero(np.abs(heard).max(axis=1) > 0.003)
    quiet = loud[np.searchsorted(loud, end - 4800) :]
    gap = int(np.diff(quiet).max())
    # The pause, then the next scene's lead; the scene itself is whole frames.
    assert 0 <= gap / RATE - 2.25 <= 1 / 30 + 0.02
    room = heard[end + 4800 : start - 4800]
    level = 20 * np.log10(room.std(axis=0))
    assert ((level > -76) & (level < -69)).all()
    assert np.abs(np.corrcoef(room.T)[0, 1]) < 0.5


def test_nothing_clicks_where_narrations_begin_and_end(studio: Any, tmp_path: Path) -> None:
    moments = np.arange(2 * RATE) / RATE
    hum = 0.2 * np.cos(2 * np.pi * 150 * moments) + 0.05
    soundfile.write(studio.folder / "hum.wav", hum, RATE)
    scenes = [SceneMedia(id=f"s{n}", picture="p", speech="hum.wav", speech_s=2.0) for n in range(3)]
    timeline = build_timeline(scenes, studio.spec(music=(tone(studio, "tone.wav", 3.3),)))
    heard, _ = mixed(studio, timeline, tmp_path)
    bend = np.abs(np.diff(heard.mean(axis=1), 2))
    first = timeline.narrations[0]
    usual = bend[first.start + 9600 : first.start + 86_400].max()
    for told in timeline.narrations:
        for edge in (told.start, told.start + told.samples):
            assert bend[edge - 2400 : edge + 2400].max() < 2 * usual


def test_the_same_timeline_is_the_same_file(studio: Any, tmp_path: Path) -> None:
    spec = studio.spec(music=(tone(studio, "tone.wav", 3),), voice_polish=True)
    timeline = build_timeline([studio.scene(1, 1.5), studio.scene(2, 1.2)], spec)
    mixed(studio, timeline, tmp_path)
    first = (tmp_path / "sound.mp4").read_bytes()
    mixed(studio, timeline, tmp_path)
    assert (tmp_path / "sound.mp4").read_bytes() == first


def test_polish_holds_back_loud_syllables_and_moves_nothing(studio: Any, tmp_path: Path) -> None:
    scene = voice(studio, "uneven.wav", 4.0, 0.03)
    said, _ = soundfile.read(studio.folder / "uneven.wav")
    said[2 * RATE : 3 * RATE] *= 4
    soundfile.write(studio.folder / "uneven.wav", said, RATE, subtype="FLOAT")
    ranges = []
    for polished in (False, True):
        spec = studio.spec(voice_polish=polished, loudness_lufs=-23)
        timeline = build_timeline([scene], spec)
        heard, _ = mixed(studio, timeline, tmp_path)
        start = timeline.narrations[0].start
        part = heard[start : start + len(said)].mean(axis=1)
        ranges.append(float(part[2 * RATE : 3 * RATE].std() / part[: 2 * RATE].std()))
        near = heard[start - 200 : start + RATE + 200].mean(axis=1)
        assert int(np.argmax(np.correlate(near, said[:RATE], "valid"))) == 200
    assert 20 * np.log10(ranges[0] / ranges[1]) > 2


def test_music_that_is_cut_off_plays_as_far_as_it_goes(studio: Any, tmp_path: Path) -> None:
    piece = studio.folder / tone(studio, "tone.wav", 9)
    run(["-i", str(piece), str(studio.folder / "whole.mp3")])
    whole = (studio.folder / "whole.mp3").read_bytes()
    (studio.folder / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    scene = SceneMedia(id="s", picture="p", least_s=8)
    _, told = mixed(studio, build_timeline([scene], studio.spec(music=("cut.mp3",))), tmp_path)
    assert told == loudness(tmp_path / "sound.mp4")
    assert told.integrated_lufs == pytest.approx(-16, abs=0.25)
