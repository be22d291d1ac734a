"""Many films, several at once: one that fails stops no other, and another run goes on there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.batches.outcome import FAILED, Outcome, State, outcome_of
from flows.batches.plan import BatchPlan, Job
from flows.batches.standing import makers, stands
from flows.batches.summary import (
    FILE,
    PAGE,
    Summary,
    committed_usd,
    last_summary,
    new_summary,
    write_whole,
)
from flows.batches.topics import write_topic
from flows.buying.sourcing import do_directly
from flows.cli.desk import BAD_INPUT, BUDGET, BUG, DONE, PROVIDER, WAITING
from flows.film.produce import Result, produce
from flows.film.progress import Tell, silent
from flows.film.together import all_of
from flows.film.work import hash_text, work_key
from flows.money.amounts import Batch, dollars
from flows.pages.batch import BatchPage
from flows.scripts.prepare import prepare
from flows.settings import Settings
from prompts.errors import Problem, ScriptError
from providers.store import Store, digest_of

AT_ONCE = 4
"""Films under way at once: while one waits for a vendor, another is encoded."""
_SAVING_SHARE = 0.05
"""Of the time goes into the summary, and into its page: a thousand films take long to paint."""

Make = Callable[[Job, Path, Tell], Awaitable[Result]]
"""Makes one film below a folder. Raises what `produce` raises."""


class BatchBusy(Exception):
    """Another process makes this batch; the sentence says so."""


class Moment(NamedTuple):
    """A film of a batch began or ended; `left_s` is about how long the others take."""

    film: Outcome
    ended: int
    total: int
    counts: Counter[State]
    usd: Decimal
    left_s: float | None


Shown = Callable[[Moment], None]


def unseen(_moment: Moment) -> None:
    """Shows nothing."""


class BatchResult(NamedTuple):
    """A batch that was gone through."""

    name: str
    out: Path
    outcomes: tuple[Outcome, ...]
    usd: Decimal
    """Paid now."""
    saved_usd: Decimal
    seconds: float
    page: Path
    code: int

    def sentence(self) -> str:
        """`97 of 100 films done, 2 failed, 1 stopped by budget; $1.20 (owned: $3.10)`."""
        counts = Counter(one.state for one in self.outcomes)
        told = [f"{counts.pop('done', 0)} of {len(self.outcomes)} films done"]
        told += [f"{number} {state}" for state, number in counts.items()]
        late = sum(one.late_s > 0 for one in self.outcomes)
        told += [f"{late} past the deadline"] if late else []
        return f"{', '.join(told)}; {dollars(self.usd)} (owned: {dollars(self.saved_usd)})"


def directly(settings: Settings, store: Store) -> Make:
    """Films are made in this process."""

    async def make(job: Job, out: Path, tell: Tell) -> Result:
        prepared = await asyncio.to_thread(prepare, job.script, job.wishes, settings, store)
        batch = Batch(job.wishes.batch, job.wishes.batch_budget_usd)
        return await produce(prepared, out, settings, store, do_directly, tell, batch)

    return make


async def run_batch(
    plan: BatchPlan,
    settings: Settings,
    store: Store,
    make: Make,
    concurrency: int = AT_ONCE,
    only_failed: bool = False,
    shown: Shown = unseen,
) -> BatchResult:
    """Makes the films of a batch, those with the nearest deadline first; owned ones pass quickly.

    The summary lies in the batch's folder and is written as films end, also when this is cancelled.
    Raises BatchBusy, and ScriptError where the folder holds another batch.
    """
    with store.if_free("batch-" + hash_text(str(plan.out.resolve()))[:40]) as is_free:
        if not is_free:
            raise BatchBusy(
                f"{plan.out} is being made by another process; see {plan.out / PAGE}, or wait"
            )
        return await _Run(plan, settings, store, make, concurrency, only_failed, shown).all()


class _Run:
    """One going through a batch."""

    def __init__(
        self, plan: BatchPlan, settings: Settings, store: Store, make: Make, concurrency: int,
        only_failed: bool, shown: Shown,
    ) -> None:  # fmt: skip
        last = last_summary(plan)
        self.plan, self.settings, self.store, self.make = plan, settings, store, make
        self.shown = shown
        start = last or new_summary(plan)
        told = {
            "cap_usd": plan.cap_usd, "concurrency": concurrency, "notes": plan.notes,
            "round": start.round + start.is_through, "is_through": False, "is_running": True,
        }  # fmt: skip
        self.summary = start.model_copy(update=told)
        self.makers = makers(settings)
        self.films = {job.key: _before(job, last) for job in plan.jobs}
        jobs = list(plan.jobs)
        if only_failed:
            jobs = [job for job in jobs if self.films[job.key].state in FAILED]
            if last is None:
                _refuse_first(plan)
        self.jobs = sorted(jobs, key=lambda job: job.deadline or datetime.max.replace(tzinfo=UTC))
        self.at_once = max(1, min(concurrency, len(jobs)))
        self.batch = Batch(self.summary.id, plan.cap_usd)
        self.page = BatchPage(plan.out)
        self.touched: list[str] = []
        self.stood: set[str] = set()
        self.paid = Decimal(0)
        self.began = time.monotonic()
        self._not_before = {self._save: 0.0, self._paint: 0.0}

    async def all(self) -> BatchResult:
        waiting = iter(self.jobs)
        try:
            await all_of(self._worker(waiting) for _ in range(self.at_once))
            self.summary = self.summary.model_copy(update={"is_through": True})
        finally:
            for key, film in self.films.items():
                if film.state == "making":
                    self.films[key] = _interrupted(film)
            self.summary = self.summary.model_copy(update={"is_running": False})
            self._save()
            self._paint()
        films = tuple(self.films.values())
        codes = {self.films[key].code for key in self.touched}
        worst = (BUG, BUDGET, PROVIDER, BAD_INPUT, WAITING)
        return BatchResult(
            self.plan.name, self.plan.out, films, self.paid,
            sum((film.saved_usd for film in films), Decimal(0)),
            round(time.monotonic() - self.began, 2), self.plan.out / PAGE,
            next((code for code in worst if code in codes), DONE),
        )  # fmt: skip

    async def _worker(self, waiting: Iterator[Job]) -> None:
        for job in waiting:
            before = self.films[job.key]
            if await asyncio.to_thread(self._stands, job, before):
                self.touched.append(job.key)
                self.stood.add(job.key)
                self._note(before)
                continue
            self._note(before.model_copy(update={"state": "making"}))
            after = await outcome_of(self._film(job), before)
            stamp = self._stamp(job) if after.state == "done" else ""
            after = after.model_copy(update={"stamp": stamp, "round": self.summary.round})
            self.touched.append(job.key)
            self.paid += after.usd - before.usd
            self._note(after)

    def _stands(self, job: Job, before: Outcome) -> bool:
        """Whether this round made the film already, just as it would be made now."""
        is_known = before.stamp and before.stamp == self._stamp(job)
        in_round = before.round == self.summary.round and self._is_owned(job.key)
        return bool(is_known) and in_round and stands(before)

    def _stamp(self, job: Job) -> str:
        """Of the film as it was planned; empty where it may have been made otherwise."""
        try:
            is_as_planned = job.stamp and digest_of(job.script) == job.digest
        except OSError:
            return ""
        return work_key(job.stamp, self.makers) if is_as_planned else ""

    async def _film(self, job: Job) -> Result:
        if job.wrong:
            raise ScriptError(job.wrong)
        told = job.wishes._replace(batch=self.batch.name, batch_budget_usd=self.batch.cap_usd)
        job = job._replace(wishes=told)
        written_usd = Decimal(0)
        if job.topic and not job.script.exists():
            written_usd = await write_topic(job, job.topic, self.settings, self.store, self.batch)
        is_changed = job.digest and job.script.exists() and digest_of(job.script) != job.digest
        result = await self.make(job, self.plan.out, silent)
        if is_changed:
            note = "the script was changed after the batch began, and was made as it is now"
            notes = (*result.receipt.notes, note)
            result = result._replace(receipt=result.receipt.model_copy(update={"notes": notes}))
        return result._replace(usd=result.usd + written_usd)

    def _note(self, film: Outcome) -> None:
        self.films[film.key] = film
        for write, not_before in self._not_before.items():
            if (began := time.monotonic()) > not_before:
                write()
                ended = time.monotonic()
                self._not_before[write] = ended + (ended - began) / _SAVING_SHARE
        counts = Counter(film.state for film in self.films.values())
        total = len(self.jobs)
        self.shown(Moment(film, len(self.touched), total, counts, self.paid, self._left_s()))

    def _save(self) -> None:
        spent = committed_usd(self.settings, self.batch.name) if self._has_money() else Decimal(0)
        known = sum((film.usd for film in self.films.values()), Decimal(0))
        told = {
            "at": datetime.now().astimezone(),
            "films": tuple(self.films.values()),
            "paid_usd": known if spent is None else spent,
        }
        self.summary = self.summary.model_copy(update=told)
        write_whole(self.plan.out / FILE, self.summary.model_dump_json(indent=1) + "\n")

    def _paint(self) -> None:
        write_whole(self.plan.out / PAGE, self.page.html(self.summary, self._left_s()))

    def _has_money(self) -> bool:
        """Whether anything was or could have been paid: a batch that pays nothing has no ledger."""
        quotes = self.plan.quotes.values()
        priced = any(usd != 0 for quote in quotes for usd in quote.missing.values())
        return priced or len(quotes) < len(self.plan.jobs) or self.summary.paid_usd != 0

    def _left_s(self) -> float | None:
        """About how long the rest takes; films that are owned pass quicker than others."""
        took: dict[bool, list[float]] = {True: [], False: []}
        for key in set(self.touched) - self.stood:
            took[self._is_owned(key)].append(self.films[key].seconds)
        begun = set(self.touched)
        left = Counter(self._is_owned(job.key) for job in self.jobs if job.key not in begun)
        seconds = 0.0
        for is_owned, number in left.items():
            if not took[is_owned]:
                return None
            seconds += number * sum(took[is_owned]) / len(took[is_owned])
        return seconds / self.at_once

    def _is_owned(self, key: str) -> bool:
        quote = self.plan.quotes.get(key)
        return quote is not None and not quote.missing


def _before(job: Job, last: Summary | None) -> Outcome:
    """What is known of a film: its row as it is now, and what the last run made of it."""
    known = {film.key: film for film in last.films} if last else {}
    names = job.key, job.alias, job.refused_key
    found = next((known[name] for name in names if name in known), Outcome(key=job.key))
    told = {
        "key": job.key, "row": job.row, "place": job.place, "script": str(job.script),
        "title": job.title, "deadline": job.deadline,
    }  # fmt: skip
    found = found.model_copy(update=told)
    return _interrupted(found) if found.state == "making" else found


def _interrupted(film: Outcome) -> Outcome:
    told = {
        "state": "interrupted", "why": "the run ended before the film did",
        "todo": "run the same command again: what was made of it is kept",
    }  # fmt: skip
    return film.model_copy(update=told)


def _refuse_first(plan: BatchPlan) -> None:
    told = "there is no such summary, so nothing tells which films failed"
    fix = "run the batch without --failed-only first"
    raise ScriptError((Problem(path=str(plan.out / FILE), line=1, problem=told, fix=fix),))
