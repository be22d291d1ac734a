"""Makes pictures and clips with diffusers, in a process that keeps its models loaded.

Lines of JSON on stdin, answers on stdout (see `providers.local.warm`). Each question is `make`,
`state` or `free`. torch and diffusers are imported here and nowhere else.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from providers.local.diffusers_ease import Eased, TooLarge, eased_call, is_memory
from providers.local.diffusers_shelf import Loaded, Shelf

Say = Callable[[dict[str, Any]], None]


class Unusable(Exception):
    """What is asked cannot be done here: a package or file is missing."""


def make(shelf: Shelf, asked: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Writes what was asked to `asked["out"]`, and tells size, frames, seconds and what was eased.

    A picture is written as PNG, a clip as bare RGB24, frame after frame. Raises Unusable, TooLarge.
    """
    import torch

    began = time.monotonic()
    loaded = shelf.loaded(asked["load"], lambda words: say({"note": words}))
    call = dict(asked["call"])
    for option, paths in asked["pictures"].items():
        opened = [_opened(path) for path in ([paths] if isinstance(paths, str) else paths)]
        call[option] = opened[0] if isinstance(paths, str) else opened
    takes = inspect.signature(loaded.pipeline.__call__).parameters
    if "callback_on_step_end" in takes:
        total = int(call.get("num_inference_steps", takes["num_inference_steps"].default))
        call["callback_on_step_end"] = _teller(say, total)
    if "num_frames" in takes:
        call["output_type"] = "np"

    def run(frames: int | None) -> Any:
        told = call if frames is None else call | {"num_frames": frames}
        # A generator of the processor gives equal numbers on every machine.
        generator = torch.Generator("cpu").manual_seed(int(asked["seed"]))
        with torch.inference_mode():
            return loaded.pipeline(**told, generator=generator)

    shelf.watch_memory()
    made, eased = eased_call(run, loaded, call.get("num_frames"), asked["frames"], shelf)
    size = _written(made, Path(asked["out"]))
    return size | _told(shelf, loaded, eased, time.monotonic() - began)


def _told(shelf: Shelf, loaded: Loaded, eased: Eased, seconds: float) -> dict[str, Any]:
    return {
        "seconds": round(seconds, 3),
        "eased": list(eased.told),
        "device": shelf.device,
        "weights_gib": round(loaded.size / 2**30, 3),
        "peak_gib": shelf.peak_gib(),
    }


def _opened(path: str) -> Any:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.convert("RGB")


def _teller(say: Say, total: int) -> Callable[..., dict[str, Any]]:
    """Called by the pipeline after each step; ends this process when its parent has ended."""
    parent = os.getppid()

    def tell(_pipeline: Any, step: int, _timestep: Any, kept: dict[str, Any]) -> dict[str, Any]:
        if os.getppid() != parent:
            os._exit(1)
        say({"step": step + 1, "of": total})
        return kept

    return tell


def _written(made: Any, out: Path) -> dict[str, Any]:
    """Writes the first picture or clip; its width, height and, of a clip, frames."""
    import numpy as np

    if hasattr(made, "images"):
        picture = made.images[0]
        picture.save(out, "PNG")
        return {"width": picture.width, "height": picture.height}
    clip = np.asarray(made.frames[0])
    if clip.dtype != np.uint8:
        clip = np.rint(np.clip(np.nan_to_num(clip), 0.0, 1.0) * 255).astype(np.uint8)
    clip.tofile(out)
    frames, height, width, _ = clip.shape
    return {"width": width, "height": height, "frames": frames}


def serve(lines: TextIO, say: Say) -> None:
    """Answers until the other side has gone."""
    shelf: Shelf | None = None
    for line in lines:
        asked = json.loads(line)
        began = time.monotonic()
        try:
            shelf = shelf or Shelf(asked.get("device", ""), float(asked.get("keep_gib", 0)))
            if asked["do"] == "make":
                say({"done": make(shelf, asked, say)})
            else:
                if asked["do"] == "free":
                    shelf.free()
                say({"done": shelf.state()})
        except (ImportError, Unusable) as wrong:
            say({"failed": str(wrong), "kind": "missing"})
        except FileNotFoundError as wrong:
            say({"failed": str(wrong), "kind": "missing"})
        except TooLarge as wrong:
            told = {"failed": str(wrong), "kind": "memory"}
            say(told | {"seconds": round(time.monotonic() - began, 3)})
        except Exception as wrong:  # noqa: BLE001 - a library's own errors are of any kind
            words = f"{type(wrong).__name__}: {wrong}"
            kind = "memory" if is_memory(wrong) else "broken"
            told = {"failed": words[:500], "kind": kind}
            say(told | {"seconds": round(time.monotonic() - began, 3)})


def main() -> None:
    # Libraries print as they please; only our own lines go where answers are read.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(told: dict[str, Any]) -> None:
        print(json.dumps(told), file=answers, flush=True)

    serve(sys.stdin, say)


if __name__ == "__main__":
    main()
