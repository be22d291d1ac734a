"""Asking language models: every answer is bought once, through the store, and read as it came."""

from __future__ import annotations

import datetime as dt
import json
from typing import NamedTuple

from flows.buying.casting import Casting, Part
from flows.buying.orders import Candidate
from flows.buying.sourcing import Bought, Do, Got
from flows.money.receipt import ReceiptItem, receipt_items
from flows.settings import Settings
from prompts.asking.answers import BadAnswer
from prompts.asking.templates import fill_template
from providers.buying import Purchase, Purse, buy
from providers.catalog import Catalog, make_provider
from providers.errors import Failed
from providers.models import Model, Task
from providers.requests import PlanRequest
from providers.store import Asset, Store

RULES, LLM = "rules", "llm"
_NOUNS = {"translation": "translation", "translation again": "translation"}
"""What an answer is called on the receipt, by what was asked for, where it is no plan."""


class Answer(NamedTuple):
    """What a model said, and the store's key of it."""

    key: str
    text: str


class Asker:
    """One run's way to ask: it keeps the receipt's lines of all that was asked."""

    def __init__(
        self, store: Store, purse: Purse, do: Do, settings: Settings, catalog: Catalog
    ) -> None:
        self._store, self._purse, self._do = store, purse, do
        self._access, self._catalog = settings.access(), catalog
        self.items: list[ReceiptItem] = []

    async def have(self, what: str, part: Part, request: PlanRequest) -> Answer:
        """The answer, owned or bought now.

        Raises BadAnswer for one that was refused or cut off, a ProviderError, or what caps raise.
        """
        model, asked = part
        provider = make_provider(model.provider, self._store.path, self._access, self._catalog)

        async def work() -> tuple[Asset, bool]:
            return await buy(self._store, provider, request, self._purse)

        asset, made = await self._do(f"film {what} · {model.name}", work)
        self.items += answer_items(asset, made, model.name, asked, _NOUNS.get(what, "plan"))
        try:
            told = json.loads(self._store.path(asset.digest).read_bytes())
            text, finish = str(told["text"]), str(told["finish"])
        except (OSError, ValueError, KeyError, TypeError):
            raise Failed(f"the answer {asset.key} in the store cannot be read") from None
        if finish == "refused":
            raise BadAnswer(["it was refused; keep to what is harmless in it"], text)
        if finish == "length":
            raise BadAnswer(["it was cut off before its end; be briefer"], text)
        return Answer(asset.key, text)


def answer_items(
    asset: Asset, made: bool = False, name: str = "", asked: str = "", what: str = "plan"
) -> list[ReceiptItem]:
    """The receipt's lines of one answer: its tokens and their price."""
    request = PlanRequest.model_validate(asset.request)
    parts = (Bought(request, Purchase(asset, made)),)
    return receipt_items(
        "film", what, Got(Candidate(name or asset.model, asked, (request,)), parts)
    )


def mended(request: PlanRequest, text: str, wrong: BadAnswer) -> PlanRequest:
    """The request that sends an answer back with its faults."""
    faults = "\n".join(f"- {fault}" for fault in wrong.faults)
    turns = (*request.turns, text or "(no answer)", fill_template("mend", faults=faults))
    return request.model_copy(update={"turns": turns})


def most_tokens(model: Model, wanted: int) -> int:
    """Tokens that an answer may take, within the model's limit."""
    return min(wanted, int(model.limits.get("most_tokens", wanted)))


def models_for(
    task: Task, named: str, settings: Settings, catalog: Catalog
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The models that `named` stands for, those with a key alone for `llm`; and notes.

    Raises Misconfigured for a name that no language model has.
    """
    if named != LLM:
        casting = Casting(catalog, settings)
        return casting.parts(named, "plan"), casting.notes
    access, today = settings.access(), dt.datetime.now(dt.UTC).date()
    able = [model for model in catalog.models.values() if task in model.tasks]
    ready = tuple(
        (model, "")
        for model in able
        if access.get(model.key) and (model.shutdown is None or model.shutdown > today)
    )
    keys = ", ".join(dict.fromkeys(model.key for model in able))
    return ready, () if ready else (f"no language model has a key; set one of {keys}",)
