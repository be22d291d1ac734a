"""No key is found in anything that is written or said: films, failures, bugs, and Prefect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.films import reelwright
from tests.lab.faults import Rule
from tests.lab.server import Lab

pytestmark = [
    pytest.mark.slow,
    pytest.mark.drill,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.xdist_group("prefect"),
]

SCRIPT = """---
title: Tides
---

## Why the sea moves
The Moon pulls at the sea.

## A wave
@visual: {visual}
@prompt: a long wave rolls onto a beach

The water goes, and it comes back.
"""
TROUBLES = (
    (),
    (Rule("bad_key"),),
    (Rule("error_500", nth=1), Rule("malformed", nth=2), Rule("no_credit", nth=5)),
)
BUG = """
import providers._http
import providers.replicate

async def call(vendor, *told, **more):
    raise RuntimeError(f"a bug while {vendor} was called")

providers.replicate.call = call
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def keys_of(lab: Lab) -> list[bytes]:
    return [v.encode() for k, v in lab.urls.items() if k.endswith(("_KEY", "_TOKEN"))]


def leaks(lab: Lab, folder: Path) -> list[str]:
    """Files below a folder in which a key stands."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files, "where nothing is written, nothing is proven"
    return [str(p) for p in files for key in keys_of(lab) if key in p.read_bytes()]


def write_script(folder: Path, visual: str = "image") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tides.md"
    path.write_text(SCRIPT.format(visual=visual))
    return path


@pytest.mark.parametrize("tier", ["1", "1-cheap", "2", "3"])
def test_the_command_line_leaves_no_key_anywhere(lab: Lab, tmp_path: Path, tier: str) -> None:
    script = write_script(tmp_path, "clip" if tier == "3" else "image")
    said = ""
    for number, rules in enumerate(TROUBLES):
        lab.reset()
        lab.faults.script(*rules)
        home = tmp_path / f"home-{number}"
        told = ("make", script, "--tier", tier, "--out", home / "films")
        done = reelwright(*told, home=home, **lab.urls)
        said += done.stdout + done.stderr
        for more in (("costs", "--by", "model"), ("doctor",), ("models",)):
            told_too = reelwright(*more, home=home, **lab.urls)
            said += told_too.stdout + told_too.stderr
    assert "tides/video.mp4" in said
    assert [key for key in keys_of(lab) if key.decode() in said] == []
    assert leaks(lab, tmp_path) == []


def test_a_traceback_of_a_bug_holds_no_key(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "bug").mkdir()
    (tmp_path / "bug" / "sitecustomize.py").write_text(BUG)
    told = ("make", write_script(tmp_path), "--tier", "2", "--out", tmp_path / "films")
    done = reelwright(*told, home=tmp_path, PYTHONPATH=str(tmp_path / "bug"), **lab.urls)
    assert "Traceback" in done.stderr
    assert "a bug while Vendor(replicate" in done.stderr
    assert [key for key in keys_of(lab) if key.decode() in done.stdout + done.stderr] == []
    assert leaks(lab, tmp_path) == []


def test_prefect_is_told_no_key(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefect = tmp_path / "prefect"
    monkeypatch.setenv("PREFECT_HOME", str(prefect))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
    monkeypatch.setenv("TMPDIR", str(prefect))
    prefect.mkdir()
    for name, value in lab.urls.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", str(prefect))
    from prefect.testing.utilities import prefect_test_harness

    from flows.make import make_video
    from flows.orchestration.form import More
    from providers import replicate

    script, out = str(write_script(tmp_path)), str(tmp_path / "films")

    async def bug(vendor: Any, *_: Any, **__: Any) -> None:
        raise RuntimeError(f"a bug while {vendor} was called")

    async def run() -> list[str]:
        told = {"more": More(out=out), "return_state": True}
        strictly = {"more": More(out=out, strict=True), "return_state": True}
        states: list[Any] = [await make_video(script, tier="1", **told)]
        lab.faults.script(Rule("bad_key", "openai"))
        monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "other"))
        states.append(await make_video(script, tier="1", **strictly))
        monkeypatch.setattr(replicate, "call", bug)
        states.append(await make_video(script, tier="2", **told))
        # The client sends its logs every two seconds, the server writes them down after that.
        await asyncio.sleep(6)
        return [state.name for state in states]

    with prefect_test_harness(server_startup_timeout=90):
        assert asyncio.run(run()) == ["Completed", "Failed", "Failed"]
        written = b"".join(p.read_bytes() for p in prefect.rglob("*") if p.is_file())
    for known in (script, "a bug while Vendor(replicate", "s02 picture", "receipt-tides"):
        assert known.encode() in written, "this is what Prefect was told"
    assert [key for key in keys_of(lab) if key in written] == []
    assert leaks(lab, tmp_path) == []
