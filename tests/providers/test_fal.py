from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import ImageRequest, Job, Made, VideoRequest

FOX = ImageRequest(
    provider="fal", model="fal-ai/flux/dev", width=2074, height=1166, prompt="a fox",
    input={"prompt": "a fox", "image_size": {"width": 1536, "height": 864}},
)  # fmt: skip
CLIP = VideoRequest(
    provider="fal", model="fal-ai/kling-video/v2.5-turbo/pro/text-to-video", prompt="a fox",
    width=1920, height=1080, duration_s=7.0, input={"prompt": "a fox", "duration": "10"},
)  # fmt: skip
PICTURE = {"images": [{"url": "https://f.test/a.png"}], "has_nsfw_concepts": [False]}


@pytest.fixture
def fal(desk: Any, shipped: Callable[..., Any]) -> Any:
    return shipped("fal", {"FAL_KEY": "id:secret", "FAL_QUEUE_URL": desk.url})


def place(fal: Any, desk: Any, request: Any = FOX) -> Job:
    # The vendor's own addresses drop the model's sub-path.
    at = f"{desk.url}/fal-ai/flux/requests/r1"
    desk.answer(
        200,
        {"request_id": "r1", "status_url": f"{at}/status", "response_url": at,
         "cancel_url": f"{at}/cancel", "queue_position": 0},
    )  # fmt: skip
    job: Job = asyncio.run(getattr(fal, request.capability)(request))
    return job


def collect(fal: Any, desk: Any, job: Job, result: Any, status: int = 200, **head: str) -> Any:
    desk.answer(200, {"status": "COMPLETED"})
    desk.answer(status, result, **head)
    return asyncio.run(fal.poll(job))


def test_an_order_goes_to_the_models_queue(fal: Any, desk: Any) -> None:
    job = place(fal, desk)
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/fal-ai/flux/dev")
    assert seen.headers["authorization"] == "Key id:secret"
    assert seen.body == FOX.input
    assert job.id == "r1"
    assert "secret" not in job.model_dump_json()


@pytest.mark.parametrize("state", ["IN_QUEUE", "IN_PROGRESS"])
def test_an_order_in_the_queue_is_asked_for_at_the_named_address(
    fal: Any, desk: Any, state: str
) -> None:
    job = place(fal, desk)
    desk.answer(202, {"status": state})
    assert asyncio.run(fal.poll(job)) == job
    assert (desk.seen[1].method, desk.seen[1].path) == ("GET", "/fal-ai/flux/requests/r1/status")


def test_a_picture_is_fetched_from_where_it_waits(fal: Any, desk: Any) -> None:
    made = collect(fal, desk, place(fal, desk), PICTURE)
    assert desk.seen[2].path == "/fal-ai/flux/requests/r1"
    assert made.download.url == "https://f.test/a.png"
    assert made.download.headers == {}
    assert made.media_type == "image/png"


def test_a_clip_is_billed_by_the_seconds_that_it_has(fal: Any, desk: Any) -> None:
    job = place(fal, desk, CLIP)
    made = collect(fal, desk, job, {"video": {"url": "https://f.test/a.mp4"}})
    assert isinstance(made, Made)
    assert [(i.unit, i.quantity, i.usd) for i in made.bill] == [
        ("second", Decimal("10.0"), Decimal("0.700"))
    ]
    assert made.bill == fal.quote(CLIP)


def test_a_flagged_picture_is_a_refusal_although_the_answer_is_200(fal: Any, desk: Any) -> None:
    with pytest.raises(Rejected):
        collect(fal, desk, place(fal, desk), {**PICTURE, "has_nsfw_concepts": [True]})


@pytest.mark.parametrize(
    ("status", "result", "head", "kind"),
    [
        (422, {"detail": [{"msg": "flagged", "type": "content_policy_violation"}]}, {}, Rejected),
        (422, {"detail": "x"}, {"X_Fal_Error_Type": "content_policy_violation"}, Rejected),
        (422, {"detail": [{"loc": ["body", "image_size"], "msg": "odd"}]}, {}, Misconfigured),
        (500, {"detail": "x", "error_type": "internal_server_error"}, {}, Failed),
        (503, b"gateway", {}, Transient),
        (404, {"detail": "gone"}, {}, Failed),
        (200, b"<html>", {}, Transient),
        (200, {}, {}, Failed),
        (200, {"images": []}, {}, Failed),
        (200, {"images": [{"url": "data:nothing"}]}, {}, Failed),
    ],
)
def test_a_result_that_is_none_says_so(
    fal: Any, desk: Any, status: int, result: Any, head: dict[str, str], kind: type[ProviderError]
) -> None:
    job = place(fal, desk)
    with pytest.raises(kind):
        collect(fal, desk, job, result, status, **head)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"detail": "no key"}, Misconfigured),
        (404, {"detail": "no such application"}, Misconfigured),
        (409, {"detail": "conflict"}, Transient),
        (429, {"detail": "busy"}, Transient),
        (200, {"request_id": "r1"}, Failed),
    ],
)
def test_an_order_that_is_not_taken_says_so(
    fal: Any, desk: Any, status: int, body: Any, kind: type[ProviderError]
) -> None:
    desk.answer(status, body)
    with pytest.raises(kind):
        asyncio.run(fal.image(FOX))


def test_a_status_that_nobody_knows_ends_the_order(fal: Any, desk: Any) -> None:
    job = place(fal, desk)
    desk.answer(200, {"status": "LOST"})
    with pytest.raises(Failed, match="'LOST'"):
        asyncio.run(fal.poll(job))


def test_the_key_follows_no_address_at_another_host(fal: Any, desk: Any) -> None:
    job = place(fal, desk).model_copy(update={"poll_url": "https://evil.test/status"})
    with pytest.raises(Failed, match="another host"):
        asyncio.run(fal.poll(job))


def test_an_order_can_be_called_off(fal: Any, desk: Any) -> None:
    job = place(fal, desk)
    desk.answer(202, {"status": "CANCELLATION_REQUESTED"})
    asyncio.run(fal.cancel(job))
    assert (desk.seen[1].method, desk.seen[1].path) == ("PUT", "/fal-ai/flux/requests/r1/cancel")
