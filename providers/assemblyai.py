"""AssemblyAI: transcripts with the time of every word, as orders that are polled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import ValidationError

from providers._cloud import Cloud, order, ordered
from providers._http import Vendor, base_of, call, key_of
from providers.errors import Failed, Transient
from providers.local.hearing import as_flac, read_mono
from providers.requests import HeardWord, Job, LineItem, Made, Transcript, TranscriptRequest

POLL_S = 3.0
"""As the vendor's own package polls."""
UPLOAD_S = 300.0


class AssemblyAI(Cloud):
    """The sound is uploaded, which costs nothing; then the transcript is ordered and asked for."""

    name: ClassVar[str] = "assemblyai"

    async def transcript(self, request: TranscriptRequest) -> Job:
        """Raises Failed with an unknown bill when the answer does not tell what was ordered.

        https://www.assemblyai.com/docs/api-reference/transcripts/submit
        """
        vendor = self._vendor()
        path = self.open_input(request.sound)
        sent = await asyncio.to_thread(lambda: as_flac(read_mono(path)))
        url, head = f"{vendor.base}/v2/upload", {"Content-Type": "application/octet-stream"}
        lies = (await call(vendor, "POST", url, sent, head, patience_s=UPLOAD_S)).json()
        if not isinstance(lies, Mapping) or not isinstance(lies.get("upload_url"), str):
            raise Failed("assemblyai took the sound and does not say where it lies")
        body = {"audio_url": lies["upload_url"], "speech_models": [request.model], **request.input}
        told = (await call(vendor, "POST", f"{vendor.base}/v2/transcript", body)).json()
        if not isinstance(told, Mapping) or not isinstance(told.get("id"), str):
            raise Failed("assemblyai took the order and named no id", bill=None)
        own = f"{vendor.base}/v2/transcript/{told['id']}"
        return Job(
            id=told["id"], provider=self.name, poll_url=own, cancel_url=own,
            poll_after_s=POLL_S, request=order(request),
        )  # fmt: skip

    async def poll(self, job: Job) -> Made | Job:
        told = (await call(self._vendor(), "GET", job.poll_url)).json()
        status = told.get("status") if isinstance(told, Mapping) else None
        if status in ("queued", "processing"):
            return job
        if status == "error":
            raise Failed(f"assemblyai could not transcribe: {str(told.get('error'))[:300]}")
        if status != "completed":
            raise Transient(f"assemblyai answered for order {job.id} without a status")
        request, seconds = ordered(job), told.get("audio_duration")
        lasts = Decimal(str(seconds)) if isinstance(seconds, int | float) else None
        seen = {} if lasts is None else {"second": lasts, "hour": lasts / 3600}
        bill = self.bill(request, seen)
        data = _read(told, bill).model_dump_json().encode()
        return Made(data=data, media_type="application/json", bill=bill)

    async def cancel(self, job: Job) -> None:
        await call(self._vendor(), "DELETE", job.cancel_url)

    def _vendor(self) -> Vendor:
        where = "https://www.assemblyai.com/dashboard/api-keys"
        key = key_of(self.access, "ASSEMBLYAI_API_KEY", where)
        base = base_of(self.access, "ASSEMBLYAI_BASE_URL", "https://api.assemblyai.com")
        return Vendor(self.name, base, "ASSEMBLYAI_API_KEY", key, {"Authorization": key})


def _read(told: Mapping[str, Any], bill: tuple[LineItem, ...]) -> Transcript:
    """A completed transcript; its times are told in milliseconds. Raises Failed with `bill`."""
    try:
        words = tuple(
            HeardWord(text=w["text"], start_s=w["start"] / 1000, end_s=w["end"] / 1000)
            for w in told.get("words") or []
        )
        language = str(told.get("language_code") or "")
        return Transcript(text=told.get("text") or "", words=words, language=language)
    except (TypeError, KeyError, ValidationError):
        raise Failed("assemblyai answered with words of another form", bill) from None
