"""Transcripts bought from the lab: what is sent, what is read, what is charged."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from providers import buying
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, ProviderError
from providers.requests import LineItem, Transcript, TranscriptRequest
from providers.store import Asset, Store, digest_of
from providers.templates import fill
from tests.lab import media
from tests.lab.faults import Rule
from tests.lab.server import Lab
from tests.providers.test_wire import Purse

WORDS = "The tide rises twice a day."
CLOUD = ("whisper-1", "gpt-transcribe", "assemblyai")


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.01) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    running.reset()
    monkeypatch.setattr("providers.assemblyai.POLL_S", 0.02)
    monkeypatch.setattr(buying, "BACKOFF_S", (0.0,) * 4)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.0,) * 8)
    return running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def said(lab: Lab, store: Store) -> tuple[str, float]:
    """(digest, seconds) of a narration of WORDS in the store, within the lab's earshot."""
    voice = media.speak(WORDS, 24000)
    data = io.BytesIO()
    soundfile.write(data, np.asarray(voice.samples), voice.rate, format="WAV", subtype="PCM_16")
    with store.scratch() as path:
        path.write_bytes(data.getvalue())
        digest = digest_of(path)
        store.keep("sound", path, digest=digest, media_type="audio/wav", provider="t", model="t")
    lab.bench.ears.note(WORDS, voice.seconds)
    return digest, voice.seconds


def ask(name: str, lab: Lab, store: Store, purse: Purse) -> tuple[Transcript, Asset, float]:
    """What the model called `name` hears in a narration of WORDS."""
    catalog = load_catalog()
    model = catalog.named(name)
    digest, seconds = said(lab, store)
    request = TranscriptRequest(
        provider=model.provider, model=model.id, sound=digest, seconds=seconds,
        input=fill(model.input, {"language": "en"}),
    )  # fmt: skip
    provider = make_provider(model.provider, store.path, lab.urls, catalog)
    asset = asyncio.run(buy(store, provider, request, purse)).asset
    return Transcript.model_validate_json(store.path(asset.digest).read_bytes()), asset, seconds


@pytest.mark.parametrize("name", CLOUD)
def test_what_was_said_comes_back_and_costs_what_the_vendor_charges(
    name: str, lab: Lab, store: Store
) -> None:
    purse = Purse()
    heard, asset, seconds = ask(name, lab, store, purse)
    assert heard.text == WORDS
    assert lab.violations == ()
    (charge,) = lab.bill.charges
    assert charge.quantity == Decimal(str(round(seconds, 3)))
    assert purse.bills[0] is not None
    assert float(purse.bills[0]) == pytest.approx(float(lab.bill.usd))
    assert asset.media_type == "application/json"


@pytest.mark.parametrize("name", ["whisper-1", "assemblyai"])
def test_words_come_with_their_times_in_seconds(name: str, lab: Lab, store: Store) -> None:
    heard, _, seconds = ask(name, lab, store, Purse())
    assert [word.text for word in heard.words] == WORDS.split()
    assert heard.words[-1].end_s == pytest.approx(seconds, abs=0.2)
    assert all(
        a.end_s <= b.start_s + 0.1 for a, b in zip(heard.words, heard.words[1:], strict=False)
    )


def test_a_recogniser_without_word_times_tells_none(lab: Lab, store: Store) -> None:
    heard, _, _ = ask("gpt-transcribe", lab, store, Purse())
    assert heard.words == ()


@pytest.mark.parametrize("name", CLOUD)
@pytest.mark.parametrize("fault", ["busy", "error_503", "error_502", "reset"])
def test_a_busy_vendor_is_asked_again_and_charges_once(
    fault: str, name: str, lab: Lab, store: Store
) -> None:
    lab.faults.script(Rule(fault, nth=1), Rule("busy", route="create", nth=1))
    heard, _, _ = ask(name, lab, store, Purse())
    assert heard.text == WORDS
    assert len(lab.bill.charges) == 1


@pytest.mark.parametrize("fault", ["malformed", "wrong_type"])
def test_an_answer_that_cannot_be_read_is_paid_for_and_asked_for_once_more(
    fault: str, lab: Lab, store: Store
) -> None:
    lab.faults.script(Rule(fault, "openai", "transcriptions", nth=1))
    purse = Purse()
    heard, _, _ = ask("whisper-1", lab, store, purse)
    assert heard.text == WORDS
    assert (purse.unknown, len(lab.bill.charges)) == (1, 2)


def test_a_transcript_that_ends_in_an_error_costs_nothing(lab: Lab, store: Store) -> None:
    lab.faults.script(Rule("failed", "assemblyai", "create"))
    purse = Purse()
    with pytest.raises(Failed, match="could not transcribe: Transcoding failed"):
        ask("assemblyai", lab, store, purse)
    assert set(purse.bills) == {Decimal(0)}
    assert lab.bill.charges == ()


@pytest.mark.parametrize("name", CLOUD)
def test_a_key_that_is_refused_is_named_by_its_setting(name: str, lab: Lab, store: Store) -> None:
    lab.faults.script(Rule("bad_key"))
    with pytest.raises(ProviderError, match=r"(OPENAI|ASSEMBLYAI)_API_KEY"):
        ask(name, lab, store, Purse())


@pytest.mark.parametrize(
    "told",
    [{}, {"text": 3}, {"text": "a", "words": [{"word": "a"}]}, {"text": "a", "words": 7}],
)  # fmt: skip
def test_answers_of_another_form_are_failures_not_tracebacks(
    told: dict[str, Any],
) -> None:
    from providers._transcribe import _read

    with pytest.raises(Failed):
        _read(told, "openai")


def test_what_a_server_of_ones_own_hears_is_priced_by_its_machine(lab: Lab, store: Store) -> None:
    catalog = load_catalog(rates="whisper=3.6/h")
    model = catalog.named("own-whisper")
    request = TranscriptRequest(provider=model.provider, model=model.id, sound="0" * 64, seconds=9)
    quote: tuple[LineItem, ...] = make_provider(model.provider, Path, {}, catalog).quote(request)
    assert [(line.unit, line.unit_usd) for line in quote] == [
        ("second of whisper", Decimal("0.001"))
    ]
