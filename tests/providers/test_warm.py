"""The process that stays: asked again, told of, killed, called off, and started anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.errors import Misconfigured
from providers.local.warm import Died, Refused, Warm

ROOT = Path(__file__).parents[2]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warm]:
    import sys

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = Warm(sys.executable, "tests.providers.warm_echo")
    yield process
    process.end()


def ask(process: Warm, do: str, heard: list[str] | None = None) -> dict[str, Any]:
    words: list[str] = [] if heard is None else heard
    return asyncio.run(process.ask({"do": do}, words.append))


def test_it_answers_again_and_again_and_tells_how_far_it_is(process: Warm) -> None:
    heard: list[str] = []
    first, second = ask(process, "answer", heard), ask(process, "answer")
    assert first["pid"] == second["pid"], "it is the same process"
    assert heard == ["step 1 of 2", "nearly"]


def test_a_refusal_keeps_its_kind(process: Warm) -> None:
    with pytest.raises(Refused, match="no") as refused:
        ask(process, "refuse")
    assert (refused.value.kind, refused.value.told["seconds"]) == ("broken", 2)
    assert ask(process, "answer")


def test_a_crash_is_told_with_its_last_words_and_another_is_started(process: Warm) -> None:
    before = ask(process, "answer")["pid"]
    with pytest.raises(Died, match="the roof is on fire"):
        ask(process, "crash")
    assert ask(process, "answer")["pid"] != before


def test_a_kill_is_told_as_what_it_usually_is(process: Warm) -> None:
    with pytest.raises(Died, match="memory is full"):
        ask(process, "full")


def test_what_is_called_off_is_ended(process: Warm) -> None:
    async def call_off() -> None:
        waits = asyncio.create_task(process.ask({"do": "wait"}, print))
        behind = asyncio.create_task(process.ask({"do": "answer"}, print))
        await asyncio.sleep(0.3)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        assert (await behind)["pid"], "what was asked behind it is answered by another process"

    asyncio.run(asyncio.wait_for(call_off(), 30))


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(Misconfigured, match="/no/python cannot be started"):
        ask(Warm("/no/python", "tests.providers.warm_echo"), "answer")
