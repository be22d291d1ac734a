from __future__ import annotations

import io

import av
import cv2
import numpy as np
import pytest

from tests.lab import media


def decoded(data: bytes) -> np.ndarray:
    """The mono samples in a sound file, -1..1."""
    with av.open(io.BytesIO(data)) as f:
        resampler = av.AudioResampler("flt", "mono", 24000)
        pieces = [p.to_ndarray()[0] for a in f.decode(audio=0) for p in resampler.resample(a)]
    return np.concatenate(pieces)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_has_the_size_asked_for_and_is_not_blank(kind: str) -> None:
    pixels = cv2.imdecode(np.frombuffer(media.picture(640, 352, "sea", kind), np.uint8), 1)
    assert pixels.shape == (352, 640, 3)
    assert pixels.std() > 20


def test_every_prompt_has_its_own_picture_and_always_the_same() -> None:
    assert media.picture(320, 192, "a") != media.picture(320, 192, "b")
    first = media.picture(320, 192, "a")
    media.picture.cache_clear()
    assert media.picture(320, 192, "a") == first


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "opus", "aac"])
def test_speech_is_as_long_as_its_text_and_can_be_heard(kind: str) -> None:
    text = "The quick brown fox jumps over it."
    samples = decoded(media.encode(media.speak(text), kind))
    assert len(samples) / 24000 == pytest.approx(len(text) / 14 + 0.2, abs=0.15)
    assert samples.std() > 0.03


def test_speech_is_quiet_between_words_and_loud_in_them() -> None:
    voice = media.speak("one two")
    (start, end), (gap, over) = voice.times[1], voice.times[3]
    middle = (gap + over) / 2
    word = voice.samples[int(start * 24000) : int(end * 24000)]
    pause = voice.samples[int((middle - 0.01) * 24000) : int((middle + 0.01) * 24000)]
    assert np.abs(word).max() > 10 * np.abs(pause).max()


def test_the_bytes_of_an_mp3_tell_its_length() -> None:
    data = media.encode(media.speak("Hello over there, my friend."), "mp3", 48)
    assert len(data) * 8 / 48000 == pytest.approx(len(decoded(data)) / 24000, abs=0.03)


def test_a_clip_moves_and_has_no_sound() -> None:
    with av.open(io.BytesIO(media.clip(416, 240, 12, 16, "sea"))) as f:
        assert not f.streams.audio
        frames = [frame.to_ndarray(format="gray").astype(int) for frame in f.decode(video=0)]
    assert len(frames) == 12
    assert frames[0].shape == (240, 416)
    assert np.abs(frames[0] - frames[-1]).mean() > 5


def test_blank_and_silent_are_what_they_say() -> None:
    pixels = cv2.imdecode(np.frombuffer(media.picture(64, 64, "x", blank=True), np.uint8), 1)
    assert pixels.std() == 0
    assert not media.speak("hello", silent=True).samples.any()
