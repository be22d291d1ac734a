"""Workers: what one model of a machine is asked for, in which order, and how often."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flows.workers.worker import Asked, KeyTaken, NoRoom, Worker, open_worker
from flows.workers.worker_http import device_memory
from providers.base import Provider
from providers.errors import Failed, Misconfigured, Rejected
from providers.models import Model
from providers.requests import AnyRequest, ImageRequest, LineItem, Made
from providers.store import Store
from tests.flows.films import reelwright
from tests.providers.conftest import picture

MODEL = Model(
    name="engine", provider="engine", id="engine", capability="image", licence="x",
    commercial="yes", input={"prompt": "{prompt}", "seed": "{seed}", "reference": "{reference}"},
)  # fmt: skip


class Engine(Provider):
    """Makes a picture when it is let; `made` counts how often."""

    name = "engine"

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.made, self.at_work, self.most = 0, 0, 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails: list[Exception] = []

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return ()

    async def image(self, request: ImageRequest) -> Made:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        try:
            await self.gate.wait()
            await asyncio.sleep(0.01)
            self.made += 1
            if self.fails:
                raise self.fails.pop()
            return Made(data=picture(request.width, request.height), media_type="image/png")
        finally:
            self.at_work -= 1


def at_work(home: Path, at_once: int = 1) -> tuple[Worker, Engine]:
    store = Store(home)
    engine = Engine(store.path)
    return Worker(MODEL, engine, store, at_once), engine


FOX = Asked(prompt="a fox", width=160, height=90)


def test_the_same_key_is_made_once_and_answered_from_the_store(tmp_path: Path) -> None:
    async def run() -> tuple[Any, Any, Any]:
        worker, engine = at_work(tmp_path)
        first, second = await worker.take("k", FOX), await worker.take("k", FOX)
        done = await worker.ended("k")
        again, _ = at_work(tmp_path)
        await again.take("k", FOX)
        assert engine.made == 1
        assert (first.status, second.status) == ("queued", "queued")
        return done, await again.ended("k"), engine

    done, later, _ = asyncio.run(run())
    assert done.asset.digest == later.asset.digest
    assert done.seconds > 0
    assert later.seconds == 0, "a worker started anew has it in its store and charges nothing"


def test_one_order_is_made_at_a_time_and_the_others_know_their_place(tmp_path: Path) -> None:
    async def run() -> tuple[list[int], Engine]:
        worker, engine = at_work(tmp_path)
        engine.gate.clear()
        for number in range(4):
            await worker.take(str(number), FOX.model_copy(update={"seed": number}))
        await asyncio.sleep(0.2)
        places = [worker.show(str(number)).position for number in range(4)]
        engine.gate.set()
        for number in range(4):
            assert (await worker.ended(str(number))).status == "succeeded"
        return places, engine

    places, engine = asyncio.run(run())
    assert places == [0, 1, 2, 3]
    assert (engine.most, engine.made) == (1, 4)


def test_a_key_belongs_to_one_order(tmp_path: Path) -> None:
    async def run() -> None:
        worker, _ = at_work(tmp_path)
        await worker.take("k", FOX)
        await worker.take("k", Asked(prompt="a hare"))

    with pytest.raises(KeyTaken, match="give every order its own key"):
        asyncio.run(run())


def test_a_full_queue_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.workers.worker.MOST_WAITING", 2)

    async def run() -> None:
        worker, engine = at_work(tmp_path)
        engine.gate.clear()
        try:
            for number in range(5):
                await worker.take(str(number), FOX.model_copy(update={"seed": number}))
                await asyncio.sleep(0.05)
        finally:
            await worker.stop()

    with pytest.raises(NoRoom, match="2 orders wait already"):
        asyncio.run(run())


@pytest.mark.parametrize(("error", "refused"), [(Failed("broke"), False), (Rejected("no"), True)])
def test_an_order_that_failed_says_why_and_is_tried_again(
    error: Exception, refused: bool, tmp_path: Path
) -> None:
    async def run() -> tuple[Any, Any]:
        worker, engine = at_work(tmp_path)
        engine.fails = [error, error]
        await worker.take("k", FOX)
        failed = await worker.ended("k")
        engine.fails = []
        await worker.take("k", FOX)
        return failed, await worker.ended("k")

    failed, made = asyncio.run(run())
    assert (failed.status, failed.error, failed.refused) == ("failed", str(error), refused)
    assert made.status == "succeeded"


def test_an_order_is_called_off(tmp_path: Path) -> None:
    async def run() -> tuple[Any, Engine, bool]:
        worker, engine = at_work(tmp_path)
        engine.gate.clear()
        await worker.take("k", FOX)
        await asyncio.sleep(0.05)
        assert worker.drop("k")
        await asyncio.sleep(0.05)
        return worker.show("k"), engine, worker.drop("k")

    order, engine, twice = asyncio.run(run())
    assert (order.status, order.error, engine.made, twice) == ("failed", "called off", 0, False)


def test_a_reference_comes_as_bytes_and_reaches_the_engine_by_digest(tmp_path: Path) -> None:
    import base64

    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()

    async def run() -> Any:
        worker, _ = at_work(tmp_path)
        await worker.take("k", FOX.model_copy(update={"reference": uri}))
        await worker.ended("k")
        with pytest.raises(Misconfigured, match="no data URI"):
            await worker.take("l", FOX.model_copy(update={"references": ("data:,§",)}))
        order = worker._orders["k"].request
        assert isinstance(order, ImageRequest)
        return worker.store.path(order.input["reference"]).read_bytes()

    assert asyncio.run(run()) == picture()


def test_gpus_are_read_from_what_the_driver_says() -> None:
    told = "NVIDIA H200, 143771, 1024\nNVIDIA L4, 23034, 0\nnothing\n"
    assert device_memory(told) == [
        {"name": "NVIDIA H200", "total_mib": 143771, "used_mib": 1024},
        {"name": "NVIDIA L4", "total_mib": 23034, "used_mib": 0},
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [("flux", "a worker serves what runs on its own machine"), ("nobody", "there is no model")],
)
def test_what_is_bought_elsewhere_is_not_served(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.settings import Settings

    with pytest.raises(Misconfigured, match=told):
        open_worker(name, Settings(home=tmp_path, models=tmp_path / "none.toml"), 1)


def test_a_model_that_cannot_be_served_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = reelwright("worker", "--model", "flux", home=tmp_path)
    assert done.returncode == 2
    assert "flux is asked of replicate" in done.stderr
    assert "Traceback" not in done.stderr
