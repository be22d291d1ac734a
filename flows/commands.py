"""What the commands do: a sentence per trouble, progress on stderr, results on stdout, exit codes.

0 done · 1 a bug, or a film that failed its own check · 2 bad input · 3 stopped by budget ·
4 a provider could not deliver · 130 interrupted
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Coroutine
from decimal import Decimal
from itertools import cycle, product
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
from flows.presets import too_long
from flows.produce import Result, open_store, produce, run_name
from flows.progress import LiveProgress, PlainProgress, Tell, watcher
from flows.settings import Settings, load_settings
from flows.sourcing import do_directly
from flows.together import run_until_done
from flows.wishes import Wishes, one_each
from prompts.errors import ScriptError
from prompts.storyboard import Storyboard
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
    each = one_each(wishes)
    ready, worst = _prepare_all(scripts, each, settings, store)
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
    batch = wishes.batch or run_name("batch")
    each = [one._replace(batch=batch, batch_budget_usd=cap) for one in each]
    codes = []
    for prepared, one in zip(ready, cycle(each), strict=False):
        code = _make_one(prepared, one, out, settings, store, as_json)
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
    ready, worst = _prepare_all(scripts, one_each(wishes), settings, store)
    for prepared in ready:
        board = prepared.storyboard
        length = sum(_length_s(prepared))
        _plain(f"{board.source}: fine: {len(board.scenes)} scenes, about {length:.0f} s")
        _tell_notes(prepared, "  ")
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
    ready, worst = _prepare_all([script], one_each(wishes), settings, store)
    if worst:
        return worst
    for prepared in ready:
        _show_plan(prepared)
    return DONE


def _show_plan(prepared: Prepared) -> None:
    board = prepared.storyboard
    table = Table(
        title=Text(f"{board.title} · {_shape(prepared)} · theme {prepared.theme.name}"),
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
    _tell_notes(prepared)


def _tell_notes(prepared: Prepared, indent: str = "") -> None:
    longer = too_long(prepared.storyboard.preset, sum(_length_s(prepared)))
    for note in (*prepared.notes, *filter(None, [longer])):
        _plain(f"{indent}note: {note}")


def _shape(prepared: Prepared) -> str:
    """The film's aspect, size, rate and codec in a few words."""
    board, shape = prepared.storyboard, prepared.format
    return f"{board.aspect} {shape.width}x{shape.height} {shape.fps} fps {shape.encoding.codec}" + (
        f" · {board.preset}" if board.preset else ""
    )


def _open() -> tuple[Settings, Store] | None:
    """Settings and store; None, and a sentence said, when either cannot be had."""
    try:
        settings = load_settings()
        return settings, open_store(settings)
    except (Misconfigured, OSError) as wrong:
        _say(str(wrong), BAD_INPUT)
        return None


def _prepare_all(
    scripts: list[Path], each: list[Wishes], settings: Settings, store: Store
) -> tuple[list[Prepared], int]:
    """A film for every script and wish, script by script; what is wrong is said once."""
    ready, worst, said = [], DONE, set()
    for script, wishes in product(scripts, each):
        try:
            ready.append(prepare(script, wishes, settings, store))
        except (ScriptError, Misconfigured) as wrong:
            if str(wrong) not in said:
                worst = _say(str(wrong), BAD_INPUT)
            said.add(str(wrong))
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

    def work(shown: Tell) -> Callable[[], None]:
        result = run_until_done(_maker(prepared, wishes, out, settings, store, shown))
        return lambda: _tell(result, as_json)

    return _guarded(board, work, live=_err.is_terminal and not as_json)


def preview_scene(script: Path, number: int, out: Path, wishes: Wishes) -> int:
    """`reelwright preview`: one scene as a film and a picture; their paths on stdout."""
    from flows.preview import preview

    opened = _open()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = _prepare_all([script], one_each(wishes)[:1], settings, store)
    if worst:
        return worst
    prepared = ready[0]

    def work(shown: Tell) -> Callable[[], None]:
        told = (prepared, number, out, settings, store, shown)
        made = run_until_done(lambda: preview(*told))
        return lambda: _plain(f"{made.video}  {made.duration_s:.1f} s\n{made.picture}")

    return _guarded(prepared.storyboard, work, live=_err.is_terminal)


def _guarded(board: Storyboard, work: Callable[[Tell], Callable[[], None]], live: bool) -> int:
    """Does the work, then tells what came of it; a sentence and an exit code when it fails."""
    shown = (LiveProgress if live else PlainProgress)(_err, board.title)
    try:
        with shown:
            tell = work(shown)
        tell()
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


def _tell(result: Result, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_told(result)), flush=True)
        return
    _plain(_line(result))
    for note in result.receipt.notes:
        _plain(f"  note: {note}")


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
