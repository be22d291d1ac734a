"""Any CTC model of transformers in a worker: when each word of a known text is heard."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from providers.local.align_ctc import Array, ctc_path, token_frames

RATE = 16_000
_AT_ONCE_S, _AROUND_S = 20, 2
"""Seconds that the model hears at once, and what it hears before and after them besides."""


@functools.lru_cache(maxsize=1)
def _loaded(weights: str, offline: bool, device: str) -> Any:
    from transformers import AutoModelForCTC, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=offline)
    model = AutoModelForCTC.from_pretrained(weights, local_files_only=offline)
    return tokenizer, model.eval().to(device or "cpu")


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Spans of `asked["text"]` with their times in the samples of `asked["sound"]`."""
    tokenizer, model = _loaded(asked["weights"], asked["offline"], asked["device"])
    vocabulary = tokenizer.get_vocab()
    spans, tokens = spelled(asked["text"], vocabulary, tokenizer.word_delimiter_token or "|")
    if not tokens:
        return {"words": []}
    sound = np.fromfile(asked["sound"], np.int16).astype(np.float32)
    sound = (sound - sound.mean()) / (sound.std() + 1e-7)
    step = int(model.config.inputs_to_logits_ratio)
    heard = _log_probs(model, sound, step)
    places = token_frames(ctc_path(heard, tokens, tokenizer.pad_token_id), len(tokens))
    second = step / RATE
    return {
        "words": [
            {"start": start, "end": end, "start_s": places[first][0] * second,
             "end_s": places[after - 1][1] * second}
            for start, end, first, after in spans
        ]
    }  # fmt: skip


def spelled(
    text: str, vocabulary: Mapping[str, int], between: str
) -> tuple[list[tuple[int, int, int, int]], list[int]]:
    """(start, end, first token, token after) of each word that can be spelled, and all tokens."""
    spans: list[tuple[int, int, int, int]] = []
    tokens: list[int] = []
    for found in re.finditer(r"\S+", text):
        written = found[0].replace("’", "'")
        letters = [_label(letter, vocabulary) for letter in written]
        own = [label for label in letters if label is not None]
        if not own:
            continue
        if tokens and between in vocabulary:
            tokens.append(vocabulary[between])
        spans.append((found.start(), found.end(), len(tokens), len(tokens) + len(own)))
        tokens += own
    return spans, tokens


def _label(letter: str, vocabulary: Mapping[str, int]) -> int | None:
    """The label of a letter or digit, in whatever case the model writes."""
    if not letter.isalnum() and letter != "'":
        return None
    forms = (letter, letter.upper(), letter.lower())
    return next((vocabulary[form] for form in forms if form in vocabulary), None)


def _log_probs(model: Any, sound: Array, step: int) -> Array:
    """What the model hears, frame by frame: long sounds in windows that overlap."""
    import torch

    device = next(model.parameters()).device
    around = _AROUND_S * RATE // step
    window = _AT_ONCE_S * RATE // step
    pieces = []
    with torch.inference_mode():
        for first in range(0, max(1, len(sound) // step), window):
            begin = max(0, first - around)
            part = sound[begin * step : (first + window + around) * step]
            # A window shorter than the model's first layer sees has nothing to say.
            part = np.pad(part, (0, max(0, step * 2 - len(part))))
            logits = model(torch.from_numpy(part)[None].to(device)).logits
            told = logits.log_softmax(-1)[0].float().cpu().numpy()
            pieces.append(told[first - begin : first - begin + window])
    return np.concatenate(pieces)
