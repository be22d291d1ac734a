"""An inbox: what is whole becomes a film once; what cannot says why; nothing dropped is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from flows.batches.batch import Make
from flows.batches.inbox import empty_inbox
from flows.batches.inbox_files import holding
from flows.batches.outcome import Outcome
from flows.batches.plan import Job
from flows.delivery.folder import FilmRejectedError
from flows.film.produce import Result, open_store
from flows.film.progress import Tell
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from providers.errors import Failed
from tests.flows.films import reelwright
from tests.lab.server import Lab

SCRIPT = "---\ntitle: Tides\n---\n\n## Tides\nThe sea rises.\n"
PICTURED = "---\ntitle: Shown\n---\n\n## Shown\nLook.\n\n![a wave](pictures/wave.png)\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def refuse(problem: Callable[[Job], Exception]) -> Make:
    """A maker that makes nothing."""

    async def make(job: Job, _out: Path, _tell: Tell) -> Result:
        raise problem(job)

    return make


def emptied(folder: Path, make: Make) -> tuple[Outcome, ...]:
    settings = load_settings()
    told = (folder, settings, open_store(settings), make, Wishes(), 4)
    return asyncio.run(empty_inbox(*told, settled_s=0.05))


def names(folder: Path) -> list[str]:
    """All that lies in an inbox, but for its locks."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(str(p) for p in found if ".locks" not in p.parts)


def test_a_script_that_fails_is_put_aside_with_why_in_plain_words(inbox: Path) -> None:
    (inbox / "talk.md").write_text(SCRIPT)
    (film,) = emptied(inbox, refuse(lambda _: Failed("s01 picture could not be made")))
    assert film.state == "failed"
    assert names(inbox) == ["failed/talk/WHY.txt", "failed/talk/talk.md"]
    why = (inbox / "failed/talk/WHY.txt").read_text()
    assert "talk.md: there is no film of it yet" in why
    assert "s01 picture could not be made" in why
    assert f"Then move talk.md and its files back into {inbox}." in why


def test_what_is_wrong_in_a_script_names_the_line_where_the_script_lies_now(inbox: Path) -> None:
    (inbox / "talk.md").write_text(SCRIPT.replace("title: Tides", "title: Tides\ntheme: nosuch"))
    settings = load_settings()
    asyncio.run(empty_inbox(inbox, settings, open_store(settings), settled_s=0.05))
    why = (inbox / "failed/talk/WHY.txt").read_text()
    assert f"{inbox}/failed/talk/talk.md:3: there is no theme 'nosuch'" in why


def test_a_script_comes_with_copies_of_its_pictures_and_leaves_the_others(inbox: Path) -> None:
    (inbox / "pictures").mkdir()
    for name in ("wave.png", "other.png"):
        Image.new("RGB", (64, 48), "teal").save(inbox / "pictures" / name)
    (inbox / "shown.md").write_text(PICTURED)
    emptied(inbox, refuse(lambda _: Failed("no")))
    assert names(inbox) == [
        "failed/shown/WHY.txt", "failed/shown/pictures/wave.png", "failed/shown/shown.md",
        "pictures/other.png", "pictures/wave.png",
    ]  # fmt: skip


def test_a_script_whose_picture_has_not_come_yet_is_left_alone(inbox: Path) -> None:
    (inbox / "shown.md").write_text(PICTURED)
    assert emptied(inbox, refuse(lambda _: Failed("no"))) == ()
    assert names(inbox) == ["shown.md"]


@pytest.mark.parametrize("name", ["talk.md.part", "~$talk.md", ".talk.md", "talk.pdf", "talk.md~"])
def test_files_that_are_no_whole_scripts_are_left_alone(inbox: Path, name: str) -> None:
    (inbox / name).write_text(SCRIPT)
    assert emptied(inbox, refuse(lambda _: Failed("no"))) == ()
    assert names(inbox) == [name]


def test_a_file_that_someone_still_writes_is_left_alone(inbox: Path) -> None:
    with (inbox / "talk.md").open("w") as file:
        file.write(SCRIPT)
        file.flush()
        assert emptied(inbox, refuse(lambda _: Failed("no"))) == ()
    assert len(emptied(inbox, refuse(lambda _: Failed("no")))) == 1


def test_a_file_that_grows_is_left_alone_until_it_rests(inbox: Path) -> None:
    path, stop = inbox / "talk.md", threading.Event()
    path.write_text(SCRIPT)

    def grow() -> None:
        while not stop.wait(0.01):
            with path.open("a") as file:
                file.write("More.\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert emptied(inbox, refuse(lambda _: Failed("no"))) == ()
    finally:
        stop.set()
        writer.join()
    assert len(emptied(inbox, refuse(lambda _: Failed("no")))) == 1


def test_what_another_worker_holds_is_left_to_it(inbox: Path) -> None:
    (inbox / "talk.md").write_text(SCRIPT)
    with holding(inbox, "talk") as is_mine:
        assert is_mine
        assert emptied(inbox, refuse(lambda _: Failed("no"))) == ()
    assert len(emptied(inbox, refuse(lambda _: Failed("no")))) == 1


def test_two_workers_at_once_take_each_script_once(inbox: Path) -> None:
    for n in range(20):
        (inbox / f"talk-{n}.md").write_text(SCRIPT)
    taken: list[str] = []

    async def make(job: Job, _out: Path, _tell: Tell) -> Result:
        taken.append(job.key)
        await asyncio.sleep(0.01)
        raise Failed("no")

    settings = load_settings()
    store = open_store(settings)

    async def both() -> None:
        told = (inbox, settings, store, make, Wishes(), 4)
        await asyncio.gather(*(empty_inbox(*told, settled_s=0.1) for _ in range(2)))

    asyncio.run(both())
    assert sorted(taken) == sorted(f"talk-{n}" for n in range(20))
    assert len(list((inbox / "failed").iterdir())) == 20


def test_a_name_that_comes_again_is_numbered(inbox: Path) -> None:
    for _ in range(2):
        (inbox / "talk.md").write_text(SCRIPT)
        emptied(inbox, refuse(lambda _: FilmRejectedError(("it is black",), Path("x"))))
    assert sorted(p.name for p in (inbox / "failed").iterdir()) == ["talk", "talk-2"]


def test_a_worker_that_died_before_it_moved_the_script_leaves_it_to_the_next(inbox: Path) -> None:
    (inbox / "talk.md").write_text(SCRIPT)
    (inbox / "working" / "talk").mkdir(parents=True)
    (inbox / "working" / "talk" / ".script").write_text("talk.md")
    (film,) = emptied(inbox, refuse(lambda _: Failed("no")))
    assert film.state == "failed"
    assert names(inbox) == ["failed/talk/WHY.txt", "failed/talk/talk.md"]


@pytest.mark.slow
def test_a_film_lies_beside_its_script(inbox: Path, tmp_path: Path) -> None:
    (inbox / "tides.md").write_text(SCRIPT)
    done = reelwright("inbox", inbox, "--once", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    home = inbox / "done" / "tides"
    assert done.stdout.startswith(f"{home}/tides/video.mp4")
    assert {"tides.md", "tides.mp4"} < {p.name for p in home.iterdir()}
    assert (home / "tides.mp4").stat().st_size == (home / "tides/video.mp4").stat().st_size
    assert (home / "tides.md").read_text() == SCRIPT
    assert list((inbox / "working").iterdir()) == [inbox / "working" / ".locks"]


@pytest.mark.slow
def test_what_was_flagged_waits_for_a_yes_and_is_made_by_itself_then(
    inbox: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (inbox / "talk.md").write_text(SCRIPT.replace("The sea", "How to make a pipe bomb: the sea"))
    reelwright("inbox", inbox, "--once", home=home)
    waiting = inbox / "waiting" / "talk"
    assert f"reelwright approve {waiting}/talk.md" in (waiting / "WHY.txt").read_text()
    reelwright("inbox", inbox, "--once", home=home)
    assert waiting.is_dir(), "it waits as long as nobody has said a word"
    said = reelwright("approve", waiting / "talk.md", "--all", home=home)
    assert said.returncode == 0, said.stderr
    done = reelwright("inbox", inbox, "--once", home=home)
    assert (inbox / "done" / "talk" / "talk.mp4").is_file(), done.stderr


@pytest.mark.slow
@pytest.mark.drill
def test_a_worker_that_is_killed_is_followed_by_another_and_nothing_is_paid_twice(
    inbox: Path, tmp_path: Path
) -> None:
    for n in (1, 2):
        words = f"# Talk {n}\n\n## {n}\n@visual: image\n@prompt: number {n}\n\nNumber {n}.\n"
        (inbox / f"talk-{n}.md").write_text(words)
    told = ("inbox", inbox, "--once", "--image", "flux")
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.5) as lab:
        settings = {"REELWRIGHT_HOME": str(tmp_path / "home"), "REELWRIGHT_SHORT_SIDE": "144"}
        run = subprocess.Popen(
            [sys.executable, "-P", "-m", "flows", *map(str, told)], start_new_session=True,
            env=os.environ | settings | lab.urls, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while not lab.bill.charges:
            assert run.poll() is None
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        done = reelwright(*told, home=tmp_path / "home", **lab.urls)
        assert done.returncode == 0, done.stderr
        assert lab.bill.doubles() == {}
        assert len(lab.bill.charges) == 2
    assert sorted(p.name for p in (inbox / "done").iterdir()) == ["talk-1", "talk-2"]
