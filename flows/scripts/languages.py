"""A film in another language: its words are translated once, and kept beside the script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flows.buying.asking import Asker, answer_items, mended, models_for, most_tokens
from flows.buying.casting import Part
from flows.buying.orders import Prepared
from flows.film.work import work_key
from flows.money.amounts import dollars, total_usd
from flows.money.receipt import ReceiptItem
from flows.scripts.planner import STILL
from flows.settings import Settings
from prompts.asking.answers import BadAnswer, answer_schema
from prompts.asking.translation import (
    VERSION,
    PartOfIt,
    Translation,
    fault,
    read_translation,
    translation_question,
)
from prompts.glossary import FILE, Glossary, read_glossary
from prompts.reading.report import Report
from prompts.reading.values import read_language
from prompts.storyboard import Storyboard
from prompts.variants import Text, film_texts, reworded
from prompts.words_file import read_words, words_path, write_words
from providers.base import Provider
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError
from providers.models import Model
from providers.requests import PlanRequest
from providers.store import Store

MOST_TEXTS = 60
"""Of one question: an answer about more could be cut off."""
TOKENS_PER_BYTE, TOKENS_BESIDE = 2, 4000
"""What an answer may take: for each byte of the originals, and for the model's thinking."""


class Translating(NamedTuple):
    """How far a film's words are in another language. `models` are tried in order."""

    board: Storyboard
    """In the script's own language."""
    language: str
    path: Path
    texts: tuple[Text, ...]
    said: Mapping[str, str]
    """Translations by their originals."""
    glossary: Glossary
    models: tuple[Part, ...]
    catalog: Catalog
    translator: str
    """The operator's word for who translates."""
    why_none: tuple[str, ...]
    """Why there is no model to ask."""

    @property
    def missing(self) -> tuple[Text, ...]:
        return tuple(text for text in self.texts if text.words not in self.said)

    def notes(self) -> tuple[str, ...]:
        """What the editor should know: words that the glossary has otherwise, and what is to come.

        What an editor wrote is never put right, only told of.
        """
        told = []
        for text in self.texts:
            if (said := self.said.get(text.words)) is not None:
                wrong = fault(text.words, said, self.language, self.glossary)
                told += [f'{self.path.name}: "{_short(said)}" {wrong}'] if wrong else []
        return (*told, *self._to_ask())

    def _to_ask(self) -> tuple[str, ...]:
        if not self.missing:
            return ()
        told = f"{len(self.missing)} of {len(self.texts)} texts are not in {self.language} yet"
        if not self.models:
            return (f"{told}, and {'; '.join(self.why_none)}",)
        model, _ = self.models[0]
        provider = make_provider(model.provider, Path, {}, self.catalog)
        asked = [_request(self, model, batch, self.said) for batch in _batches(self)]
        usd = total_usd(line for request in asked for line in provider.quote(request))
        return (f"{told}: `make` asks {model.name}, for at most {dollars(usd)}",)


def in_language(
    board: Storyboard, language: str, voice: str, settings: Settings
) -> tuple[Storyboard, Translating | None]:
    """The film in `language` as far as its words are known, and what is still to be translated.

    `voice` is the command line's; else the file of words names one. Raises ScriptError,
    Misconfigured.
    """
    report = Report(board.source)
    tag = read_language(language, 1, report)
    report.finish()
    if tag is None or tag.lower() == board.language.lower():
        return board, None
    script = Path(board.source)
    path = words_path(script, tag)
    words = read_words(path)
    beside = script.with_name(FILE)
    known = board.glossary or (str(beside) if beside.exists() else "")
    glossary = read_glossary(Path(known), tag) if known else Glossary()
    catalog = load_catalog(settings.models, settings.machine_rates)
    models, why = models_for("translate", settings.translator, settings, catalog)
    texts = film_texts(board)
    names = {text.words: text.words for text in texts if glossary.is_name(text.words)}
    said = {**names, **words.pairs}
    told = (texts, said, glossary, models, catalog, settings.translator, why)
    work = Translating(board, tag, path, *told)
    film = reworded(board, tag, lambda text: said.get(text.words, text.words))
    now: dict[str, object] = {
        "slug": f"{board.slug}-{tag.lower()}", "voices_speak": board.language,
    }  # fmt: skip
    if chosen := voice or words.voice:
        # One voice was chosen for this language: those of the script speak another.
        now |= {
            "voice": chosen,
            "voices_speak": "",
            "scenes": tuple(scene.model_copy(update={"voice": ""}) for scene in film.scenes),
        }
    return film.model_copy(update=now), work


def speaks_otherwise(provider: Provider, board: Storyboard) -> bool:
    """Whether the script's voices are of no use in this film: its language has other ones."""
    before = board.voices_speak
    return bool(before) and provider.default_voice(before) != provider.default_voice(board.language)


async def translated(
    prepared: Prepared, asker: Asker, store: Store
) -> tuple[Prepared, list[ReceiptItem]]:
    """The film once its missing words were asked for and written beside the script.

    Also the receipt's lines of all answers that its words come from. Raises Failed where a text
    could not be translated (what could be is kept), Misconfigured where nobody can be asked, and
    what caps raise.
    """
    work, again = prepared.translating, prepared.again
    if work is None or again is None:
        return prepared, []
    said = dict(work.said)
    if work.missing:
        said |= _remembered(work, store)
        await _ask_for_rest(work, said, asker, store, prepared.draft)
        prepared = await asyncio.to_thread(again)
        notes = tuple(note for note in prepared.notes if STILL not in note)
        prepared = prepared._replace(notes=notes)
    return prepared, _answers(work, said, asker, store)


def _answers(
    work: Translating, said: Mapping[str, str], asker: Asker, store: Store
) -> list[ReceiptItem]:
    """The receipt's lines of what was asked now, and of answers that are owned."""
    known = {item.key for item in asker.items}
    answers = dict.fromkeys(
        str(kept.facts["answer"])
        for text in work.texts
        if (kept := store.find(_key(work, text.words))) and kept.facts["to"] == said[text.words]
    )
    assets = [store.find(key) for key in answers if key not in known]
    owned = [line for asset in assets if asset for line in answer_items(asset, what="translation")]
    return [*asker.items, *owned]


async def _ask_for_rest(
    work: Translating, said: dict[str, str], asker: Asker, store: Store, is_draft: bool
) -> None:
    """Fills `said` with what is missing in it, and keeps it, whatever happens."""
    why: list[str] = []
    try:
        for batch in _batches(work._replace(said=said)):
            if is_draft:
                raise Misconfigured(_unasked(work, "a draft asks nobody"))
            if not work.models:
                raise Misconfigured(_unasked(work, "; ".join(work.why_none)))
            why += await _first_answer(work, batch, said, asker, store)
    finally:
        new = {text.words: said[text.words] for text in work.missing if text.words in said}
        if new:
            name = Path(work.board.source).name
            await asyncio.to_thread(write_words, work.path, name, work.texts, new)
    if left := [text for text in work.texts if text.words not in said]:
        told = f'line {left[0].line}: "{_short(left[0].words)}"'
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise Failed(
            f"no words in {work.language} for {told}{more} ({'; '.join(why)}); make it again, or "
            f"write them into {work.path.name}: a film is in one language or it is not made"
        )


def _unasked(work: Translating, why: str) -> str:
    left = work.missing[0]
    return (
        f"{len(work.missing)} texts have no words in {work.language} yet, the first in line "
        f'{left.line}: "{_short(left.words)}", and {why}; or write them into {work.path.name}'
    )


async def _first_answer(
    work: Translating, batch: tuple[Text, ...], said: dict[str, str], asker: Asker, store: Store
) -> list[str]:
    """Adds what the first model that can be reached says; a sentence for each thing that failed."""
    why: list[str] = []
    for part in work.models:
        try:
            await _ask(work, part, batch, said, asker, store)
        except ProviderError as failed:
            why.append(f"{part[0].name}: {failed}")
            continue
        except BadAnswer as wrong:
            # It was paid for twice: no other model is paid for the same.
            why.append(f"{part[0].name} answered twice what cannot be used: {wrong}")
        break
    return why


async def _ask(
    work: Translating,
    part: Part,
    batch: tuple[Text, ...],
    said: dict[str, str],
    asker: Asker,
    store: Store,
) -> None:
    """Asks one model, and once more where its answer has faults. What is good of either is taken.

    Raises BadAnswer where something is still missing, or a ProviderError.
    """
    request = _request(work, part[0], batch, said)
    asked = tuple(text for text in batch if text.words not in said)
    key, text = "", ""

    def take(key: str, good: Mapping[str, str]) -> None:
        for words, translated in good.items():
            said[words] = translated
            _remember(work, store, words, translated, key)

    try:
        key, text = await asker.have("translation", part, request)
        take(key, _read(work, text, asked))
    except BadAnswer as wrong:
        again = mended(request, text or wrong.text, wrong)
        good = wrong.good if isinstance(wrong, PartOfIt) else {}
        if good:
            take(key, good)
        key, text = await asker.have("translation again", part, again)
        try:
            take(key, _read(work, text, asked))
        except PartOfIt as still:
            take(key, {w: t for w, t in still.good.items() if w not in good})
            if any(one.words not in said for one in asked):
                raise


def _read(work: Translating, text: str, asked: tuple[Text, ...]) -> dict[str, str]:
    return read_translation(text, asked, work.language, work.glossary)


def _batches(work: Translating) -> list[tuple[Text, ...]]:
    """What is missing, in questions of a size that models answer whole: whole scenes, so that
    each is asked with the words around it.
    """
    wanted = {text.scene for text in work.missing}
    batches: list[tuple[Text, ...]] = []
    for scene in dict.fromkeys(text.scene for text in work.texts if text.scene in wanted):
        mine = tuple(text for text in work.texts if text.scene == scene)
        if not batches or len(batches[-1]) + len(mine) > MOST_TEXTS:
            batches.append(())
        batches[-1] += mine
    return batches


def _request(
    work: Translating, model: Model, batch: tuple[Text, ...], said: Mapping[str, str]
) -> PlanRequest:
    languages = work.board.language, work.language
    told = (work.board.title, languages, batch, said, work.glossary)
    system, asked = translation_question(*told)
    size = sum(len(text.words.encode()) for text in batch if text.words not in said)
    return PlanRequest(
        provider=model.provider, model=model.id, system=system, turns=(asked,),
        answer_schema=answer_schema(Translation),
        most_tokens=most_tokens(model, TOKENS_BESIDE + TOKENS_PER_BYTE * size), input=model.input,
    )  # fmt: skip


def _remembered(work: Translating, store: Store) -> dict[str, str]:
    """Translations of single texts that were bought before, for a file that was taken away."""
    kept = {text.words: store.find(_key(work, text.words)) for text in work.missing}
    return {words: str(asset.facts["to"]) for words, asset in kept.items() if asset}


def _remember(work: Translating, store: Store, words: str, translated: str, answer: str) -> None:
    """Keeps one text by itself, so that it is owned whatever is asked beside it."""
    told = {"from": words, "to": translated, "answer": answer}
    with store.scratch() as path:
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        store.keep(
            _key(work, words), path, media_type="application/json", provider="reelwright",
            model="words", facts=told,
        )  # fmt: skip


def _key(work: Translating, words: str) -> str:
    """A text's own: what it says, from and to which language, and the terms it has to keep to."""
    terms = work.glossary.used_in(words)
    return work_key(
        "words", VERSION, work.board.language, work.language, work.translator, *terms, words
    )


def _short(text: str, most: int = 50) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
