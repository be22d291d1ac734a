"""Collects the problems of one script, so that an editor hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

from prompts.errors import Problem, ScriptError

MOST_PROBLEMS = 100
"""A file that is not a script at all could have one on every line."""


class Report:
    """The problems found so far in the script at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def add(self, line: int, problem: str, fix: str) -> None:
        """Notes a problem and reads on; stops at a hundred."""
        self.problems.append(Problem(path=self.path, line=line, problem=problem, fix=fix))
        if len(self.problems) >= MOST_PROBLEMS:
            self.finish()

    def stop(self, line: int, problem: str, fix: str) -> NoReturn:
        """Notes a problem after which nothing more can be read. Raises ScriptError."""
        self.add(line, problem, fix)
        raise self.error()

    def finish(self) -> None:
        """Raises ScriptError when anything was noted."""
        if self.problems:
            raise self.error()

    def error(self) -> ScriptError:
        """The noted problems in the order of their lines."""
        return ScriptError(tuple(sorted(self.problems, key=lambda problem: problem.line)))


def suggest(given: str, choices: Iterable[str]) -> str:
    """What to do about an unknown name: the nearest known one, or else all of them."""
    known = list(choices)
    near = get_close_matches(given.lower(), known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return "use one of " + ", ".join(known)
