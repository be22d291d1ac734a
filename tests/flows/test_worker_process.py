"""`reelwright worker` as a process: its doors, and films whose parts come from it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from providers import buying
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.requests import SpeechRequest
from providers.store import Store
from tests.flows.films import make, receipt
from tests.providers.conftest import Purse

pytestmark = pytest.mark.slow

SCRIPT = """---
title: Tides
---

## Why the sea moves
@prompt: the sea at night

The Moon pulls at the sea.

## In numbers
It rises twice a day.
"""


@contextmanager
def worker_process(home: Path, *told: str, **env: str) -> Iterator[tuple[str, Any]]:
    """`reelwright worker` as a process of its own: its address, and the process."""
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-P", "-m", "flows", "worker", "--port", "0", *told]
    mine = {"REELWRIGHT_HOME": str(home), "REELWRIGHT_MODELS": str(home / "none.toml"), **env}
    process = subprocess.Popen(
        command, cwd=home, env=os.environ | mine, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found, "the worker did not say where it is"
        yield found[0], process
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("cards")
    with worker_process(home, "--model", "cards", WORKER_TOKEN="secret") as (url, _):
        yield url


HEAD = {"Authorization": "Bearer secret"}


def test_a_prompt_goes_in_and_a_file_comes_out(cards: str) -> None:
    with httpx2.Client(headers=HEAD, timeout=30) as http:
        plain = http.post(
            f"{cards}/generate", json={"prompt": "a fox", "width": 320, "height": 180}
        )
        assert (plain.status_code, plain.headers["content-type"]) == (200, "image/png")
        assert plain.content.startswith(b"\x89PNG")
        asked = {"prompt": "a hare", "width": 320, "height": 180}
        told = http.post(f"{cards}/generate", json=asked, headers={"Accept": "application/json"})
        said = told.json()
        assert (said["status"], said["facts"]["width"]) == ("succeeded", 320)
        assert http.get(cards + said["url"]).content.startswith(b"\x89PNG")
        assert http.get(f"{cards}/jobs/{said['id']}").json() == said
        for wrong in ("/jobs/none", "/files/none", f"/files/{'0' * 64}", "/files/..%2F..%2Fetc"):
            assert http.get(cards + wrong).status_code == 404


def test_a_worker_tells_how_it_is_and_asks_for_its_token(cards: str) -> None:
    with httpx2.Client() as http:
        health = http.get(f"{cards}/health").json()
        assert (health["status"], health["model"], health["queue"]) == ("ready", "cards", 0)
        assert isinstance(health["gpus"], list)
        assert http.post(f"{cards}/generate", json={"prompt": "x"}).status_code == 401
        assert http.get(f"{cards}/jobs/x").status_code == 401


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"prompt": "x", "colour": "red"}, "colour"),
        ({"prompt": "x", "width": 3}, "width"),
        ({"prompt": " "}, "there is nothing to show"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(cards: str, body: Any, told: str) -> None:
    answer = httpx2.post(f"{cards}/generate", json=body, headers=HEAD)
    assert answer.status_code == 422
    assert told in answer.text


def test_a_film_is_made_of_what_two_workers_deliver(tmp_path: Path, cards: str) -> None:
    """Pictures by a worker with a token, speech with its word times by another."""
    script, home = tmp_path / "film.md", tmp_path / "home"
    script.write_text(SCRIPT)
    with worker_process(tmp_path / "voice", "--model", "espeak") as (voice, process):
        env = {
            "SERVERS": f"image-worker={cards},speech-worker={voice}",
            "SERVER_KEYS": "image-worker=secret",
            "MACHINE_RATES": "workstation=3.60/h",
            "TTS_PROVIDER": "speech-worker", "IMAGE_PROVIDER": "image-worker",
        }  # fmt: skip
        film = make(script, home, **env)
        told = receipt(film)
        by = {(item["scene"], item["what"]): item for item in told["items"]}
        spoken = [item for (_, what), item in by.items() if what == "speech"]
        shown = [item for item in by.values() if item["model"] == "image-worker"]
        assert {(item["scene"], item["what"]) for item in shown} == {
            ("s02", "picture"), ("s03", "picture"),
        }  # fmt: skip
        assert {item["model"] for item in spoken} == {"speech-worker"}
        assert {item["unit"] for item in spoken} == {"second of workstation"}
        assert Decimal(str(told["usd"])) > 0
        orders = httpx2.get(f"{voice}/health").json()["succeeded"]
        assert orders == len(spoken)
        process.terminate()
        process.wait(20)
        # What is owned needs no worker.
        assert make(script, home, **env)["usd"] in (0, "0", 0.0)


def test_a_worker_that_is_away_is_waited_for_and_makes_it_once(tmp_path: Path) -> None:
    """Nobody is at its address when it is called; whoever comes back there makes the order."""
    said = SpeechRequest(
        provider="http-worker", model="speech-worker", text="Hello there.", voice="auto",
        input={"text": "Hello there.", "voice": "auto"},
    )  # fmt: skip
    home, purse = tmp_path / "worker", Purse()
    with worker_process(home, "--model", "espeak") as (url, process):
        port = url.rpartition(":")[2]
        process.kill()
        process.wait()
        caller = make_provider("http-worker", Path, {"SERVERS=speech-worker=": url}, load_catalog())
        back: list[Any] = []

        def come_back() -> None:
            with worker_process(home, "--model", "espeak", "--port", port) as (_, again):
                back.append(again)
                done.wait(60)

        done = threading.Event()
        thread = threading.Thread(target=come_back)
        pauses = buying.BACKOFF_S
        buying.BACKOFF_S = (1.0,) * 15
        try:
            thread.start()
            got = asyncio.run(buy(Store(tmp_path / "caller"), caller, said, purse))
            orders = httpx2.get(f"{url}/health").json()["succeeded"]
        finally:
            done.set()
            thread.join(60)
            buying.BACKOFF_S = pauses
    assert got.asset.facts["words"], "the engine's own word times come through"
    assert (orders, purse.unknown) == (1, 0)
