"""Scenes planned by a language model: asked once per passage of a script, and remembered.

What was planned for a passage holds as long as its words do, so that an edit of one sentence asks
for one passage again and changes no other picture.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from flows.casting import Casting, Part
from flows.money import dollars, total_usd
from flows.orders import Candidate, Prepared
from flows.purse import RunPurse
from flows.receipt import ReceiptItem, receipt_items
from flows.settings import Settings
from flows.sourcing import Bought, Do, Got
from flows.work import hash_text
from prompts.answers import BadAnswer, FilmPlan, Look, ScenePlan, answer_schema
from prompts.planning import (
    VERSION,
    Passage,
    UnevenPlan,
    passages_of,
    planned_script,
    question,
    read_plan,
)
from prompts.script import Script
from prompts.storyboard import Frozen
from prompts.templates import fill_template
from providers.buying import Purchase, buy
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Failed, ProviderError
from providers.models import Model, Task
from providers.requests import PlanRequest
from providers.store import Asset, Store

_STILL = "are not planned yet"
RULES, LLM = "rules", "llm"
MOST_SENTENCES = 120
"""Of one question: an answer about more would be cut off."""
TOKENS_PER_SENTENCE, TOKENS_BESIDE = 220, 6000
"""What an answer may take: for each sentence, and for the look and the model's thinking."""


class Book(Frozen):
    """What was planned for one script: the look of its film, and the scenes of each passage."""

    made_by: str
    look: Look | None = None
    plans: dict[str, tuple[ScenePlan, ...]] = {}
    bought: tuple[str, ...] = ()
    """The store's keys of the answers that it comes from."""


class Planning(NamedTuple):
    """How far a script is planned by a model. `models` are tried in order, the book's first."""

    script: Script
    models: tuple[Part, ...]
    catalog: Catalog
    settings: Settings
    book: Book
    path: Path
    missing: tuple[Passage, ...]
    notes: tuple[str, ...]


class Answered(NamedTuple):
    """What asking came to: lines of the receipt, and sentences about what went otherwise."""

    items: list[ReceiptItem]
    notes: list[str]


def plan_script(script: Script, wished: str, settings: Settings) -> tuple[Script, Planning | None]:
    """The script as far as it is planned, and what is to be asked. Buys nothing.

    `wished` is the command line's word; else the script's holds, else the operator's. Without a
    model the script stays as it is. Raises Misconfigured for a model that does not exist.
    """
    named = wished or script.front.planner or settings.planner
    if named == RULES:
        return script, None
    catalog = load_catalog(settings.models)
    models, notes = models_for("plan", named, settings, catalog)
    told = [str(script.path.absolute()), script.front.style, VERSION]
    path = settings.home / "plans" / f"{hash_text(json.dumps(told))[:40]}.json"
    passages = passages_of(script)
    book = _read(path, models[0][0].name if models else "")
    missing = tuple(p for p in passages if p.name not in book.plans)
    planning = Planning(script, models, catalog, settings, book, path, missing, notes)
    if book.look is None:
        return script, planning
    return planned_script(script, book.look, book.plans), planning


def models_for(
    task: Task, named: str, settings: Settings, catalog: Catalog
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The models that `named` stands for, those with a key alone for `llm`; and notes."""
    if named != LLM:
        casting = Casting(catalog, settings)
        return casting.parts(named, "plan"), casting.notes
    access, today = settings.access(), dt.datetime.now(dt.UTC).date()
    able = [
        (model, "")
        for model in catalog.models.values()
        if task in model.tasks and access.get(model.key)
        if model.shutdown is None or model.shutdown > today
    ]
    keys = dict.fromkeys(m.key for m in catalog.models.values() if task in m.tasks)
    note = f"no language model has a key: set one of {', '.join(keys)}; rules do its work"
    return tuple(able), () if able else (note,)


def still_to_ask(planning: Planning) -> tuple[str, ...]:
    """What the editor should know before anything is bought."""
    if not planning.missing or not planning.models:
        return planning.notes
    model, _ = planning.models[0]
    provider = make_provider(model.provider, Path, {}, planning.catalog)
    asked = [_request(planning, model, batch, planning.book.look) for batch in _batches(planning)]
    usd = total_usd(line for request in asked for line in provider.quote(request))
    told = (
        f"{len(planning.missing)} of {len(passages_of(planning.script))} passages {_STILL}: "
        f"`make` asks {model.name}, for at most {dollars(usd)}"
    )
    return (*planning.notes, told)


async def planned(
    prepared: Prepared, store: Store, purse: RunPurse, do: Do
) -> tuple[Prepared, Answered]:
    """The film as it is once its planner was asked. A draft asks nobody. Raises what caps raise."""
    planning, again = prepared.planning, prepared.again
    if planning is None or again is None:
        return prepared, Answered([], [])
    answered = Answered([], [])
    if planning.missing and planning.models and not prepared.draft:
        await ask(planning, store, purse, do, answered)
        # What could not be planned is told by `answered`, and not that it is still to come.
        left = (await asyncio.to_thread(again))._replace(planning=planning)
        prepared = left._replace(notes=tuple(n for n in left.notes if _STILL not in n))
    answered.items.extend(owned_items(planning, store, answered.items))
    return prepared, answered


async def ask(
    planning: Planning, store: Store, purse: RunPurse, do: Do, answered: Answered
) -> None:
    """Has what is missing planned, and writes it down. Raises what caps raise.

    An answer that cannot be used is sent back once with its faults; then the rules' plan stands.
    """
    book = planning.book
    for batch in _batches(planning):
        why: list[str] = []
        after = await _first_answer(planning, batch, book, why, (store, purse, do, answered))
        if after is not None:
            book = after
            _write(planning.path, book)
        told = ", ".join(dict.fromkeys(p.sentences[0].place for p in batch))
        by = "another model" if after is not None else "rules"
        if why:
            answered.notes.append(f"planned by {by}: {told} ({'; '.join(why)})")


async def _first_answer(
    planning: Planning,
    batch: tuple[Passage, ...],
    book: Book,
    why: list[str],
    tools: tuple[Store, RunPurse, Do, Answered],
) -> Book | None:
    """The book with the plan of the first model that can be reached; None where rules stand in.

    `why` gets a sentence for each model that did not deliver.
    """
    for model, asked in planning.models:
        try:
            return await _Desk(planning, model, asked, *tools).plan(batch, book)
        except ProviderError as failed:
            why.append(f"{model.name}: {failed}")
        except BadAnswer as wrong:
            # It was paid for twice: no other model is paid for the same.
            why.append(f"{model.name} answered twice what cannot be used: {wrong}")
            break
    return None


def owned_items(planning: Planning, store: Store, known: list[ReceiptItem]) -> list[ReceiptItem]:
    """The receipt's lines of answers that were bought by earlier runs and are used by this one."""
    told = {item.key for item in known}
    assets = [store.find(key) for key in _read(planning.path, planning.book.made_by).bought]
    return [
        line
        for asset in assets
        if asset is not None and asset.key not in told
        for line in receipt_items("film", "plan", _got(asset))
    ]


class _Desk:
    """One batch at one model: question, answer, and once more where that cannot be used."""

    def __init__(
        self, planning: Planning, model: Model, asked: str, store: Store, purse: RunPurse, do: Do,
        answered: Answered,
    ) -> None:  # fmt: skip
        self.planning, self.model, self.asked = planning, model, asked
        self._store, self._purse, self._do, self._answered = store, purse, do, answered
        access = planning.settings.access()
        self._provider = make_provider(model.provider, store.path, access, planning.catalog)

    async def plan(self, batch: tuple[Passage, ...], book: Book) -> Book:
        """The book with what the model planned. Raises BadAnswer or a ProviderError."""
        request = _request(self.planning, self.model, batch, book.look)
        key, text, finish = await self._have("plan", request)
        try:
            look, plans = self._read(text, finish, batch, book)
        except BadAnswer as wrong:
            faults = "\n".join(f"- {fault}" for fault in wrong.faults)
            turns = (*request.turns, text or "(no answer)", fill_template("mend", faults=faults))
            mended = request.model_copy(update={"turns": turns})
            key, text, finish = await self._have("plan again", mended)
            try:
                look, plans = self._read(text, finish, batch, book)
            except UnevenPlan as uneven:
                # Every sentence is in its place: uneven scenes are better than uncut ones.
                look, plans = uneven.look, uneven.plans
        return book.model_copy(
            update={"look": look, "plans": {**book.plans, **plans}, "bought": (*book.bought, key)}
        )

    def _read(
        self, text: str, finish: str, batch: tuple[Passage, ...], book: Book
    ) -> tuple[Look, dict[str, tuple[ScenePlan, ...]]]:
        if finish == "refused":
            raise BadAnswer(["it was refused; the narration is fixed, plan calm pictures for it"])
        if finish == "length":
            raise BadAnswer(["it was cut off before its end; be briefer"])
        return read_plan(text, self.planning.script, batch, book.look)

    async def _have(self, what: str, request: PlanRequest) -> tuple[str, str, str]:
        """(key, text, how it ended) of an answer, owned or bought now."""

        async def work() -> tuple[Asset, bool]:
            return await buy(self._store, self._provider, request, self._purse)

        asset, made = await self._do(f"film {what} · {self.model.name}", work)
        got = _got(asset, made, self.model.name, self.asked)
        self._answered.items.extend(receipt_items("film", "plan", got))
        try:
            told = json.loads(self._store.path(asset.digest).read_bytes())
            return asset.key, str(told["text"]), str(told["finish"])
        except (OSError, ValueError, KeyError, TypeError):
            raise Failed(f"the answer {asset.key} in the store cannot be read") from None


def _got(asset: Asset, made: bool = False, model: str = "", asked: str = "") -> Got:
    request = PlanRequest.model_validate(asset.request)
    parts = (Bought(request, Purchase(asset, made)),)
    return Got(Candidate(model or asset.model, asked, (request,)), parts)


def _batches(planning: Planning) -> list[tuple[Passage, ...]]:
    """What is missing, in questions of a size that models answer whole."""
    batches: list[tuple[Passage, ...]] = []
    count = MOST_SENTENCES
    for passage in planning.missing:
        if count + len(passage.sentences) > MOST_SENTENCES:
            batches.append(())
            count = 0
        batches[-1] += (passage,)
        count += len(passage.sentences)
    return batches


def _request(
    planning: Planning, model: Model, batch: tuple[Passage, ...], look: Look | None
) -> PlanRequest:
    script = planning.script
    system, asked = question(script, passages_of(script), batch, look)
    sentences = sum(len(passage.sentences) for passage in batch)
    most = TOKENS_BESIDE + TOKENS_PER_SENTENCE * sentences
    return PlanRequest(
        provider=model.provider, model=model.id, system=system, turns=(asked,),
        answer_schema=answer_schema(FilmPlan),
        most_tokens=min(most, int(model.limits.get("most_tokens", most))), input=model.input,
    )  # fmt: skip


def _read(path: Path, made_by: str) -> Book:
    """The book at `path`; an empty one where there is none, or it is another model's."""
    try:
        book = Book.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Book(made_by=made_by)
    return book if not made_by or book.made_by == made_by else Book(made_by=made_by)


def _write(path: Path, book: Book) -> None:
    """Keeps the book, whole or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(book.model_dump_json(indent=1))
    Path(name).replace(path)
