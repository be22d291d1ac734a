"""What the commands do: a sentence per trouble, progress on stderr, results on stdout, exit codes.

0 done · 1 a bug, or a film that failed its own check · 2 bad input · 3 stopped by budget ·
4 a provider could not deliver · 130 interrupted
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assembly.errors import BrokenSegments, FFmpegError, UnreadableMedia
from flows.deliver import FilmRejectedError, claim, refuse_twins
from flows.money import Batch, LedgerUnusable, OverBudget, dollars
from flows.orders import Prepared, SceneOrder
from flows.prepare import prepare, scene_seconds
from flows.produce import Result, open_store, produce, run_name
from flows.progress import LiveProgress, PlainProgress, Tell, watcher
from flows.settings import Settings, load_settings
from flows.sourcing import do_directly
from flows.wishes import Wishes
from prompts.errors import ScriptError
from providers.errors import Misconfigured, ProviderError
from providers.store import Store

DONE, BUG, BAD_INPUT, BUDGET, PROVIDER, INTERRUPTED = 0, 1, 2, 3, 4, 130

_err = Console(stderr=True, soft_wrap=True, highlight=False)
_out = Console(soft_wrap=True, highlight=False)


def make_films(scripts: list[Path], out: Path, wishes: Wishes, as_json: bool) -> int:
    """`reelwright make`: all scripts are checked before the first film is begun.

    The films are one batch: they share `--batch-budget`.
    """
    opened = _open()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    if out.exists() and not out.is_dir():
        return _say(f"{out} is a file; name a folder with --out", BAD_INPUT)
    ready, worst = _prepare_all(scripts, wishes, settings, store)
    if worst:
        return worst
    try:
        refuse_twins([p.storyboard for p in ready])
        for prepared in ready:
            claim(out / prepared.storyboard.slug, prepared.storyboard)
    except ScriptError as wrong:
        return _say(str(wrong), BAD_INPUT)
    told = wishes.batch_budget_usd
    cap = settings.batch_budget if told is None else told
    wishes = wishes._replace(batch=wishes.batch or run_name("batch"), batch_budget_usd=cap)
    codes = []
    for prepared in ready:
        code = _make_one(prepared, wishes, out, settings, store, as_json)
        if code == INTERRUPTED:
            return code
        codes.append(code)
    return next((c for c in (BUG, BUDGET, PROVIDER, BAD_INPUT) if c in codes), DONE)


def check_scripts(scripts: list[Path], wishes: Wishes) -> int:
    """`reelwright check`."""
    opened = _open()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = _prepare_all(scripts, wishes, settings, store)
    for prepared in ready:
        board = prepared.storyboard
        length = sum(_length_s(prepared))
        _plain(f"{board.source}: fine: {len(board.scenes)} scenes, about {length:.0f} s")
        for note in prepared.notes:
            _plain(f"  note: {note}")
        for note in prepared.notes:
            _plain(f"note: {note}")
    try:
        refuse_twins([p.storyboard for p in ready])
    except ScriptError as wrong:
        return _say(str(wrong), BAD_INPUT)
    return worst


def show_plan(script: Path, wishes: Wishes) -> int:
    """`reelwright plan`: the storyboard as a table, with the quote per scene and in all."""
    opened = _open()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = _prepare_all([script], wishes, settings, store)
    if worst:
        return worst
    prepared = ready[0]
    board = prepared.storyboard
    table = Table(
        title=Text(f"{board.title} · {board.aspect} · theme {prepared.theme.name}"),
        caption_justify="left",
    )
    for heading, justify in (
        ("scene", "left"), ("shows", "left"), ("said by", "left"), ("heading", "left"),
        ("narration", "left"), ("about", "right"), ("costs", "right"),
    ):  # fmt: skip
        folds = heading in ("heading", "narration")
        table.add_column(heading, justify=justify, no_wrap=not folds)  # type: ignore[arg-type]
    for order, length in zip(prepared.orders, _length_s(prepared), strict=True):
        scene = order.scene
        cost = _sum([prepared.quote_of(c) for c in (order.picture, order.speech) if c])
        shows = _shows(order)
        table.add_row(
            scene.id, shows, order.speech[0].model if order.speech else "", Text(scene.heading),
            Text(_short(scene.narration)), f"{length:.1f} s", dollars(cost),
        )  # fmt: skip
    total = prepared.quote_usd()
    table.caption = (
        f"{len(board.scenes)} scenes, about {sum(_length_s(prepared)):.0f} s; "
        f"made anew it costs {dollars(total)}"
    )
    Console(highlight=False).print(table)
    for note in prepared.notes:
        _plain(f"note: {note}")
    return DONE


def _open() -> tuple[Settings, Store] | None:
    """Settings and store; None, and a sentence said, when either cannot be had."""
    try:
        settings = load_settings()
        return settings, open_store(settings)
    except (Misconfigured, OSError) as wrong:
        _say(str(wrong), BAD_INPUT)
        return None


def _prepare_all(
    scripts: list[Path], wishes: Wishes, settings: Settings, store: Store
) -> tuple[list[Prepared], int]:
    ready, worst = [], DONE
    for script in scripts:
        try:
            ready.append(prepare(script, wishes, settings, store))
        except (ScriptError, Misconfigured) as wrong:
            worst = _say(str(wrong), BAD_INPUT)
    return ready, worst


def _make_one(
    prepared: Prepared,
    wishes: Wishes,
    out: Path,
    settings: Settings,
    store: Store,
    as_json: bool,
) -> int:
    board = prepared.storyboard
    live = _err.is_terminal and not as_json
    shown = (LiveProgress if live else PlainProgress)(_err, board.title)
    try:
        with shown:
            result = _run_until_done(_maker(prepared, wishes, out, settings, store, shown))
    except KeyboardInterrupt:
        return _say(
            "stopped; everything made so far is kept: run the same command to continue", INTERRUPTED
        )
    except (ScriptError, Misconfigured) as wrong:
        return _say(str(wrong), BAD_INPUT if isinstance(wrong, ScriptError) else PROVIDER)
    except OverBudget as over:
        return _say(f"{board.title}: stopped by budget: {over}", BUDGET)
    except LedgerUnusable as wrong:
        return _say(f"{board.title}: {wrong}", BAD_INPUT)
    except ProviderError as failed:
        return _say(f"{board.title}: {failed}", PROVIDER)
    except UnreadableMedia as wrong:
        return _say(f"{board.source}: {wrong}", BAD_INPUT)
    except (FilmRejectedError, FFmpegError, BrokenSegments) as failed:
        return _say(f"{board.title}: {failed}", BUG)
    except OSError as failed:
        where = f": {failed.filename}" if failed.filename else ""
        return _say(f"{board.title}: {failed.strerror or failed}{where}", BUG)
    if as_json:
        print(json.dumps(_told(result)), flush=True)
    else:
        _plain(_line(result))
        for note in result.receipt.notes:
            _plain(f"  note: {note}")
    return DONE


def _maker(
    prepared: Prepared, wishes: Wishes, out: Path, settings: Settings, store: Store, tell: Tell
) -> Callable[[], Coroutine[Any, Any, Result]]:
    """The same job as a Prefect flow when a server is named, else directly."""
    if os.environ.get("PREFECT_API_URL"):
        return lambda: _watched(prepared.storyboard.source, wishes, out, tell)
    batch = Batch(wishes.batch, wishes.batch_budget_usd)
    return lambda: produce(prepared, out, settings, store, do_directly, tell, batch)


async def _watched(script: str, wishes: Wishes, out: Path, tell: Tell) -> Result:
    from flows.make import make_video

    watcher.set(tell)
    told = {k: float(v) if isinstance(v, Decimal) else v for k, v in wishes._asdict().items()}
    state = await make_video(script, out=str(out.resolve()), **told, return_state=True)
    return await state.aresult()  # type: ignore[return-value]


def _run_until_done(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs the job; an interrupt or SIGTERM cancels it and its children before this returns."""

    async def main() -> Result:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        interrupted = False

        def stop() -> None:
            nonlocal interrupted
            interrupted = True
            if task is not None:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            return await work()
        except asyncio.CancelledError:
            if interrupted:
                raise KeyboardInterrupt from None
            raise

    return asyncio.run(main())


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


def _length_s(prepared: Prepared) -> list[float]:
    return [scene_seconds(order.scene, prepared.storyboard) for order in prepared.orders]


def _shows(order: SceneOrder) -> str:
    """The kind of card, or who makes the picture."""
    if order.clip is not None:
        return "own clip"
    first = order.picture[0]
    return order.scene.visual.card.kind if first.model == "cards" else first.model


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _say(message: str, code: int) -> int:
    sys.stdout.flush()
    _err.print(message, markup=False, style="red" if _err.is_terminal else None)
    return code


def _plain(line: str) -> None:
    _out.print(line, markup=False)
