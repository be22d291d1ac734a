"""What is put into the film's folder, whose folder it is, and that nothing is left half-made."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path

from assembly.captions.files import to_ass, to_srt, to_vtt
from assembly.timeline import Timeline
from flows.delivery.handover import hand_over
from flows.delivery.publish import chapter_text, description
from flows.film.pipeline import Film
from flows.money.receipt import Receipt
from flows.pages.report import report_page
from prompts.errors import Problem, ScriptError
from prompts.storyboard import Storyboard
from providers.store import Store, digest_of

ALWAYS = (
    "poster.jpg", "contact-sheet.jpg", "description.txt", "report.html", "storyboard.json",
    "timeline.json",
)  # fmt: skip
"""Files that lie beside every film."""


class FilmRejectedError(Exception):
    """The finished film did not pass its own check; it lies in `folder` and is not delivered."""

    def __init__(self, problems: tuple[str, ...], folder: Path) -> None:
        super().__init__(problems, folder)
        self.problems, self.folder = problems, folder

    def __str__(self) -> str:
        return f"the film failed its own check: {'; '.join(self.problems)} (see {self.folder})"


def claim(folder: Path, board: Storyboard) -> None:
    """Raises ScriptError when `folder` holds the film of another script that still exists."""
    if not (folder / "video.mp4").exists():
        return
    owner = _owner(folder)
    if owner == board.source or (owner and not Path(owner).exists()):
        return
    whose = f"the film of {owner}" if owner else "another film"
    raise ScriptError((_taken(board, f"{folder} holds {whose}"),))


def _owner(folder: Path) -> str:
    """The script whose film lies in `folder`; empty where that is not told."""
    try:
        told = json.loads((folder / "storyboard.json").read_text(encoding="utf-8"))
        return str(told["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _mark(folder: Path, board: Storyboard) -> None:
    """Says whose folder it is before a film lies in it: whoever is killed here can go on."""
    folder.mkdir(parents=True, exist_ok=True)
    if _owner(folder) != board.source:
        (folder / "receipt.json").unlink(missing_ok=True)
        _write(folder / "storyboard.json", board.model_dump_json(indent=1) + "\n")


def refuse_twins(boards: list[Storyboard]) -> None:
    """Raises ScriptError when two of the scripts would write into one folder."""
    seen: dict[str, str] = {}
    problems = []
    for board in boards:
        if board.slug in seen:
            problems.append(
                _taken(board, f"the folder name {board.slug!r} is taken by {seen[board.slug]}")
            )
        seen.setdefault(board.slug, board.source)
    if problems:
        raise ScriptError(tuple(problems))


def video_name(is_draft: bool) -> str:
    """What the film's file is called."""
    return "draft.mp4" if is_draft else "video.mp4"


def deliver(
    folder: Path,
    film: Film,
    board: Storyboard,
    receipt: Receipt,
    store: Store,
    video: str = "video.mp4",
) -> None:
    """Writes the film and all that comes with it; each file appears whole, the receipt last."""
    _mark(folder, board)
    _copy(store, film.video.digest, folder / video)
    if film.master is not None:
        _copy(store, film.master.digest, folder / "master.mov")
    else:
        (folder / "master.mov").unlink(missing_ok=True)
    _copy(store, film.poster.digest, folder / "poster.jpg")
    _copy(store, film.sheet.digest, folder / "contact-sheet.jpg")
    _write_captions(folder, film.timeline, board.captions != "none")
    _write(folder / "description.txt", description(board, film.timeline, film.credited) + "\n")
    # What an earlier film of this script had and this one has not does not stay beside it.
    _write_or_remove(folder / "chapters.txt", chapter_text(film.timeline))
    if "otio" in board.deliver:
        _write(folder / "film.otio", hand_over(folder, film.timeline, store) + "\n")
    else:
        (folder / "film.otio").unlink(missing_ok=True)
        shutil.rmtree(folder / "media", ignore_errors=True)
    _write(folder / "report.html", report_page(receipt, film.timeline, video))
    for name, told in (
        ("storyboard.json", board),
        ("timeline.json", film.timeline),
        ("receipt.json", receipt),
    ):
        _write(folder / name, told.model_dump_json(indent=1) + "\n")


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Writes the receipt anew, when more has become known."""
    _write(folder / "receipt.json", receipt.model_dump_json(indent=1) + "\n")


def _write_captions(folder: Path, timeline: Timeline, wanted: bool) -> None:
    """The captions as files; those of an earlier film are taken away where none are wanted."""
    cues, fps, look = timeline.cues, timeline.fps, timeline.look
    shape = look, timeline.width, timeline.height
    for name, text in (
        ("captions.srt", to_srt(cues, fps, look.right_to_left)),
        ("captions.vtt", to_vtt(cues, fps, *shape)),
        ("captions.ass", to_ass(timeline.burned or cues, fps, *shape)),
    ):
        if wanted:
            _write(folder / name, text)
        else:
            (folder / name).unlink(missing_ok=True)


def _taken(board: Storyboard, problem: str) -> Problem:
    line = board.lines.get("slug", board.lines.get("title", 1))
    fix = "give this script a `slug:` of its own in the front matter"
    return Problem(path=board.source, line=line, problem=problem, fix=fix)


def _copy(store: Store, digest: str, to: Path) -> None:
    """A copy, not a link: what an editor does to the film never reaches the store."""
    if to.exists() and digest_of(to) == digest:
        return
    beside = to.with_name(f".{to.name}.{secrets.token_hex(4)}")
    try:
        shutil.copyfile(store.path(digest), beside)
        beside.replace(to)
    finally:
        beside.unlink(missing_ok=True)


def _write_or_remove(path: Path, lines: str) -> None:
    if lines:
        _write(path, lines + "\n")
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(text.encode())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
