from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from providers._media import media_type_of, sound_facts
from providers._verify import verify
from providers.errors import Failed
from providers.requests import FileRequest, ImageRequest, SpeechRequest, VideoRequest

WIDE = ImageRequest(provider="p", model="m", width=2074, height=1166)
TALL = ImageRequest(provider="p", model="m", width=1166, height=2074)
CLIP = VideoRequest(provider="p", model="m", prompt="", width=1920, height=1080, duration_s=1.0)
HELLO = SpeechRequest(provider="p", model="m", text="Hello there, friend.", voice="v")


def clip(
    frames: int = 24, blank: bool = False, flags: str = "+faststart", frozen: bool = False
) -> bytes:
    """A small MP4 at 12 frames a second."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        # Not in memory: faststart reads the file again to move its head to the front.
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": flags}) as container:
            stream = container.add_stream("mpeg4", rate=12)
            stream.width, stream.height = 160, 96
            for _ in range(frames):
                noise = rng.integers(0, 255, (96, 160, 3), dtype=np.uint8)
                if frozen:
                    noise[:] = np.arange(160, dtype=np.uint8)[:, None]
                pixels = np.full_like(noise, 80) if blank else noise
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


def mp3(seconds: float = 1.0) -> bytes:
    told = io.BytesIO()
    with av.open(told, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=24000, layout="mono")
        wave = (np.sin(np.arange(round(24000 * seconds)) * 0.1) * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16p", layout="mono")
        frame.sample_rate = 24000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return told.getvalue()


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "delivered"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_whole_picture_is_accepted_with_its_size(
    on_disk: Callable[[bytes], Path], picture: Callable[..., bytes], kind: str
) -> None:
    path = on_disk(picture(160, 90, kind))
    assert verify(path, f"image/{kind.lower()}", WIDE) == {"width": 160, "height": 90}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_that_breaks_off_is_refused(
    on_disk: Callable[[bytes], Path], picture: Callable[..., bytes], kind: str
) -> None:
    whole = picture(640, 360, kind)
    with pytest.raises(Failed, match="damaged"):
        verify(on_disk(whole[: len(whole) * 2 // 3]), f"image/{kind.lower()}", WIDE)


def test_a_picture_of_one_colour_is_refused(
    on_disk: Callable[[bytes], Path], picture: Callable[..., bytes]
) -> None:
    with pytest.raises(Failed, match="blank"):
        verify(on_disk(picture(blank=True)), "image/png", WIDE)


def test_a_picture_of_another_shape_is_refused(
    on_disk: Callable[[bytes], Path], picture: Callable[..., bytes]
) -> None:
    path = on_disk(picture(160, 90))
    with pytest.raises(Failed, match="160x90 was delivered"):
        verify(path, "image/png", TALL)
    asked = TALL.model_copy(update={"input": {"aspect_ratio": "16:9"}})
    assert verify(path, "image/png", asked)["width"] == 160


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"<html>sorry</html>", "text/html"), (b"\xff\xfb\x90\x00", "image/png"), (b"", "image/png")],
)
def test_what_is_no_picture_is_refused(
    on_disk: Callable[[bytes], Path], data: bytes, media_type: str
) -> None:
    with pytest.raises(Failed):
        verify(on_disk(data), media_type, WIDE)


def test_speech_is_accepted_with_its_length_and_rate(
    on_disk: Callable[[bytes], Path], sound: Callable[..., bytes]
) -> None:
    facts = verify(on_disk(sound(2.0)), "audio/wav", HELLO)
    assert facts == {"duration_s": 2.0, "sample_rate": 8000}
    assert verify(on_disk(mp3()), "audio/mpeg", HELLO)["duration_s"] == pytest.approx(1.0, abs=0.1)


def test_a_wav_that_was_streamed_states_no_length_and_is_accepted(
    on_disk: Callable[[bytes], Path], sound: Callable[..., bytes]
) -> None:
    streamed = bytearray(sound(2.0))
    streamed[4:8] = streamed[40:44] = b"\xff\xff\xff\xff"
    assert verify(on_disk(bytes(streamed)), "audio/wav", HELLO)["duration_s"] == 2.0
    assert sound_facts(bytes(streamed), None) == (2.0, 8000)


def test_sound_that_breaks_off_is_refused(
    on_disk: Callable[[bytes], Path], sound: Callable[..., bytes]
) -> None:
    with pytest.raises(Failed, match="breaks off after"):
        verify(on_disk(sound(4.0)[:20000]), "audio/wav", HELLO)


def test_silence_is_refused(on_disk: Callable[[bytes], Path], sound: Callable[..., bytes]) -> None:
    with pytest.raises(Failed, match="silent"):
        verify(on_disk(sound(2.0, loud=0.001)), "audio/wav", HELLO)


@pytest.mark.parametrize(("seconds", "speed"), [(0.2, 1.0), (12.0, 1.0), (6.0, 2.0)])
def test_speech_too_short_or_too_long_for_its_text_is_refused(
    on_disk: Callable[[bytes], Path], sound: Callable[..., bytes], seconds: float, speed: float
) -> None:
    asked = HELLO.model_copy(update={"speed": speed})
    with pytest.raises(Failed, match=r"delivered for 16 letters; .* would be plausible"):
        verify(on_disk(sound(seconds)), "audio/wav", asked)


def test_a_whole_clip_is_accepted_with_its_facts(on_disk: Callable[[bytes], Path]) -> None:
    assert verify(on_disk(clip()), "video/mp4", CLIP) == {
        "width": 160, "height": 96, "duration_s": 2.0, "fps": 12.0,
    }  # fmt: skip


def test_a_clip_that_breaks_off_is_refused(on_disk: Callable[[bytes], Path]) -> None:
    whole = clip()
    with pytest.raises(Failed, match=r"breaks off after|damaged"):
        verify(on_disk(whole[: len(whole) // 2]), "video/mp4", CLIP)
    late = clip(flags="-faststart")
    with pytest.raises(Failed, match="damaged"):
        verify(on_disk(late[: len(late) // 2]), "video/mp4", CLIP)


def test_a_clip_in_which_nothing_moves_is_refused(on_disk: Callable[[bytes], Path]) -> None:
    with pytest.raises(Failed, match="does not move"):
        verify(on_disk(clip(frozen=True)), "video/mp4", CLIP)


def test_a_clip_without_a_picture_track_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=24000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 24000), np.float32), "fltp", "mono")
        frame.sample_rate = 24000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(Failed, match="no picture track"):
        verify(tmp_path / "sound.mp4", "video/mp4", CLIP)


def test_a_blank_clip_is_refused(on_disk: Callable[[bytes], Path]) -> None:
    with pytest.raises(Failed, match="blank"):
        verify(on_disk(clip(blank=True)), "video/mp4", CLIP)


def test_a_clip_of_another_shape_is_refused(on_disk: Callable[[bytes], Path]) -> None:
    tall = CLIP.model_copy(update={"width": 1080, "height": 1920})
    with pytest.raises(Failed, match="shape"):
        verify(on_disk(clip()), "video/mp4", tall)


def test_a_picture_is_no_clip_and_speech_no_picture(
    on_disk: Callable[[bytes], Path], picture: Callable[..., bytes]
) -> None:
    with pytest.raises(Failed, match="a clip was ordered and image/png was delivered"):
        verify(on_disk(picture()), "video/mp4", CLIP)


def test_the_editors_own_files_are_taken_as_they_are(on_disk: Callable[[bytes], Path]) -> None:
    own = FileRequest(digest="0" * 64, media_type="image/png")
    assert verify(on_disk(b"anything"), "image/png", own) == {}


@pytest.mark.parametrize(
    ("make", "media_type"),
    [(clip, "video/mp4"), (mp3, "audio/mpeg"), (lambda: b"GIF89a", "image/gif"),
     (lambda: b"\xff\xf1\x50\x80", "audio/aac"), (lambda: b"plain text", "")],
)  # fmt: skip
def test_bytes_say_what_they_are(make: Callable[[], bytes], media_type: str) -> None:
    assert media_type_of(make()[:16]) == media_type


@pytest.mark.parametrize("data", [b"", b"not a sound", b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_no_sound_has_no_facts(data: Any) -> None:
    with pytest.raises(Failed):
        sound_facts(data, None)
