"""One scene as a film of seconds, and the picture in its middle: `reelwright preview`."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from flows.buying.orders import Prepared
from flows.buying.sourcing import do_directly
from flows.film.pipeline import Studio
from flows.film.produce import caps_of, run_name
from flows.film.progress import Tell
from flows.money.amounts import Spender
from flows.money.purse import RunPurse
from flows.settings import Settings
from flows.sharing.lanes import open_lanes
from prompts.errors import Problem, ScriptError
from providers.requests import FileRequest
from providers.store import Store


class Preview(NamedTuple):
    """What was made: a film of one scene, its middle as a PNG, and how long it lasts."""

    video: Path
    picture: Path
    duration_s: float


def only_scene(prepared: Prepared, number: int) -> Prepared:
    """The film of scene `number` (from 1) alone, without music: it orders only what that needs.

    Raises ScriptError when there is no such scene.
    """
    board = prepared.storyboard
    if not 1 <= number <= len(prepared.orders):
        problem = f"there is no scene {number}; the film has {len(prepared.orders)}"
        raise ScriptError(
            (Problem(path=board.source, line=1, problem=problem, fix="name one of them"),)
        )
    order = prepared.orders[number - 1]
    cards = [r for candidate in order.picture for r in candidate.requests]
    # A card's request names the files on it by their digests.
    named = "".join(r.model_dump_json() for r in cards) + prepared.brand.model_dump_json()
    own = {order.clip.digest} if order.clip else set()
    files: tuple[FileRequest, ...] = tuple(
        file for file in prepared.files if file.digest in own or file.digest in named
    )
    alone = board.model_copy(update={"scenes": (order.scene,), "poster": "", "music": ()})
    return prepared._replace(storyboard=alone, orders=(order,), files=files, music=(), poster="")


async def preview(
    prepared: Prepared, number: int, out: Path, settings: Settings, store: Store, tell: Tell
) -> Preview:
    """Makes one scene within the caps and puts it below `out`.

    Raises what making a film raises, but for its final check: a scene is looked at by its editor.
    """
    one = only_scene(prepared, number)
    board = one.storyboard
    budget = board.budget_usd if board.budget_usd is not None else settings.budget
    caps = caps_of(settings, budget)
    who = Spender(run_name(f"{board.slug}-preview"), board.source, caps)
    lanes = open_lanes(settings, prepared.catalog)
    with closing(RunPurse(settings.ledger_url(), who, store, lanes)) as purse:
        film, duration_s = await Studio(store, purse, do_directly, tell).scene(one)
    folder = out / board.slug / "preview"
    folder.mkdir(parents=True, exist_ok=True)
    video = folder / f"{one.orders[0].scene.id}.mp4"
    picture = video.with_suffix(".png")
    await asyncio.to_thread(shutil.copyfile, store.path(film.digest), video)
    await asyncio.to_thread(_middle, video, duration_s / 2, picture)
    return Preview(video, picture, duration_s)


def _middle(video: Path, at_s: float, out: Path) -> None:
    """Writes the frame at `at_s` as a PNG."""
    import av

    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= at_s:
                break
        frame.to_image().save(out)  # type: ignore[no-untyped-call]
