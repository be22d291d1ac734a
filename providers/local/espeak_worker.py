"""Speaks one text with espeak-ng in a process of its own: JSON on stdin, JSON with PCM on stdout.

The library is process-global, not thread-safe and GPL-3, so it never enters the main process.
Structures and constants: espeak-ng's speak_lib.h (1.52).
"""

from __future__ import annotations

import base64
import ctypes
import json
import sys
from typing import Any

import espeakng_loader

_SYNCHRONOUS, _DONT_EXIT, _UTF8, _BY_CHARACTER = 2, 0x8000, 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_WORD, _SENTENCE, _END = 1, 2, 5


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def speak(text: str, voice: str, words_per_minute: int) -> dict[str, Any]:
    """PCM (16-bit mono), its rate, and [character position, seconds] of each word and break."""
    espeak = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = espeak.espeak_Initialize(
        _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DONT_EXIT
    )
    if rate <= 0:
        return {"error": "espeak-ng did not start"}
    pcm, words, breaks = bytearray(), [], []

    @_Callback  # type: ignore[untyped-decorator]
    def hear(wave: Any, samples: int, events: Any) -> int:
        if wave and samples > 0:
            pcm.extend(ctypes.string_at(wave, samples * 2))
        i = 0
        while events[i].type:
            event = events[i]
            if event.type == _WORD:
                words.append((event.text_position - 1, event.audio_position / 1000))
            elif event.type in (_SENTENCE, _END):
                breaks.append(event.audio_position / 1000)
            i += 1
        return 0

    espeak.espeak_SetSynthCallback(hear)
    if espeak.espeak_SetVoiceByName(voice.encode()):
        return {"error": f"espeak-ng has no voice {voice!r}"}
    espeak.espeak_SetParameter(_RATE, words_per_minute, 0)
    espeak.espeak_SetParameter(_PITCH, 42, 0)
    espeak.espeak_SetParameter(_RANGE, 58, 0)
    data = text.encode() + b"\0"
    if espeak.espeak_Synth(data, len(data), 0, _BY_CHARACTER, 0, _UTF8, None, None):
        return {"error": "espeak-ng could not speak"}
    espeak.espeak_Synchronize()
    return {
        "pcm": base64.b64encode(bytes(pcm)).decode(),
        "rate": rate,
        "words": words,
        "breaks": breaks,
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(speak(asked["text"], asked["voice"], asked["words_per_minute"]), sys.stdout)
