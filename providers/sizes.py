"""What a model can be asked for, from what a film wants and the model's limits: pure arithmetic.

Limits read here, all optional: `sizes` (list of "WxH"), or `multiple`, `least_pixels`,
`most_pixels`, `most_width`, `most_height`; for clips `fps`, `least_frames`, `most_frames`,
`frame_step`, `durations`; for refusals `aspects`, `voices`, `speeds` (least, most).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from providers.errors import Misconfigured
from providers.models import Model
from providers.requests import AnyRequest, ImageRequest, SpeechRequest, VideoRequest

_SIZE = re.compile(r"(\d+)x(\d+)")
_ASPECT = re.compile(r"(\d+):(\d+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
SAME_SHAPE = 0.02
"""Two shapes whose ratios differ by less are the same: 2074x1166 is 16:9."""


def values_for(model: Model, width: int, height: int, duration_s: float = 0.0) -> dict[str, Any]:
    """Placeholders that depend on the model: size, size_width, size_height, frames, fps,
    duration_choice.

    `width` and `height` are wanted pixels, `duration_s` wanted seconds. A value that the model has
    no limits for is None, which leaves its key out of the filled template. Raises Misconfigured for
    limits that no size can satisfy.
    """
    wide, high = picture_size(width, height, model.limits)
    return {
        "size": f"{wide}x{high}",
        "size_width": wide,
        "size_height": high,
        "frames": frame_count(duration_s, model.limits),
        "fps": model.limits.get("fps"),
        "duration_choice": duration_choice(duration_s, model.limits),
    }


def picture_size(width: int, height: int, limits: Mapping[str, Any]) -> tuple[int, int]:
    """The (width, height) in pixels nearest to the wanted one: by shape first, then by area.

    A model with `sizes` gets one of these; any other the wanted size, scaled into its limits and
    snapped to its `multiple`.
    """
    if limits.get("sizes"):
        offered = [parse_size(size) for size in limits["sizes"]]
        return min(offered, key=lambda size: _distance(size, width, height))
    step = int(limits.get("multiple", 1))
    most_width = float(limits.get("most_width", math.inf))
    most_height = float(limits.get("most_height", math.inf))
    most = float(limits.get("most_pixels", math.inf))
    least = float(limits.get("least_pixels", 0))
    area = width * height
    fit = min(1.0, most_width / width, most_height / height, math.sqrt(most / area))
    if fit * fit * area < least:
        fit = math.sqrt(least / area)
    inside = [
        (wide, high)
        for wide in _steps(width * fit, step)
        for high in _steps(height * fit, step)
        if wide <= most_width and high <= most_height and least <= wide * high <= most
    ]
    if not inside:
        raise Misconfigured(f"no size near {width}x{height} is within the model's limits")
    return min(inside, key=lambda size: _distance(size, width * fit, height * fit))


def frame_count(duration_s: float, limits: Mapping[str, Any]) -> int | None:
    """Frames for at least `duration_s` seconds at the model's `fps`, within its limits.

    With a `frame_step` the count is `least_frames` plus a whole number of steps. None without fps.
    """
    if "fps" not in limits:
        return None
    least, step = int(limits.get("least_frames", 1)), int(limits.get("frame_step", 1))
    most = int(limits.get("most_frames", 10**6))
    wanted = math.ceil(round(duration_s * float(limits["fps"]), 6))
    steps = max(0, math.ceil((min(wanted, most) - least) / step))
    frames = least + steps * step
    return frames if frames <= most else frames - step


def duration_choice(duration_s: float, limits: Mapping[str, Any]) -> Any:
    """The shortest offered duration that is long enough, as it is written; else the longest.

    None for a model that offers no list.
    """
    offered = sorted(limits.get("durations", ()), key=seconds_of)
    if not offered:
        return None
    return next((told for told in offered if seconds_of(told) >= duration_s - 1e-6), offered[-1])


def clip_seconds(request: VideoRequest, limits: Mapping[str, Any]) -> float:
    """Seconds of the clip that the model will really make for `request`."""
    if (choice := duration_choice(request.duration_s, limits)) is not None:
        return seconds_of(choice)
    if (frames := frame_count(request.duration_s, limits)) is not None:
        return frames / float(limits["fps"])
    return request.duration_s


def seconds_of(told: Any) -> float:
    """The number in "5", "8s" or 10. Raises Misconfigured."""
    found = _NUMBER.search(str(told))
    if not found:
        raise Misconfigured(f"the catalog offers a duration {told!r}, which holds no number")
    return float(found[0])


def parse_size(told: str) -> tuple[int, int]:
    """(width, height) of "1024x768". Raises Misconfigured."""
    found = _SIZE.fullmatch(told)
    if not found:
        raise Misconfigured(f"{told!r} is no size; write it like 1024x768")
    return int(found[1]), int(found[2])


def asked_shape(request: ImageRequest | VideoRequest) -> float:
    """Width over height as the vendor was asked for it: from the input if it says, else the film's.

    Understood in the input, at any depth: "WxH" and "W:H" texts, and a `width` beside a `height`.
    """
    return _shape_in(request.input) or request.width / request.height


def refuse_unoffered(model: Model, request: AnyRequest) -> None:
    """Raises Misconfigured for a shape, voice or pace that the model's limits do not offer."""
    limits = model.limits
    if isinstance(request, ImageRequest | VideoRequest):
        offered = limits.get("aspects", ())
        shapes = [int(a) / int(b) for a, b in (_ASPECT.findall(told)[0] for told in offered)]
        wanted = request.width / request.height
        if shapes and not any(abs(wanted / shape - 1) < SAME_SHAPE for shape in shapes):
            raise Misconfigured(
                f"{model.name} makes no {request.width}x{request.height} {request.capability}; "
                f"its shapes are {', '.join(offered)}"
            )
    if isinstance(request, SpeechRequest):
        voices = limits.get("voices", ())
        if voices and request.voice not in voices:
            raise Misconfigured(
                f"{model.name} has no voice {request.voice!r}; choose one of {', '.join(voices)}"
            )
        slowest, fastest = limits.get("speeds", (request.speed, request.speed))
        if not slowest <= request.speed <= fastest:
            raise Misconfigured(f"{model.name} speaks at speeds of {slowest} to {fastest}")


def _shape_in(told: Any) -> float | None:
    if isinstance(told, str):
        found = _SIZE.fullmatch(told) or _ASPECT.fullmatch(told)
        return int(found[1]) / int(found[2]) if found and int(found[2]) else None
    if isinstance(told, Mapping):
        wide, high = told.get("width"), told.get("height")
        if isinstance(wide, int) and isinstance(high, int) and high:
            return wide / high
        return next((s for key in told if (s := _shape_in(told[key])) and key != "prompt"), None)
    return None


def _steps(length: float, step: int) -> list[int]:
    """The multiples of `step` around `length`, the least first."""
    below = max(1, math.floor(length / step))
    return [below * step, (below + 1) * step]


def _distance(size: tuple[int, int], width: float, height: float) -> tuple[float, float]:
    """How far `size` is from the wanted one: in shape (to a tenth of a percent), then in area."""
    wide, high = size
    shape = abs(math.log((wide / high) / (width / height)))
    return round(shape, 3), abs(math.log((wide * high) / (width * height)))
