"""How well known words are found in a sound: espeak-ng says when it spoke each of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from flows.film.voices import estimated_words, guessed_words
from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured
from providers.local.align_ctc import ctc_path, token_frames
from providers.local.align_cuts import cut, pauses
from providers.local.engine_ctc import spelled
from providers.local.engine_sphinx import arpabet
from providers.local.espeak import Espeak
from providers.local.hearing import RATE, read_mono
from providers.local.phonemes import Sounded, words_of_phonemes
from providers.local.warm import warm
from providers.requests import Alignment, AlignmentRequest, Made, SpeechRequest

NARRATIONS = (
    "The Moon pulls at the sea. It rises twice a day, and every tide has its time. "
    "Fishermen have known this for ages, long before anyone could explain it. "
    "Sailors in Reykjavik wait until the water is deep enough.",
    "A spoon of yeast holds fifty billion cells. Give them sugar and they start to breathe out. "
    "Each pocket is a little balloon, and the dough is full of them. "
    "Gluten holds them shut while the loaf rises.",
    "Bees dance in the dark, on the comb. The others feel it with their antennae. "
    "She runs in a figure of eight, and the angle tells the direction. "
    "The longer she waggles, the longer the flight.",
    "Rain falls on the mountains and runs to the valleys. Some of it sinks into the ground. "
    "Wells reach down to where it gathers, between layers of clay and sand. "
    "In dry years the water table drops by several metres.",
    "Doctor Okonkwo counted the corals near Zanzibar. Half of the reef had bleached in one summer. "
    "Warm water drives out the algae that feed it, and without them it starves. "
    "Some corals recover; others do not.",
)
"""Twenty sentences, a few of their names in no dictionary."""


class Spoken(NamedTuple):
    text: str
    path: Path
    seconds: float
    truth: dict[int, float]
    """When each word begins, by its place in the text."""


@pytest.fixture(scope="module")
def narrations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Spoken]]:
    pytest.importorskip("pocketsphinx")
    folder, told = tmp_path_factory.mktemp("narrations"), []
    for number, text in enumerate(NARRATIONS):
        voice = "en-us" if number % 2 else "en-gb"
        request = SpeechRequest(provider="espeak", model="espeak-ng", text=text, voice=voice)
        made = asyncio.run(Espeak(Path).speech(request))
        path = folder / f"{number}.wav"
        path.write_bytes(made.data or b"")
        truth = {word["start"]: word["start_s"] for word in made.facts["words"]}
        told.append(Spoken(text, path, made.facts["duration_s"], truth))
    yield told
    warm("", "providers.local.sound_worker").end()


def aligned(spoken: Spoken) -> Made:
    catalog = load_catalog(rates="here=3600/h")
    provider = make_provider("pocketsphinx", lambda _: spoken.path, {}, catalog)
    request = AlignmentRequest(
        provider="pocketsphinx", model="en-us", sound="0" * 64, text=spoken.text,
        seconds=spoken.seconds,
    )  # fmt: skip
    provider.quote(request)
    made = asyncio.run(provider.alignment(request))
    assert isinstance(made, Made)
    return made


def errors_s(spoken: Spoken, words: list[dict[str, Any]]) -> list[float]:
    """How far the beginnings of words are from when espeak-ng spoke them."""
    return [
        abs(w["start_s"] - spoken.truth[w["start"]]) for w in words if w["start"] in spoken.truth
    ]


def spread(errors: list[float]) -> tuple[float, float]:
    """(median, 95th percentile) in milliseconds."""
    return float(np.median(errors)) * 1000, float(np.percentile(errors, 95)) * 1000


@pytest.mark.slow
def test_pocketsphinx_finds_words_much_closer_than_letters_can_be_counted(
    narrations: list[Spoken],
) -> None:
    found, counted, parted = [], [], []
    words = heard = 0
    for spoken in narrations:
        made = aligned(spoken)
        told = Alignment.model_validate_json(made.data or b"").words
        heard += len(told)
        words += len(spoken.text.split())
        found += errors_s(spoken, [word.model_dump() for word in told])
        counted += errors_s(spoken, estimated_words(spoken.text, spoken.seconds))
        parted += errors_s(spoken, guessed_words(spoken.text, spoken.path, spoken.seconds))
        assert made.bill[0].usd is not None
        assert made.bill[0].usd > 0
    rows = {"pocketsphinx": found, "characters between pauses": parted, "characters": counted}
    for name, errors in rows.items():
        median, worst = spread(errors)
        print(f"{name}: median {median:.0f} ms, 95th percentile {worst:.0f} ms of {len(errors)}")
    assert heard >= 0.97 * words
    median, worst = spread(found)
    assert median < 20
    assert worst < 120
    assert spread(parted)[0] < spread(counted)[0]
    assert median < spread(parted)[0] / 2


def test_the_words_of_another_language_are_not_looked_for_in_english(
    narrations: list[Spoken],
) -> None:
    provider = make_provider("pocketsphinx", Path, {}, load_catalog())
    request = AlignmentRequest(
        provider="pocketsphinx", model="en-us", sound="0" * 64, text="Hallo", language="de"
    )
    with pytest.raises(Misconfigured, match="knows no de"):
        provider.quote(request)


def test_pauses_between_sentences_are_where_the_sound_is_cut(narrations: list[Spoken]) -> None:
    for spoken in narrations:
        ends = [m.end() for m in re.finditer(r"[.;] ", spoken.text)]
        starts = [spoken.truth[end] for end in ends if end in spoken.truth]
        edges = [0, *(m.end() for m in re.finditer(r"[.] ", spoken.text)), len(spoken.text)]
        weights = [b - a for a, b in pairwise(edges)]
        found = cut(weights, pauses(read_mono(spoken.path), RATE))
        assert len(found) == len(weights) - 1
        for pause in found:
            assert min(abs(pause.end_s - start) for start in starts) < 0.1


def test_too_few_pauses_cut_nothing() -> None:
    silent_between = np.concatenate([np.ones(RATE), np.zeros(RATE // 2), np.ones(RATE)])
    found = pauses(silent_between, RATE)
    assert len(found) == 3
    assert cut([1, 1, 1], found) == []
    (pause,) = cut([1, 1], found)
    assert (pause.start_s, pause.end_s) == pytest.approx((1.0, 1.5), abs=0.02)


def test_ctc_goes_the_likeliest_way_of_all() -> None:
    chance = np.random.default_rng(1)
    for _ in range(40):
        frames, labels = int(chance.integers(3, 7)), 3
        tokens = [int(t) for t in chance.integers(1, labels, chance.integers(1, 3))]
        told = chance.normal(size=(frames, labels))
        log_probs = told - np.log(np.exp(told).sum(axis=1, keepdims=True))
        every = np.stack(np.meshgrid(*[np.arange(labels)] * frames), -1).reshape(-1, frames)
        fits = [way for way in every if _collapsed(way) == tokens]
        if not fits:
            with pytest.raises(ValueError, match="too short"):
                ctc_path(log_probs, tokens)
            continue
        best = max(sum(log_probs[i, label] for i, label in enumerate(way)) for way in fits)
        path = ctc_path(log_probs, tokens)
        taken = [0 if at < 0 else tokens[at] for at in path]
        assert _collapsed(np.array(taken)) == tokens
        assert sum(log_probs[i, label] for i, label in enumerate(taken)) == pytest.approx(best)
        spans = token_frames(path, len(tokens))
        assert all(a < b for a, b in spans)


def _collapsed(way: Any) -> list[int]:
    kept = [int(one) for i, one in enumerate(way) if i == 0 or one != way[i - 1]]
    return [one for one in kept if one]


def test_words_that_cannot_be_spelled_are_left_out() -> None:
    vocabulary = {letter: n for n, letter in enumerate("|ABCDEFGHIJKLMNOPQRSTUVWXYZ'")}
    spans, tokens = spelled("It’s 1884 — now.", vocabulary, "|")
    assert [(a, b) for a, b, _, _ in spans] == [(0, 4), (12, 16)]
    assert len(tokens) == len("ITS'") + 1 + len("NOW")


def test_words_that_run_together_are_timed_each_from_its_own_phonemes() -> None:
    alone = {"one": "wʌn", "of": "ʌv", "the": "ðə", "sea": "siː", "1884": "eɪtiːn eɪtifɔːɹ"}
    text = "one of the sea 1884"
    together = "wʌn ʌvðə siː eɪtiːn eɪtifɔːɹ"
    sounded = [Sounded(p, n / 10, (n + 1) / 10) for n, p in enumerate(together)]
    words = words_of_phonemes(text, sounded, alone.__getitem__)
    assert [text[w["start"] : w["end"]] for w in words] == text.split()
    assert [w["start_s"] for w in words] == [0.0, 0.4, 0.6, 0.9, 1.3]


def test_names_in_no_dictionary_are_told_by_their_sounds() -> None:
    assert arpabet("ɹˈeɪkjəvˌɪk") == "R EY K Y AH V IH K"
    assert arpabet("tʃˈɜːtʃ") == "CH ER CH"
    assert arpabet("§") == ""
