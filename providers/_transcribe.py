"""OpenAI's wire for transcripts: a form with a sound in it goes out, words come back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from providers._http import Form, Vendor, call
from providers.errors import Failed
from providers.local.hearing import as_flac, read_mono
from providers.requests import HeardWord, Transcript, TranscriptRequest

PATIENCE_S = 300.0


async def listen(
    vendor: Vendor, request: TranscriptRequest, sound: Path
) -> tuple[Transcript, dict[str, Decimal]]:
    """What is heard in `sound`, and the time that is charged, by unit, where the answer tells it.

    `/audio/transcriptions`: https://platform.openai.com/docs/api-reference/audio. The sound goes as
    FLAC at 16 kHz, half an hour of which is below the 25 MB that the vendor takes.
    """
    sent = await asyncio.to_thread(lambda: as_flac(read_mono(sound)))
    fields = {name: str(value) for name, value in request.input.items()}
    form = Form({"model": request.model, **fields}, {"file": ("speech.flac", sent, "audio/flac")})
    url = f"{vendor.base}/audio/transcriptions"
    said = (await call(vendor, "POST", url, form=form, patience_s=PATIENCE_S)).json()
    return _read(said, vendor.name), _seconds(said)


def _read(said: Any, vendor: str) -> Transcript:
    """What a `json` or `verbose_json` answer says. Raises Failed with an unknown bill.

    Servers of one's own put words into the segments, some with a space before each.
    """
    if not isinstance(said, Mapping) or not isinstance(said.get("text"), str):
        raise Failed(f"{vendor} answered without a transcript", bill=None)
    told = said.get("words")
    if told is None:
        segments = said.get("segments") or []
        told = [w for s in segments if isinstance(s, Mapping) for w in s.get("words") or []]
    try:
        words = tuple(
            HeardWord(text=str(w["word"]).strip(), start_s=w["start"], end_s=w["end"]) for w in told
        )
    except (TypeError, KeyError, ValidationError):
        raise Failed(f"{vendor} answered with words of another form", bill=None) from None
    return Transcript(text=said["text"], words=words, language=str(said.get("language") or ""))


def _seconds(said: Mapping[str, Any]) -> dict[str, Decimal]:
    usage = said.get("usage")
    seconds = usage.get("seconds") if isinstance(usage, Mapping) else None
    if not isinstance(seconds, int | float):
        return {}
    return {"second": Decimal(str(seconds)), "hour": Decimal(str(seconds)) / 3600}
