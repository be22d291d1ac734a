"""Cog: a real server from its wheel, and answers from a list for what that one does not say."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from providers import buying, cog
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import ImageRequest, Job, Made, SpeechRequest
from providers.store import Asset, Store
from tests.lab.cog_server import cog_server
from tests.providers.conftest import Purse

FOX = ImageRequest(
    provider="cog", model="sdxl-cog", width=160, height=90, prompt="a fox",
    input={"prompt": "a fox", "width": 160, "height": 90, "seed": 1},
)  # fmt: skip
HELLO = SpeechRequest(
    provider="cog", model="kokoro-cog", text="Hello there.", voice="af_bella",
    input={"text": "Hello there.", "voice": "af_bella"},
)  # fmt: skip


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cog") / "runs"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[str]:
    pytest.importorskip("cog")
    with cog_server(log) as base:
        yield base


@pytest.fixture
def runs(log: Path, server: str) -> Callable[[], list[str]]:
    """What the real server ran in this test."""
    before = len(_lines(log))
    return lambda: _lines(log)[before:]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cog, "BUSY_S", 0.1)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.0,) * 8)


def at(base: str, opens: Path | None = None) -> Any:
    """The provider with both of its servers at `base`."""
    access = {f"SERVERS={name}=": base for name in ("cog-sdxl", "cog-kokoro")}
    catalog = load_catalog(None, "workstation=3.60/h")
    return make_provider("cog", lambda digest: opens or Path(digest), access, catalog)


def shop(base: str, home: Path, request: Any, purse: Purse) -> Asset:
    return asyncio.run(buy(Store(home), at(base), request, purse)).asset


def asked(request: ImageRequest, **told: Any) -> ImageRequest:
    return request.model_copy(update={"input": {**request.input, **told}})


def _lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_pictures_and_speech_come_from_a_real_server_and_cost_its_own_seconds(
    server: str, runs: Callable[[], list[str]], tmp_path: Path, purse: Purse
) -> None:
    picture, speech = (shop(server, tmp_path, r, purse) for r in (FOX, HELLO))
    assert (picture.media_type, picture.facts["width"]) == ("image/png", 160)
    assert speech.media_type == "audio/wav"
    (line,) = picture.bill
    assert line.unit == "second of workstation"
    assert line.quantity > 0
    assert line.usd is not None
    assert sum(b or 0 for b in purse.bills) == sum(a.bill[0].usd or 0 for a in (picture, speech))
    assert runs() == ["a fox 1", "Hello there. 0"]


def test_an_order_is_written_down_before_anything_is_sent(
    server: str, runs: Callable[[], list[str]]
) -> None:
    job = asyncio.run(at(server).image(FOX))
    assert job == asyncio.run(at(server).image(FOX))
    assert job.poll_url == f"{server}/predictions/{job.id}"
    assert runs() == []


@pytest.mark.slow
def test_a_server_that_is_busy_is_asked_until_it_is_free(
    server: str, runs: Callable[[], list[str]], tmp_path: Path, purse: Purse
) -> None:
    pictures = [asked(FOX, seed=seed, sleep=0.3) for seed in (11, 12, 13)]

    async def all_at_once() -> list[Any]:
        store, provider = Store(tmp_path), at(server)
        return await asyncio.gather(*(buy(store, provider, p, purse) for p in pictures))

    assert len({p.asset.digest for p in asyncio.run(all_at_once())}) == 3
    assert sorted(runs()) == ["a fox 11", "a fox 12", "a fox 13"]


@pytest.mark.slow
def test_a_run_under_way_is_not_begun_a_second_time(
    server: str, runs: Callable[[], list[str]]
) -> None:
    async def twice() -> tuple[Made | Job, Made | Job]:
        provider = at(server)
        job = await provider.image(asked(FOX, seed=20, sleep=1.0))
        first = asyncio.create_task(provider.poll(job))
        await asyncio.sleep(0.4)
        return await provider.poll(job), await first

    second, first = asyncio.run(twice())
    assert isinstance(second, Job)
    assert isinstance(first, Made)
    assert runs() == ["a fox 20"]


@pytest.mark.slow
def test_an_order_can_be_called_off(server: str) -> None:
    async def called_off() -> None:
        provider = at(server)
        job = await provider.image(asked(FOX, seed=30, sleep=20.0))
        running = asyncio.create_task(provider.poll(job))
        await asyncio.sleep(0.4)
        await provider.cancel(job)
        await running

    with pytest.raises(Failed, match="ended as canceled"):
        asyncio.run(called_off())


@pytest.mark.parametrize(("prompt", "kind"), [("fail", Failed), ("nsfw", Rejected)])
def test_a_run_that_failed_is_billed_by_its_seconds(
    server: str, prompt: str, kind: type[Failed | Rejected], tmp_path: Path, purse: Purse
) -> None:
    told = asked(FOX, prompt=prompt)
    with pytest.raises(kind) as failed:
        shop(server, tmp_path, told, purse)
    assert failed.value.bill is not None
    assert failed.value.bill[0].usd in purse.bills


def test_a_file_goes_in_with_its_bytes(server: str, tmp_path: Path, sound: Any) -> None:
    """The picture that comes out tells the size of the one that went in."""
    (tmp_path / "in.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 92)

    async def made_of(told: dict[str, Any]) -> Any:
        provider = at(server, tmp_path / "in.png")
        came: Any = await provider.image(asked(FOX, **told))
        # On a busy machine the first look may be too early.
        while not isinstance(came, Made):
            came = await provider.poll(came)
        return came

    plain, other = (asyncio.run(made_of(t)) for t in ({}, {"image": "store:abc"}))
    assert plain.data != other.data


@pytest.mark.slow
def test_a_model_that_cannot_be_set_up_is_told(tmp_path: Path) -> None:
    with cog_server(tmp_path / "log", COG_BROKEN="1") as base:
        provider = at(base)
        job = asyncio.run(provider.image(FOX))
        with pytest.raises(Misconfigured, match="could not set its model up"):
            asyncio.run(provider.poll(job))


def test_what_goes_out_is_a_held_call_under_a_name_of_ours(
    desk: Any, picture: Callable[..., bytes]
) -> None:
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    desk.answer(200, {"status": "succeeded", "output": [uri], "metrics": {"predict_time": 2.5}})
    provider = at(desk.url)
    job = asyncio.run(provider.image(FOX))
    made = asyncio.run(provider.poll(job))
    assert made.data == picture()
    assert str(made.bill[0].quantity) == "2.5"
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("PUT", f"/predictions/{job.id}")
    assert seen.body == {"input": FOX.input}


def test_an_output_that_the_server_uploaded_is_fetched(desk: Any) -> None:
    desk.answer(200, {"status": "succeeded", "output": "http://10.0.0.9/up/out.png"})
    provider = at(desk.url)
    made = asyncio.run(provider.poll(asyncio.run(provider.image(FOX))))
    assert made.download.url == "http://10.0.0.9/up/out.png"


@pytest.mark.parametrize(("status", "health"), [(409, "BUSY"), (503, "STARTING")])
def test_a_server_without_room_has_not_taken_the_order(desk: Any, status: int, health: str) -> None:
    desk.answer(status, {"error": "At capacity - all prediction slots busy", "status": "failed"})
    desk.answer(200, {"status": health})
    provider = at(desk.url)
    again = asyncio.run(provider.poll(asyncio.run(provider.image(FOX))))
    assert (type(again), again.poll_after_s) == (Job, cog.BUSY_S)


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (422, {"detail": [{"loc": ["body", "input", "width"], "msg": "too small"}]},
         Misconfigured, "input.width: too small"),
        (0, None, Transient, "broke off"),
        (500, {"error": "worker died"}, Transient, "worker died"),
        (200, {"status": "failed", "error": "it broke"}, Failed, "it broke"),
        (200, {"status": "succeeded", "output": None}, Failed, "without a file"),
        (200, {"status": "succeeded", "output": "data:image/png;base64,§"}, Failed, "no base64"),
        (200, [], Transient, "without a status"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_of_four_errors(
    desk: Any, status: int, body: Any, kind: type[ProviderError], told: str
) -> None:
    desk.answer(status, body)
    provider = at(desk.url)
    job = asyncio.run(provider.image(FOX))
    with pytest.raises(kind, match=told):
        asyncio.run(provider.poll(job))


@pytest.mark.slow
def test_an_order_of_a_run_that_was_killed_is_made_again_under_its_name(
    server: str, runs: Callable[[], list[str]], tmp_path: Path, purse: Purse
) -> None:
    """Cog ends a run whose call breaks off, so nothing of it is left to collect."""
    told = asked(FOX, seed=40, sleep=1.0)

    async def killed() -> None:
        run = asyncio.create_task(buy(Store(tmp_path), at(server), told, purse))
        await asyncio.sleep(0.6)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(killed())
    assert shop(server, tmp_path, told, purse).facts["width"] == 160
    assert runs() == ["a fox 40", "a fox 40"]
    assert (len(purse.bills), purse.unknown) == (1, 0)
