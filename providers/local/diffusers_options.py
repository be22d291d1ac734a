"""What pipelines of diffusers take, as data: a quote refuses the rest without importing them."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from providers.errors import Misconfigured
from providers.models import Model
from providers.requests import AnyRequest, Frozen

OURS = ("seed",)
"""Options of a template that the engine itself understands."""
PICTURES = ("image", "last_image", "ip_adapter_image")
"""Options that hold pictures: in a request, their digests in the store."""
_NOT_DATA = re.compile(
    r"generator|output_type|return_dict|callback.*|latents|.*_embeds.*|.*_mask.*|.*_kwargs"
    r"|num_(images|videos)_per_prompt|text_encoder_out_layers|timesteps"
)
"""Options that are set by the engine, or are no plain data."""


class Pipeline(Frozen):
    """One class of pipelines: the names it takes, and those of them that it needs."""

    makes: Literal["image", "video"]
    takes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    pictures: Literal["", "one", "several"] = ""


@functools.cache
def pipelines() -> dict[str, Pipeline]:
    """The known classes by name, from diffusers.toml."""
    told = tomllib.loads(Path(__file__).with_name("diffusers.toml").read_text(encoding="utf-8"))
    return {name: Pipeline.model_validate(entry) for name, entry in told.items()}


def pipeline_of(model: Model) -> Pipeline:
    """The class that an entry of the catalog names. Raises Misconfigured."""
    named = model.engine.get("pipeline", "")
    known = pipelines()
    if named not in known:
        raise Misconfigured(
            f"{model.name} names the pipeline {named!r}; known: {', '.join(sorted(known))}"
        )
    if known[named].makes != model.capability:
        raise Misconfigured(f"{model.name}: {named} makes no {model.capability}")
    return known[named]


def refuse_options(model: Model, request: AnyRequest) -> None:
    """Raises Misconfigured, with one sentence, for what the pipeline of `model` does not take."""
    pipeline, named = pipeline_of(model), model.engine["pipeline"]
    told: Mapping[str, Any] = getattr(request, "input", {})
    may = [name for name in pipeline.takes if not _NOT_DATA.fullmatch(name)]
    where = f"[models.{model.name}.input]"
    for name in told:
        if name in may or name in OURS:
            continue
        raise Misconfigured(
            f"{model.name}: {named} takes no {name!r}; take it out of {where}. It takes "
            + ", ".join((*may, *OURS))
        )
    for name in pipeline.needs:
        if name not in told:
            raise Misconfigured(
                f"{model.name} makes its clips of a picture; "
                "name a character of the film in the scene, or choose a model that needs none"
            )
    if pipeline.pictures == "one" and isinstance(told.get("image"), list):
        raise Misconfigured(f"{model.name}: {named} takes one picture; give it a single image")
    _refuse_numbers(model, told)


def _refuse_numbers(model: Model, told: Mapping[str, Any]) -> None:
    """Sizes and frames that the pipeline would refuse, or silently round, after it has loaded."""
    limits = model.limits
    multiple = int(limits.get("multiple", 1))
    for side in ("width", "height"):
        if isinstance(told.get(side), int) and told[side] % multiple:
            raise Misconfigured(
                f"{model.name} makes no {side} of {told[side]}; give a multiple of {multiple}"
            )
    frames = told.get("num_frames")
    if not isinstance(frames, int):
        return
    step, least = int(limits.get("frame_step", 1)), int(limits.get("least_frames", 1))
    most = int(limits.get("most_frames", frames))
    if (frames - least) % step or not least <= frames <= most:
        raise Misconfigured(
            f"{model.name} makes no {frames} frames; give {least} to {most}, "
            f"in steps of {step} from {least}"
        )
