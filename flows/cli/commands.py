"""What the commands do: `make`, `check` and `preview`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Coroutine
from itertools import cycle
from pathlib import Path
from typing import Any

from flows.buying.licences import warnings
from flows.buying.orders import Prepared
from flows.buying.sourcing import do_directly
from flows.cli.desk import (
    BAD_INPUT,
    BUDGET,
    BUG,
    DONE,
    INTERRUPTED,
    PROVIDER,
    WAITING,
    err,
    guarded,
    open_home,
    plain,
    prepare_all,
    say,
)
from flows.delivery.folder import claim, refuse_twins
from flows.edits.planning import length_s, tell_notes
from flows.film.produce import Result, produce, run_name
from flows.film.progress import Tell
from flows.film.together import run_until_done
from flows.moderation.approvals import AwaitingApproval
from flows.money.amounts import Batch, dollars
from flows.scripts.wishes import Wishes, one_each
from flows.settings import Settings
from prompts.errors import ScriptError
from providers.store import Store


def make_films(scripts: list[Path], out: Path, wishes: Wishes, as_json: bool) -> int:
    """`reelwright make`: all scripts are checked before the first film is begun.

    The films are one batch: they share `--batch-budget`.
    """
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    if out.exists() and not out.is_dir():
        return say(f"{out} is a file; name a folder with --out", BAD_INPUT)
    each = one_each(wishes)
    ready, worst = prepare_all(scripts, each, settings, store)
    if worst:
        return worst
    for line in warnings(ready):
        err.print(line, markup=False)
    try:
        refuse_twins([p.storyboard for p in ready])
        for prepared in ready:
            claim(out / prepared.storyboard.slug, prepared.storyboard)
    except ScriptError as wrong:
        return say(str(wrong), BAD_INPUT)
    told = wishes.batch_budget_usd
    cap = settings.batch_budget if told is None else told
    batch = wishes.batch or run_name("batch")
    each = [one._replace(batch=batch, batch_budget_usd=cap) for one in each]
    codes = []
    for prepared, one in zip(ready, cycle(each), strict=False):
        code = _make_one(prepared, one, out, settings, store, as_json)
        if code == INTERRUPTED:
            return code
        codes.append(code)
    return next((c for c in (BUG, BUDGET, PROVIDER, BAD_INPUT, WAITING) if c in codes), DONE)


def check_scripts(scripts: list[Path], wishes: Wishes) -> int:
    """`reelwright check`."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = prepare_all(scripts, one_each(wishes), settings, store)
    for prepared in ready:
        board = prepared.storyboard
        length = sum(length_s(prepared))
        plain(f"{board.source}: fine: {len(board.scenes)} scenes, about {length:.0f} s")
        tell_notes(prepared, "  ")
    try:
        refuse_twins([p.storyboard for p in ready])
    except ScriptError as wrong:
        return say(str(wrong), BAD_INPUT)
    return worst


def _make_one(
    prepared: Prepared,
    wishes: Wishes,
    out: Path,
    settings: Settings,
    store: Store,
    as_json: bool,
) -> int:
    board = prepared.storyboard

    def work(shown: Tell) -> Callable[[], None]:
        try:
            result = run_until_done(_maker(prepared, wishes, out, settings, store, shown))
        except AwaitingApproval as waits:
            if as_json:
                waiting = [one._asdict() for one in waits.waiting]
                told = {"slug": board.slug, "state": "waiting for approval", "waiting": waiting}
                print(json.dumps(told), flush=True)
            raise
        return lambda: _tell(result, as_json)

    return guarded(board, work, live=err.is_terminal and not as_json)


def preview_scene(script: Path, number: int, out: Path, wishes: Wishes) -> int:
    """`reelwright preview`: one scene as a film and a picture; their paths on stdout."""
    from flows.cli.preview import preview

    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = prepare_all([script], one_each(wishes)[:1], settings, store)
    if worst:
        return worst
    prepared = ready[0]

    def work(shown: Tell) -> Callable[[], None]:
        told = (prepared, number, out, settings, store, shown)
        made = run_until_done(lambda: preview(*told))
        return lambda: plain(f"{made.video}  {made.duration_s:.1f} s\n{made.picture}")

    return guarded(prepared.storyboard, work, live=err.is_terminal)


def _maker(
    prepared: Prepared, wishes: Wishes, out: Path, settings: Settings, store: Store, tell: Tell
) -> Callable[[], Coroutine[Any, Any, Result]]:
    """The same job as a Prefect flow when a server is named, else directly."""
    if os.environ.get("PREFECT_API_URL"):
        return lambda: _watched(prepared.storyboard.source, wishes, out, tell)
    batch = Batch(wishes.batch, wishes.batch_budget_usd)
    return lambda: produce(prepared, out, settings, store, do_directly, tell, batch)


async def _watched(script: str, wishes: Wishes, out: Path, tell: Tell) -> Result:
    from flows.make import make_watched

    return await make_watched(script, wishes, out, tell)


def _tell(result: Result, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_told(result)), flush=True)
        return
    plain(_line(result))
    for note in result.receipt.notes:
        plain(f"  note: {note}")


def _told(result: Result) -> dict[str, Any]:
    return {
        "slug": result.slug,
        "video": str(result.video),
        "duration_s": round(result.duration_s, 3),
        "scenes": result.scenes,
        "usd": float(result.usd),
        "saved_usd": float(result.saved_usd),
        "seconds": result.seconds,
    }


def _line(result: Result) -> str:
    loud = "silent" if result.lufs is None else f"{result.lufs:.1f} LUFS"
    return (
        f"{result.video}  {result.duration_s:.1f} s, {result.size_bytes / 1e6:.1f} MB, {loud}, "
        f"{dollars(result.usd)} (owned: {dollars(result.saved_usd)}), "
        f"made in {result.seconds:.1f} s"
    )
