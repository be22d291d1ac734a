"""From a script's file to its storyboard: read, planned, in the film's shape and language."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flows.scripts.formats import shaped
from flows.scripts.languages import Translating, in_language
from flows.scripts.planner import Planning, plan_script
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.sections import part_long_sections
from prompts.storyboard import Storyboard

_PLANNED = (
    "tier", "aspect", "theme", "voice", "captions", "budget_usd", "image_provider", "tts_provider",
    "video_provider",
)  # fmt: skip
"""Wishes that replace a word of the script; the film's shape is settled by itself."""


class Reading(NamedTuple):
    """A film in words, and how far language models have planned and translated it, if any are to.

    What they have not said yet stands as the script has it.
    """

    board: Storyboard
    planning: Planning | None
    translating: Translating | None
    notes: tuple[str, ...]


def read_film(path: Path, wishes: Wishes, settings: Settings) -> Reading:
    """The script with the command line's wishes. Raises ScriptError, Misconfigured."""
    written = read_script(path, settings.picture_hosts, settings.brand_file, wishes.front)
    planned, planning = plan_script(written, wishes.planner, settings)
    script, notes = part_long_sections(planned)
    wished = {name: getattr(wishes, name) for name in _PLANNED}
    told = {name: value for name, value in wished.items() if value not in ("", None)}
    board = shaped(plan_storyboard(script, **told), script.front.aspect, wishes)
    board = board.model_copy(update={"fill": board.fill or settings.clip_fill})
    if not wishes.language:
        return Reading(board, planning, None, notes)
    film, translating = in_language(board, wishes.language, wishes.voice, settings)
    return Reading(film, planning, translating, notes)


def film_storyboard(path: Path, wishes: Wishes, settings: Settings) -> Storyboard:
    """The same as a storyboard alone."""
    return read_film(path, wishes, settings).board
