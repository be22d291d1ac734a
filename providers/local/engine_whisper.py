"""faster-whisper in a worker: Whisper and distil-whisper, with the time of every word.

https://github.com/SYSTRAN/faster-whisper
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np


@functools.lru_cache(maxsize=1)
def _loaded(weights: str, offline: bool, device: str, compute: str) -> Any:
    import ctranslate2
    from faster_whisper import WhisperModel

    device = device or ("cuda" if ctranslate2.get_cuda_device_count() else "cpu")
    compute = compute or ("float16" if device == "cuda" else "int8")
    return WhisperModel(weights, device=device, compute_type=compute, local_files_only=offline)


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is said in the 16 kHz samples of `asked["sound"]`, as a Transcript."""
    told = asked["weights"], asked["offline"], asked["device"], asked["compute"]
    sound = np.fromfile(asked["sound"], np.int16).astype(np.float32) / 32768
    segments, info = _loaded(*told).transcribe(
        sound, language=asked["language"] or None, word_timestamps=True, **asked["options"]
    )
    heard = list(segments)
    words = [
        {"text": word.word.strip(), "start_s": float(word.start), "end_s": float(word.end)}
        for segment in heard
        for word in segment.words or ()
    ]
    text = "".join(segment.text for segment in heard).strip()
    return {"heard": {"text": text, "words": words, "language": info.language}}
