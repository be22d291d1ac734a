"""One film from first line to receipt: the job that both the command line and the flow do."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import secrets
import time
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.buying.asking import Asker
from flows.buying.licences import licence_lines
from flows.buying.orders import Prepared
from flows.buying.sourcing import Do
from flows.delivery.afterwards import sent_out, tell_ended
from flows.delivery.folder import FilmRejectedError, claim, deliver, video_name
from flows.edits.takes import keys_of, read_takes
from flows.film.pipeline import Film, Studio
from flows.film.progress import Tell
from flows.film.work import hash_text
from flows.moderation.review import Review
from flows.money.amounts import NO_BATCH, Batch, Caps, Owned, Spender
from flows.money.purse import RunPurse
from flows.money.receipt import Hearing, Receipt, ReceiptItem, distinct, totals
from flows.scripts.languages import translated
from flows.scripts.planner import planned
from flows.scripts.presets import too_long
from flows.settings import Settings
from flows.sharing.lanes import open_lanes
from flows.sharing.stores import open_store as open_store
from providers._patience import off_loop
from providers.store import Store


class Result(NamedTuple):
    """A delivered film. Seconds, bytes, USD; `lufs` is None for a film without sound."""

    slug: str
    title: str
    folder: Path
    duration_s: float
    scenes: int
    size_bytes: int
    lufs: float | None
    usd: Decimal
    saved_usd: Decimal
    seconds: float
    receipt: Receipt
    is_draft: bool = False

    @property
    def video(self) -> Path:
        return self.folder / video_name(self.is_draft)


def run_name(slug: str) -> str:
    """A run's name: when, which film, and four digits against twins."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug[:40]}-{secrets.token_hex(2)}"


def caps_of(settings: Settings, run_usd: Decimal | None, batch_usd: Decimal | None = None) -> Caps:
    """The operator's limits, with those of one run and of its batch."""
    return Caps(
        run_usd=run_usd,
        batch_usd=batch_usd,
        day_usd=settings.day_budget,
        month_usd=settings.month_budget,
        provider_usd=tuple(sorted(settings.provider_budgets.items())),
        unknown_usd=settings.unknown_price,
    )


async def produce(
    prepared: Prepared,
    out: Path,
    settings: Settings,
    store: Store,
    do: Do,
    tell: Tell,
    batch: Batch = NO_BATCH,
) -> Result:
    """Makes the film and delivers it below `out`. Films of one `batch` share its cap.

    Raises ScriptError (refused, or the folder is another film's), AwaitingApproval, OverBudget,
    LedgerUnusable, ProviderError, FFmpegError, or FilmRejectedError when the finished file does not
    pass its own check.
    """
    run = run_name(prepared.storyboard.slug)
    try:
        result = await _produce(prepared, out, settings, store, do, tell, batch, run)
    except Exception as ended:
        if not prepared.draft:
            await tell_ended(prepared.storyboard, ended, run, settings)
        raise
    if prepared.draft:
        return result
    async with store.alone(_folder_key(result.folder)):
        receipt = await sent_out(result.folder, result.receipt, settings)
    return result._replace(receipt=receipt)


async def _produce(
    prepared: Prepared,
    out: Path,
    settings: Settings,
    store: Store,
    do: Do,
    tell: Tell,
    batch: Batch,
    run: str,
) -> Result:
    """Makes the film and puts it into its folder."""
    began = time.monotonic()
    board = prepared.storyboard
    # A draft never lies where a film is delivered.
    folder = out / board.slug / "draft" if prepared.draft else out / board.slug
    budget = board.budget_usd if board.budget_usd is not None else settings.budget
    caps = caps_of(settings, budget, batch.cap_usd)
    who = Spender(run, board.source, caps, batch.name)
    lanes = open_lanes(settings, prepared.catalog)
    with closing(RunPurse(settings.ledger_url(), who, store, lanes)) as purse:
        async with store.alone(_folder_key(folder)):
            claim(out / board.slug, board)
            # Before a planner is asked, too: it is sent the words, and it is paid for.
            early = Review(prepared, store, purse, do)
            await early.words()
            if _asks_somebody(prepared):
                early.stop_if_waiting()
            asker = Asker(store, purse, do, settings, prepared.catalog)
            prepared, items, notes = await planned(prepared, asker, store)
            translator = Asker(store, purse, do, settings, prepared.catalog)
            prepared, more = await translated(prepared, translator, store)
            items += more
            board = prepared.storyboard
            film = await Studio(store, purse, do, tell, who).produce(prepared)
            film = film._replace(
                items=[*early.items(), *items, *film.items], notes=(*notes, *film.notes)
            )
            receipt = _receipt(prepared, film, run, settings, time.monotonic() - began)
            if film.problems:
                await asyncio.to_thread(deliver, folder / "rejected", film, board, receipt, store)
                raise FilmRejectedError(film.problems, folder / "rejected")
            told = (folder, film, board, receipt, store, video_name(prepared.draft))
            await asyncio.to_thread(deliver, *told)
            await off_loop(purse.note_owned, _owned(film.items))
            # Takes that the film does not show may be wanted for as long as it is made.
            takes = await asyncio.to_thread(read_takes, Path(board.source))
            await off_loop(store.use, keys_of(takes))
    return Result(
        slug=board.slug,
        title=board.title,
        folder=folder,
        duration_s=film.timeline.frames / film.timeline.fps,
        scenes=len(board.scenes),
        size_bytes=film.video.size,
        lufs=film.measured["integrated_lufs"],
        usd=receipt.usd,
        saved_usd=receipt.saved_usd,
        seconds=round(time.monotonic() - began, 2),
        receipt=receipt,
        is_draft=prepared.draft,
    )


def _folder_key(folder: Path) -> str:
    """The store's key that whoever writes into a film's folder holds."""
    return "folder-" + hash_text(str(folder.resolve()))[:40]


def _asks_somebody(prepared: Prepared) -> bool:
    """Whether a language model is to be sent the film's words."""
    planning, translating = prepared.planning, prepared.translating
    to_plan = planning is not None and bool(planning.missing and planning.models)
    return to_plan or (translating is not None and bool(translating.missing))


def _owned(items: list[ReceiptItem]) -> list[Owned]:
    """What the film did not have to buy, as the ledger notes it."""
    return [
        Owned(item.key, item.provider, item.model, f"{item.scene} {item.what}", item.usd)
        for item in distinct(items)
        if item.state == "owned"
    ]


def _receipt(
    prepared: Prepared, film: Film, run: str, settings: Settings, seconds: float
) -> Receipt:
    paid, saved, unknown = totals(film.items)
    board = prepared.storyboard
    return Receipt(
        run=run,
        slug=board.slug,
        title=board.title,
        script=board.source,
        state="failed" if film.problems else "done",
        problems=film.problems,
        notes=(*film.notes, *filter(None, [too_long(board.preset, film.timeline.duration_s)])),
        at=datetime.now(UTC),
        seconds=round(seconds, 2),
        tier=board.tier or settings.tier,
        encoded=film.timeline.encoding.model_dump()
        | {
            "container": film.timeline.encoding.container,
            "encoder": prepared.format.encoder,
            "preset": board.preset,
            "master": film.master.digest if film.master else "",
        },
        usd=paid,
        saved_usd=saved,
        unknown_prices=unknown,
        items=tuple(film.items),
        licences=licence_lines(film.items, prepared, settings.accepted()),
        moderation=film.judged,
        heard=tuple(Hearing(**told._asdict()) for told in sorted(film.heard)),
        pieces=film.pieces,
        measured=film.measured,
        film_digest=film.video.digest,
        software={
            "reelwright": importlib.metadata.version("reelwright"),
            "python": platform.python_version(),
            "ffmpeg": _ffmpeg_version(),
        },
    )


def _ffmpeg_version() -> str:
    from assembly._ffmpeg import ffmpeg_version

    return ffmpeg_version()
