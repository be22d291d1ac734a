from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from providers._predictions import first_file
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import ImageRequest, Job, Made, SpeechRequest, VideoRequest

FOX = ImageRequest(
    provider="replicate", model="black-forest-labs/flux-dev", width=2074, height=1166,
    prompt="a fox", input={"prompt": "a fox", "aspect_ratio": "16:9"},
)  # fmt: skip
KOKORO = "jaaari/kokoro-82m:f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
HELLO = SpeechRequest(
    provider="replicate", model=KOKORO, text="Hello.", voice="af_bella", input={"text": "Hello."}
)
CLIP = VideoRequest(
    provider="replicate", model="wavespeedai/wan-2.1-t2v-480p", prompt="a fox",
    width=1920, height=1080, duration_s=5.0, input={"prompt": "a fox", "num_frames": 81},
)  # fmt: skip


@pytest.fixture
def replicate(desk: Any, shipped: Callable[..., Any]) -> Any:
    return shipped("replicate", {"REPLICATE_API_TOKEN": "r8_1", "REPLICATE_BASE_URL": desk.url})


def place(replicate: Any, desk: Any, request: Any = FOX) -> Job:
    urls = {"get": f"{desk.url}/predictions/p1", "cancel": f"{desk.url}/predictions/p1/cancel"}
    desk.answer(201, {"id": "p1", "status": "starting", "urls": urls})
    job = asyncio.run(getattr(replicate, request.capability)(request))
    assert isinstance(job, Job)
    return job


def collect(replicate: Any, desk: Any, job: Job, **said: Any) -> Made | Job:
    desk.answer(200, {"id": "p1", **said})
    answer: Made | Job = asyncio.run(replicate.poll(job))
    return answer


def test_an_order_is_placed_with_version_and_input_and_an_end(replicate: Any, desk: Any) -> None:
    job = place(replicate, desk)
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/predictions")
    assert seen.headers["authorization"] == "Bearer r8_1"
    assert seen.headers["cancel-after"] == "30m"
    assert "prefer" not in seen.headers, "the id is on disk before the answer is waited for"
    assert seen.body == {"version": FOX.model, "input": FOX.input}
    assert (job.id, job.poll_url) == ("p1", f"{desk.url}/predictions/p1")
    assert "r8_1" not in job.model_dump_json()


def test_an_order_on_its_way_is_the_same_order(replicate: Any, desk: Any) -> None:
    job = place(replicate, desk)
    assert collect(replicate, desk, job, status="processing") == job
    assert (desk.seen[1].method, desk.seen[1].path) == ("GET", "/predictions/p1")


def test_a_job_that_was_saved_is_collected_by_another_run(replicate: Any, desk: Any) -> None:
    saved = Job.model_validate_json(place(replicate, desk).model_dump_json())
    made = collect(replicate, desk, saved, status="succeeded", output=["https://f.test/a.png"])
    assert isinstance(made, Made)
    assert made.download is not None
    assert (made.download.url, made.download.headers) == ("https://f.test/a.png", {})
    assert made.bill == replicate.quote(FOX)
    assert made.bill[0].usd == Decimal("0.025")


def test_an_order_that_is_ready_at_once_is_written_down_all_the_same(
    replicate: Any, desk: Any
) -> None:
    told = {"status": "succeeded", "output": "https://f.test/a.wav", "metrics": {}}
    desk.answer(201, {"id": "p1", **told})
    job = asyncio.run(replicate.speech(HELLO))
    assert job.id == "p1"
    made = collect(replicate, desk, job, **told)
    assert isinstance(made, Made)
    assert made.media_type == "audio/wav"


def listed(order: str, request: Any = FOX, **more: Any) -> dict[str, Any]:
    name, _, version = request.model.partition(":")
    told = {"id": order, "model": name, "version": version or "hidden", "status": "processing"}
    at = {"created_at": "2027-01-15T08:00:00.5Z", "input": {**request.input, "extra": 1}}
    return {**told, **at, **more}


def test_an_order_whose_answer_was_lost_is_found_by_its_exact_input(
    replicate: Any, desk: Any
) -> None:
    others = [
        "nothing",
        listed("p9", status="failed"),
        listed("p8"),
        listed("p7", input={**FOX.input, "prompt": "a hare"}),
        listed("p6", model="black-forest-labs/flux-pro"),
        listed("p5", created_at="2027-01-15T07:59:50Z"),
        listed("p4", created_at=None),
    ]
    desk.answer(200, {"results": others, "next": f"{desk.url}/predictions?cursor=2"})
    desk.answer(200, {"results": [listed("p1")], "next": None})
    job = asyncio.run(replicate.find_order(FOX, 1_800_000_000.0, frozenset({"p8"})))
    assert [s.path for s in desk.seen] == [
        "/predictions?created_after=2027-01-15T07%3A50%3A00Z",
        "/predictions?cursor=2",
    ]
    assert (job.id, job.poll_url) == ("p1", f"{desk.url}/predictions/p1")
    assert collect(replicate, desk, job, status="processing") == job


def test_an_order_of_another_version_or_none_is_not_found(replicate: Any, desk: Any) -> None:
    other = listed("p2", HELLO, version="0" * 64)
    desk.answer(200, {"results": [other], "next": None})
    assert asyncio.run(replicate.find_order(HELLO, 1e9, frozenset())) is None
    desk.answer(200, b"<html>")
    with pytest.raises(Transient):
        asyncio.run(replicate.find_order(HELLO, 1e9, frozenset()))


def test_a_run_on_rented_hardware_is_billed_by_the_time_it_took(replicate: Any, desk: Any) -> None:
    job = place(replicate, desk, HELLO)
    told = {"status": "succeeded", "output": "https://f.test/a.wav"}
    made = collect(replicate, desk, job, metrics={"predict_time": 2.5}, **told)
    assert isinstance(made, Made)
    (item,) = made.bill
    assert (item.unit, item.quantity) == ("second of T4", Decimal("2.5"))
    assert item.usd == Decimal("0.0005625")


def test_a_clip_without_a_list_price_costs_an_unknown_sum(replicate: Any, desk: Any) -> None:
    assert [item.usd for item in replicate.quote(CLIP)] == [None]
    job = place(replicate, desk, CLIP)
    assert job.poll_after_s == 5.0
    made = collect(replicate, desk, job, status="succeeded", output="https://f.test/a")
    assert isinstance(made, Made)
    assert made.media_type == "video/mp4"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"status": "failed", "error": "CUDA out of memory"}, Failed),
        ({"status": "failed", "error": "NSFW content detected. Try again"}, Rejected),
        ({"status": "canceled"}, Failed),
        ({"status": "aborted"}, Failed),
        ({"status": "succeeded", "output": None}, Failed),
        ({"status": "succeeded", "output": []}, Failed),
        ({"status": "succeeded", "output": {"text": "sorry"}}, Failed),
        ({}, Transient),
    ],
)
def test_an_order_that_ends_with_nothing_says_so(
    replicate: Any, desk: Any, said: dict[str, Any], kind: type[ProviderError]
) -> None:
    job = place(replicate, desk)
    with pytest.raises(kind):
        collect(replicate, desk, job, **said)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"detail": "Request was throttled. Your rate limit resets in ~30s."}, Transient),
        (402, {"title": "Insufficient credit", "detail": "top up"}, Misconfigured),
        (422, {"detail": "- input.aspect_ratio: must be one of"}, Misconfigured),
        (401, {"detail": "Unauthenticated"}, Misconfigured),
        (500, {"detail": "oops"}, Transient),
        (201, {"status": "starting"}, Failed),
        (201, b"<html>", Failed),
    ],
)
def test_an_order_that_is_not_taken_says_so(
    replicate: Any, desk: Any, status: int, body: Any, kind: type[ProviderError]
) -> None:
    desk.answer(status, body)
    with pytest.raises(kind) as refused:
        asyncio.run(replicate.image(FOX))
    if status == 429:
        assert isinstance(refused.value, Transient)
        assert refused.value.retry_after_s == 30.0
    if status == 422:
        assert "input.aspect_ratio" in str(refused.value)


def test_an_order_that_is_not_known_any_more_failed(replicate: Any, desk: Any) -> None:
    job = place(replicate, desk)
    desk.answer(404, {"detail": "not found"})
    with pytest.raises(Failed):
        asyncio.run(replicate.poll(job))


def test_the_token_follows_no_address_at_another_host(replicate: Any, desk: Any) -> None:
    urls = {"get": "https://evil.test/p1", "cancel": "https://evil.test/p1/cancel"}
    desk.answer(201, {"id": "p1", "status": "starting", "urls": urls})
    job = asyncio.run(replicate.image(FOX))
    assert (job.poll_url, job.cancel_url) == (
        f"{desk.url}/predictions/p1",
        f"{desk.url}/predictions/p1/cancel",
    )


def test_an_order_can_be_called_off(replicate: Any, desk: Any) -> None:
    job = place(replicate, desk)
    desk.answer(200, {"id": "p1", "status": "canceled"})
    asyncio.run(replicate.cancel(job))
    assert (desk.seen[1].method, desk.seen[1].path) == ("POST", "/predictions/p1/cancel")


@pytest.mark.parametrize(
    "output",
    ["https://f/a", ["https://f/a", "https://f/b"], {"url": "https://f/a"},
     {"seed": 1, "video": "https://f/a"}, [{"url": "https://f/a"}], {"audio": {"url": "https://f/a"}}],
)  # fmt: skip
def test_an_output_in_any_form_holds_its_file(output: Any) -> None:
    assert first_file(output) == "https://f/a"


def test_the_body_keeps_the_vendors_contract(contract: Callable[..., None]) -> None:
    contract({"version": FOX.model, "input": FOX.input}, "replicate", "/predictions")


def test_a_language_without_a_voice_is_refused(replicate: Any) -> None:
    assert replicate.default_voice("en") == "af_bella"
    assert replicate.default_voice("en-GB".lower()) == "bf_emma"
    assert replicate.default_voice("fr-CA") == "ff_siwis"
    with pytest.raises(Misconfigured, match="no voice for 'de'"):
        replicate.default_voice("de")
