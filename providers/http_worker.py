"""Plain workers: `POST /generate` with what is wanted, and a file comes back, or where it is.

`reelwright worker` speaks this, and so does whatever answers with the bytes themselves, with JSON
that holds them (`b64`) or names their address (`url`), or with a job that is asked for by its id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

from providers._cloud import Cloud, order, ordered
from providers._http import Answer, Vendor, call, is_own
from providers._inputs import with_data_uris
from providers._media import media_type_of, to_download, unpacked
from providers._servers import Stopwatch, server_of
from providers.errors import Failed, ProviderError, Rejected, Transient
from providers.pricing import hardware
from providers.requests import (
    AnyRequest,
    Download,
    ImageRequest,
    Job,
    LineItem,
    Made,
    SpeechRequest,
    VideoRequest,
)

PATIENCE_S = 900.0
"""How long a worker that knows no jobs may be silent while it works."""
POLL_S = {"image": 1.0, "speech": 0.5, "video": 5.0}
_RUNS = ("queued", "running", "processing", "starting", "in_progress", "pending")
_DONE = ("succeeded", "completed", "done", "success")
_PACKED = ("b64", "b64_json", "base64", "data")


class HttpWorker(Cloud):
    """One model at one address: `server` in its entry says where."""

    name: ClassVar[str] = "http-worker"
    lists_orders: ClassVar[bool] = True

    async def image(self, request: ImageRequest) -> Made | Job:
        return await self._order(request)

    async def speech(self, request: SpeechRequest) -> Made | Job:
        return await self._order(request)

    async def video(self, request: VideoRequest) -> Made | Job:
        return await self._order(request)

    async def _order(self, request: AnyRequest) -> Made | Job:
        """Sends the order under a key of its own: sent twice, it is made once."""
        vendor, watch = self._vendor(request), Stopwatch()
        body = with_data_uris(self.open_input, getattr(request, "input", {}))
        head = {"Idempotency-Key": _key(request), "Prefer": "respond-async",
                "Accept": "application/json, */*"}  # fmt: skip
        url = f"{vendor.base}/generate"
        answer = await call(vendor, "POST", url, body, head, patience_s=PATIENCE_S)
        said = answer.json()
        if not isinstance(said, Mapping):
            return self._file(request, vendor, answer, watch.seconds)
        return self._read(request, vendor, said, watch.seconds)

    async def find_order(
        self, request: AnyRequest, since: float, over: frozenset[str]
    ) -> Job | None:
        """The order under its own key, where the worker knows jobs and has not failed at it."""
        key, vendor = _key(request), self._vendor(request)
        if key in over:
            return None
        try:
            said = (await call(vendor, "GET", f"{vendor.base}/jobs/{key}")).json()
        except Failed:
            return None
        status = str(said.get("status", "")).lower() if isinstance(said, Mapping) else ""
        return self._job(request, vendor, key) if status in (*_RUNS, *_DONE) else None

    async def poll(self, job: Job) -> Made | Job:
        request = ordered(job)
        vendor = self._vendor(request)
        said = (await call(vendor, "GET", job.poll_url)).json()
        if not isinstance(said, Mapping):
            raise Transient(f"{vendor.name} answered for order {job.id} without a status")
        return self._read(request, vendor, said, None)

    async def cancel(self, job: Job) -> None:
        await call(self._vendor(ordered(job)), "DELETE", job.cancel_url)

    def _read(
        self, request: AnyRequest, vendor: Vendor, said: Mapping[str, Any], passed_s: float | None
    ) -> Made | Job:
        """What an answer in JSON comes to; `passed_s` is billed where it tells no seconds."""
        status = str(said.get("status") or "").lower()
        named = said.get("id") or said.get("job_id")
        seconds = said.get("seconds", passed_s)
        is_known = isinstance(seconds, int | float)
        bill = self._bill(request, float(seconds) if is_known else None)
        packed = next((said[name] for name in _PACKED if said.get(name)), None)
        url = said.get("url")
        if status in _RUNS or (not status and named and not packed and not url):
            if not isinstance(named, str):
                raise Failed(f"{vendor.name} took the order and named no id", bill=None)
            return self._job(request, vendor, named)
        if status and status not in _DONE:
            raise _ended(vendor, status, said, bill)
        facts = said.get("facts")
        facts = dict(facts) if isinstance(facts, Mapping) else {}
        if packed is not None:
            data = unpacked(packed, f"{vendor.name} answered with a file that is no base64", bill)
            media_type = self._media_type(request, vendor, data, bill)
            return Made(data=data, media_type=media_type, facts=facts, bill=bill)
        address = urljoin(f"{vendor.base}/", str(url or ""))
        made = to_download(address if url else None, request.capability, bill, vendor.name)
        # A file that lies at the worker itself may be behind its token.
        head = dict(vendor.headers) if is_own(vendor, address) else {}
        told = str(said.get("media_type") or "") or made.media_type
        found = Download(url=address, headers=head)
        return made.model_copy(update={"download": found, "media_type": told, "facts": facts})

    def _file(self, request: AnyRequest, vendor: Vendor, answer: Answer, passed_s: float) -> Made:
        """The file itself, as the body of the answer."""
        told = answer.headers.get("x-seconds", "")
        bill = self._bill(request, float(told) if _is_number(told) else passed_s)
        media_type = self._media_type(request, vendor, answer.content, bill)
        return Made(data=answer.content, media_type=media_type, bill=bill)

    def _media_type(
        self, request: AnyRequest, vendor: Vendor, data: bytes, bill: tuple[LineItem, ...]
    ) -> str:
        kind = {"speech": "audio"}.get(request.capability, request.capability)
        media_type = media_type_of(data[:16])
        if not media_type.startswith(f"{kind}/"):
            raise Failed(f"{vendor.name} answered with something that is no {kind}", bill)
        return media_type

    def _bill(self, request: AnyRequest, seconds: float | None) -> tuple[LineItem, ...]:
        seen = {} if seconds is None else hardware(self.model_of(request), round(seconds, 3))
        return self.bill(request, seen)

    def _job(self, request: AnyRequest, vendor: Vendor, named: str) -> Job:
        own = f"{vendor.base}/jobs/{named}"
        return Job(
            id=named, provider=self.name, poll_url=own, cancel_url=own,
            poll_after_s=POLL_S[request.capability], request=order(request),
        )  # fmt: skip

    def _vendor(self, request: AnyRequest) -> Vendor:
        return server_of(self.access, self.model_of(request))


def _key(request: AnyRequest) -> str:
    """The order's own key: the same for the same order, whoever sends it."""
    return "rw-" + hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:40]


def _ended(
    vendor: Vendor, status: str, said: Mapping[str, Any], bill: tuple[LineItem, ...]
) -> ProviderError:
    error = said.get("error")
    told = error.get("message") if isinstance(error, Mapping) else error
    why = str(told or "it gives no reason")[:300]
    if said.get("refused") is True:
        return Rejected(f"{vendor.name} refuses the content: {why}", bill)
    return Failed(f"{vendor.name}: the order ended as {status}: {why}", bill)


def _is_number(told: str) -> bool:
    return told.replace(".", "", 1).isdigit()
