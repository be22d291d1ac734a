"""ChatTTS in a worker of its own environment: conversational English and Chinese.

Its weights may not be used commercially. The environment: `pip install ChatTTS` and Reelwright with
`--no-deps`. https://github.com/2noise/ChatTTS
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

RATE = 24_000


@functools.lru_cache(maxsize=1)
def _loaded(folder: str, device: str) -> Any:
    import ChatTTS

    chat = ChatTTS.Chat()
    if not chat.load(source="custom", custom_path=folder, compile=False, device=device or None):
        raise FileNotFoundError(f"ChatTTS does not find its weights in {folder}")
    return chat


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Writes 16-bit samples to `asked["out"]`; a voice is a number: a speaker drawn from it."""
    import ChatTTS
    import torch

    chat = _loaded(asked["weights"], asked["device"])
    torch.manual_seed(int(asked["voice"] or 0))
    told = ChatTTS.Chat.InferCodeParams(spk_emb=chat.sample_random_speaker(), **asked["options"])
    sound = np.asarray(chat.infer([asked["text"]], params_infer_code=told)[0], np.float32).ravel()
    np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16).tofile(asked["out"])
    return {"rate": RATE, "words": []}
