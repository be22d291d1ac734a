"""A model for a real Cog server: pictures and speech out of the lab's own stock.

`prompt` "fail" and "nsfw" end badly; `sleep` is how long a run takes. Every run is written down in
the file that COG_LOG names.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path as File

from cog import BasePredictor, Input, Path

from tests.lab import media

NAP_S = 0.05
"""A run is called off between two of these."""


class Predictor(BasePredictor):
    def setup(self) -> None:
        if os.environ.get("COG_BROKEN"):
            raise RuntimeError("no such weights")

    def predict(
        self,
        prompt: str = Input(default=""),
        text: str = Input(default=""),
        width: int = Input(default=64),
        height: int = Input(default=64),
        seed: int = Input(default=0),
        image: Path = Input(default=None),  # noqa: B008 - as Cog wants it
        sleep: float = Input(default=0),
        voice: str = Input(default=""),
    ) -> Path:
        with File(os.environ["COG_LOG"]).open("a") as log:
            log.write(f"{prompt or text} {seed}\n")
        if prompt == "fail":
            raise RuntimeError("CUDA out of memory")
        if prompt == "nsfw":
            raise RuntimeError("NSFW content detected")
        for _ in range(round(sleep / NAP_S)):
            time.sleep(NAP_S)
        out = File(tempfile.mkdtemp()) / ("out.wav" if text else "out.png")
        if text:
            out.write_bytes(media.encode(media.speak(text, voice=voice), "wav"))
        else:
            size = len(image.read_bytes()) if image else ""
            out.write_bytes(media.picture(width, height, f"{prompt} {seed} {size}", "png"))
        return Path(out)
