"""The Prefect flow: the pipeline with a task per thing made, owned things shown as Cached.

It holds nothing of its own beyond that: everything it does can be done without Prefect.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.approvals import AwaitingApproval
from flows.money import Batch, dollars
from flows.prepare import prepare
from flows.produce import Result, open_store, produce
from flows.progress import watcher
from flows.receipt import Receipt
from flows.settings import load_settings
from flows.wishes import Wishes

T = TypeVar("T")


def _film_name() -> str:
    """What the run is called in the UI: the script it films."""
    return Path(str(flow_run.parameters.get("script", "film"))).stem


@flow(
    name="make-video",
    flow_run_name=_film_name,
    validate_parameters=True,
    persist_result=False,
    log_prints=False,
)
async def make_video(
    script: str,
    out: str = "films",
    tier: str = "",
    aspect: Literal["", "16:9", "9:16", "1:1", "4:5"] = "",
    theme: str = "",
    voice: str = "",
    captions: Literal["", "burned", "plain", "highlight", "pop", "files", "none"] = "",
    budget_usd: float | None = None,
    strict: bool = False,
    image_provider: str = "",
    tts_provider: str = "",
    video_provider: str = "",
    batch: str = "",
    batch_budget_usd: float | None = None,
    otio: bool = False,
    size: Literal["", "720p", "1080p", "1440p", "2160p"] = "",
    fps: Literal["", "24", "25", "30", "50", "60"] = "",
    codec: Literal["", "h264", "hevc", "av1"] = "",
    audio_codec: Literal["", "aac", "opus"] = "",
    encoder: Literal["", "auto", "cpu", "nvenc"] = "",
    preset: str = "",
    aspects: str = "",
    reframe: bool = False,
    draft: bool = False,
    planner: str = "",
    master: bool = False,
) -> State[Result]:
    """Makes a film of a script.

    Args:
        script: Path of the script, where the worker can read it.
        out: Folder that gets a folder for this film.
        tier: Which models make it; empty: as the script or the worker says.
        aspect: Shape of the film; empty: as the script says.
        theme: Look of the cards and captions; empty: as the script says.
        voice: Who speaks; empty: as the script says.
        captions: How captions are burned, or only files, or none; empty: as the script says.
        budget_usd: Most that this film may cost; empty: as the script says.
        strict: No falling back to another model or to a card.
        image_provider: Image models, tried in order; empty: as the script or the worker says.
        tts_provider: Speech models, tried in order; empty: as the script or the worker says.
        video_provider: Clip models, tried in order; empty: as the script or the worker says.
        batch: A name that films share which share a budget.
        batch_budget_usd: Most that all films of the batch may cost together.
        otio: Also a cut for editing programs, with its media.
        size: Pixels of the shorter side; empty: as the script or the worker says.
        fps: Frames a second; empty: as the script says.
        codec: Of the picture; empty: as the script says.
        audio_codec: Of the sound; empty: as the script says.
        encoder: Who encodes the picture; empty: as the worker says.
        preset: The place that the film is for; empty: as the script says.
        aspects: All shapes made in one run, with commas; the folder is then named by its shape.
        reframe: Pictures are bought for the first shape and cut for the others.
        draft: A small, quick look that buys nothing.
        planner: Who plans scenes and pictures: rules, llm, or names of language models.
        master: Also ProRes 422 HQ for editing programs.
    """
    settings = load_settings()
    store = open_store(settings)
    budget = None if budget_usd is None else Decimal(str(budget_usd))
    switches = (image_provider, tts_provider, video_provider)
    wishes = Wishes(
        tier, aspect, theme, voice, captions, budget, strict, *switches, otio=otio, size=size,
        fps=fps, codec=codec, audio_codec=audio_codec, encoder=encoder, preset=preset,
        aspects=aspects, reframe=reframe, draft=draft, master=master,
        planner=planner,
    )  # fmt: skip
    prepared = await asyncio.to_thread(prepare, Path(script), wishes, settings, store)
    shared = Batch(batch, None if batch_budget_usd is None else Decimal(str(batch_budget_usd)))
    told_to = (store, do_as_task, watcher.get(), shared)
    try:
        result = await produce(prepared, Path(out), settings, *told_to)
    except AwaitingApproval as waits:
        return Failed(name="Waiting for approval", message=str(waits), data=waits)
    await _publish(result)
    told = (
        f"{result.video} · {result.duration_s:.1f} s · {dollars(result.usd)} "
        f"(owned: {dollars(result.saved_usd)})"
    )
    get_run_logger().info(told)
    return Completed(message=told, data=result)


@task(cache_policy=NO_CACHE, persist_result=False)
async def piece(work: Callable[[], Awaitable[tuple[Any, bool]]]) -> Any:
    """One thing bought or made; what is owned already ends as Cached."""
    value, made = await work()
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


async def _publish(result: Result) -> None:
    """The receipt as a table, and a summary that says what the film is."""
    key = re.sub(r"[^a-z0-9]+", "-", result.slug.lower()).strip("-") or "film"
    await acreate_table_artifact(
        key=f"receipt-{key}",
        table=_rows(result.receipt),
        description=f"**{dollars(result.usd)}** paid, {dollars(result.saved_usd)} owned",
    )
    await acreate_markdown_artifact(key=f"film-{key}", markdown=_summary(result))


def _rows(receipt: Receipt) -> list[dict[str, Any]]:
    return [
        {
            "scene": item.scene,
            "what": item.what,
            "state": item.state,
            "model": item.model,
            "quantity": f"{item.quantity} {item.unit}",
            "usd": dollars(item.usd),
            "price from": item.price_source,
        }
        for item in receipt.items
    ]


def _summary(result: Result) -> str:
    measured = result.receipt.measured
    pieces = "\n".join(
        f"| {name} | {count.made} | {count.owned} |"
        for name, count in result.receipt.pieces.items()
    )
    return (
        f"# {result.title}\n\n`{result.video}`\n\n"
        f"{result.duration_s:.1f} s, {result.scenes} scenes, {result.size_bytes / 1e6:.1f} MB, "
        f"made in {result.seconds:.1f} s, **{dollars(result.usd)}** "
        f"(owned: {dollars(result.saved_usd)})\n\n"
        f"Loudness {measured['integrated_lufs']} LUFS, "
        f"worst edge {measured['worst_sync_frames']} frames off\n\n"
        f"| piece | made | owned |\n|---|---|---|\n{pieces}\n"
    )
