"""The Prefect flow of GPU workers: one model makes all that one film wants of it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.buying.away import Errand
from flows.film.produce import caps_of
from flows.make import do_as_task
from flows.money.amounts import OverBudget, Spender
from flows.money.purse import RunPurse
from flows.settings import load_settings
from flows.sharing.lanes import open_lanes
from flows.sharing.stores import open_store
from providers.buying import buy, key_of
from providers.catalog import load_catalog, make_provider
from providers.errors import ProviderError
from providers.requests import AnyRequest
from providers.store import Asset


@flow(name="make-things", validate_parameters=True, persist_result=False, log_prints=False)
async def make_things(errand: Errand) -> State[None]:
    """Makes things for a film that is made elsewhere; sent by make-video, not by people.

    Args:
        errand: What is made, and on whose account.
    """
    settings = load_settings()
    store = await asyncio.to_thread(open_store, settings)
    catalog = load_catalog(settings.models, settings.machine_rates)
    model = catalog.named(errand.model)
    provider = make_provider(model.provider, store.path, settings.access(), catalog)
    caps = caps_of(settings, errand.run_usd, errand.batch_usd)
    who = Spender(errand.run, errand.script, caps, errand.batch)
    missing: list[str] = []

    async def have(request: AnyRequest) -> tuple[Asset, bool]:
        return await buy(store, provider, request, purse)

    lanes = open_lanes(settings, catalog)
    with closing(RunPurse(settings.ledger_url(), who, store, lanes)) as purse:
        for number, (request, key) in enumerate(zip(errand.requests, errand.keys, strict=True), 1):
            if key_of(provider, request) != key:
                return Failed(
                    message=f"this worker would make another {errand.model} than is asked for: "
                    "it has another version of Reelwright or another models.toml"
                )
            label = f"{number}/{len(errand.keys)} {request.capability} · {errand.model}"
            try:
                await do_as_task(label, partial(have, request))
            except OverBudget as over:
                return Failed(message=str(over))
            except ProviderError as wrong:
                missing.append(str(wrong))
    if missing:
        return Failed(message="; ".join(dict.fromkeys(missing)))
    return Completed(message=f"{len(errand.keys)} made or owned by {errand.model}")
