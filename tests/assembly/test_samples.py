"""Any sound file becomes 48 kHz, mono or stereo: whole, in time and at its level."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from assembly._ffmpeg import run
from assembly.errors import UnreadableMedia
from assembly.sound.samples import read_samples

RATE = 48_000


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_resampling_keeps_time_and_level(tmp_path: Path, rate: int) -> None:
    moments = np.arange(rate) / rate
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * moments), rate)
    made = read_samples(tmp_path / "a.wav")
    ideal = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert made.shape == (1, made.shape[1])
    assert abs(made.shape[1] - RATE) <= 1
    assert np.abs(made[0] - ideal[: made.shape[1]])[2000:46_000].max() < 0.003


def test_stereo_stays_stereo_and_compressed_sound_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    two = rng.normal(0, 0.1, (RATE, 2))
    soundfile.write(tmp_path / "a.flac", two, RATE)
    made = read_samples(tmp_path / "a.flac")
    assert np.abs(made.T - two).max() < 0.001


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


def ticks(folder: Path, channels: int = 2) -> Path:
    """Two seconds of quiet noise with a short, loud burst at one second."""
    rng = np.random.default_rng(8)
    sound = rng.normal(0, 0.003, (2 * RATE, channels))
    sound[RATE : RATE + 960] += 0.4 * np.hanning(960)[:, None] * rng.normal(0, 1, (960, 1))
    soundfile.write(folder / "ticks.wav", np.clip(sound, -1, 1), RATE, subtype="FLOAT")
    return folder / "ticks.wav"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.wav", ["-ac", "1", "-ar", "11025", "-c:a", "pcm_u8"]),
        ("b.wav", ["-ar", "96000", "-c:a", "pcm_s24le"]),
        ("c.mp3", ["-ar", "44100", "-b:a", "160k"]),
        ("d.m4a", ["-ar", "44100", "-c:a", "aac", "-b:a", "160k"]),
        ("e.opus", ["-c:a", "libopus", "-b:a", "96k"]),
        ("f.ogg", ["-c:a", "libvorbis"]),
        ("g.flac", ["-ar", "22050"]),
        ("h.wav", ["-ac", "6", "-c:a", "pcm_s16le"]),
        ("i.m4a", ["-ac", "6", "-c:a", "aac", "-b:a", "384k"]),
    ],
)
def test_odd_files_keep_their_time(tmp_path: Path, name: str, told: list[str]) -> None:
    own = read_samples(ticks(tmp_path)).mean(axis=0)
    run(["-i", str(tmp_path / "ticks.wav"), *told, str(tmp_path / name)])
    made = read_samples(tmp_path / name).mean(axis=0)
    # An encoder's delay is known to the container and left out: no more than half a millisecond.
    burst = np.square(own[RATE - 2000 : RATE + 3000])
    near = np.square(made[RATE - 2480 : RATE + 3480])
    late = int(np.argmax(np.correlate(near, burst, "valid"))) - 480
    assert abs(late) <= 24
    assert abs(len(made) - 2 * RATE) < 3000


@pytest.mark.parametrize("name", ["a.m4a", "a.wav", "narration.wav", "a.opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_at_the_films_own_rate_is_read_as_ffmpeg_reads_it(
    tmp_path: Path, name: str, channels: int
) -> None:
    told = ["-c:a", "pcm_f32le"] if name == "a.wav" else []
    run(["-i", str(ticks(tmp_path, channels)), *told, str(tmp_path / name)])
    raw = tmp_path / "raw.f32"
    run(["-i", str(tmp_path / name), "-f", "f32le", "-c:a", "pcm_f32le", str(raw)])
    heard = np.fromfile(raw, np.float32).reshape(-1, channels)
    made = read_samples(tmp_path / name).T
    assert np.array_equal(made[: len(heard)], heard)
    # Some say how much of their end is padding: the program drops it, its libraries do not.
    assert 0 <= len(made) - len(heard) <= 1024


def test_art_in_a_file_is_no_sound(tmp_path: Path) -> None:
    ticks(tmp_path)
    run(["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(tmp_path / "art.png")])
    args = ["-i", str(tmp_path / "ticks.wav"), "-i", str(tmp_path / "art.png"), "-map", "0:a"]
    run([*args, "-map", "1:v", "-c:v", "copy", "-id3v2_version", "3", str(tmp_path / "art.mp3")])
    assert abs(read_samples(tmp_path / "art.mp3").shape[1] - 2 * RATE) < 3000


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac", "wav"])
def test_a_truncated_file_is_read_as_far_as_it_goes_or_refused(tmp_path: Path, suffix: str) -> None:
    ticks(tmp_path)
    run(["-i", str(tmp_path / "ticks.wav"), str(tmp_path / f"a.{suffix}")])
    whole = (tmp_path / f"a.{suffix}").read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(whole[: len(whole) * 2 // 3])
    if suffix == "m4a":
        # Its index stood at its end, and is lost.
        with pytest.raises(UnreadableMedia, match="cannot be read"):
            read_samples(tmp_path / "cut.m4a")
    else:
        assert RATE < read_samples(tmp_path / f"cut.{suffix}").shape[1] < 1.7 * RATE
