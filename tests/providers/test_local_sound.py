"""Local recognisers, aligners and voices on tiny random weights, by the loaders of real ones."""

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

from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Misconfigured
from providers.local.espeak import Espeak
from providers.local.hearing import RATE, read_mono
from providers.local.warm import warm
from providers.requests import (
    Alignment,
    AlignmentRequest,
    Made,
    SpeechRequest,
    Transcript,
    TranscriptRequest,
)
from tests.providers import tiny_sound

pytestmark = [pytest.mark.engine, pytest.mark.slow]
TEXT = "Hello world. The tide of the sea rises in 1884, twice a day."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(autouse=True, scope="module")
def _ended() -> Iterator[None]:
    yield
    warm("", "providers.local.sound_worker").end()


def overlaid(folder: Path, stanza: str) -> Catalog:
    path = folder / "models.toml"
    path.write_text(stanza)
    return load_catalog(path, "here=3600/h")


def noise(folder: Path, seconds: float = 4.0) -> Path:
    path = folder / "noise.wav"
    wave = np.random.default_rng(0).normal(0, 0.1, round(16000 * seconds))
    soundfile.write(path, wave, 16000, subtype="PCM_16")
    return path


def made(catalog: Catalog, name: str, path: Path, **told: Any) -> Made:
    """What the model called `name` makes of a request."""
    model = catalog.named(name)
    provider = make_provider(model.provider, lambda _: path, {}, catalog)
    kinds = {
        "transcript": TranscriptRequest,
        "alignment": AlignmentRequest,
        "speech": SpeechRequest,
    }
    request: Any = kinds[model.capability](
        provider=model.provider, model=model.id, input=told.pop("input", model.input), **told
    )
    provider.quote(request)
    answer: Made = asyncio.run(getattr(provider, model.capability)(request))
    return answer


def test_whisper_loads_random_weights_and_tells_words_with_times(folder: Path) -> None:
    weights = tiny_sound.write_whisper(folder)
    catalog = overlaid(folder, f'[models.whisper-small]\nid = "{weights}"\n')
    sound = noise(folder)
    told = {"sound": "0" * 64, "seconds": 4.0, "input": tiny_sound.STEADY}
    answer = made(catalog, "whisper-small", sound, **told)
    heard = Transcript.model_validate_json(answer.data or b"")
    assert heard.words
    assert all(0 <= word.start_s <= word.end_s <= 31 for word in heard.words)
    assert answer.bill[0].unit == "second of here"
    assert answer.bill[0].usd is not None
    assert answer.bill[0].usd > 0
    again = made(catalog, "whisper-small", sound, **told)
    assert again.data == answer.data


def test_the_voice_detector_that_whisper_is_given_hears_where_somebody_speaks(folder: Path) -> None:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    request = SpeechRequest(provider="espeak", model="espeak-ng", text=TEXT, voice="en-us")
    path = folder / "said.wav"
    path.write_bytes(asyncio.run(Espeak(Path).speech(request)).data or b"")
    said, silence = read_mono(path), np.zeros(RATE * 2, np.int16)
    sound = np.concatenate([silence, said, silence, silence]).astype(np.float32) / 32768
    heard = get_speech_timestamps(sound, VadOptions(min_silence_duration_ms=1000))
    first, last = heard[0]["start"] / RATE, heard[-1]["end"] / RATE
    # It leaves 400 ms around what it hears.
    assert first == pytest.approx(2.0, abs=0.6)
    assert last == pytest.approx(2.0 + len(said) / RATE, abs=0.6)
    assert get_speech_timestamps(np.zeros(RATE * 3, np.float32), VadOptions()) == []


def test_an_option_that_whisper_does_not_know_is_refused_by_the_quote(folder: Path) -> None:
    catalog = load_catalog()
    model = catalog.named("whisper-small")
    provider = make_provider("whisper", Path, {}, catalog)
    request = TranscriptRequest(
        provider="whisper", model=model.id, sound="0" * 64, input={"beams": 3}
    )
    with pytest.raises(Misconfigured, match="no option beams"):
        provider.quote(request)


def test_weights_that_are_not_here_are_asked_for_in_a_sentence(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="reelwright models fetch whisper-small"):
        made(load_catalog(), "whisper-small", noise(folder), sound="0" * 64)


def test_a_ctc_model_places_every_word_in_order_whatever_its_weights(folder: Path) -> None:
    weights = tiny_sound.write_wav2vec2(folder)
    catalog = overlaid(folder, f'[models.wav2vec2-english]\nid = "{weights}"\n')
    told = {"sound": "0" * 64, "text": TEXT, "seconds": 45.0}
    answer = made(catalog, "wav2vec2-english", noise(folder, 45.0), **told)
    words = Alignment.model_validate_json(answer.data or b"").words
    spelled = [w for w in TEXT.split() if not w.strip(",.").isdigit()]
    assert [TEXT[w.start : w.end] for w in words] == spelled
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert 0 <= starts[0] < words[-1].end_s <= 45.0


def test_the_qwen_aligner_finds_the_words_of_the_text_whatever_its_weights(folder: Path) -> None:
    weights = tiny_sound.write_qwen_aligner(folder)
    catalog = overlaid(folder, f'[models.qwen3-aligner]\nid = "{weights}"\n')
    told = {"sound": "0" * 64, "text": TEXT, "seconds": 4.0}
    answer = made(catalog, "qwen3-aligner", noise(folder), **told)
    words = Alignment.model_validate_json(answer.data or b"").words
    assert [TEXT[w.start : w.end] for w in words] == TEXT.split()
    starts = [word.start_s for word in words]
    assert starts == sorted(starts)
    assert 0 <= starts[0] <= words[-1].end_s <= 4.1
    with pytest.raises(Misconfigured, match="takes 300 s"):
        made(catalog, "qwen3-aligner", noise(folder), **{**told, "seconds": 301.0})


def test_piper_speaks_and_its_words_begin_where_their_phonemes_do(folder: Path) -> None:
    voice = tiny_sound.write_piper(folder / "piper")
    engine = f'weights = "{voice.parent}"'
    catalog = overlaid(folder, f"[models.local-piper]\nengine = {{ {engine} }}\n")
    answer = made(catalog, "local-piper", folder, text=TEXT, voice="tiny")
    check_voice(answer, 22050, 2048 / 22050)
    with pytest.raises(Misconfigured, match=r"no voice .other.*tiny"):
        made(catalog, "local-piper", folder, text=TEXT, voice="other")


def test_kokoro_speaks_and_its_words_begin_where_their_phonemes_do(folder: Path) -> None:
    model, voices = tiny_sound.write_kokoro(folder)
    engine = f'model = "{model}", voices = "{voices}", languages = {{ en = "en-us" }}'
    catalog = overlaid(folder, f"[models.local-kokoro]\nengine = {{ {engine} }}\n")
    answer = made(catalog, "local-kokoro", folder, text=TEXT, voice="af_test")
    check_voice(answer, 24000, 0.1)


def check_voice(answer: Made, rate: int, phoneme_s: float) -> None:
    """Every written word is timed, in order, and none is shorter than one phoneme."""
    samples, told_rate = soundfile.read(io.BytesIO(answer.data or b""))
    assert told_rate == rate
    assert answer.facts["duration_s"] == pytest.approx(len(samples) / rate)
    words = answer.facts["words"]
    assert [TEXT[w["start"] : w["end"]] for w in words] == TEXT.split()
    starts = [word["start_s"] for word in words]
    assert starts == sorted(starts)
    assert all(w["end_s"] - w["start_s"] > phoneme_s * 0.9 for w in words)
    # Six phonemes of a word of one length each lie between the first word and the second.
    assert starts[1] - starts[0] > phoneme_s * 3
    assert words[-1]["end_s"] <= answer.facts["duration_s"] + phoneme_s
    assert answer.bill[0].usd is not None
    assert answer.bill[0].usd > Decimal(0)
