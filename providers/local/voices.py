"""Voices on this machine: Kokoro, Piper, XTTS-v2, ChatTTS. Word times come with the first two."""

from __future__ import annotations

import asyncio
import io
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import soundfile

from providers.errors import Failed, Misconfigured
from providers.local.sound import LocalSound
from providers.models import Model
from providers.requests import AnyRequest, LineItem, Made, SpeechRequest

PIPER_OPTIONS = frozenset({"speaker_id", "noise_scale", "noise_w_scale", "normalize_audio",
                           "volume"})  # fmt: skip
XTTS_OPTIONS = frozenset({"temperature", "length_penalty", "repetition_penalty", "top_k", "top_p",
                          "do_sample", "enable_text_splitting"})  # fmt: skip
CHATTTS_OPTIONS = frozenset({"prompt", "top_P", "top_K", "temperature", "repetition_penalty"})


class _Voice(LocalSound):
    """An engine that writes 16-bit mono samples."""

    async def speech(self, request: SpeechRequest) -> Made:
        model = self.model_of(request)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "sound"
            asked = {
                "text": request.text, "voice": request.voice, "speed": request.speed,
                "options": request.input, "out": str(out), **self._told(model, request),
            }  # fmt: skip
            answer = await self.ask(request, asked)
            pcm = await asyncio.to_thread(np.fromfile, out, np.int16)
        bill = self.ran(request, answer)
        if not len(pcm):
            raise Failed(f"{model.name} made no sound of this text", bill)
        sound, rate = io.BytesIO(), int(answer["rate"])
        soundfile.write(sound, pcm, rate, format="WAV", subtype="PCM_16")
        facts = {
            "duration_s": len(pcm) / rate, "sample_rate": rate, "words": answer["words"],
        }  # fmt: skip
        return Made(data=sound.getvalue(), media_type="audio/wav", facts=facts, bill=bill)

    def _told(self, model: Model, request: SpeechRequest) -> dict[str, Any]:
        raise NotImplementedError

    def lacks(self, model: Model) -> str:
        if lacks := super().lacks(model):
            return lacks
        missing = [path for path in self._files(model) if not path.exists()]
        if not missing:
            return ""
        return (
            f"{model.name} needs {missing[0]}, which is not there; fetch it, or correct "
            f"[models.{model.name}] in your models.toml (docs/local-speech.md)"
        )

    def _files(self, model: Model) -> list[Path]:
        """What has to be on this machine: the weights, a folder or a file."""
        return [_path(model.engine.get("weights", model.id))]


class Kokoro(_Voice):
    """Kokoro-82M by kokoro-onnx; `engine` names the model and the file of its voices."""

    name: ClassVar[str] = "kokoro-onnx"
    engine_name: ClassVar[str] = "kokoro"
    package: ClassVar[str] = "kokoro_onnx"
    install: ClassVar[str] = "pip install 'reelwright[tts-kokoro]'"

    def _told(self, model: Model, request: SpeechRequest) -> dict[str, Any]:
        weights, voices = self._files(model)
        language = dict(model.engine.get("languages", {})).get(request.language, request.language)
        return {"model": str(weights), "voices": str(voices), "lang": language}

    def _files(self, model: Model) -> list[Path]:
        return [_path(model.engine[part]) for part in ("model", "voices")]


class Piper(_Voice):
    """Piper: a voice is a file `NAME.onnx` with its `NAME.onnx.json`, in the folder `weights`."""

    name: ClassVar[str] = "piper"
    engine_name: ClassVar[str] = "piper"
    package: ClassVar[str] = "piper"
    install: ClassVar[str] = "pip install 'reelwright[tts-piper]'"
    options: ClassVar[frozenset[str]] = PIPER_OPTIONS

    def _told(self, model: Model, request: SpeechRequest) -> dict[str, Any]:
        """Raises Misconfigured for a voice that is not there."""
        voices = {path.stem: path for path in _path(model.engine["weights"]).glob("*.onnx")}
        if request.voice not in voices:
            raise Misconfigured(
                f"{model.name} has no voice {request.voice!r} in {model.engine['weights']}; "
                f"there are: {', '.join(sorted(voices)) or 'none'}"
            )
        return {"model": str(voices[request.voice])}


class Xtts(_Voice):
    """Coqui XTTS-v2: `voices` in `engine` names reference recordings, which it speaks like."""

    name: ClassVar[str] = "xtts"
    engine_name: ClassVar[str] = "xtts"
    package: ClassVar[str] = "TTS"
    install: ClassVar[str] = "an environment of its own, as docs/local-speech.md tells"
    options: ClassVar[frozenset[str]] = XTTS_OPTIONS

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        lines = super().quote(request)
        if isinstance(request, SpeechRequest):
            self._reference(self.model_of(request), request)
        return lines

    def _told(self, model: Model, request: SpeechRequest) -> dict[str, Any]:
        reference = self._reference(model, request)
        if not reference.exists():
            raise Misconfigured(f"no recording of the voice {request.voice!r} is at {reference}")
        return {
            "weights": str(_path(model.engine["weights"])),
            "reference": str(reference),
            "lang": {"zh": "zh-cn"}.get(request.language, request.language.split("-")[0]),
        }

    def _reference(self, model: Model, request: SpeechRequest) -> Path:
        recordings = dict(model.engine.get("voices", {}))
        if request.voice not in recordings:
            raise Misconfigured(
                f"{model.name} knows no voice {request.voice!r}; name a recording of it under "
                f"[models.{model.name}.engine.voices]; there are: "
                f"{', '.join(sorted(recordings)) or 'none'}"
            )
        return _path(recordings[request.voice])


class ChatTTS(_Voice):
    """ChatTTS: a voice is a number, from which a speaker is drawn."""

    name: ClassVar[str] = "chattts"
    engine_name: ClassVar[str] = "chattts"
    package: ClassVar[str] = "ChatTTS"
    install: ClassVar[str] = "an environment of its own, as docs/local-speech.md tells"
    options: ClassVar[frozenset[str]] = CHATTTS_OPTIONS

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        lines = super().quote(request)
        if isinstance(request, SpeechRequest) and not request.voice.isdigit():
            raise Misconfigured(f"a voice of ChatTTS is a number, not {request.voice!r}")
        return lines

    def _told(self, model: Model, request: SpeechRequest) -> dict[str, Any]:
        return {"weights": str(_path(model.engine["weights"]))}


def _path(told: str) -> Path:
    return Path(told).expanduser()
