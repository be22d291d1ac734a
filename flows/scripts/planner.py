"""Scenes planned by a language model: asked once per passage of a script, and remembered.

What was planned for a passage holds as long as its words do, so that an edit of one sentence asks
for one passage again and changes no other picture.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from flows.buying.asking import RULES, Asker, answer_items, mended, models_for, most_tokens
from flows.buying.casting import Part
from flows.buying.orders import Prepared
from flows.film.work import hash_text
from flows.money.amounts import dollars, total_usd
from flows.money.receipt import ReceiptItem
from flows.settings import Settings
from prompts.asking.answers import BadAnswer, FilmPlan, Look, ScenePlan, answer_schema
from prompts.asking.planning import (
    VERSION,
    Passage,
    UnevenPlan,
    passages_of,
    planned_script,
    question,
    read_plan,
)
from prompts.reading.script import Script
from prompts.storyboard import Frozen
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import ProviderError
from providers.models import Model
from providers.requests import PlanRequest
from providers.store import Store

STILL = "are not planned yet"
"""What a note says of passages for as long as nobody was asked."""
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


def plan_script(script: Script, wished: str, settings: Settings) -> tuple[Script, Planning | None]:
    """The script as far as it is planned, and what is to be asked. Buys nothing.

    `wished` is the command line's word; else the script's holds, else the operator's. Without a
    model the script stays as it is. Raises Misconfigured for a model that does not exist.
    """
    named = wished or script.front.planner or settings.planner
    if named == RULES:
        return script, None
    catalog = load_catalog(settings.models, settings.machine_rates)
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


def still_to_ask(planning: Planning) -> tuple[str, ...]:
    """What the editor should know before anything is bought."""
    if not planning.missing or not planning.models:
        return planning.notes
    model, _ = planning.models[0]
    provider = make_provider(model.provider, Path, {}, planning.catalog)
    asked = [_request(planning, model, batch, planning.book.look) for batch in _batches(planning)]
    usd = total_usd(line for request in asked for line in provider.quote(request))
    told = (
        f"{len(planning.missing)} of {len(passages_of(planning.script))} passages {STILL}: "
        f"`make` asks {model.name}, for at most {dollars(usd)}"
    )
    return (*planning.notes, told)


async def planned(
    prepared: Prepared, asker: Asker, store: Store
) -> tuple[Prepared, list[ReceiptItem], list[str]]:
    """The film as it is once its planner was asked, lines of the receipt, and notes.

    A draft asks nobody. An answer that cannot be used is sent back once with its faults; then the
    rules' plan stands. Raises what caps raise.
    """
    planning, again = prepared.planning, prepared.again
    if planning is None or again is None:
        return prepared, [], []
    notes: list[str] = []
    if planning.missing and planning.models and not prepared.draft:
        book = planning.book
        for batch in _batches(planning):
            after, why = await _first_answer(planning, batch, book, asker)
            if after is not None:
                book = after
                _write(planning.path, book)
            places = ", ".join(dict.fromkeys(p.sentences[0].place for p in batch))
            by = "another model" if after is not None else "rules"
            notes += [f"planned by {by}: {places} ({'; '.join(why)})"] if why else []
        # What could not be planned is told here, and not that it is still to come.
        left = (await asyncio.to_thread(again))._replace(planning=planning)
        prepared = left._replace(notes=tuple(n for n in left.notes if STILL not in n))
    return prepared, [*asker.items, *_owned_items(planning, store, asker.items)], notes


async def _first_answer(
    planning: Planning, batch: tuple[Passage, ...], book: Book, asker: Asker
) -> tuple[Book | None, list[str]]:
    """The book with the plan of the first model that can be reached, None where rules stand in;
    and a sentence for each model that did not deliver.
    """
    why: list[str] = []
    for part in planning.models:
        try:
            return await _plan(planning, part, batch, book, asker), why
        except ProviderError as failed:
            why.append(f"{part[0].name}: {failed}")
        except BadAnswer as wrong:
            # It was paid for twice: no other model is paid for the same.
            why.append(f"{part[0].name} answered twice what cannot be used: {wrong}")
            break
    return None, why


def _owned_items(planning: Planning, store: Store, known: list[ReceiptItem]) -> list[ReceiptItem]:
    """The receipt's lines of answers that were bought by earlier runs and are used by this one."""
    told = {item.key for item in known}
    assets = [store.find(key) for key in _read(planning.path, planning.book.made_by).bought]
    return [
        line
        for asset in assets
        if asset is not None and asset.key not in told
        for line in answer_items(asset)
    ]


async def _plan(
    planning: Planning, part: Part, batch: tuple[Passage, ...], book: Book, asker: Asker
) -> Book:
    """The book with what one model planned: asked, and once more where that cannot be used.

    Raises BadAnswer or a ProviderError.
    """
    request = _request(planning, part[0], batch, book.look)
    text = ""
    try:
        key, text = await asker.have("plan", part, request)
        look, plans = read_plan(text, planning.script, batch, book.look)
    except BadAnswer as wrong:
        again = mended(request, text or wrong.text, wrong)
        key, text = await asker.have("plan again", part, again)
        try:
            look, plans = read_plan(text, planning.script, batch, book.look)
        except UnevenPlan as uneven:
            # Every sentence is in its place: uneven scenes are better than uncut ones.
            look, plans = uneven.look, uneven.plans
    return book.model_copy(
        update={"look": look, "plans": {**book.plans, **plans}, "bought": (*book.bought, key)}
    )


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
        most_tokens=most_tokens(model, most), input=model.input,
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
