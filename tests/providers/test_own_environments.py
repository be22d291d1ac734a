"""Engines in an environment of their own: what they are asked, by packages that only look right.

XTTS-v2, ChatTTS and Vosk have no weights that tests could make; their packages' calls are written
down here as their documentation has them. Nothing of theirs was run.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from flows.buying.casting import Casting
from flows.settings import Settings
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Misconfigured
from providers.local.warm import warm
from providers.requests import Made, SpeechRequest, Transcript, TranscriptRequest

XTTS = """
import json, os, numpy
class XttsConfig:
    def load_json(self, path): assert path.endswith("config.json")
class Xtts:
    @classmethod
    def init_from_config(cls, config): return cls()
    def load_checkpoint(self, config, checkpoint_dir, eval): assert os.path.isdir(checkpoint_dir)
    def to(self, device): return self
    def get_conditioning_latents(self, audio_path): return ("latents", audio_path)
    def inference(self, text, language, latents, speaker, **told):
        with open(os.environ["ASKED"], "w") as asked:
            json.dump([text, language, latents, speaker, told], asked)
        return {"wav": numpy.sin(numpy.arange(24000) * 0.05) * 0.4}
"""
CHATTTS = """
import json, os, numpy
class Chat:
    class InferCodeParams(dict): pass
    def load(self, source, custom_path, compile, device): return os.path.isdir(custom_path)
    def sample_random_speaker(self): return "speaker"
    def infer(self, texts, params_infer_code):
        with open(os.environ["ASKED"], "w") as asked:
            json.dump([texts, dict(params_infer_code)], asked)
        return [numpy.sin(numpy.arange(24000) * 0.05)[None] * 0.4]
"""
VOSK = """
import json
def SetLogLevel(level): pass
class Model:
    def __init__(self, folder): self.folder = folder
class KaldiRecognizer:
    def __init__(self, model, rate): self.heard, self.rate = 0, rate
    def SetWords(self, on): assert on
    def AcceptWaveform(self, data):
        self.heard += len(data) // 2
        return self.heard == self.rate
    def Result(self):
        return json.dumps({"text": "the tide", "result": [
            {"word": "the", "start": 0.1, "end": 0.3, "conf": 1.0},
            {"word": "tide", "start": 0.4, "end": 0.9, "conf": 1.0}]})
    def FinalResult(self): return json.dumps({"text": ""})
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages that the engines' own interpreter finds."""
    folder = tmp_path / "packages"
    for name, text in (
        ("TTS/__init__.py", ""), ("TTS/tts/__init__.py", ""), ("TTS/tts/configs/__init__.py", ""),
        ("TTS/tts/models/__init__.py", ""), ("TTS/tts/configs/xtts_config.py", XTTS),
        ("TTS/tts/models/xtts.py", XTTS), ("ChatTTS.py", CHATTTS), ("vosk.py", VOSK),
        ("torch.py", "def manual_seed(seed): pass\\n"),
    ):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("\\n", "\n"))
    (tmp_path / "weights").mkdir()
    (tmp_path / "me.wav").write_bytes(b"RIFF")
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{Path(__file__).parents[2]}")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked.json"))
    warm(sys.executable, "providers.local.sound_worker").end()
    yield tmp_path
    warm(sys.executable, "providers.local.sound_worker").end()


def catalog_of(folder: Path) -> Catalog:
    engine = f'python = "{sys.executable}", weights = "{folder}/weights"'
    path = folder / "models.toml"
    path.write_text(
        f'[models.xtts-v2]\nengine = {{ {engine}, voices = {{ me = "{folder}/me.wav" }} }}\n'
        f"[models.local-chattts]\nengine = {{ {engine} }}\n"
        f'[models.vosk-small-en]\nid = "{folder}/weights"\n'
        f'engine = {{ python = "{sys.executable}" }}\n'
    )
    return load_catalog(path)


def speak(name: str, voice: str, folder: Path, **told: Any) -> Made:
    catalog = catalog_of(folder)
    model = catalog.named(name)
    provider = make_provider(model.provider, Path, {}, catalog)
    request = SpeechRequest(
        provider=model.provider, model=model.id, text="Hello there.", voice=voice, **told
    )
    provider.quote(request)
    made = asyncio.run(provider.speech(request))
    assert isinstance(made, Made)
    return made


def test_xtts_speaks_like_the_recording_that_the_voice_stands_for(packages: Path) -> None:
    made = speak("xtts-v2", "me", packages, speed=1.2, input={"temperature": 0.7})
    _, rate = soundfile.read(io.BytesIO(made.data or b""))
    assert rate == 24000
    assert made.facts["words"] == []
    assert json.loads((packages / "asked.json").read_text()) == [
        "Hello there.", "en", "latents", [f"{packages}/me.wav"], {"temperature": 0.7, "speed": 1.2},
    ]  # fmt: skip


def test_a_voice_without_a_recording_is_refused_by_the_quote(packages: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no voice 'you'.*there are: me"):
        speak("xtts-v2", "you", packages)


def test_chattts_draws_its_speaker_from_a_number(packages: Path) -> None:
    made = speak("local-chattts", "7", packages, input={"temperature": 0.3})
    assert made.facts["duration_s"] == pytest.approx(1.0)
    told = json.loads((packages / "asked.json").read_text())
    assert told == [["Hello there."], {"spk_emb": "speaker", "temperature": 0.3}]
    with pytest.raises(Misconfigured, match="is a number"):
        speak("local-chattts", "anna", packages)


def test_vosk_tells_words_with_their_times(packages: Path) -> None:
    sound = packages / "sound.wav"
    soundfile.write(sound, np.zeros(32000), 16000, subtype="PCM_16")
    catalog = catalog_of(packages)
    provider = make_provider("vosk", lambda _: sound, {}, catalog)
    model = catalog.named("vosk-small-en")
    request = TranscriptRequest(provider="vosk", model=model.id, sound="0" * 64, seconds=2.0)
    made = asyncio.run(provider.transcript(request))
    assert isinstance(made, Made)
    heard = Transcript.model_validate_json(made.data or b"")
    assert heard.text == "the tide"
    assert [(w.text, w.start_s, w.end_s) for w in heard.words] == [
        ("the", 0.1, 0.3), ("tide", 0.4, 0.9),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["xtts-v2", "local-chattts"])
def test_voices_that_may_not_be_used_commercially_are_refused_where_that_is_set(name: str) -> None:
    casting = Casting(load_catalog(), Settings(COMMERCIAL="1"))
    with pytest.raises(Misconfigured, match="may not be used commercially"):
        casting.parts(name, "speech")


def test_an_environment_that_is_not_there_is_told_in_a_sentence(packages: Path) -> None:
    path = packages / "models.toml"
    path.write_text(
        '[models.local-chattts]\nengine = { python = "/nowhere/python", weights = "/tmp" }\n'
    )
    catalog = load_catalog(path)
    provider = make_provider("chattts", Path, {}, catalog)
    request = SpeechRequest(provider="chattts", model="chattts", text="Hello.", voice="7")
    with pytest.raises(Misconfigured, match="/nowhere/python cannot be started"):
        asyncio.run(provider.speech(request))
