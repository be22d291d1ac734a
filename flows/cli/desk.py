"""How commands speak: a sentence per trouble on stderr, results on stdout, exit codes.

0 done · 1 a bug, or a film that failed its own check · 2 bad input · 3 stopped by budget ·
4 a provider could not deliver · 5 waiting for approval · 130 interrupted
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

from rich.console import Console

from assembly.errors import BrokenSegments, FFmpegError, UnreadableMedia
from flows.buying.orders import Prepared
from flows.delivery.folder import FilmRejectedError
from flows.film.produce import open_store
from flows.film.progress import LiveProgress, PlainProgress, Tell
from flows.moderation.approvals import AwaitingApproval
from flows.money.amounts import LedgerUnusable, OverBudget
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import Settings, load_settings
from prompts.errors import ScriptError
from prompts.storyboard import Storyboard
from providers.errors import Misconfigured, ProviderError
from providers.store import Store

DONE, BUG, BAD_INPUT, BUDGET, PROVIDER, WAITING, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

TROUBLES = (
    ScriptError, OverBudget, AwaitingApproval, LedgerUnusable, ProviderError, UnreadableMedia,
    FilmRejectedError, FFmpegError, BrokenSegments, OSError,
)  # fmt: skip
"""What can come of making a film that is told in a sentence; anything else is a bug."""

err = Console(stderr=True, soft_wrap=True, highlight=False)
_out = Console(soft_wrap=True, highlight=False)


def open_home() -> tuple[Settings, Store] | None:
    """Settings and store; None, and a sentence said, when either cannot be had."""
    try:
        settings = load_settings()
        return settings, open_store(settings)
    except (Misconfigured, LedgerUnusable, OSError) as wrong:
        say(str(wrong), BAD_INPUT)
        return None


def prepare_all(
    scripts: list[Path], each: list[Wishes], settings: Settings, store: Store
) -> tuple[list[Prepared], int]:
    """A film for every script and wish, script by script; what is wrong is said once."""
    ready, worst, said = [], DONE, set()
    for script, wishes in product(scripts, each):
        try:
            ready.append(prepare(script, wishes, settings, store))
        except (ScriptError, Misconfigured) as wrong:
            if str(wrong) not in said:
                worst = say(str(wrong), BAD_INPUT)
            said.add(str(wrong))
    return ready, worst


def guarded(board: Storyboard, work: Callable[[Tell], Callable[[], None]], live: bool) -> int:
    """Does the work, then tells what came of it; a sentence and an exit code when it fails."""
    shown = (LiveProgress if live else PlainProgress)(err, board.title)
    try:
        with shown:
            tell = work(shown)
        tell()
    except KeyboardInterrupt:
        return say(
            "stopped; everything made so far is kept: run the same command to continue", INTERRUPTED
        )
    except (ScriptError, Misconfigured) as wrong:
        return say(*trouble(wrong))
    except UnreadableMedia as wrong:
        return say(f"{board.source}: {wrong}", BAD_INPUT)
    except TROUBLES as failed:
        told, code = trouble(failed)
        return say(f"{board.title}: {told}", code)
    return DONE


def trouble(failed: Exception) -> tuple[str, int]:
    """What to say of one of TROUBLES, and the exit code that it ends a command with."""
    match failed:
        case OverBudget():
            return f"stopped by budget: {failed}", BUDGET
        case AwaitingApproval():
            return str(failed), WAITING
        case ScriptError() | LedgerUnusable() | UnreadableMedia():
            return str(failed), BAD_INPUT
        case ProviderError():
            return str(failed), PROVIDER
        case OSError():
            where = f": {failed.filename}" if failed.filename else ""
            return f"{failed.strerror or failed}{where}", BUG
    return str(failed), BUG


def say(message: str, code: int) -> int:
    sys.stdout.flush()
    err.print(message, markup=False, style="red" if err.is_terminal else None)
    return code


def plain(line: str) -> None:
    _out.print(line, markup=False)
