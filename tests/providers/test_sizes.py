from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalog import load_catalog
from providers.errors import Misconfigured
from providers.requests import ImageRequest, SpeechRequest, VideoRequest
from providers.sizes import (
    asked_shape,
    clip_seconds,
    duration_choice,
    frame_count,
    picture_size,
    refuse_unoffered,
    values_for,
)

MODELS = load_catalog().models


@pytest.mark.parametrize(
    ("wanted", "limits", "size"),
    [
        ((2074, 1166), {}, (2074, 1166)),
        ((2074, 1166), {"multiple": 16}, (2080, 1168)),
        ((2074, 1166), {"multiple": 16, "most_pixels": 1327104}, (1536, 864)),
        ((1166, 2074), {"multiple": 16, "most_pixels": 1327104}, (864, 1536)),
        ((1166, 1166), {"multiple": 16, "most_pixels": 1327104}, (1152, 1152)),
        ((2074, 1166), {"multiple": 32, "most_width": 1440, "most_height": 1440}, (1440, 800)),
        ((320, 180), {"multiple": 16, "least_pixels": 655360}, (1088, 608)),
        ((2074, 1166), {"sizes": ["1024x1024", "1344x768", "768x1344"]}, (1344, 768)),
        ((1166, 1458), {"sizes": ["1024x1024", "1344x768", "896x1152"]}, (896, 1152)),
        ((2000, 2000), {"sizes": ["512x512", "1024x1024"]}, (1024, 1024)),
    ],
)
def test_a_wanted_size_becomes_the_nearest_that_the_model_makes(
    wanted: tuple[int, int], limits: dict[str, Any], size: tuple[int, int]
) -> None:
    assert picture_size(*wanted, limits) == size


@given(
    st.integers(256, 4000),
    st.integers(256, 4000),
    st.sampled_from([1, 8, 16, 32]),
    st.sampled_from([1_000_000, 1_327_104, 3_686_400]),
)
def test_any_size_stays_within_the_limits_and_near_its_shape(
    width: int, height: int, multiple: int, most: int
) -> None:
    if not 1 / 3 <= width / height <= 3:
        return
    wide, high = picture_size(width, height, {"multiple": multiple, "most_pixels": most})
    assert wide % multiple == 0
    assert high % multiple == 0
    assert wide * high <= most
    assert (wide / high) / (width / height) == pytest.approx(1, abs=0.14)


def test_limits_that_no_size_satisfies_are_refused() -> None:
    with pytest.raises(Misconfigured, match="no size near 100x100"):
        picture_size(100, 100, {"multiple": 64, "least_pixels": 9000, "most_pixels": 9500})


@pytest.mark.parametrize(
    ("seconds", "limits", "frames"),
    [
        (5.0, {}, None),
        (5.0, {"fps": 16}, 80),
        (5.01, {"fps": 16}, 81),
        (5.0, {"fps": 16, "least_frames": 5, "most_frames": 97, "frame_step": 4}, 81),
        (9.0, {"fps": 16, "least_frames": 5, "most_frames": 97, "frame_step": 4}, 97),
        (9.0, {"fps": 16, "least_frames": 5, "most_frames": 100, "frame_step": 4}, 97),
        (0.1, {"fps": 16, "least_frames": 81, "most_frames": 100}, 81),
        (0.1, {"fps": 10}, 1),
    ],
)
def test_seconds_become_frames_in_steps_that_the_model_knows(
    seconds: float, limits: dict[str, Any], frames: int | None
) -> None:
    assert frame_count(seconds, limits) == frames


@pytest.mark.parametrize(
    ("seconds", "choice"), [(1, "4s"), (4, "4s"), (4.2, "6s"), (8, "8s"), (30, "8s")]
)
def test_the_shortest_offered_duration_that_is_long_enough_is_taken(
    seconds: float, choice: str
) -> None:
    assert duration_choice(seconds, {"durations": ["8s", "4s", "6s"]}) == choice


def test_a_model_without_durations_is_given_none() -> None:
    assert duration_choice(5, {}) is None
    told = values_for(MODELS["flux"], 2074, 1166)
    assert (told["duration_choice"], told["frames"], told["fps"]) == (None, None, None)


def test_values_for_a_clip_hold_its_size_and_frames() -> None:
    assert values_for(MODELS["wan"], 2074, 1166, 5.0) == {
        "size": "832x480", "size_width": 832, "size_height": 480,
        "frames": 81, "fps": 16, "duration_choice": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "seconds"), [("wan", 97 / 16), ("fal-kling", 10.0), ("fal-veo", 8.0), ("flux", 7.0)]
)
def test_a_clip_is_paid_for_as_long_as_it_will_be(model: str, seconds: float) -> None:
    request = VideoRequest(
        provider="p", model="m", prompt="", width=1920, height=1080, duration_s=7.0
    )
    assert clip_seconds(request, MODELS[model].limits) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("told", "shape"),
    [
        ({}, 2074 / 1166),
        ({"size": "1536x1024"}, 1.5),
        ({"aspect_ratio": "16:9"}, 16 / 9),
        ({"prompt": "4:3", "width": 1024, "height": 512}, 2.0),
        ({"image_size": {"width": 900, "height": 600}}, 1.5),
        ({"image_size": "landscape_16_9"}, 2074 / 1166),
    ],
)
def test_the_shape_that_a_vendor_was_asked_for_is_read_from_its_input(
    told: dict[str, Any], shape: float
) -> None:
    request = ImageRequest(provider="p", model="m", width=2074, height=1166, input=told)
    assert asked_shape(request) == pytest.approx(shape)


def test_what_a_model_does_not_offer_is_refused_with_what_it_does() -> None:
    tall = VideoRequest(provider="p", model="m", prompt="", width=1080, height=1350, duration_s=5)
    with pytest.raises(Misconfigured, match=r"wan makes no 1080x1350 video; .* 16:9, 9:16"):
        refuse_unoffered(MODELS["wan"], tall)
    wide = ImageRequest(provider="p", model="m", width=2074, height=1166)
    refuse_unoffered(MODELS["flux"], wide)
    said = SpeechRequest(provider="p", model="m", text="Hi.", voice="robot")
    with pytest.raises(Misconfigured, match=r"no voice 'robot'; choose one of alloy"):
        refuse_unoffered(MODELS["openai"], said)
    fast = SpeechRequest(provider="p", model="m", text="Hi.", voice="v", speed=2.0)
    with pytest.raises(Misconfigured, match=r"speeds of 0\.7 to 1\.2"):
        refuse_unoffered(MODELS["eleven_v4"], fast)
