"""Pictures, voices and clips that the lab delivers: real files, different for every prompt."""

from __future__ import annotations

import functools
import io
import zlib
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

CHARACTERS_PER_S = 14.0
"""Pace of the lab's voices, about that of a narrator, where nothing is known of the vendor's."""
QUIET_S = 0.1
"""Silence before the first and after the last character."""
CONTAINERS = {
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"),
    "wav": ("wav", "pcm_s16le", "audio/wav"),
    "flac": ("flac", "flac", "audio/flac"),
    "opus": ("ogg", "libopus", "audio/ogg"),
    "aac": ("adts", "aac", "audio/aac"),
}
"""Format name to container, codec and media type."""
FAST = {"png": [cv2.IMWRITE_PNG_COMPRESSION, 1], "webp": [cv2.IMWRITE_WEBP_QUALITY, 80]}
"""Settings of picture encoders; without a quality WebP would be lossless and take a second."""

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]


def seed_of(told: str) -> int:
    """A number from a prompt; not `hash`, which differs from run to run."""
    return zlib.crc32(told.encode())


def texture(width: int, height: int, seed: int) -> Pixels:
    """An RGB picture of soft clouds with fine grain, (height, width, 3)."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (8, 14, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = chance.integers(0, 12, (height // 4 + 1, width // 4 + 1), dtype=np.uint8)
    fine = cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.add(picture, np.repeat(fine[:, :, None], 3, axis=2)), np.uint8)


@functools.lru_cache(maxsize=128)
def picture(
    width: int, height: int, prompt: str, kind: str = "png", *, blank: bool = False
) -> bytes:
    """An encoded picture; `kind` is png, jpg, jpeg or webp."""
    if blank:
        pixels = np.full((height, width, 3), 128, np.uint8)
    else:
        pixels = texture(width, height, seed_of(prompt))
    _, told = cv2.imencode(f".{kind}", pixels, FAST.get(kind, []))
    return told.tobytes()


@dataclass(frozen=True)
class Voice:
    """A narration: mono samples in -1..1, and when each character of the text sounds (seconds)."""

    samples: Samples
    rate: int
    times: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@functools.lru_cache(maxsize=64)
def speak(
    text: str,
    rate: int = 24000,
    *,
    speed: float = 1.0,
    voice: str = "",
    silent: bool = False,
    pace: float = CHARACTERS_PER_S,
) -> Voice:
    """A voiced tone with one swell per syllable; spaces and punctuation are quiet.

    It lasts about len(text) / `pace` seconds, divided by `speed`. The text "[laughs] Well." sounds
    as long as it is written: the lab does not know audio tags.
    """
    each = 1.0 / pace / speed
    times = tuple((QUIET_S + i * each, QUIET_S + (i + 1) * each) for i in range(len(text)))
    length = round((2 * QUIET_S + len(text) * each) * rate)
    if silent:
        return Voice(np.zeros(length, np.float32), rate, times)
    chance = np.random.default_rng(seed_of(voice + text))
    t = np.arange(length) / rate
    pitch = float(chance.uniform(95, 210))
    glide = pitch * (1 + 0.06 * np.sin(2 * np.pi * 0.7 * t + float(chance.uniform(0, 6))))
    phase = 2 * np.pi * np.cumsum(glide) / rate
    tone = sum(np.sin(k * phase) / k for k in range(1, 9))
    place = np.clip(((t - QUIET_S) / each).astype(int), 0, max(0, len(text) - 1))
    sounding = np.array([c.isalnum() for c in text] or [False])
    gate = sounding[place] & (t >= QUIET_S) & (t < QUIET_S + len(text) * each)
    swell = 0.55 - 0.45 * np.cos(2 * np.pi * (t - QUIET_S) / (3 * each))
    smooth = max(1, rate // 200)
    envelope = np.convolve(gate * swell, np.ones(smooth) / smooth, mode="same")
    return Voice((0.22 * tone * envelope).astype(np.float32), rate, times)


def pcm16(samples: Samples) -> bytes:
    """Samples as signed 16-bit little-endian PCM without a header."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def encode(voice: Voice, kind: str, kbit_s: int = 64) -> bytes:
    """A voice as a file of CONTAINERS, or as bare samples for "pcm".

    MP3 is of constant bit rate and has no Xing header: its bytes tell its length exactly.
    """
    if kind == "pcm":
        return pcm16(voice.samples)
    container, codec, _ = CONTAINERS[kind]
    out = io.BytesIO()
    options = {"write_xing": "0", "id3v2_version": "0"} if kind == "mp3" else {}
    with av.open(out, "w", format=container, options=options) as f:
        stream = f.add_stream(codec, rate=48000 if kind == "opus" else voice.rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        stream.bit_rate = kbit_s * 1000
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(pcm16(voice.samples), "<i2")[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = voice.rate
        resampler = av.AudioResampler(
            stream.format.name, "mono", stream.rate, frame_size=stream.frame_size or None
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            f.mux(stream.encode(piece))
        f.mux(stream.encode(None))
    return out.getvalue()


@functools.lru_cache(maxsize=16)
def clip(
    width: int, height: int, frames: int, fps: int, prompt: str, *, blank: bool = False
) -> bytes:
    """An MP4 (H.264, no sound) in which clouds drift and a disc crosses the picture."""
    seed = seed_of(prompt)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as f:
        stream = f.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "30"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        ground = texture(width, height, seed)
        for i in range(frames):
            if blank:
                pixels = np.zeros((height, width, 3), np.uint8)
            else:
                pixels = np.roll(ground, 2 * i, axis=1)
                x = int(width * (i + 0.5) / frames)
                cv2.circle(pixels, (x, height // 2), height // 6, (250, 250, 250), -1)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = i
            f.mux(stream.encode(frame))
        f.mux(stream.encode(None))
    return out.getvalue()
