"""A storm over servers of one's own: three calls in ten go wrong, and nothing is made twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from providers import buying, comfyui, openai_server
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import ProviderError
from providers.store import Store
from tests.lab.server import Lab
from tests.providers.conftest import Purse
from tests.providers.test_comfyui import asked
from tests.providers.test_openai_server import CLIP, FOX, HELLO

pytestmark = [pytest.mark.slow, pytest.mark.drill]
ROUNDS = 20


def orders(number: int) -> list[Any]:
    small = {"prompt": f"fox {number}", "size": "160x90", "n": 1, "response_format": "b64_json"}
    return [
        asked("sdxl-comfyui", seed=number),
        FOX.model_copy(update={"input": small, "width": 160, "height": 90}),
        HELLO.model_copy(update={"input": {**HELLO.input, "input": f"Hello, fox {number}."}}),
        CLIP.model_copy(update={"input": {**CLIP.input, "seed": number}}),
    ]


@pytest.mark.parametrize("seed", [5, 6])
def test_nothing_is_made_twice_in_a_storm(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui, "POLL_S", {"image": 0.02, "video": 0.02})
    monkeypatch.setattr(openai_server, "POLL_S", 0.02)
    monkeypatch.setattr(buying, "BACKOFF_S", (0.01,) * 4)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.01,) * 8)
    monkeypatch.setattr(buying, "LOOK_AFTER_S", 0.05)
    catalog, done = load_catalog(), []

    async def one(lab: Lab, request: Any) -> None:
        provider = make_provider(request.provider, Path, lab.access, catalog)
        try:
            done.append(await buy(Store(tmp_path), provider, request, Purse()))
        except ProviderError:
            return

    async def all_of(lab: Lab) -> None:
        for number in range(ROUNDS):
            await asyncio.gather(*(one(lab, request) for request in orders(number)))

    with Lab(probability=0.3, seed=seed, queue_s=0.005, work_s=0.01) as lab:
        asyncio.run(all_of(lab))
        assert sum(lab.faults.happened.values()) > ROUNDS
        assert lab.bill.doubles() == {}
        assert lab.violations == ()
    assert len(done) > 2 * ROUNDS
