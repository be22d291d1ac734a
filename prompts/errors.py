"""What is wrong with a script: every problem in one sentence, with its file and line."""

from __future__ import annotations

from prompts.storyboard import Frozen


class Problem(Frozen):
    """One thing to put right. `str` gives `file:line: what is wrong; what to do`."""

    path: str
    line: int
    """1 is the first line."""
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}; {self.fix}"


class ScriptError(Exception):
    """A script cannot be made into a film; `problems` says why, in the order of the lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
