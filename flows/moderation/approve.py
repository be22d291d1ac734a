"""A person's yes or no to what was flagged: `reelwright approve`."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

from flows.cli.desk import BAD_INPUT, DONE, open_home, plain, say
from flows.moderation.approvals import Decision, Waiting, find_approval, record, waiting_for
from flows.moderation.passages import IN_SCRIPT, passages
from flows.scripts.reading import film_storyboard
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.errors import ScriptError
from providers.store import Store


def approve_scenes(script: Path, numbers: Sequence[int], decision: Decision | None) -> int:
    """Writes down `decision` on what waits in scenes `numbers` (0: the film's own words).

    None lists what waits. An approval holds for exactly the words or picture that were flagged.
    """
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    try:
        waiting = _still_there(script, settings, store)
    except ScriptError as wrong:
        return say(str(wrong), BAD_INPUT)
    if not waiting:
        plain(f"{script}: nothing waits for approval; `reelwright make` says when something does")
        return DONE
    if decision is None:
        for one in waiting:
            plain(f"{one} {_said_of(store, one)}\n  {one.shown}")
        return DONE
    known = {one.number for one in waiting}
    if unknown := [n for n in numbers if n not in known]:
        listed = ", ".join(map(str, sorted(known)))
        return say(f"{script}: nothing waits in scene {unknown[0]}; waiting: {listed}", BAD_INPUT)
    who = _who()
    for one in waiting:
        if one.number in numbers or not numbers:
            said = record(store, one, decision, who, str(script.absolute()))
            plain(f"{one.scene} {one.what}: {said.decision} by {said.who} on {said.day}")
    return DONE


def _still_there(script: Path, settings: Settings, store: Store) -> list[Waiting]:
    """What waits, without words that the script does not hold any more. Raises ScriptError."""
    board = film_storyboard(script, Wishes(), settings)
    waiting = waiting_for(store, board.source)
    texts: set[str] = set()
    for language in {"", *(one.language for one in waiting)}:
        film = film_storyboard(script, Wishes(language=language), settings)
        texts |= {passage.subject for passage in passages(film)}
    return [
        one
        for one in waiting
        if one.subject in texts or (one.what not in IN_SCRIPT and one.number <= len(board.scenes))
    ]


def _said_of(store: Store, one: Waiting) -> str:
    said = find_approval(store, one.subject)
    return f"· {said.decision} by {said.who} on {said.day}" if said else "· waits"


def _who() -> str:
    """The name of whoever runs the command, as this machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
