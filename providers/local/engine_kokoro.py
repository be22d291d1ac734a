"""Kokoro by kokoro-onnx in a worker: speech, and word times from the model's own durations.

`create_timed` tells phonemes with times where the model has an output for them:
https://github.com/thewh1teagle/kokoro-onnx
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from providers.local.phonemes import Sounded, words_of_phonemes


@functools.lru_cache(maxsize=1)
def _loaded(model: str, voices: str) -> Any:
    from kokoro_onnx import Kokoro

    return Kokoro(model, voices)


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Writes 16-bit samples to `asked["out"]`; tells their rate and the words' times."""
    kokoro, text, language = _loaded(asked["model"], asked["voices"]), asked["text"], asked["lang"]
    if asked["voice"] not in kokoro.voices:
        known = ", ".join(sorted(kokoro.voices)[:30])
        raise LookupError(f"there is no voice {asked['voice']!r}; there are: {known}")
    sound, rate, timings = kokoro.create_timed(
        text, voice=asked["voice"], speed=asked["speed"], lang=language
    )
    pcm = np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    pcm.tofile(asked["out"])
    sounded = [Sounded(t.phoneme, float(t.start), float(t.end)) for t in timings]
    words = words_of_phonemes(
        text, sounded, lambda word: kokoro.tokenizer.phonemize(word, language)
    )
    return {"rate": int(rate), "words": words if sounded else []}
