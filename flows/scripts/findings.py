"""What is wrong with a script as it is prepared: collected, each with the line it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.scripts.choices import Choice
from prompts.errors import Problem, ScriptError
from prompts.storyboard import Place, Scene, Storyboard
from prompts.words_file import words_path
from providers.errors import Misconfigured


class Findings:
    """The problems of one storyboard, so that an editor hears of all of them at once."""

    def __init__(self, board: Storyboard) -> None:
        self.board = board
        self.problems: list[Problem] = []

    def place(self, where: str, scene: Scene | None) -> Place:
        """Where a setting or directive was written: in the script, or in a brand file."""
        if scene is not None:
            return Place(path=self.board.source, line=scene.lines.get(where, scene.line))
        own = Place(path=self.board.source, line=self.board.lines.get(where, 1))
        return own if where in self.board.lines else self.board.brand.places.get(where, own)

    def note(self, problem: str, fix: str, where: str, scene: Scene | None = None) -> None:
        self._add(problem, fix, self.place(where, scene))

    def _problem(self, refused: Exception, place: Place) -> None:
        # A KeyError's own words come in quotes; others may be made from their parts.
        told = str(
            refused.args[0] if isinstance(refused, LookupError) and refused.args else refused
        )
        problem, _, fix = told.partition("; " if "; " in told else ": ")
        self._add(problem, fix or "change it", place)

    def _add(self, problem: str, fix: str, place: Place) -> None:
        if self.board.translated_from:
            # The script's own words may be fine: what an editor changes lies in another file.
            path = words_path(Path(self.board.source), self.board.language)
            fix += f" (its words in {self.board.language} are in {path.name})"
        found = Problem(path=place.path, line=place.line, problem=problem, fix=fix)
        if found not in self.problems:
            self.problems.append(found)

    @contextmanager
    def placing(self, choice: Choice) -> Iterator[None]:
        """Says with a refusal who made the choice: a line of the script, or else by its name."""
        try:
            yield
        except Misconfigured as refused:
            if not choice.line:
                raise Misconfigured(f"{choice.where}: {refused}") from None
            self._problem(refused, Place(path=self.board.source, line=choice.line))

    @contextmanager
    def asking(self, where: str, scene: Scene | None = None) -> Iterator[None]:
        """Turns a refusal into a problem at the line that asked for it."""
        try:
            yield
        except (Misconfigured, LookupError, ValueError) as refused:
            self._problem(refused, self.place(where, scene))

    def stop_if_wrong(self) -> None:
        if self.problems:
            raise ScriptError(tuple(sorted(self.problems, key=lambda p: p.line)))
