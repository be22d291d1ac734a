"""The same job as a Prefect flow: tasks with readable names, owned things as Cached, a receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import SCRIPT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.xdist_group("prefect"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A real Prefect server with a database of its own; it takes 20 seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=90):
            yield


async def task_states(flow_run_id: Any) -> dict[str, str]:
    """State name of each task run by its name, as the server recorded them."""
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    before: dict[str, str] = {}
    async with get_client() as client:
        for _ in range(60):
            runs = await client.read_task_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
            )
            states = {run.name: run.state_name or "" for run in runs}
            # The server writes task runs down behind the run's back: two equal looks are the end.
            if (
                states
                and states == before
                and set(states.values()) <= {"Completed", "Cached", "Failed"}
            ):
                return states
            before = states
            await asyncio.sleep(1.5)
    return before


async def artifact_keys() -> set[str]:
    from prefect import get_client

    async with get_client() as client:
        return {str(a.key) for a in await client.read_artifacts()}


def test_a_flow_makes_the_film_and_shows_what_was_owned(
    server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
    from flows.make import make_video

    script = tmp_path / "tides.md"
    script.write_text(SCRIPT)

    async def run() -> tuple[str, str, dict[str, str]]:
        more = {"out": str(tmp_path / "films")}
        state: Any = await make_video(str(script), more=more, return_state=True)
        result = await state.aresult()
        assert result.video.exists()
        states = await task_states(state.state_details.flow_run_id)
        return str(state.name), str(state.message), states

    async def main() -> None:
        name, message, first = await run()
        assert name == "Completed"
        assert "tides/video.mp4" in message
        assert first["s02 picture · cards"] == "Completed"
        assert first["s03 speech · espeak"] == "Completed"
        assert first["s02-s03 segment"] == "Completed"
        assert "film join" in first
        _, _, second = await run()
        assert second.keys() == first.keys()
        assert set(second.values()) == {"Cached"}
        assert {"receipt-tides", "film-tides"} <= await artifact_keys()

    asyncio.run(main())


def test_a_script_that_is_wrong_fails_the_run_with_its_sentence(
    server: None, tmp_path: Path
) -> None:
    from flows.make import make_video
    from prompts.errors import ScriptError

    script = tmp_path / "tides.md"
    script.write_text("")
    state: Any = asyncio.run(make_video(str(script), return_state=True))
    assert state.is_failed()
    assert "tides.md:1: " in str(state.message)
    with pytest.raises(ScriptError):
        asyncio.run(state.aresult())


def test_a_film_that_waits_for_approval_says_so_in_its_state(
    server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
    from flows.make import make_video
    from flows.moderation.approvals import AwaitingApproval

    script = tmp_path / "tides.md"
    script.write_text(SCRIPT.replace("Every tide has its time.", "Now kill yourself."))
    state: Any = asyncio.run(
        make_video(str(script), more={"out": str(tmp_path / "films")}, return_state=True)
    )
    assert state.name == "Waiting for approval"
    assert "s03 narration" in state.message
    with pytest.raises(AwaitingApproval):
        asyncio.run(state.aresult())
