"""Recognisers and aligners on this machine: Whisper, Vosk, CTC models, Qwen3, pocketsphinx."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from providers._words import Heard, place_words
from providers.errors import Failed
from providers.local.align_cuts import pauses, snapped
from providers.local.hearing import RATE, read_mono
from providers.local.sound import LocalSound, on_this_machine
from providers.local.weights import repository, weights_place
from providers.models import Model
from providers.requests import (
    Alignment,
    AlignmentRequest,
    Made,
    SpokenWord,
    Transcript,
    TranscriptRequest,
)

WHISPER_OPTIONS = frozenset({
    "beam_size", "best_of", "patience", "length_penalty", "repetition_penalty",
    "no_repeat_ngram_size", "temperature", "compression_ratio_threshold", "log_prob_threshold",
    "no_speech_threshold", "condition_on_previous_text", "initial_prompt", "hotwords", "vad_filter",
    "max_new_tokens", "hallucination_silence_threshold",
})  # fmt: skip
"""What `WhisperModel.transcribe` of faster-whisper 1.2 takes and an entry may say."""


class _Listening(LocalSound):
    """An engine that hears 16 kHz samples."""

    async def _hear(self, request: TranscriptRequest | AlignmentRequest, **told: Any) -> Any:
        sound = await asyncio.to_thread(read_mono, self.open_input(request.sound))
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "sound"
            await asyncio.to_thread(sound.tofile, raw)
            asked = {"sound": str(raw), "language": request.language.split("-")[0], **told}
            return sound, await self.ask(request, asked)

    def _weights(self, model: Model) -> dict[str, Any]:
        place, offline = weights_place(model, repository(model), self.access)
        return {"weights": place, "offline": offline}


class _Fetched(_Listening):
    """An engine whose weights have to be on this machine before it is quoted."""

    def lacks(self, model: Model) -> str:
        if lacks := super().lacks(model):
            return lacks
        if on_this_machine(model, self.access):
            return ""
        return (
            f"the weights of {model.name} ({repository(model)}) are not on this machine; "
            f"fetch them with `reelwright models fetch {model.name}`, or name a folder as `id`"
        )


class Whisper(_Fetched):
    """Whisper and distil-whisper by faster-whisper: any folder or hub name of its models."""

    name: ClassVar[str] = "whisper"
    engine_name: ClassVar[str] = "whisper"
    package: ClassVar[str] = "faster_whisper"
    install: ClassVar[str] = "pip install 'reelwright[asr]'"
    options: ClassVar[frozenset[str]] = WHISPER_OPTIONS

    async def transcript(self, request: TranscriptRequest) -> Made:
        model = self.model_of(request)
        compute = str(model.engine.get("compute", ""))
        told = {**self._weights(model), "compute": compute, "options": request.input}
        _, answer = await self._hear(request, **told)
        return _transcript(answer["heard"], self.ran(request, answer))


class Vosk(_Fetched):
    """Vosk: a folder of one of its models."""

    name: ClassVar[str] = "vosk"
    engine_name: ClassVar[str] = "vosk"
    package: ClassVar[str] = "vosk"
    install: ClassVar[str] = "pip install 'reelwright[asr-vosk]'"

    async def transcript(self, request: TranscriptRequest) -> Made:
        _, answer = await self._hear(request, **self._weights(self.model_of(request)))
        return _transcript(answer["heard"], self.ran(request, answer))


class _Aligning(_Listening):
    """An aligner; its words are moved out of the pauses that they cannot begin in."""

    async def alignment(self, request: AlignmentRequest) -> Made:
        told = {"text": request.text, **self._told(self.model_of(request))}
        sound, answer = await self._hear(request, **told)
        words = [SpokenWord.model_validate(one) for one in self._words(request, answer)]
        if not words:
            raise Failed(f"{self.name} found no word of the text", self.ran(request, answer))
        placed = snapped(words, pauses(sound, RATE))
        data = Alignment(words=placed).model_dump_json().encode()
        return Made(data=data, media_type="application/json", bill=self.ran(request, answer))

    def _told(self, model: Model) -> dict[str, Any]:
        return self._weights(model)

    def _words(self, request: AlignmentRequest, answer: dict[str, Any]) -> Any:
        return answer["words"]


class Ctc(_Aligning, _Fetched):
    """A CTC model of transformers, such as wav2vec2."""

    name: ClassVar[str] = "ctc"
    engine_name: ClassVar[str] = "ctc"
    package: ClassVar[str] = "transformers"
    install: ClassVar[str] = "pip install 'reelwright[align-ctc]'"


class Qwen(_Aligning, _Fetched):
    """Qwen3-ForcedAligner by transformers."""

    name: ClassVar[str] = "qwen-aligner"
    engine_name: ClassVar[str] = "qwen"
    package: ClassVar[str] = "transformers"
    install: ClassVar[str] = "pip install 'reelwright[align-ctc]'"

    def _words(self, request: AlignmentRequest, answer: dict[str, Any]) -> Any:
        return place_words(request.text, [Heard(*one.values()) for one in answer["heard"]])


class Sphinx(_Aligning):
    """pocketsphinx: English; its model comes with the package."""

    name: ClassVar[str] = "pocketsphinx"
    engine_name: ClassVar[str] = "sphinx"
    package: ClassVar[str] = "pocketsphinx"
    install: ClassVar[str] = "pip install 'reelwright[align]'"

    def _told(self, model: Model) -> dict[str, Any]:
        return {}


def _transcript(heard: Any, bill: Any) -> Made:
    data = Transcript.model_validate(heard).model_dump_json().encode()
    return Made(data=data, media_type="application/json", bill=bill)
