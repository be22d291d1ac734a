"""What `reelwright inbox` does: empties an inbox, once or for as long as it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from flows.batches.command import film_maker
from flows.batches.inbox import empty_inbox
from flows.batches.inbox_bucket import empty_bucket
from flows.batches.outcome import Outcome
from flows.cli.desk import (
    BAD_INPUT,
    DONE,
    INTERRUPTED,
    TROUBLES,
    err,
    open_home,
    plain,
    say,
    trouble,
)
from flows.film.together import run_until_done
from flows.money.amounts import dollars
from flows.scripts.wishes import Wishes


def keep_inbox(folder: str, wishes: Wishes, concurrency: int, every_s: float, as_json: bool) -> int:
    """`reelwright inbox`: a line for each film; with `every_s` of 0 one round, else until stopped.

    What an editor has to put right is no failure of this command: it is told in the inbox.
    """
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    is_bucket = folder.startswith("s3://")
    if not is_bucket and not Path(folder).is_dir():
        return say(f"{folder} is no folder; make it, and tell editors to put scripts there", 2)

    def shown(film: Outcome) -> None:
        if as_json:
            print(film.model_dump_json(exclude={"log"}), flush=True)
        else:
            plain(_line(film))

    async def work() -> None:
        while True:
            make = film_maker(settings, store)
            told = (settings, store, make, wishes, concurrency)
            if is_bucket:
                await empty_bucket(folder, *told, shown=shown)
            else:
                await empty_inbox(Path(folder), *told, shown=shown)
            if not every_s:
                return
            await asyncio.sleep(every_s)

    if every_s and err.is_terminal:
        say(f"watching {folder}; stop with Ctrl-C", DONE)
    try:
        run_until_done(work)
    except KeyboardInterrupt:
        return DONE if every_s else say("stopped; the next run goes on from here", INTERRUPTED)
    except TROUBLES as failed:
        return say(*trouble(failed))
    return DONE


def _line(film: Outcome) -> str:
    if film.state != "done":
        return f"{film.script}: {film.state}: {film.why}"
    told = f"{film.duration_s:.1f} s, {dollars(film.usd)}, in {film.seconds:.1f} s"
    return f"{film.video or film.script}  {told}"
