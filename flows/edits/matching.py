"""Which scene of an earlier storyboard each scene was: told by heading and words, not by place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from prompts.errors import Problem, ScriptError
from prompts.storyboard import Scene, Storyboard

LEAST = 0.45
"""Scenes that are less alike than this are two scenes."""
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|\w+")
"""A word, or a character of writing that has no spaces between words."""


class Known(NamedTuple):
    """What a scene is known by."""

    heading: str
    words: str


def known(scene: Scene) -> Known:
    """What `scene` is known by: its narration, or what it shows where nothing is said.

    In the script's own language, whichever the film speaks.
    """
    scene = scene.original or scene
    visual, card = scene.visual, scene.visual.card
    shown = (visual.prompt, visual.alt, visual.file, card.text, card.number, card.code, *card.items)
    return Known(scene.heading, scene.narration or " ".join(filter(None, shown)))


def match(old: Sequence[Known], new: Sequence[Known]) -> list[int | None]:
    """For each of `new` the index of the one of `old` that it was; None for one that is new.

    Equal ones are paired first, in order; then the most alike, and of those the nearest.
    """
    found: list[int | None] = [None] * len(new)
    free: dict[int, Known] = dict(enumerate(old))
    for at, wanted in enumerate(new):
        same = next((i for i, one in free.items() if one == wanted), None)
        if same is not None:
            found[at] = same
            del free[same]
    pairs = [
        (alike(before, new[at]), -abs(i - at), -at, i)
        for at, taken in enumerate(found)
        if taken is None
        for i, before in free.items()
    ]
    for score, _, behind, i in sorted(pairs, reverse=True):
        if score >= LEAST and i in free and found[-behind] is None:
            found[-behind] = i
            del free[i]
    return found


def alike(a: Known, b: Known) -> float:
    """How alike two scenes are, from 0 to 1: half of it their headings, half their words."""
    left, right = _words(a.words), _words(b.words)
    every = left.total() + right.total()
    share = 2 * (left & right).total() / every if every else 1.0
    if a.heading == b.heading:
        return 0.5 + 0.5 * share if a.heading else share
    # Under another heading only most of the same words make it the same scene.
    return 0.8 * share if every else 0.0


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def scene_index(board: Storyboard, told: str) -> int:
    """The index of the scene that `told` means: 4, s4, s04, or how its heading begins.

    Raises ScriptError when there is none, or more than one.
    """
    number = told.lower().removeprefix("s")
    if number.isdecimal():
        if 1 <= int(number) <= len(board.scenes):
            return int(number) - 1
        problem = f"there is no scene {int(number)}: the film has {len(board.scenes)}"
    else:
        headings = [scene.heading.lower() for scene in board.scenes]
        found = [at for at, heading in enumerate(headings) if heading.startswith(told.lower())]
        if len(found) == 1:
            return found[0]
        problem = f"{len(found) or 'no'} scenes have a heading that begins with {told!r}"
    fix = "name one by its number, or by a heading's first words; `reelwright plan` shows both"
    raise ScriptError((Problem(path=board.source, line=1, problem=problem, fix=fix),))
