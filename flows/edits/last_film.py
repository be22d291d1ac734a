"""The last film of a script: what its folder says that it showed and of what it was made."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from flows.money.receipt import Receipt
from prompts.storyboard import Storyboard


class LastFilm(NamedTuple):
    """A delivered film: its folder, its words, its receipt."""

    folder: Path
    storyboard: Storyboard
    receipt: Receipt

    def keys(self, scene: str, what: str) -> tuple[str, ...]:
        """The store's keys of what a scene was made of ("picture" or "speech"), in order."""
        told = (i.key for i in self.receipt.items if i.scene == scene and i.what == what)
        return tuple(dict.fromkeys(told))


def last_film(board: Storyboard, out: Path) -> LastFilm | None:
    """The newest film below `out` of the same script in the same shape and language, or None.

    A folder is told by what it holds, not by its name: that changes with the script's title.
    """
    found = []
    for told in out.glob("*/storyboard.json"):
        try:
            film = LastFilm(
                told.parent,
                Storyboard.model_validate_json(told.read_bytes()),
                Receipt.model_validate_json((told.parent / "receipt.json").read_bytes()),
            )
        except (OSError, ValidationError):
            # Half a film, or one of another version: nothing is known of it.
            continue
        if _which(film.storyboard) == _which(board):
            found.append(film)
    return max(found, key=lambda film: film.receipt.at, default=None)


def _which(board: Storyboard) -> tuple[str, str, str]:
    return board.source, board.aspect, board.language if board.translated_from else ""
