"""Piper in a worker: speech, and word times where the voice has its second output.

https://github.com/OHF-Voice/piper1-gpl/blob/main/docs/API_PYTHON.md
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from providers.local.phonemes import Sounded, words_of_phonemes


@functools.lru_cache(maxsize=2)
def _loaded(model: str, cuda: bool) -> Any:
    from piper import PiperVoice

    return PiperVoice.load(model, use_cuda=cuda, include_alignments=True)


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Writes 16-bit samples to `asked["out"]`; tells their rate and the words' times.

    `asked["options"]` are fields of SynthesisConfig; a voice of several speakers takes speaker_id.
    """
    from piper import SynthesisConfig

    voice, text = _loaded(asked["model"], asked["device"] == "cuda"), asked["text"]
    config = SynthesisConfig(length_scale=1.0 / asked["speed"], **asked["options"])
    pieces: list[Any] = []
    sounded: list[Sounded] = []
    now, rate, whole = 0, 0, True
    for chunk in voice.synthesize(text, syn_config=config, include_alignments=True):
        rate = chunk.sample_rate
        at, whole = now, whole and chunk.phoneme_alignments is not None
        for one in chunk.phoneme_alignments or ():
            after = at + int(one.num_samples)
            sounded.append(Sounded(one.phoneme, at / rate, after / rate))
            at = after
        pieces.append(chunk.audio_int16_array)
        now += len(pieces[-1])
    np.concatenate(pieces).tofile(asked["out"])

    def phonemes(word: str) -> str:
        return "".join(p for sentence in voice.phonemize(word) for p in sentence)

    # Some words without the others would stop anyone else from timing them all.
    return {"rate": rate, "words": words_of_phonemes(text, sounded, phonemes) if whole else []}
