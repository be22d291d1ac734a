"""Things that other machines make: one errand for each model, read from the store they share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.buying.away import Errand, sender
from flows.buying.sourcing import do_directly
from flows.film.produce import Result, produce
from flows.money.amounts import Caps, OverBudget, Spender
from flows.money.purse import RunPurse
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import Settings, load_settings
from flows.sharing.stores import open_store
from providers.buying import buy, key_of
from providers.catalog import load_catalog, make_provider
from tests.lab.server import Lab

pytestmark = pytest.mark.slow
NO_CAPS = Caps()
SCRIPT = """---
title: Three pictures
---

## One
@prompt: a moon

The Moon pulls.

## Two
@prompt: a tide

The sea follows.

## Three

- Nothing is drawn of this
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def settings(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "models.toml").write_text('[models.flux]\nruns_on = "gpu"\n')
    (tmp_path / "film.md").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    told = {
        "REELWRIGHT_HOME": str(tmp_path / "home"),
        "REELWRIGHT_MODELS": str(tmp_path / "models.toml"),
        "REELWRIGHT_SHORT_SIDE": "144",
        **lab.urls,
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def worker(settings: Settings, errands: list[Errand], caps: Caps = NO_CAPS) -> Any:
    """Another machine: a store object, a provider and a purse of its own."""

    async def send(errand: Errand) -> str:
        errands.append(Errand.model_validate_json(errand.model_dump_json()))
        store, catalog = open_store(settings), load_catalog(settings.models)
        model = catalog.named(errand.model)
        provider = make_provider(model.provider, store.path, settings.access(), catalog)
        who = Spender(errand.run, errand.script, caps, errand.batch)
        purse = RunPurse(settings.ledger_url(), who, store)
        for request, key in zip(errand.requests, errand.keys, strict=True):
            assert key_of(provider, request) == key
            try:
                await buy(store, provider, request, purse)
            except OverBudget as over:
                return str(over)
        purse.close()
        return ""

    return send


def film(settings: Settings, send: Any, **wished: Any) -> Result:
    wishes = Wishes(image_provider="flux,cards", **wished)
    store = open_store(settings)
    prepared = prepare(Path("film.md"), wishes, settings, store)

    async def make() -> Result:
        sender.set(send)
        told = (settings, store, do_directly, lambda _step: None)
        return await produce(prepared, Path("films"), *told)

    return asyncio.run(make())


def pictures(result: Result) -> list[tuple[str, str]]:
    items = [item for item in result.receipt.items if item.what == "picture"]
    return [(item.scene, item.provider) for item in items if item.provider != "cards"]


def test_all_pictures_of_a_film_are_one_errand(settings: Settings, lab: Lab) -> None:
    errands: list[Errand] = []
    result = film(settings, worker(settings, errands))
    assert [len(errand.keys) for errand in errands] == [2]
    assert errands[0].model == "flux"
    assert pictures(result) == [("s02", "replicate"), ("s03", "replicate")]
    assert len(lab.bill.charges) == 2
    assert result.usd > 0


def test_clips_that_are_made_of_stills_are_one_errand_too(
    settings: Settings, lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text(
        '[models.flux]\nruns_on = "gpu"\n[models.wan-i2v-comfyui]\nruns_on = "gpu"\n'
    )
    path = Path("film.md")
    path.write_text(
        path.read_text()
        .replace("a moon\n", "a moon\n@video_provider: wan-i2v-comfyui\n")
        .replace("a tide\n", "a tide\n@video_provider: wan-i2v-comfyui\n")
    )
    errands: list[Errand] = []
    result = film(settings, worker(settings, errands))
    assert [(one.model, len(one.keys)) for one in errands] == [("flux", 2), ("wan-i2v-comfyui", 2)]
    assert pictures(result) == [("s02", "comfyui"), ("s03", "comfyui")]
    assert len(lab.bill.charges) == 4
    film(settings, worker(settings, errands))
    assert (len(errands), len(lab.bill.charges)) == (2, 4)
    # One still is made anew, its clip alone follows: nobody waits for the other, which is owned.
    path.write_text(path.read_text().replace("a tide", "a wave"))
    film(settings, worker(settings, errands))
    assert [(one.model, len(one.keys)) for one in errands[2:]] == [
        ("flux", 1), ("wan-i2v-comfyui", 1),
    ]  # fmt: skip


def test_what_is_owned_is_no_errand(settings: Settings, lab: Lab) -> None:
    errands: list[Errand] = []
    film(settings, worker(settings, errands))
    path = Path("film.md")
    path.write_text(path.read_text().replace("a tide", "a wave"))
    film(settings, worker(settings, errands))
    assert [len(errand.keys) for errand in errands] == [2, 1]
    assert len(lab.bill.charges) == 3


def test_what_no_worker_makes_is_made_by_the_next_model_and_told(settings: Settings) -> None:
    async def send(_errand: Errand) -> str:
        return "out of memory"

    result = film(settings, send)
    assert pictures(result) == []
    assert "out of memory" in " ".join(result.receipt.notes)


def test_an_errand_that_the_budget_stops_stops_the_film(settings: Settings, lab: Lab) -> None:
    capped = worker(settings, [], Caps(run_usd=Decimal("0.03")))
    with pytest.raises(OverBudget):
        film(settings, capped, budget_usd=Decimal("0.03"))
    assert len(lab.bill.charges) == 1


def test_a_film_that_ends_early_calls_its_errands_off(settings: Settings) -> None:
    ended: list[str] = []

    async def send(_errand: Errand) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("called off")
            raise
        return ""

    async def cancelled() -> None:
        store = open_store(settings)
        prepared = prepare(Path("film.md"), Wishes(image_provider="flux"), settings, store)
        sender.set(send)
        told = (settings, store, do_directly, lambda _step: None)
        task = asyncio.ensure_future(produce(prepared, Path("films"), *told))
        await asyncio.sleep(1.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert ended == ["called off"]
