"""The summary of a batch as a page: what is done, what it cost, what fell back, and what to do."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assembly.chapters import clock
from flows.batches.outcome import FAILED, Outcome
from flows.money.amounts import dollars
from flows.pages.html import render, still, thumbnail

if TYPE_CHECKING:
    from flows.batches.summary import Summary

_POSTER = 240
"""Pixels of a poster's longer side: a hundred of them are about half a megabyte."""


class BatchPage:
    """The page of a batch below a folder; posters are read once for as long as they stay."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._posters: dict[Path, tuple[int, str]] = {}

    def html(self, summary: Summary, left_s: float | None) -> str:
        """The page as it is now; `left_s` is about how long the rest takes."""
        films = summary.films
        done = [film for film in films if film.state == "done"]
        failed = [film for film in films if film.state in FAILED]
        making = [film for film in films if film.state == "making"]
        waiting = [film for film in films if film.state == "not begun"]
        share = 100 / max(1, len(films))
        late = sum(film.late_s > 0 for film in films)
        figures = [
            (f"{len(done)} of {len(films)}", "films done"),
            (_dollars(summary.paid_usd), _of_cap(summary)),
            (_length(sum(film.duration_s or 0 for film in done)), "of film"),
        ]
        figures += [(str(len(failed)), "need you")] if failed else []
        figures += [(str(late), "past the deadline")] if late else []
        if summary.is_running and left_s is not None:
            figures.append((f"about {_length(left_s)}", "to go"))
        groups = (
            ("Need you", failed), ("Being made", making), ("Done", done), ("Not begun", waiting),
        )  # fmt: skip
        state = "being made" if summary.is_running else "as of"
        return render(
            "batch.html",
            {
                "language": "en",
                "right_to_left": False,
                "shape": "16 / 9",
                "title": f"Batch {summary.name}",
                "heading": summary.name,
                "sources": ", ".join(_short(source) for source in summary.sources),
                "now": f"{state} {summary.at:%Y-%m-%d %H:%M:%S %Z}",
                "is_running": summary.is_running,
                "done": len(done),
                "total": len(films),
                "share_done": f"{len(done) * share:.2f}",
                "share_bad": f"{len(failed) * share:.2f}",
                "share_now": f"{len(making) * share:.2f}",
                "figures": figures,
                "notes": summary.notes,
                "groups": [
                    (name, [self._film(f) for f in found]) for name, found in groups if found
                ],
            },
        )

    def _film(self, film: Outcome) -> dict[str, Any]:
        has_film = film.video is not None and film.video.exists()
        figures = [f"owned: {_dollars(film.saved_usd)}"] if film.saved_usd else []
        figures += [f"{_length(film.duration_s)} of film"] if film.duration_s else []
        figures += [f"made in {_length(film.seconds)}"] if film.duration_s else []
        badges = {"done": "", "making": "none", "not begun": "none"}
        return {
            "key": film.key,
            "title": film.title or film.key,
            "state": film.state,
            "badge": badges.get(film.state, "new"),
            "place": _short(film.place),
            "due": _due(film),
            "why": film.why,
            "todo": film.todo,
            "notes": film.notes if film.state == "done" else (),
            "usd": _dollars(film.usd),
            "is_late": film.late_s > 0,
            "figures": figures,
            "video": self._link(film.video) if has_film else "",
            "report": self._link(film.folder / "report.html") if film.folder and has_film else "",
            "poster": self._poster(film.folder / "poster.jpg") if film.folder and has_film else "",
        }

    def _link(self, path: Path | None) -> str:
        return Path(os.path.relpath(path, self._out)).as_posix() if path else ""

    def _poster(self, path: Path) -> str:
        try:
            changed = path.stat().st_mtime_ns
            if self._posters.get(path, (0, ""))[0] != changed:
                self._posters[path] = changed, thumbnail(still(path), _POSTER)
        except OSError:
            return ""
        return self._posters[path][1]


def _dollars(usd: Decimal) -> str:
    """An amount that is read at a glance: to the hundredth of a cent."""
    return dollars(usd.quantize(Decimal("0.0001")))


def _of_cap(summary: Summary) -> str:
    return "paid" if summary.cap_usd is None else f"paid of at most {dollars(summary.cap_usd)}"


def _due(film: Outcome) -> str:
    if film.deadline is None:
        return ""
    told = f"due {film.deadline:%Y-%m-%d %H:%M}"
    return f"{told}, missed by {_length(film.late_s)}" if film.late_s else told


def _length(seconds: float) -> str:
    """Seconds as people say them: `8 s`, `1:05`, `2:10:00`."""
    digits = 1 if seconds < 10 else 0
    return f"{seconds:.{digits}f} s" if seconds < 60 else clock(round(seconds))


def _short(path: str) -> str:
    """A path as it is read from where the command runs."""
    try:
        return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
    except (OSError, ValueError):
        return path
