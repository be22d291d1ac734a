"""A batch that was cut short goes on: what stands is not gone through again, all else is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.batches.batch import BatchResult, directly, run_batch
from flows.batches.plan import Job, plan_batch
from flows.film.produce import Result, open_store
from flows.film.progress import Tell
from flows.scripts.wishes import Wishes
from flows.settings import load_settings

pytestmark = pytest.mark.slow

ALL = ["one", "three", "two"]


class Bench:
    """A folder of three scripts, of which a batch is made; knows which films were gone through."""

    def __init__(self, home: Path) -> None:
        self.scripts, self.out = home / "scripts", home / "out"
        self.scripts.mkdir()
        for name in ALL:
            self.script(name).write_text(f"---\ntitle: {name}\n---\n\n## {name}\nIt is {name}.\n")
        self.gone_through: list[str] = []

    def script(self, name: str) -> Path:
        return self.scripts / f"{name}.md"

    def run(self, dies_at: str = "", theme: str = "") -> BatchResult:
        """One run; `dies_at` is the film at whose beginning it ends."""
        settings = load_settings()
        store = open_store(settings)
        plan = plan_batch([str(self.scripts)], self.out, Wishes(theme=theme), settings, store)
        make, self.gone_through = directly(settings, store), []

        async def counted(job: Job, out: Path, tell: Tell) -> Result:
            if job.key == dies_at:
                raise asyncio.CancelledError
            self.gone_through.append(job.key)
            return await make(job, out, tell)

        return asyncio.run(run_batch(plan, settings, store, counted, concurrency=1))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Films of 64 pixels; two of three are made when the batch is cut short."""
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "64")
    cut_short = Bench(tmp_path)
    with pytest.raises(asyncio.CancelledError):
        cut_short.run(dies_at="two")
    assert cut_short.gone_through == ["one", "three"]
    return cut_short


def test_what_stands_is_not_gone_through_again_until_the_batch_was_through(bench: Bench) -> None:
    done = bench.run()
    assert bench.gone_through == ["two"]
    assert {film.state for film in done.outcomes} == {"done"}
    # Whoever runs a batch again that was through wants to know that all is as it should be.
    bench.run()
    assert bench.gone_through == ALL


def _another_word(bench: Bench) -> None:
    text = bench.script("one").read_text()
    bench.script("one").write_text(text.replace("It is one.", "It was one."))


def _no_poster(bench: Bench) -> None:
    (bench.out / "one" / "poster.jpg").unlink()


def _another_film(bench: Bench) -> None:
    with (bench.out / "one" / "video.mp4").open("ab") as file:
        file.write(b"x")


def _made_by_itself(bench: Bench) -> None:
    receipt = bench.out / "one" / "receipt.json"
    told = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(told | {"run": "another"}))


@pytest.mark.parametrize("change", [_another_word, _no_poster, _another_film, _made_by_itself])
def test_what_changed_meanwhile_is_made_again(
    bench: Bench, change: Callable[[Bench], None]
) -> None:
    change(bench)
    done = bench.run()
    assert bench.gone_through == ["one", "two"]
    assert {film.state for film in done.outcomes} == {"done"}
    assert (bench.out / "one" / "poster.jpg").exists()


def test_another_wish_or_setting_concerns_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(asyncio.CancelledError):
        bench.run(dies_at="two", theme="midnight")
    assert bench.gone_through == ["one", "three"]
    monkeypatch.setenv("REELWRIGHT_BUDGET", "3")
    bench.run(theme="midnight")
    assert bench.gone_through == ALL


def test_a_film_that_did_not_reach_its_place_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "sent"
    for name, told in (("HOME", tmp_path / "home"), ("SHORT_SIDE", 64)):
        monkeypatch.setenv(f"REELWRIGHT_{name}", str(told))
    monkeypatch.setenv("DELIVER_TO", str(place))
    place.write_text("a file where a folder should be")
    bench = Bench(tmp_path)
    with pytest.raises(asyncio.CancelledError):
        bench.run(dies_at="three")
    place.unlink()
    with pytest.raises(asyncio.CancelledError):
        bench.run(dies_at="two")
    assert bench.gone_through == ["one", "three"]
    assert all((place / name / "video.mp4").exists() for name in ("one", "three"))
    bench.run()
    assert bench.gone_through == ["two"]
