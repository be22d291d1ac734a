"""The switches as they stand, and who set each: a part of `reelwright doctor`."""

from __future__ import annotations

from pathlib import Path

from flows.buying.casting import Casting
from flows.scripts.choices import ORDER, SWITCHES, Choice, choose, complete
from flows.scripts.reading import film_storyboard
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.errors import ScriptError
from prompts.storyboard import Storyboard
from providers.catalog import Catalog
from providers.errors import Misconfigured

Line = tuple[bool | None, str]


def switch_lines(
    catalog: Catalog, wishes: Wishes, settings: Settings, script: Path | None
) -> list[Line]:
    """The tier and each switch with its value and who set it; with a script, its scenes' too."""
    told: list[Line] = []
    board = None
    if script is not None:
        try:
            board = film_storyboard(script, wishes, settings)
        except ScriptError as wrong:
            told += [(False, line) for line in str(wrong).splitlines()]
    chosen = choose(board, wishes, settings)
    by = chosen["tier"]
    try:
        chosen = complete(chosen, catalog)
        told.append((True, f"tier: {by.value} ({_who(by, board)})"))
    except Misconfigured as wrong:
        told.append((False, f"tier: {by.value} ({_who(by, board)}): {wrong}"))
    switches = _Switches(Casting(catalog, settings), settings)
    told += [
        switches.line(name, "", choice.value, _who(choice, board))
        for name, choice in chosen.items()
        if name in SWITCHES
    ]
    for scene in board.scenes if board is not None else ():
        for name in SWITCHES:
            if own := getattr(scene, name):
                where = f"{script}:{scene.lines.get(name, scene.line)}"
                told.append(switches.line(name, f"{scene.id} ", own, where))
    return [*told, (None, f"who is heard first: {ORDER}")]


class _Switches:
    def __init__(self, casting: Casting, settings: Settings) -> None:
        self.casting, self.access = casting, settings.access()

    def line(self, name: str, scene: str, value: str, who: str) -> Line:
        """One switch: what it says, who says so, and why that would not do."""
        made = SWITCHES[name]
        told = f"{scene}{made}: {value or 'none'} ({who})"
        try:
            parts = self.casting.parts(value, made)
        except Misconfigured as wrong:
            return False, f"{told}: {wrong}"
        lacking = [model for model, _ in parts if model.key and not self.access.get(model.key)]
        notes = [f"{asked} is now {model.name}" for model, asked in parts if asked]
        notes += [f"{model.name} needs {model.key}" for model in lacking]
        able = not parts or len(lacking) < len(parts)
        # Cards stand in for pictures and clips; nothing stands in for a voice.
        fine = True if able else (False if made == "speech" else None)
        return fine, "; ".join([told, *notes])


def _who(choice: Choice, board: Storyboard | None) -> str:
    if choice.where == "front matter" and board is not None:
        return f"{board.source}:{choice.line}"
    return choice.where
