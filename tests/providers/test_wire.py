"""Buying from the lab: what goes wrong on the wire costs nothing twice, and the purse knows it."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers import buying, fal, replicate
from providers.buying import buy, key_of
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, ProviderError
from providers.requests import AnyRequest, ImageRequest, SpeechRequest
from providers.store import Asset, Store
from tests.lab.faults import Rule
from tests.lab.replicate import Replicate
from tests.lab.server import Lab
from tests.providers.conftest import Purse

FLUX = ImageRequest(
    provider="replicate", model="black-forest-labs/flux-schnell", width=1344, height=768,
    prompt="a fox", input={"prompt": "a fox", "aspect_ratio": "16:9", "megapixels": "0.25",
                           "num_outputs": 1, "output_format": "png"},
)  # fmt: skip
FAL = ImageRequest(
    provider="fal", model="fal-ai/flux/dev", width=512, height=288, prompt="a fox",
    input={"prompt": "a fox", "image_size": {"width": 512, "height": 288}, "num_images": 1},
)  # fmt: skip
KOKORO = SpeechRequest(
    provider="replicate", text="Hello there.", voice="af_bella", input={"text": "Hello there."},
    model="jaaari/kokoro-82m:f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13",
)  # fmt: skip
SAID = SpeechRequest(
    provider="openai", model="gpt-4o-mini-tts", text="Hello there.", voice="alloy",
    input={"input": "Hello there.", "voice": "alloy", "response_format": "wav"},
)  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.01) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    running.reset()
    vendor = running.vendors["replicate"]
    assert isinstance(vendor, Replicate)
    vendor.predictions.clear()
    for module in (replicate, fal):
        monkeypatch.setattr(module, "POLL_S", {"image": 0.03, "speech": 0.03})
    monkeypatch.setattr(buying, "BACKOFF_S", (0.0,) * 4)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.0,) * 8)
    monkeypatch.setattr(buying, "LOOK_AFTER_S", 0.0)
    return running


def shop(lab: Lab, home: Path, request: AnyRequest, purse: Purse) -> Asset:
    """Buys one thing from the lab as a run would."""
    provider = make_provider(request.provider, Path, lab.urls, load_catalog())
    return asyncio.run(buy(Store(home), provider, request, purse)).asset


def sent(lab: Lab, route: str) -> list[Any]:
    return [seen for seen in lab.requests if seen.route == route]


def test_a_download_that_broke_off_goes_on_where_it_broke(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("half", "files", nth=1), Rule("half", "files", nth=2))
    asset = shop(lab, tmp_path, FLUX, purse)
    first, second, third = sent(lab, "download")
    assert "range" not in first.headers
    assert second.headers["range"] < third.headers["range"]
    assert [s.status for s in (first, second, third)] == [200, 206, 206]
    kept = Store(tmp_path).path(asset.digest).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == asset.digest
    assert [data for data, *_ in lab.bench.files.values()][-1] == kept
    assert (len(sent(lab, "create")), purse.bills) == (1, [lab.bill.usd])


@pytest.mark.parametrize(
    "fault", ["stale", "wrong_type", "drip", "busy", "busy_silent", "error_502", "reset"]
)
def test_trouble_at_the_file_host_needs_no_new_order(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str
) -> None:
    lab.faults.script(Rule(fault, "files", nth=1))
    shop(lab, tmp_path, FLUX, purse)
    assert (len(sent(lab, "create")), purse.bills) == (1, [lab.bill.usd])
    assert not lab.violations


@pytest.mark.parametrize("request_", [FLUX, FAL])
def test_an_address_that_expired_is_asked_for_again(
    lab: Lab, tmp_path: Path, purse: Purse, request_: AnyRequest
) -> None:
    lab.faults.script(Rule("stale", "files", nth=1), Rule("stale", "files", nth=2))
    shop(lab, tmp_path, request_, purse)
    assert len({seen.path for seen in sent(lab, "download")}) == 3
    assert (len(sent(lab, "create")), len(lab.bill.charges)) == (1, 1)


def test_what_the_vendor_has_no_more_was_paid_for_and_is_bought_once_more(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("expired", "files", nth=1))
    shop(lab, tmp_path, FLUX, purse)
    assert len(sent(lab, "create")) == 2
    assert sum(b for b in purse.bills if b) == lab.bill.usd
    assert lab.bill.doubles() == {}


@pytest.mark.parametrize("fault", ["reset_after", "malformed", "wrong_type", "half"])
def test_an_order_whose_answer_broke_off_is_found_and_not_placed_again(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str
) -> None:
    lab.faults.script(Rule(fault, "replicate", "create", nth=1))
    shop(lab, tmp_path, FLUX, purse)
    assert [len(sent(lab, route)) for route in ("create", "list")] == [1, 1]
    assert (purse.bills, purse.unknown) == ([lab.bill.usd], 0)


def test_after_a_server_error_it_is_looked_whether_the_order_was_taken(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("error_502", "replicate", "create", nth=1))
    lab.faults.script(Rule("malformed", "replicate", "list", nth=1))
    shop(lab, tmp_path, FLUX, purse)
    assert [len(sent(lab, route)) for route in ("create", "list")] == [2, 2]
    assert (purse.bills, purse.unknown) == ([lab.bill.usd], 0)


def test_a_server_that_stays_broken_took_nothing_and_nothing_stays_reserved(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("error_503", "replicate", "create"))
    with pytest.raises(ProviderError, match="busy"):
        shop(lab, tmp_path, FLUX, purse)
    assert (purse.bills, purse.unknown, lab.bill.usd) == ([Decimal(0)], 0, 0)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_an_order_that_was_out_when_its_run_died_is_found_by_the_next_run(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    provider = make_provider("replicate", Path, lab.urls, load_catalog())
    store = Store(tmp_path)
    store.note_sent(key_of(provider, FLUX))
    # The order arrives, and the run dies before it hears the id.
    asyncio.run(provider.image(FLUX))
    shop(lab, tmp_path, FLUX, purse)
    assert len(sent(lab, "create")) == 1
    assert purse.bills == [lab.bill.usd]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_lost_order_of_a_vendor_without_a_list_is_unknown_and_placed_once_more(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("reset_after", "fal", "create", nth=1))
    shop(lab, tmp_path, FAL, purse)
    assert (len(sent(lab, "create")), purse.unknown) == (2, 1)


@pytest.mark.parametrize("request_", [FLUX, KOKORO, FAL])
def test_a_stuck_order_is_called_off_and_ordered_once_more(
    lab: Lab, tmp_path: Path, purse: Purse, monkeypatch: pytest.MonkeyPatch, request_: AnyRequest
) -> None:
    monkeypatch.setattr(buying, "PATIENCE_S", {"image": 0.3, "speech": 0.3})
    monkeypatch.setattr(buying, "LAST_LOOKS", 2)
    lab.faults.script(Rule("stuck", request_.provider, "create", nth=1))
    shop(lab, tmp_path, request_, purse)
    assert [len(sent(lab, route)) for route in ("create", "cancel")] == [2, 1]
    if request_.provider == "replicate":
        # It says that it ended and for how long it ran: what is owed is known.
        assert (sum(b for b in purse.bills if b), purse.unknown) == (lab.bill.usd, 0)
    else:
        assert purse.unknown == 1, "fal cannot call off what runs, nor says what it costs"


@pytest.mark.parametrize(
    ("fault", "unknown"), [("malformed", 1), ("wrong_type", 1), ("half", 1), ("silent", 0)]
)
def test_a_useless_answer_of_a_vendor_that_answers_at_once_stays_counted(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str, unknown: int
) -> None:
    lab.faults.script(Rule(fault, "openai", "speech", nth=1))
    shop(lab, tmp_path, SAID, purse)
    assert [c.fault for c in lab.bill.charges] == [fault, ""]
    assert (len(purse.bills), purse.unknown) == (2 - unknown, unknown)


def test_a_flagged_picture_counts_as_charged(lab: Lab, tmp_path: Path, purse: Purse) -> None:
    lab.faults.script(Rule("flagged", "fal", "create"))
    with pytest.raises(ProviderError, match="flags the picture"):
        shop(lab, tmp_path, FAL, purse)
    assert (len(lab.bill.charges), purse.bills) == (1, [None])


def test_an_empty_delivery_is_none(lab: Lab, tmp_path: Path, purse: Purse) -> None:
    lab.faults.script(Rule("blank", "replicate", "create"))
    with pytest.raises(Failed, match="blank"):
        shop(lab, tmp_path, FLUX, purse)
    assert sum(b for b in purse.bills if b) == lab.bill.usd
    assert [c.fault for c in lab.bill.charges] == ["blank", "blank"]


MANY = """
import asyncio, json, sys
from pathlib import Path
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.lanes import OPEN
from providers.requests import ImageRequest, SpeechRequest
from providers.store import Store

class Purse:
    def reserve(self, *_, **__): return 1
    def settle(self, *_): pass
    def release(self, *_): pass
    def lane(self, _): return OPEN

async def main():
    home, access, flux, said, scenes = sys.argv[1], *map(json.loads, sys.argv[2:])
    store, catalog, tasks = Store(Path(home)), load_catalog(), []
    for request in (ImageRequest(**flux), SpeechRequest(**said)):
        shop = make_provider(request.provider, Path, access, catalog)
        tasks += [buy(store, shop, request, Purse()) for _ in range(scenes)]
    print(sum(purchase.made for purchase in await asyncio.gather(*tasks)))

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenes", "processes"), [(10, 2), pytest.param(50, 10, marks=pytest.mark.drill)]
)
def test_identical_scenes_in_several_processes_are_bought_once(
    running: Lab, tmp_path: Path, scenes: int, processes: int
) -> None:
    running.reset()
    asked = (json.dumps(running.urls), FLUX.model_dump_json(), SAID.model_dump_json())
    told = [sys.executable, "-c", MANY, str(tmp_path), *asked, str(scenes)]
    start = functools.partial(subprocess.Popen, told, stdout=subprocess.PIPE, text=True)
    buyers = [start() for _ in range(processes)]
    made = [int(buyer.communicate()[0]) for buyer in buyers]
    assert sum(made) == 2, "one picture and one narration"
    assert [len(sent(running, route)) for route in ("create", "speech")] == [1, 1]
    assert len(running.bill.charges) == 2
