"""How the lab hears: it knows what it was told that sounds say, by how long they last."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple

import soundfile

NEAR_S = 0.35
"""How far a sound's length may be from what was spoken: silence is cut off before it is sent."""
WRONG = ("turnip", "bicycle", "yesterday", "purple", "under", "seventeen", "lantern")


class Ears:
    """What was said within earshot, the newest last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: list[tuple[float, str]] = []

    def note(self, text: str, seconds: float) -> None:
        """A sound of so many seconds says `text`."""
        with self._lock:
            self._said.append((seconds, text))

    def hear(self, seconds: float) -> str:
        """What a sound of that length says; empty when nothing of about that length was said."""
        with self._lock:
            near = [(abs(length - seconds), text) for length, text in self._said]
        gap, text = min(near, default=(NEAR_S, ""))
        return text if gap < NEAR_S else ""


class Sent(NamedTuple):
    """A form as it came in: its fields, and its sound's seconds (None when it is no sound)."""

    fields: dict[str, str]
    seconds: float | None
    sound: str = ""
    """Digest of the sound's bytes."""


def read_form(content_type: str, body: bytes) -> Sent:
    """Reads a multipart form with a `file` in it."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields, seconds, sound = {}, None, ""
    for part in message.iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content: Any = part.get_payload(decode=True)
        if name == "file":
            seconds, sound = length_s(content), hashlib.sha256(content).hexdigest()
        else:
            fields[name] = content.decode()
    return Sent(fields, seconds, sound)


def length_s(sound: bytes) -> float | None:
    """Seconds of a sound; None when it is none."""
    try:
        info = soundfile.info(io.BytesIO(sound))
    except soundfile.LibsndfileError:
        return None
    return float(info.frames / info.samplerate)


def misheard(text: str) -> str:
    """The same with most of its words wrong."""
    words = text.split()
    return " ".join(w if n % 3 == 0 else WRONG[n % len(WRONG)] for n, w in enumerate(words))


def timed(text: str, seconds: float) -> list[tuple[str, float, float]]:
    """(word, start, end) by the share of characters."""
    words = re.findall(r"\S+", text)
    unit, now, told = seconds / max(1, len(text)), 0.0, []
    for word in words:
        told.append((word, round(now, 3), round(now + len(word) * unit, 3)))
        now += (len(word) + 1) * unit
    return told
