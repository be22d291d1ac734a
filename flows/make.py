"""The Prefect flow: the pipeline with a task per thing made, owned things shown as Cached.

It holds nothing of its own beyond that: everything it does can be done without Prefect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed

from assembly.errors import BrokenSegments, FFmpegError, UnreadableMedia
from flows.buying.away import sender
from flows.delivery.folder import FilmRejectedError
from flows.film.produce import Result, produce
from flows.film.progress import Step, Tell, watcher
from flows.moderation.approvals import AwaitingApproval
from flows.money.amounts import Batch, LedgerUnusable, OverBudget, dollars
from flows.orchestration.cancel import Stopped, alive, attended, call_off_orders, is_cancelled
from flows.orchestration.errands import send
from flows.orchestration.form import (
    Captions,
    More,
    Script,
    Shape,
    Theme,
    Tier,
    Usd,
    Voice,
    described,
    film_name,
    form_of,
    kept_script,
    wishes_of,
)
from flows.orchestration.pauses import answer, wait_for_approval, wait_for_money
from flows.orchestration.shown import ShownProgress, publish
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import Settings, load_settings
from flows.sharing.stores import open_store
from prompts.errors import ScriptError
from providers.errors import Misconfigured, ProviderError

T = TypeVar("T")
TOLD = (
    ScriptError, Misconfigured, ProviderError, LedgerUnusable, UnreadableMedia, FilmRejectedError,
    FFmpegError, BrokenSegments, OSError,
)  # fmt: skip
"""What fails with one sentence; anything else is a mistake of ours, with its traceback in the log.
"""


def _film_name() -> str:
    """What the run is called in the UI: the film."""
    return film_name(str(flow_run.parameters.get("script", "film")))


@flow(
    name="make-video",
    flow_run_name=_film_name,
    validate_parameters=True,
    persist_result=False,
    log_prints=False,
)
@described
async def make_video(
    script: Script,
    tier: Tier = "",
    voice: Voice = "",
    aspect: Shape = "",
    theme: Theme = "",
    captions: Captions = "",
    budget_usd: Usd = None,
    more: More | None = None,
) -> State[Result]:
    """Makes a film of a script. Run it again: only what changed is made again.

    Args:
        script: The script itself, pasted whole, or the path of a file that the worker can read.
        tier: Which models make it; empty: as the script or the worker says. {tiers}
        voice: Who speaks; empty: as the script says. A voice belongs to a model: {voices}
        aspect: Shape of the film; empty: as the script says.
        theme: Look of the cards and captions; empty: as the script says.
        captions: How captions are burned in, or only files, or none; empty: as the script says.
        budget_usd: Most USD that this film may cost; it stops before. Empty: as the script says.
        more: What few films need: models by name, sizes, codecs, batches, drafts, masters.
    """
    form = {"tier": tier, "voice": voice, "aspect": aspect, "theme": theme, "captions": captions}
    wishes = wishes_of(form | {"budget_usd": budget_usd}, more)
    try:
        return await _made(script, wishes, more.out if more else "")
    except AwaitingApproval as waits:
        return await wait_for_approval(waits)
    except OverBudget as over:
        return await wait_for_money(over)
    except Stopped:
        return Cancelled(message="cancelled: everything made so far is kept, run it again to go on")
    except TOLD as wrong:
        return Failed(message=str(wrong), data=wrong)


async def _made(script: str, wishes: Wishes, out: str) -> State[Result]:
    settings = load_settings()
    with alive(settings.home):
        return await _made_alive(script, wishes, out, settings)


async def _made_alive(script: str, wishes: Wishes, out: str, settings: Settings) -> State[Result]:
    store = open_store(settings)
    path = kept_script(script, settings)
    budget = await answer(str(path.absolute()), store)
    if budget is not None:
        wishes = wishes._replace(budget_usd=Decimal(str(budget)))
    prepared = await asyncio.to_thread(prepare, path, wishes, settings, store)
    shared = Batch(wishes.batch, wishes.batch_budget_usd)
    if settings.gpu_deployment:
        sender.set(partial(send, settings.gpu_deployment))
    progress = ShownProgress(prepared.storyboard.slug)
    told_to = (settings, store, do_as_task, _both(watcher.get(), progress), shared)
    folder = Path(out) if out else settings.films or Path("films")
    work = produce(prepared, folder, *told_to)
    try:
        result = await attended(work, progress)
    except (Stopped, asyncio.CancelledError):
        if not await is_cancelled():
            raise
        again = prepared.again or (lambda: prepared)
        await call_off_orders(await asyncio.to_thread(again), settings, store)
        # A signal that came with it is answered by the state: this run is cancelled, not crashed.
        raise Stopped from None
    await publish(result, settings)
    log = get_run_logger()
    for note in result.receipt.notes:
        log.warning(note)
    told = (
        f"{result.video} · {result.duration_s:.1f} s · {dollars(result.usd)} "
        f"(owned: {dollars(result.saved_usd)})"
    )
    log.info(told)
    return Completed(message=told, data=result)


def _both(one: Tell, other: Tell) -> Tell:
    def tell(step: Step) -> None:
        one(step)
        other(step)

    return tell


@task(cache_policy=NO_CACHE, persist_result=False)
async def piece(work: Callable[[], Awaitable[tuple[Any, bool]]]) -> Any:
    """One thing bought or made; what is owned already ends as Cached."""
    try:
        value, made = await work()
    except (*TOLD, OverBudget) as wrong:
        return Failed(message=str(wrong), data=wrong)
    if made:
        return Completed(data=(value, True))
    return Completed(
        name="Cached", message="owned already: nothing was made or paid", data=(value, False)
    )


async def do_as_task(name: str, work: Callable[[], Awaitable[tuple[T, bool]]]) -> tuple[T, bool]:
    """A `Do` that shows the work as a task called `name`."""
    kind = name.rsplit(" · ", 1)[0].split(" ")[-1]
    named: Any = piece.with_options(
        name=kind, task_run_name=name.replace("{", "(").replace("}", ")")
    )
    state: Any = await named(work, return_state=True)
    done: tuple[T, bool] = await state.aresult()
    return done


async def make_watched(script: str, wishes: Wishes, out: Path, tell: Tell) -> Result:
    """Makes a film as a run of the flow, and tells `tell` of its progress too.

    Raises what making it without Prefect raises.
    """
    watcher.set(tell)
    state = await make_video(script, **form_of(wishes, out), return_state=True)
    return await state.aresult()  # type: ignore[return-value]
