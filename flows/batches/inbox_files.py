"""The folders of an inbox: what is whole, who holds it, and where it goes. Moves; makes no film.

    talk.md, pictures/    dropped by editors     working/talk/   being made: script and pictures
    done/talk/            with its film          failed/talk/    with WHY.txt
    waiting/talk/         for a person's yes

A script is taken by moving it, and its folder in working/ is held by a lock that the kernel frees
when its holder dies: whoever comes next goes on there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.edits.takes import takes_path
from prompts.storyboard import Storyboard

WORKING, DONE, FAILED, WAITING = "working", "done", "failed", "waiting"
FOLDERS = (WORKING, DONE, FAILED, WAITING)
_SCRIPT = ".script"
"""Names the script among the files of a folder in working/."""

Seen = dict[Path, tuple[int, int]]
"""Size and time of change (nanoseconds) of files."""


def look(folder: Path) -> Seen:
    """All files that editors have put into an inbox, whatever they are."""
    seen: Seen = {}
    for path in folder.iterdir():
        if path.name in FOLDERS or path.name.startswith("."):
            continue
        for file in [path, *path.rglob("*")] if path.is_dir() else [path]:
            try:
                told = file.stat()
            except OSError:
                # It was taken away just now.
                continue
            seen[file] = told.st_size, told.st_mtime_ns
    return seen


def is_whole(path: Path, before: Seen, now: Seen) -> bool:
    """Whether a file did not change between two looks, and nobody has it open to write."""
    return path in now and before.get(path) == now[path] and not _is_being_written(path)


def age_s(path: Path) -> float:
    """Seconds since a file came to lie where it lies."""
    return time.time() - path.stat().st_ctime


@contextmanager
def holding(folder: Path, name: str) -> Iterator[bool]:
    """Holds a name of an inbox if nobody does, and says whether; who died holds nothing."""
    locks = folder / WORKING / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    # Never removed: a lock on a file that is gone would keep nobody out.
    with (locks / name).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def own_files(board: Storyboard, folder: Path) -> list[Path]:
    """The files below a folder that a script refers to: pictures, clips, music, brand, takes."""
    takes = takes_path(Path(board.source))
    found = {path for path in map(Path, _texts(board.model_dump())) if path.is_absolute()}
    below = {path for path in (*found, takes) if path.is_relative_to(folder)}
    return sorted(path for path in below if path != Path(board.source) and path.is_file())


def take(folder: Path, script: Path, files: list[Path]) -> Path | None:
    """Moves a script into working/ with copies of its files; None when another was quicker."""
    home = folder / WORKING / script.stem
    for file in files:
        copy = home / file.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    home.mkdir(parents=True, exist_ok=True)
    (home / _SCRIPT).write_text(script.name, encoding="utf-8")
    try:
        return script.rename(home / script.name)
    except FileNotFoundError:
        shutil.rmtree(home)
        return None


def script_of(home: Path) -> Path | None:
    """The script in a folder of working/ or waiting/; None where one died before it took it."""
    try:
        script = home / (home / _SCRIPT).read_text(encoding="utf-8")
    except OSError:
        return None
    return script if script.is_file() else None


def put(home: Path, below: Path) -> Path:
    """Moves a folder below another, under its name and a number where that is taken."""
    below.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        target = below / (home.name if number == 1 else f"{home.name}-{number}")
        try:
            # An empty folder of that name would be replaced, a full one never is.
            if not target.exists():
                return home.rename(target)
        except OSError:
            if not target.exists():
                raise
        number += 1


def tidy(home: Path) -> None:
    """Takes away what only the inbox itself needs to know."""
    (home / _SCRIPT).unlink(missing_ok=True)


def put_film(script: Path, video: Path) -> None:
    """Puts the film beside its script under the same name; the film's own folder keeps it too."""
    beside = script.with_suffix(video.suffix)
    if beside.exists():
        return
    try:
        os.link(video, beside)
    except OSError:
        shutil.copyfile(video, beside)


def _is_being_written(path: Path) -> bool:
    """Whether any process of this machine has a file open to write: a lease is refused then."""
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            return True
        except OSError:
            # Another's file, or a file system without leases: two equal looks have to do.
            return False
    return False


def _texts(tree: Any) -> Iterator[str]:
    """All texts in a tree of plain values."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _texts(value)
