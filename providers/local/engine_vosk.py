"""Vosk in a worker: a small recogniser for many languages. https://alphacephei.com/vosk/"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

RATE = 16_000
_AT_ONCE = RATE // 2


@functools.lru_cache(maxsize=1)
def _loaded(folder: str) -> Any:
    import vosk

    vosk.SetLogLevel(-1)
    return vosk.Model(folder)


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is said in the 16 kHz samples of `asked["sound"]`, as a Transcript."""
    import vosk

    recogniser = vosk.KaldiRecognizer(_loaded(asked["weights"]), RATE)
    recogniser.SetWords(True)
    sound = np.fromfile(asked["sound"], np.int16)
    parts = (sound[at : at + _AT_ONCE].tobytes() for at in range(0, len(sound), _AT_ONCE))
    told = [json.loads(recogniser.Result()) for part in parts if recogniser.AcceptWaveform(part)]
    told.append(json.loads(recogniser.FinalResult()))
    words = [
        {"text": word["word"], "start_s": word["start"], "end_s": word["end"]}
        for one in told
        for word in one.get("result", ())
    ]
    text = " ".join(one["text"] for one in told if one.get("text"))
    return {"heard": {"text": text, "words": words, "language": asked["language"]}}
