"""What servers of one's own say of themselves when they are asked how they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from providers.catalog import load_catalog
from providers.server_health import health_of
from tests.lab.server import Lab

MODELS = load_catalog().models


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def asked(access: dict[str, str], name: str) -> tuple[bool, str]:
    return asyncio.run(health_of(access, MODELS[name]))


def test_comfyui_tells_its_version_and_its_memory(lab: Lab) -> None:
    where = lab.access["SERVERS=comfyui="]
    assert asked(lab.access, "sdxl-comfyui") == (
        True,
        f"comfyui at {where}: answers, version 0.3.64, cuda:0 NVIDIA L40S, 40.0 of 48.0 GiB free",
    )


def test_a_server_with_openais_routes_lists_its_models(lab: Lab) -> None:
    fine, told = asked(lab.access, "kokoro-server")
    assert fine
    assert told.endswith("answers, has kokoro, tts-1")


def test_cog_tells_its_state_and_a_worker_its_queue(desk: Any) -> None:
    access = {"SERVERS=cog-sdxl=": desk.url, "SERVERS=image-worker=": desk.url}
    desk.answer(200, {"status": "READY", "setup": {}})
    assert asked(access, "sdxl-cog")[1].endswith("answers, ready")
    gpu = {"name": "NVIDIA L4", "used_mib": 12, "total_mib": 23034}
    desk.answer(200, {"status": "ready", "model": "cards", "queue": 2, "gpus": [gpu]})
    assert asked(access, "image-worker")[1].endswith(
        "answers, makes cards, 2 waiting, NVIDIA L4, 12 of 23034 MiB in use"
    )
    assert [seen.path for seen in desk.seen] == ["/health-check", "/health"]


def test_a_server_without_the_route_answers_all_the_same(desk: Any) -> None:
    desk.answer(404, {"detail": "Not Found"})
    access = {"SERVERS=kokoro=": desk.url}
    assert asked(access, "kokoro-server") == (True, f"kokoro at {desk.url}: answers")


def test_a_server_that_is_away_is_told_in_a_sentence() -> None:
    fine, told = asked({"SERVERS=kokoro=": "http://127.0.0.1:9"}, "kokoro-server")
    assert not fine
    assert told.startswith("the server kokoro cannot be reached at http://127.0.0.1:9")


@pytest.mark.parametrize("said", [[], {"data": 3}, {"data": []}])
def test_an_answer_of_another_form_is_an_answer(desk: Any, said: Any) -> None:
    desk.answer(200, said)
    assert asked({"SERVERS=kokoro=": desk.url}, "kokoro-server")[0]
