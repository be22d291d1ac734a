"""Films of a topic: a language model writes the script, which is kept and bought once."""

from __future__ import annotations

from decimal import Decimal

from flows.batches.plan import Job
from flows.batches.rows import Topic
from flows.money.amounts import Batch
from flows.settings import Settings
from prompts.planned_script import write_script
from providers.errors import Misconfigured
from providers.store import Store


async def write_topic(
    job: Job, topic: Topic, settings: Settings, store: Store, batch: Batch
) -> Decimal:
    """Writes the script of a topic where the job says, and returns what that cost now (USD).

    Raises ProviderError when no model delivers or none has a key, OverBudget, LedgerUnusable.
    """
    from flows.scripts.write import Refused, find_writers, keep_script
    from flows.scripts.writing import written_by_model

    language = dict(job.wishes.front).get("language", "")
    try:
        writers = find_writers(topic.words, [])
        if writers is None:
            raise Misconfigured("no language model can write it")
        written = await written_by_model(
            topic.words, (), topic.audience, topic.length_s, language, writers.models, settings,
            writers.catalog, store, batch,
        )  # fmt: skip
        job.script.parent.mkdir(parents=True, exist_ok=True)
        keep_script(job.script, write_script(written.plan))
    except Refused as refused:
        raise Misconfigured(str(refused)) from None
    return written.usd
