"""Whether what was delivered is what was ordered: whole, of the right shape, and not empty."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from providers._clip import clip_length, is_blank, is_frozen, picture_track, thumbnail
from providers._media import media_type_of
from providers.errors import Failed
from providers.requests import (
    Alignment,
    AlignmentRequest,
    AnyRequest,
    ImageRequest,
    SpeechRequest,
    Transcript,
    TranscriptRequest,
    VideoRequest,
)
from providers.sizes import asked_shape

SHAPE_TOLERANCE = 0.12
"""How far width over height may be from what was asked: models snap sizes by a few percent."""
SILENT = 10 ** (-50 / 20)
SECONDS_PER_CHARACTER = (0.02, 0.5)
"""How long speech at its own pace takes per letter or digit, from the fastest to the slowest."""
SLACK_S = 2.0
"""Pauses before, after and between, which do not grow with the text."""
SAMPLE_EVERY = 12
"""Of so many frames of a clip one is looked at."""
MOST_PIXELS = 120_000_000
MOST_MISSING = 0.1
"""Share of the stated length that may be missing before a sound or clip counts as cut off."""


def verify(path: Path, media_type: str, request: AnyRequest) -> dict[str, Any]:
    """Decodes a delivered file to its end and returns its facts; raises Failed, with what is wrong.

    Facts of a picture: width, height (pixels). Of speech: duration_s, sample_rate. Of a clip:
    width, height, duration_s, fps. `media_type` must be of the request's kind.
    """
    wanted = {"speech": "audio"}.get(request.capability, request.capability)
    if request.capability in ("file", "moderation", "plan"):
        return {}
    if isinstance(request, TranscriptRequest | AlignmentRequest):
        return _told(path, Transcript if isinstance(request, TranscriptRequest) else Alignment)
    with path.open("rb") as file:
        head = file.read(16)
    found = media_type_of(head) or "application/octet-stream"
    for told in (media_type, found):
        if told.split("/")[0] not in (wanted, "application"):
            raise Failed(f"{_what(request)} was ordered and {told} was delivered")
    if isinstance(request, ImageRequest):
        return _picture(path, request)
    if isinstance(request, SpeechRequest):
        return _speech(path, request)
    return _clip(path, request) if isinstance(request, VideoRequest) else {}


def _told(path: Path, kind: type[Transcript | Alignment]) -> dict[str, Any]:
    """Refuses what is no transcript or alignment, or holds times that run backwards."""
    try:
        told = kind.model_validate_json(path.read_bytes())
    except ValueError as wrong:
        raise Failed(f"what was heard cannot be read: {wrong}") from wrong
    if any(not 0 <= word.start_s <= word.end_s for word in told.words):
        raise Failed("what was heard has words that end before they begin")
    return {}


def _picture(path: Path, request: ImageRequest) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            # Our own limit, with our own sentence, stands below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Failed(f"the picture is too large: {image.width}x{image.height}")
                image.load()
                width, height = image.size
                small = np.asarray(image.convert("RGB").resize((128, 128), Image.Resampling.BOX))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise Failed(f"the picture that was delivered is damaged: {broken}") from broken
    _same_shape(request, width, height)
    if is_blank(small):
        raise Failed("the picture that was delivered is blank")
    return {"width": width, "height": height}


def _speech(path: Path, request: SpeechRequest) -> dict[str, Any]:
    samples, rate, loudest = 0, 0, 0.0
    try:
        with av.open(str(path)) as container:
            # Without a header the length of an MP3 or AAC stream is a guess from its first frame.
            guessed = container.format.name in ("mp3", "aac")
            stated_s = 0.0 if guessed else (container.duration or 0) / av.time_base
            for frame in container.decode(container.streams.audio[0]):
                samples, rate = samples + frame.samples, frame.sample_rate
                loudest = max(loudest, _peak(frame.to_ndarray()))
    except (av.FFmpegError, IndexError) as broken:
        raise Failed(f"the sound that was delivered is damaged: {broken}") from broken
    if not samples:
        raise Failed("the sound that was delivered is empty")
    duration_s = samples / rate
    if _breaks_off(path) or duration_s < stated_s * (1 - MOST_MISSING):
        raise Failed(f"the sound breaks off after {duration_s:.1f} s")
    if loudest < SILENT:
        raise Failed("the sound that was delivered is silent")
    _plausible(request, duration_s)
    return {"duration_s": duration_s, "sample_rate": rate}


def _breaks_off(path: Path) -> bool:
    """Whether a WAV is shorter than its head says; the decoder takes what is there for all."""
    with path.open("rb") as file:
        head = file.read(12)
    told = int.from_bytes(head[4:8], "little") + 8
    # Servers that stream state the largest number there is, in one spelling or another.
    is_known = head[:4] == b"RIFF" and told < 0x7FFF0000
    return is_known and path.stat().st_size < told * (1 - MOST_MISSING)


def _plausible(request: SpeechRequest, duration_s: float) -> None:
    """Refuses speech that is far too short for its text (cut off) or too long (babble, a hang)."""
    letters = sum(character.isalnum() for character in request.text)
    natural_s = duration_s * request.speed
    shortest, longest = (letters * s for s in SECONDS_PER_CHARACTER)
    if letters and not shortest <= natural_s <= longest + SLACK_S:
        raise Failed(
            f"{duration_s:.1f} s of speech were delivered for {letters} letters; "
            f"{shortest / request.speed:.1f} to {(longest + SLACK_S) / request.speed:.1f} s "
            "would be plausible"
        )


def _clip(path: Path, request: VideoRequest) -> dict[str, Any]:
    frames, width, height, fps = 0, 0, 0, 0.0
    seen = []
    try:
        told = clip_length(path)
        with av.open(str(path)) as container:
            stream = picture_track(container)
            if stream is None:
                raise Failed("the clip that was delivered has no picture track")
            fps = float(stream.average_rate or 0)
            for frame in container.decode(stream):
                if frames % SAMPLE_EVERY == 0:
                    seen.append(thumbnail(frame))
                frames, width, height = frames + 1, frame.width, frame.height
    except av.FFmpegError as broken:
        raise Failed(f"the clip that was delivered is damaged: {broken}") from broken
    stated = max(told.stated, told.frames)
    if frames < 2 or not fps:
        raise Failed("the clip that was delivered holds no moving picture")
    if frames < stated * (1 - MOST_MISSING):
        raise Failed(f"the clip breaks off after {frames} of {stated} frames")
    _same_shape(request, width, height)
    if all(is_blank(pixels) for pixels in seen):
        raise Failed("the clip that was delivered is blank")
    if is_frozen(seen):
        raise Failed("the clip that was delivered does not move")
    return {"width": width, "height": height, "duration_s": told.seconds, "fps": fps}


def _same_shape(request: ImageRequest | VideoRequest, width: int, height: int) -> None:
    asked = asked_shape(request)
    if abs(width / height / asked - 1) > SHAPE_TOLERANCE:
        raise Failed(
            f"{width}x{height} was delivered, which is not of the shape that was ordered "
            f"(width over height {asked:.2f})"
        )


def _peak(samples: np.ndarray[Any, Any]) -> float:
    """The loudest sample, full scale 1.0, whatever the format."""
    if not samples.size:
        return 0.0
    if samples.dtype == np.uint8:
        return float(np.abs(samples.astype(np.float32) - 128).max()) / 128
    full = float(np.iinfo(samples.dtype).max) if samples.dtype.kind == "i" else 1.0
    return float(np.abs(samples.astype(np.float64)).max()) / full


def _what(request: AnyRequest) -> str:
    return {"image": "a picture", "speech": "speech", "video": "a clip"}[request.capability]
