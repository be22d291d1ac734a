from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from providers import buying
from providers.base import Provider
from providers.buying import buy, key_of
from providers.errors import Failed, Rejected, Transient
from providers.lanes import OPEN, Lane
from providers.requests import AnyRequest, Download, Job, LineItem, Made, SpeechRequest
from providers.store import Store

PRICE = (LineItem(quantity=Decimal(1), unit="run", unit_usd=Decimal(2), usd=Decimal(2)),)
MADE = Made(data=b"sound", media_type="audio/wav", facts={"duration_s": 1.0}, bill=PRICE)


class Vendor(Provider):
    """A vendor that answers from a list; what is raised or returned is what the list holds."""

    name: ClassVar[str] = "vendor"

    def __init__(self, *answers: Any) -> None:
        super().__init__(Path)
        self.answers = list(answers)
        self.orders = 0
        self.polls = 0

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return PRICE

    async def speech(self, request: SpeechRequest) -> Made | Job:
        self.orders += 1
        return self._next()

    async def poll(self, job: Job) -> Made | Job:
        self.polls += 1
        return self._next()

    def _next(self) -> Made | Job:
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Purse:
    """Writes down what it is asked."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        self.told.append("collect" if collecting else "reserve")
        return 1

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        self.told.append("settle")

    def release(self, reservation: int) -> None:
        self.told.append("release")

    def lose(self, reservation: int) -> None:
        self.told.append("lose")

    def lane(self, provider: str) -> Lane:
        return OPEN


@pytest.fixture(autouse=True)
def unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is delivered here is no real sound; what is checked of it has a test of its own."""
    monkeypatch.setattr(buying, "verify", lambda *_: {})


REQUEST = SpeechRequest(provider="vendor", model="m", text="Hello.", voice="v")
JOB = Job(id="j1", provider="vendor", poll_after_s=0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buying, "BACKOFF_S", (0.0, 0.0, 0.0, 0.0))


def purchase(tmp_path: Path, vendor: Vendor, purse: Purse) -> bool:
    return asyncio.run(buy(Store(tmp_path), vendor, REQUEST, purse)).made


def test_the_second_time_nothing_is_bought(tmp_path: Path) -> None:
    vendor, purse = Vendor(MADE), Purse()
    assert purchase(tmp_path, vendor, purse)
    assert not purchase(tmp_path, vendor, purse)
    assert (vendor.orders, purse.told) == (1, ["reserve", "settle"])


def test_money_is_reserved_before_the_vendor_is_asked(tmp_path: Path) -> None:
    class Empty(Purse):
        def reserve(self, *_: object, **__: object) -> int:
            raise PermissionError("over the cap")

    vendor = Vendor(MADE)
    with pytest.raises(PermissionError):
        purchase(tmp_path, vendor, Empty())
    assert vendor.orders == 0


def test_a_busy_vendor_is_asked_again_and_paid_once(tmp_path: Path) -> None:
    vendor, purse = Vendor(Transient("busy", 0.0), Transient("busy"), MADE), Purse()
    assert purchase(tmp_path, vendor, purse)
    assert (vendor.orders, purse.told) == (3, ["reserve", "settle"])


def test_a_vendor_that_stays_busy_is_given_up_and_nothing_is_owed(tmp_path: Path) -> None:
    vendor, purse = Vendor(*[Transient("busy")] * 9), Purse()
    with pytest.raises(Transient):
        purchase(tmp_path, vendor, purse)
    assert (vendor.orders, purse.told) == (5, ["reserve", "release"])


def test_refused_content_is_not_sent_again(tmp_path: Path) -> None:
    vendor, purse = Vendor(Rejected("no")), Purse()
    with pytest.raises(Rejected):
        purchase(tmp_path, vendor, purse)
    assert (vendor.orders, purse.told) == (1, ["reserve", "settle"])


def test_an_order_is_written_down_before_it_is_waited_for(tmp_path: Path) -> None:
    vendor, purse = Vendor(JOB, KeyboardInterrupt()), Purse()
    with pytest.raises(KeyboardInterrupt):
        purchase(tmp_path, vendor, purse)
    assert Store(tmp_path).open_job(key_of(vendor, REQUEST)) == JOB
    assert purse.told == ["reserve"], "what may still be charged stays reserved"


def test_an_open_order_is_collected_and_not_placed_again(tmp_path: Path) -> None:
    vendor = Vendor()
    key = key_of(vendor, REQUEST)
    Store(tmp_path).save_job(key, JOB)
    vendor.answers = [JOB, MADE]
    assert purchase(tmp_path, vendor, Purse())
    assert (vendor.orders, vendor.polls) == (0, 2)
    assert Store(tmp_path).open_job(key) is None


def test_an_order_that_fails_is_placed_once_more_and_then_given_up(tmp_path: Path) -> None:
    vendor = Vendor(JOB, Failed("nothing"), JOB, Failed("nothing"), MADE)
    with pytest.raises(Failed):
        purchase(tmp_path, vendor, Purse())
    assert vendor.orders == 2
    assert Store(tmp_path).open_job(key_of(vendor, REQUEST)) is None


def test_no_bytes_are_no_delivery(tmp_path: Path) -> None:
    empty, purse = MADE.model_copy(update={"data": b""}), Purse()
    with pytest.raises(Failed, match="no bytes"):
        purchase(tmp_path, Vendor(empty, empty), purse)
    assert purse.told == ["reserve", "settle"] * 2, "both were charged"


def test_what_is_no_sound_was_paid_for_and_is_bought_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([Failed("silent"), {"sample_rate": 24000}])

    def verify(*_: object) -> dict[str, object]:
        told = next(found)
        if isinstance(told, Failed):
            raise told
        return told

    monkeypatch.setattr(buying, "verify", verify)
    vendor, purse = Vendor(MADE, MADE), Purse()
    got = asyncio.run(buy(Store(tmp_path), vendor, REQUEST, purse))
    assert got.asset.facts["sample_rate"] == 24000
    assert (vendor.orders, purse.told) == (2, ["reserve", "settle"] * 2)


def test_a_call_that_broke_off_after_it_was_sent_is_counted_as_unknown(tmp_path: Path) -> None:
    purse = Purse()
    assert purchase(tmp_path, Vendor(Failed("broke off", bill=None), MADE), purse)
    assert purse.told == ["reserve", "lose", "reserve", "settle"]


def test_an_engine_that_changed_makes_another_key() -> None:
    class Newer(Vendor):
        def engine(self) -> str:
            return "v2"

    assert key_of(Vendor(), REQUEST) != key_of(Newer(), REQUEST)


@contextmanager
def file_host(answer: Callable[[http.server.BaseHTTPRequestHandler, int], None]) -> Iterator[str]:
    """A file host on loopback; `answer` is told the number of the request."""
    count = [0]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            count[0] += 1
            answer(self, count[0])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/f"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_short_download_is_fetched_again_without_a_new_order(tmp_path: Path) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        handler.wfile.write(b"0123456789"[: 4 if number == 1 else 10])

    with file_host(answer) as url:
        made = Made(download=Download(url=url), media_type="audio/wav", bill=PRICE)
        vendor = Vendor(made)
        got = asyncio.run(buy(Store(tmp_path), vendor, REQUEST, Purse()))
    assert Store(tmp_path).path(got.asset.digest).read_bytes() == b"0123456789"
    assert vendor.orders == 1
