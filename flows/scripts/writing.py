"""Scripts written by a language model: `reelwright write TOPIC`, when a key is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from typing import NamedTuple

from flows.buying.asking import Asker, mended, most_tokens
from flows.buying.casting import Part
from flows.buying.sourcing import do_directly
from flows.film.produce import caps_of, run_name
from flows.money.amounts import NO_BATCH, Batch, Spender
from flows.money.purse import RunPurse
from flows.money.receipt import totals
from flows.settings import Settings
from flows.sharing.lanes import open_lanes
from prompts.asking.answers import BadAnswer, answer_schema
from prompts.asking.writing import (
    MOST_SOURCE_CHARACTERS,
    Commission,
    RoughScript,
    WrittenFilm,
    commission_question,
    read_script_plan,
    source_lines,
)
from prompts.planned import Plan, Source
from prompts.reading.slug import make_slug
from providers.catalog import Catalog
from providers.errors import Failed, Misconfigured, ProviderError
from providers.requests import PlanRequest
from providers.store import Store

LENGTH_S = 90.0
"""Of speech, where no length is asked for."""
TOKENS_PER_SECOND, TOKENS_BESIDE = 25, 8000
"""What an answer may take: for each second of speech, and for the model's thinking."""


class Written(NamedTuple):
    """A script by a model, what it cost now and what owning its answers saved, and its faults."""

    plan: Plan
    usd: Decimal
    saved_usd: Decimal
    faults: tuple[str, ...]


def write_by_model(
    topic: str,
    documents: Sequence[Source],
    audience: str,
    length_s: float | None,
    language: str,
    models: tuple[Part, ...],
    settings: Settings,
    catalog: Catalog,
    store: Store,
) -> Written:
    """The same as `written_by_model`, for those who wait for it."""
    told = (topic, documents, audience, length_s, language, models, settings, catalog, store)
    return asyncio.run(written_by_model(*told))


async def written_by_model(
    topic: str,
    documents: Sequence[Source],
    audience: str,
    length_s: float | None,
    language: str,
    models: tuple[Part, ...],
    settings: Settings,
    catalog: Catalog,
    store: Store,
    batch: Batch = NO_BATCH,
) -> Written:
    """The script of a topic, by the first of `models` that can be reached.

    An answer with faults is sent back once; what is still doubtful then is marked in the script.
    Raises Failed when none delivers, OverBudget, LedgerUnusable.
    """
    lines = source_lines(documents)
    length = sum(len(text) for _, _, text in lines)
    if length > MOST_SOURCE_CHARACTERS:
        raise Misconfigured(
            f"the documents have {length:,} characters and a model is given at most "
            f"{MOST_SOURCE_CHARACTERS:,}; name fewer, or unset WRITER to have rules do it"
        )
    told = next((source.language for source in documents if source.language), "")
    asked = Commission(topic, audience, length_s or LENGTH_S, language or told or "en", lines)
    caps = caps_of(settings, settings.budget, batch.cap_usd)
    who = Spender(run_name(f"write-{make_slug(topic)}"), topic, caps, batch.name)
    lanes = open_lanes(settings, catalog)
    with closing(RunPurse(settings.ledger_url(), who, store, lanes)) as purse:
        asker = Asker(store, purse, do_directly, settings, catalog)
        plan, faults = await _first(models, asked, asker)
    paid, saved, _ = totals(asker.items)
    return Written(plan, paid, saved, faults)


async def _first(
    models: tuple[Part, ...], asked: Commission, asker: Asker
) -> tuple[Plan, tuple[str, ...]]:
    why = []
    for part in models:
        try:
            return await _write(part, asked, asker)
        except ProviderError as failed:
            why.append(f"{part[0].name}: {failed}")
        except BadAnswer as wrong:
            why.append(f"{part[0].name} answered twice what is no script: {wrong}")
            break
    raise Failed("no script was written: " + "; ".join(why))


async def _write(part: Part, asked: Commission, asker: Asker) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and what is still wrong with it. Raises BadAnswer or a ProviderError."""
    model, _ = part
    system, turn = commission_question(asked)
    wanted = TOKENS_BESIDE + round(TOKENS_PER_SECOND * asked.length_s)
    request = PlanRequest(
        provider=model.provider, model=model.id, system=system, turns=(turn,),
        answer_schema=answer_schema(WrittenFilm), most_tokens=most_tokens(model, wanted),
        input=model.input,
    )  # fmt: skip
    text = ""
    try:
        _, text = await asker.have("script", part, request)
        return read_script_plan(text, asked), ()
    except BadAnswer as wrong:
        again = mended(request, text or wrong.text, wrong)
        _, text = await asker.have("script again", part, again)
        try:
            return read_script_plan(text, asked), ()
        except RoughScript as rough:
            return rough.plan, rough.faults
