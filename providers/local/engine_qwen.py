"""Qwen3-ForcedAligner in a worker: when each word of a known text is heard, in eleven languages.

transformers 5: `Qwen3ASRProcessor.prepare_forced_aligner_inputs` and `decode_forced_alignment`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

RATE = 16_000


@functools.lru_cache(maxsize=1)
def _loaded(weights: str, offline: bool, device: str) -> Any:
    from transformers import Qwen3ASRForTokenClassification, Qwen3ASRProcessor

    told = {"local_files_only": offline}
    model = Qwen3ASRForTokenClassification.from_pretrained(weights, **told)
    return Qwen3ASRProcessor.from_pretrained(weights, **told), model.eval().to(device or "cpu")


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Words with their times in the samples of `asked["sound"]`; the caller places them."""
    import torch

    processor, model = _loaded(asked["weights"], asked["offline"], asked["device"])
    sound = np.fromfile(asked["sound"], np.int16).astype(np.float32) / 32768
    inputs, lists = processor.prepare_forced_aligner_inputs(
        audio=sound, transcript=asked["text"], language=asked["language"] or None
    )
    inputs = inputs.to(model.device)
    with torch.inference_mode():
        logits = model(**inputs).logits
    (found,) = processor.decode_forced_alignment(
        logits, inputs["input_ids"], lists, model.config.timestamp_token_id
    )
    heard = [
        {"text": one["text"], "start_s": float(one["start_time"]), "end_s": float(one["end_time"])}
        for one in found
    ]
    return {"heard": heard}
