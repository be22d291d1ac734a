"""Servers of one's own that speak OpenAI's routes: pictures, speech with word times, clips.

vLLM, vLLM-Omni, SGLang, LocalAI, Kokoro-FastAPI and others; which one, a catalog entry's `server`
says. Seconds that the server worked are the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from providers._cloud import order, ordered
from providers._http import Form, NotThere, Vendor, call
from providers._inputs import input_file, is_stored
from providers._media import unpacked
from providers._servers import Stopwatch, server_of
from providers._words import Heard, place_words
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.openai import PATIENCE_S, OpenAI
from providers.requests import (
    AnyRequest,
    Download,
    Job,
    LineItem,
    Made,
    SpeechRequest,
    VideoRequest,
)

POLL_S = 2.0
_RUNS = ("queued", "pending", "in_progress", "processing", "running")
_DONE = ("completed", "succeeded")


class OpenAIServer(OpenAI):
    """OpenAI's wire at the address of the entry's `server`, with clips by `/videos` as well."""

    name: ClassVar[str] = "openai-server"

    def vendor_of(self, request: AnyRequest | None) -> Vendor:
        """The server of the model. Raises Misconfigured."""
        if request is None:
            raise Misconfigured("a list of models is asked of one server at a time")
        return server_of(self.access, self.model_of(request))

    async def speech(self, request: SpeechRequest) -> Made:
        """Speech; with the time of each word where the entry names a route for that.

        `limits.captioned` is that route from the server's root, as Kokoro-FastAPI has it; a server
        without it is asked for speech alone.
        """
        route = self.model_of(request).limits.get("captioned")
        if route:
            try:
                return await self._captioned(request, str(route))
            except NotThere:
                pass
        return await super().speech(request)

    async def _captioned(self, request: SpeechRequest, route: str) -> Made:
        """Source: Kokoro-FastAPI, api/src/routers/development.py (`/dev/captioned_speech`)."""
        vendor = self.vendor_of(request)
        body = {"model": request.model, **request.input, "stream": False, "return_timestamps": True}
        watch = Stopwatch()
        url = vendor.base.removesuffix("/v1") + route
        answer = await call(vendor, "POST", url, body, patience_s=PATIENCE_S)
        ran, said = self.ran(request, watch.seconds), answer.json()
        told = said.get("audio") if isinstance(said, Mapping) else None
        wrong = f"{vendor.name} answered without sound"
        if not isinstance(told, str):
            raise Failed(wrong, bill=None)
        words = place_words(request.text, _heard(said.get("timestamps")))
        return self.spoken(request, unpacked(told, wrong, None), words, ran)

    async def video(self, request: VideoRequest) -> Job:
        """Orders a clip by a form, as vLLM-Omni and SGLang take it.

        Source: vLLM-Omni, docs/serving/videos_api.md. A value `store:DIGEST` in the input goes as a
        file.
        """
        vendor = self.vendor_of(request)
        told = {"model": request.model, **request.input}
        files = {n: input_file(self.open_input, v) for n, v in told.items() if is_stored(v)}
        fields = {name: str(value) for name, value in told.items() if name not in files}
        answer = await call(
            vendor, "POST", f"{vendor.base}/videos", form=Form(fields, files), patience_s=PATIENCE_S
        )
        said = answer.json()
        if not isinstance(said, Mapping) or not isinstance(said.get("id"), str):
            raise Failed(f"{vendor.name} took the order and named no id", bill=None)
        own = f"{vendor.base}/videos/{said['id']}"
        return Job(
            id=said["id"], provider=self.name, poll_url=own, result_url=f"{own}/content",
            cancel_url=own, poll_after_s=POLL_S, request=order(request),
        )  # fmt: skip

    async def poll(self, job: Job) -> Made | Job:
        request = ordered(job)
        vendor = self.vendor_of(request)
        said = (await call(vendor, "GET", job.poll_url)).json()
        status = said.get("status") if isinstance(said, Mapping) else None
        if not isinstance(status, str):
            raise Transient(f"{vendor.name} answered for order {job.id} without a status")
        if status in _RUNS:
            return job
        bill = self._bill_of(request, said)
        if status not in _DONE:
            raise _ended(vendor, job, status, said.get("error"), bill)
        # The clip lies at the server itself, so its key may go there.
        content = Download(url=job.result_url, headers=dict(vendor.headers))
        return Made(download=content, media_type="video/mp4", bill=bill)

    async def cancel(self, job: Job) -> None:
        await call(self.vendor_of(ordered(job)), "DELETE", job.cancel_url)

    def _bill_of(self, request: AnyRequest, said: Mapping[str, Any]) -> tuple[LineItem, ...]:
        """By the seconds that the server says it took, else by the usual ones."""
        started = said.get("started_at") or said.get("created_at")
        ended, ran = said.get("completed_at"), said.get("inference_time_s")
        if isinstance(started, int | float) and isinstance(ended, int | float):
            ran = ran if isinstance(ran, int | float) else ended - started
        if not isinstance(ran, int | float):
            return self.bill(request, {})
        return self.bill(request, self.ran(request, round(ran, 3)))


def _heard(told: Any) -> list[Heard]:
    """Kokoro-FastAPI's words: `{"word", "start_time", "end_time"}`, in seconds."""
    heard = []
    for one in told if isinstance(told, list) else ():
        try:
            heard.append(Heard(str(one["word"]), float(one["start_time"]), float(one["end_time"])))
        except (KeyError, TypeError, ValueError):
            continue
    return heard


def _ended(
    vendor: Vendor, job: Job, status: str, error: Any, bill: tuple[LineItem, ...]
) -> ProviderError:
    told = error if isinstance(error, Mapping) else {"message": error}
    why = str(told.get("message") or "it gives no reason")[:300]
    if "content_policy" in str(told.get("code")) or "moderation" in str(told.get("code")):
        return Rejected(f"{vendor.name} refuses the content: {why}", bill)
    return Failed(f"{vendor.name}: order {job.id} ended as {status}: {why}", bill)
