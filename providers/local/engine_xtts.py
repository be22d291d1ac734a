"""Coqui XTTS-v2 in a worker of its own environment: speaks as a reference recording does.

Its weights may not be used commercially. The environment: `pip install coqui-tts[codec] six torch
torchaudio` and Reelwright with `--no-deps`. https://coqui-tts.readthedocs.io/en/latest/models/xtts.html
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

RATE = 24_000


@functools.lru_cache(maxsize=1)
def _loaded(folder: str, device: str) -> Any:
    # The licence is shown and agreed to where the model is chosen, not by a question on stdin.
    os.environ.setdefault("COQUI_TOS_AGREED", "1")
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts

    config = XttsConfig()
    config.load_json(str(Path(folder) / "config.json"))
    model = Xtts.init_from_config(config)
    model.load_checkpoint(config, checkpoint_dir=folder, eval=True)
    return model.to(device or "cpu")


@functools.lru_cache(maxsize=4)
def _speaker(folder: str, device: str, reference: str) -> Any:
    return _loaded(folder, device).get_conditioning_latents(audio_path=[reference])


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Writes 16-bit samples to `asked["out"]`; `asked["reference"]` is a recording of the voice."""
    model = _loaded(asked["weights"], asked["device"])
    latents, speaker = _speaker(asked["weights"], asked["device"], asked["reference"])
    told = dict(asked["options"]) | {"speed": asked["speed"]}
    made = model.inference(asked["text"], asked["lang"], latents, speaker, **told)
    sound = np.asarray(made["wav"], np.float32)
    np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16).tofile(asked["out"])
    return {"rate": RATE, "words": []}
