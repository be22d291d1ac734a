"""The models that the lab's Replicate runs: their inputs, versions, tariffs and output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.lab import media
from tests.lab.bill import digest
from tests.lab.contracts import COUNT, FLAG, TEXT, WORDS, closed, number, one_of, whole

L40S, T4 = Decimal("0.000975"), Decimal("0.000225")
"""USD for a second of a machine."""
ASPECTS = {
    "1:1": (1024, 1024), "16:9": (1344, 768), "21:9": (1536, 640), "3:2": (1216, 832),
    "2:3": (832, 1216), "4:5": (896, 1088), "5:4": (1088, 896), "3:4": (896, 1152),
    "4:3": (1152, 896), "9:16": (768, 1344), "9:21": (640, 1536),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """One output file, and how much of it there is in the model's unit."""

    data: bytes
    kind: str
    quantity: Decimal


Make = Callable[[dict[str, Any], bool], list[Made]]


@dataclass(frozen=True)
class CogModel:
    """`rate` None: an official model, charged by `usd` for each `unit` that comes out.

    Others are charged by the second of their machine, also when they fail.
    """

    name: str
    schema: dict[str, Any]
    make: Make
    unit: str
    usd: Decimal = Decimal(0)
    rate: Decimal | None = None
    version: str = "hidden"
    listed: bool = True
    """Whether the output is a list of addresses; else it is one address."""
    seconds: float = 2.0
    """About how long a run says it took; nobody publishes that, so it is the catalog's guess."""

    def predict_time(self, told: dict[str, Any]) -> Decimal:
        """Seconds of work, a little different for every input."""
        share = int(digest(told)[:4], 16) / 0xFFFF
        return round(Decimal(self.seconds * (0.95 + 0.1 * share)), 6)


def _flux(told: dict[str, Any], blank: bool) -> list[Made]:
    width, height = ASPECTS[told.get("aspect_ratio", "1:1")]
    if told.get("megapixels") == "0.25":
        width, height = width // 2, height // 2
    return _pictures(told, width, height, told.get("output_format", "webp"), blank)


def _sdxl(told: dict[str, Any], blank: bool) -> list[Made]:
    return _pictures(told, told.get("width", 1024), told.get("height", 1024), "png", blank)


def _flux_2(told: dict[str, Any], blank: bool) -> list[Made]:
    width, height = ASPECTS.get(told.get("aspect_ratio", "1:1"), (1024, 1024))
    if told.get("aspect_ratio") == "custom":
        width, height = told.get("width", 1024), told.get("height", 1024)
    return _pictures(told, width, height, told.get("output_format", "webp"), blank)


def _pictures(told: dict[str, Any], width: int, height: int, kind: str, blank: bool) -> list[Made]:
    prompt = f"{told['prompt']} {told.get('seed', '')}"
    return [
        Made(media.picture(width, height, f"{prompt} {i}", kind, blank=blank), kind, Decimal(1))
        for i in range(told.get("num_outputs", 1))
    ]


def _kokoro(told: dict[str, Any], blank: bool) -> list[Made]:
    voice = media.speak(
        told["text"], speed=told.get("speed", 1.0), voice=told.get("voice", ""), silent=blank
    )
    return [Made(media.encode(voice, "wav"), "wav", round(Decimal(voice.seconds), 3))]


def _wan(told: dict[str, Any], blank: bool) -> list[Made]:
    width, height = (480, 832) if told.get("aspect_ratio") == "9:16" else (832, 480)
    frames, fps = told.get("num_frames", 81), told.get("frames_per_second", 16)
    prompt = f"{told['prompt']} {told.get('seed', '')}"
    data = media.clip(width, height, frames, fps, prompt, blank=blank)
    return [Made(data, "mp4", round(Decimal(frames) / fps, 3))]


_FLUX = {
    "prompt": WORDS,
    "aspect_ratio": one_of(*ASPECTS),
    "num_outputs": whole(1, 4),
    "seed": COUNT,
    "output_format": one_of("webp", "jpg", "png"),
    "output_quality": whole(0, 100),
    "go_fast": FLAG,
    "megapixels": one_of("1", "0.25"),
    "disable_safety_checker": FLAG,
}
_WAN = {
    "prompt": WORDS,
    "negative_prompt": TEXT,
    "aspect_ratio": one_of("16:9", "9:16"),
    "seed": COUNT,
    "frames_per_second": whole(5, 30),
    "sample_shift": number(1, 20),
}
_KOKORO = "f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
_SDXL = digest("sdxl") * 4

MODELS = {
    model.name: model
    for model in (
        CogModel(
            "black-forest-labs/flux-dev",
            closed(("prompt",), **_FLUX, num_inference_steps=whole(1, 50), guidance=number(0, 10),
                   image=TEXT, prompt_strength=number(0, 1)),
            _flux, "image", Decimal("0.025"), seconds=2.9,
        ),
        CogModel(
            "black-forest-labs/flux-schnell",
            closed(("prompt",), **_FLUX, num_inference_steps=whole(1, 4)),
            _flux, "image", Decimal("0.003"), seconds=0.6,
        ),
        CogModel(
            "black-forest-labs/flux-1.1-pro",
            closed(("prompt",), prompt=WORDS, aspect_ratio=one_of(*ASPECTS), seed=COUNT,
                   output_format=one_of("webp", "jpg", "png"), output_quality=whole(0, 100),
                   prompt_upsampling=FLAG, safety_tolerance=whole(1, 6)),
            _flux, "image", Decimal("0.04"), listed=False, seconds=3.0,
        ),
        CogModel(
            "black-forest-labs/flux-2-dev",
            closed(("prompt",), prompt=WORDS, aspect_ratio=one_of(*ASPECTS, "custom"), seed=COUNT,
                   width={**whole(256, 1440), "multipleOf": 32},
                   height={**whole(256, 1440), "multipleOf": 32},
                   output_format=one_of("webp", "jpg", "png"), output_quality=whole(0, 100),
                   go_fast=FLAG),
            _flux_2, "image", Decimal("0.025"), listed=False, seconds=3.0,
        ),
        CogModel(
            "stability-ai/sdxl",
            closed(("prompt",), prompt=WORDS, negative_prompt=TEXT, width=whole(64, 2048),
                   height=whole(64, 2048), num_outputs=whole(1, 4), scheduler=TEXT,
                   num_inference_steps=whole(1, 500), guidance_scale=number(1, 50),
                   prompt_strength=number(0, 1), seed=COUNT, refine=TEXT,
                   high_noise_frac=number(0, 1), refine_steps=whole(1, 500),
                   apply_watermark=FLAG, disable_safety_checker=FLAG),
            _sdxl, "image", rate=L40S, version=_SDXL, seconds=15.0,
        ),
        CogModel(
            "jaaari/kokoro-82m",
            closed(("text",), text=WORDS, voice=TEXT, speed=number(0.1, 5)),
            _kokoro, "second", rate=T4, version=_KOKORO, listed=False, seconds=10.0,
        ),
        CogModel(
            "wavespeedai/wan-2.1-t2v-480p",
            closed(("prompt",), **_WAN, num_frames=whole(5, 100), sample_steps=whole(1, 40),
                   sample_guide_scale=number(0, 10), fast_mode=TEXT),
            _wan, "second", Decimal("0.09"), listed=False, seconds=38.0,
        ),
        CogModel(
            "wan-video/wan-2.2-t2v-fast",
            closed(("prompt",), **_WAN, num_frames=whole(81, 121), go_fast=FLAG,
                   resolution=one_of("480p", "720p"), optimize_prompt=FLAG,
                   interpolate_output=FLAG, disable_safety_checker=FLAG),
            _wan, "second", Decimal("0.02"), listed=False, seconds=38.0,
        ),
    )
}  # fmt: skip
"""By owner/name. Prices that nobody published are the lab's own, so that a sum can be checked."""


def find_model(version: str) -> CogModel | None:
    """The model of `owner/name` (official only), `owner/name:hash` or `hash`; None for none."""
    name, _, wanted = version.partition(":")
    for model in MODELS.values():
        if model.rate is None:
            if version == model.name:
                return model
        elif (wanted == model.version and name == model.name) or version == model.version:
            return model
    # A catalog pins versions of its own choosing; any hash of a known community model will do.
    known = MODELS.get(name)
    return known if known and known.rate is not None and len(wanted) == 64 else None
