"""espeak-ng: speech with exact word times, on this machine, without a key."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE
from typing import Any, ClassVar

import espeakng_loader
import numpy as np
import soundfile

from providers._words import UNSPACED
from providers.base import Provider
from providers.errors import Failed, Misconfigured
from providers.requests import AnyRequest, LineItem, Made, SpeechRequest, SpokenWord

WORDS_PER_MINUTE = 165
"""The pace of speed 1.0: unhurried, as explainers are read."""
_SPEEDS = (0.5, 2.5)
_QUIET = 10 ** (-50 / 20)
_KANJI = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_TAIL_S = 0.06
_WORKER = "providers.local.espeak_worker"
_VOICES = ThreadPoolExecutor(2 * (os.cpu_count() or 1), "reelwright-espeak")
"""As many speak at once as this machine can keep busy."""


class Espeak(Provider):
    """Formant speech from the espeakng-loader wheel; the engine runs in a process of its own."""

    name: ClassVar[str] = "espeak"

    def engine(self) -> str:
        return _fingerprint()

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """Free; refuses an unknown voice, a pace outside 0.5 to 2.5, and kanji."""
        if not isinstance(request, SpeechRequest):
            return super().quote(request)
        voice = request.voice.split("+")[0]
        if voice.lower() not in voices():
            raise Misconfigured(
                f"espeak has no voice {request.voice!r}; for English take en-us, en-gb or "
                "en-gb-scotland, for other languages the language's code, such as de or fr-fr"
            )
        if voices()[voice.lower()] == "ja" and _KANJI.search(request.text):
            raise Misconfigured(
                "espeak reads no kanji: it says the words 'Chinese letter' for each; take another "
                "voice, such as --speech edge or --speech openai, or write kana"
            )
        if not _SPEEDS[0] <= request.speed <= _SPEEDS[1]:
            raise Misconfigured(f"espeak speaks at speeds of {_SPEEDS[0]} to {_SPEEDS[1]}")
        return (
            LineItem(
                quantity=Decimal(len(request.text)), unit="character", unit_usd=Decimal(0),
                usd=Decimal(0), source="spoken on this machine",
            ),
        )  # fmt: skip

    def default_voice(self, language: str) -> str:
        return "en-us" if language == "en" else language

    async def speech(self, request: SpeechRequest) -> Made:
        name, *variant = request.voice.split("+")
        asked = {
            "text": request.text,
            "voice": "+".join((voices()[name.lower()], *variant)),
            "words_per_minute": round(WORDS_PER_MINUTE * request.speed),
        }
        said = await _ask_worker(asked)
        rate = int(said["rate"])
        pcm = np.frombuffer(base64.b64decode(said["pcm"]), dtype=np.int16)
        pcm = _without_tail(pcm, rate)
        if not len(pcm):
            raise Failed("espeak made no sound of this text")
        sound = io.BytesIO()
        soundfile.write(sound, pcm, rate, format="WAV", subtype="PCM_16")
        words = timed_words(request.text, said["words"], said["breaks"], len(pcm) / rate)
        return Made(
            data=sound.getvalue(),
            media_type="audio/wav",
            facts={
                "duration_s": len(pcm) / rate,
                "sample_rate": rate,
                "words": [word.model_dump() for word in words],
            },
            bill=self.quote(request),
        )


def timed_words(
    text: str, events: list[list[float]], breaks: list[float], duration_s: float
) -> tuple[SpokenWord, ...]:
    """One SpokenWord per word of `text` that espeak reported a start for.

    A number gives several events (merged by the word they fall in); a word ends where the next one
    starts, or at the pause before it. Words are parted by spaces; in writing without spaces one
    begins wherever espeak says so.
    """
    begun = {int(character) for character, _ in events}
    spans: list[tuple[int, int]] = []
    for piece in re.finditer(r"\S+", text):
        inner = range(piece.start() + 1, piece.end())
        cuts = [at for at in inner if at in begun and UNSPACED.match(text[at])]
        spans += pairwise((piece.start(), *cuts, piece.end()))
    starts: dict[int, float] = {}
    for character, at_s in events:
        word = next((i for i, (a, b) in enumerate(spans) if a <= character < b), None)
        if word is not None:
            starts.setdefault(word, at_s)
    heard = sorted(starts.items(), key=lambda item: item[1])
    words = []
    for n, (word, at_s) in enumerate(heard):
        following = heard[n + 1][1] if n + 1 < len(heard) else duration_s
        pause = min((b for b in breaks if at_s < b <= following), default=following)
        begin = min(at_s, duration_s)
        end = max(begin, min(pause, duration_s))
        a, b = spans[word]
        words.append(SpokenWord(start=a, end=b, start_s=begin, end_s=end))
    return tuple(words)


@functools.cache
def voices() -> dict[str, str]:
    """Language codes and names of voices in lower case, each with the voice that speaks it.

    Of several voices for a code, the one that claims it most: the lowest figure behind the code.
    """
    found: dict[str, tuple[int, str]] = {}
    for file in sorted((Path(espeakng_loader.get_data_path()) / "lang").rglob("*")):
        if not file.is_file():
            continue
        claims = [(file.name, -1)]
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            match line.split():
                case ["language", code, *rest]:
                    claims.append((code, int(rest[0]) if rest and rest[0].isdigit() else 5))
        for code, rank in claims:
            best = found.get(code.lower())
            found[code.lower()] = min(best, (rank, file.name)) if best else (rank, file.name)
    return {code: voice for code, (_, voice) in found.items()}


@functools.cache
def _fingerprint() -> str:
    here = Path(__file__)
    told = hashlib.sha256(here.read_bytes() + here.with_name("espeak_worker.py").read_bytes())
    library = Path(espeakng_loader.get_library_path())
    return f"espeak-{library.stat().st_size}-{told.hexdigest()[:12]}"


def _without_tail(pcm: np.ndarray[Any, np.dtype[np.int16]], rate: int) -> Any:
    """Cuts the silence after the last word; the timeline has pauses of its own."""
    loud = np.flatnonzero(np.abs(pcm) > 32768 * _QUIET)
    return pcm[: int(loud[-1] + rate * _TAIL_S)] if len(loud) else pcm[:0]


class _Worker:
    """One worker process, which another thread can end at any time, also before it began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def ask(self, told: str) -> tuple[int, bytes, bytes]:
        """Its exit status, what it said, and what it complained of."""
        with self._lock:
            if self._is_ended:
                return -signal.SIGKILL, b"", b""
            # -P keeps the working directory off the import path: a stranger's file cannot pose as
            # ours.
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-m", _WORKER), stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
        with self._process as process:
            out, err = process.communicate(told.encode())
        return process.returncode, out, err

    def end(self) -> None:
        with self._lock:
            self._is_ended = True
            if self._process is not None:
                self._process.kill()


async def _ask_worker(asked: dict[str, Any]) -> dict[str, Any]:
    """What the worker says. Who is cancelled meanwhile sees it end."""
    # In a thread: asyncio's own processes are never seen to end when they are killed while nobody
    # reads what they say (https://github.com/python/cpython/issues/119710).
    worker = _Worker()
    telling = asyncio.get_running_loop().run_in_executor(_VOICES, worker.ask, json.dumps(asked))
    try:
        code, out, err = await asyncio.shield(telling)
    except asyncio.CancelledError:
        worker.end()
        await asyncio.gather(telling, return_exceptions=True)
        raise
    if code:
        raise Failed(f"espeak ended with {code}: {err.decode(errors='replace')[-300:]}")
    said: dict[str, Any] = json.loads(out)
    if "error" in said:
        raise Failed(said["error"])
    return said
