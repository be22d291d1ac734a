"""Plain workers: their answer is a file, an order, or one of four errors, whatever its form."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers import http_worker
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import ImageRequest, Job, SpeechRequest

FOX = ImageRequest(
    provider="http-worker", model="image-worker", width=160, height=90, prompt="a fox",
    input={"prompt": "a fox", "width": 160, "height": 96, "seed": 1},
)  # fmt: skip
HELLO = SpeechRequest(
    provider="http-worker", model="speech-worker", text="Hello.", voice="auto",
    input={"text": "Hello.", "voice": "auto"},
)  # fmt: skip


@pytest.fixture
def worker(desk: Any) -> Any:
    access = {f"SERVERS={name}=": desk.url for name in ("image-worker", "speech-worker")}
    access["SERVER_KEYS=image-worker="] = "token-1"
    return make_provider("http-worker", Path, access, load_catalog(None, "workstation=3.60/h"))


def paint(worker: Any) -> Any:
    return asyncio.run(worker.image(FOX))


def test_an_order_goes_out_under_a_key_of_its_own(
    worker: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    desk.answer(200, picture())
    desk.answer(200, picture())
    first, second = paint(worker), paint(worker)
    assert first.data == second.data == picture()
    one, two = desk.seen
    assert (one.method, one.path, one.body) == ("POST", "/generate", FOX.input)
    assert one.headers["authorization"] == "Bearer token-1"
    assert one.headers["idempotency-key"] == two.headers["idempotency-key"]
    again = FOX.model_copy(update={"take": 1})
    desk.answer(200, picture())
    asyncio.run(worker.image(again))
    assert desk.seen[2].headers["idempotency-key"] != one.headers["idempotency-key"]


def test_bytes_are_billed_by_the_seconds_that_the_worker_tells(
    worker: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    desk.answer(200, picture(), x_seconds="12.5")
    (line,) = paint(worker).bill
    assert (line.quantity, line.usd) == (Decimal("12.5"), Decimal("0.0125"))


@pytest.mark.parametrize("name", ["b64", "b64_json", "base64", "data"])
def test_json_may_hold_the_file(
    worker: Any, desk: Any, picture: Callable[..., bytes], name: str
) -> None:
    desk.answer(200, {name: base64.b64encode(picture()).decode(), "seconds": 2})
    made = paint(worker)
    assert (made.data, made.media_type) == (picture(), "image/png")
    assert made.bill[0].quantity == 2


def test_json_may_name_an_address_and_the_token_goes_to_the_worker_alone(
    worker: Any, desk: Any
) -> None:
    desk.answer(200, {"url": "http://10.0.0.7/out.png"})
    desk.answer(200, {"url": "/files/abc", "media_type": "image/png"})
    other, own = paint(worker).download, paint(worker).download
    assert (other.url, other.headers) == ("http://10.0.0.7/out.png", {})
    assert (own.url, own.headers) == (
        f"{desk.url}/files/abc", {"Authorization": "Bearer token-1"},
    )  # fmt: skip


def test_a_job_is_asked_for_until_it_is_done_with_its_words(
    worker: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    words = [{"start": 0, "end": 6, "start_s": 0.0, "end_s": 0.5}]
    desk.answer(202, {"id": "j1", "status": "queued", "position": 3})
    desk.answer(200, {"id": "j1", "status": "running"})
    desk.answer(200, {"id": "j1", "status": "succeeded", "seconds": 1.5, "url": "/files/x",
                      "media_type": "audio/wav", "facts": {"words": words}})  # fmt: skip
    job = asyncio.run(worker.speech(HELLO))
    assert (job.id, job.poll_url) == ("j1", f"{desk.url}/jobs/j1")
    assert asyncio.run(worker.poll(job)) == job
    made = asyncio.run(worker.poll(job))
    assert (made.media_type, made.facts["words"]) == ("audio/wav", words)
    assert made.bill[0].usd == Decimal("0.0015")


def test_an_id_alone_is_a_job(worker: Any, desk: Any) -> None:
    desk.answer(200, {"job_id": "j2"})
    assert isinstance(paint(worker), Job)


def test_a_lost_order_is_looked_for_under_its_key(worker: Any, desk: Any) -> None:
    desk.answer(200, {"id": "x", "status": "running"})
    desk.answer(200, {"id": "x", "status": "failed"})
    desk.answer(404, {"detail": "no"})
    found = [asyncio.run(worker.find_order(FOX, 0.0, frozenset())) for _ in range(3)]
    assert found[0].id.startswith("rw-")
    assert found[1:] == [None, None]
    assert asyncio.run(worker.find_order(FOX, 0.0, frozenset({found[0].id}))) is None


def test_a_file_goes_out_with_its_bytes(worker: Any, desk: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"\x89PNG\r\n\x1a\n")
    worker.open_input = lambda _: tmp_path / "in"
    desk.answer(202, {"id": "j", "status": "queued"})
    told = FOX.model_copy(update={"input": {**FOX.input, "image": "store:ab"}})
    asyncio.run(worker.image(told))
    assert desk.seen[0].body["image"] == "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (429, {"detail": "64 orders wait"}, Transient, "64 orders wait"),
        (503, {"detail": "loading"}, Transient, "loading"),
        (401, {"detail": "token"}, Misconfigured, "SERVER_KEYS=image-worker="),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "no"}]}, Misconfigured, "seed: no"),
        (200, b"not a picture", Failed, "no image"),
        (200, {"b64": "§"}, Failed, "no base64"),
        (200, {"status": "succeeded"}, Failed, "without a file"),
        (200, {"status": "queued"}, Failed, "named no id"),
        (200, {"status": "failed", "error": "out of memory"}, Failed, "out of memory"),
        (200, {"status": "failed", "error": "no", "refused": True}, Rejected, "refuses"),
    ],
)
def test_what_goes_wrong_is_one_of_four_errors(
    worker: Any, desk: Any, status: int, body: Any, kind: type[ProviderError], told: str
) -> None:
    desk.answer(status, body)
    with pytest.raises(kind, match=told):
        paint(worker)


def test_a_call_that_breaks_off_may_have_been_taken(worker: Any, desk: Any) -> None:
    desk.answer(0)
    with pytest.raises(Failed) as broken:
        paint(worker)
    assert broken.value.bill is None


def test_clips_are_asked_for_less_often_than_speech() -> None:
    assert http_worker.POLL_S["video"] > http_worker.POLL_S["speech"]
