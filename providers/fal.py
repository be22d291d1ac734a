"""fal: any of its queued models, for pictures and clips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from providers._cloud import Cloud, order, ordered
from providers._http import Answer, Vendor, base_of, call, key_of, told_by
from providers._media import to_download
from providers.errors import Failed, ProviderError, Rejected, Transient
from providers.requests import AnyRequest, ImageRequest, Job, Made, SpeechRequest, VideoRequest

POLL_S = {"image": 1.0, "speech": 1.0, "video": 5.0}
_REFUSED = "content_policy_violation"


class Fal(Cloud):
    """One order per request; fal's own URLs are asked, since they drop the model's sub-path."""

    name: ClassVar[str] = "fal"

    async def image(self, request: ImageRequest) -> Job:
        return await self._order(request)

    async def speech(self, request: SpeechRequest) -> Job:
        return await self._order(request)

    async def video(self, request: VideoRequest) -> Job:
        return await self._order(request)

    async def _order(self, request: AnyRequest) -> Job:
        vendor = self._vendor()
        url = f"{vendor.base}/{request.model.strip('/')}"
        answer = await call(vendor, "POST", url, getattr(request, "input", {}))
        said = answer.json()
        wanted = ("request_id", "status_url", "response_url")
        if not isinstance(said, Mapping) or not all(isinstance(said.get(k), str) for k in wanted):
            raise Failed("fal took the order and named no id or no addresses", bill=None)
        return Job(
            id=said["request_id"],
            provider=self.name,
            poll_url=said["status_url"],
            result_url=said["response_url"],
            cancel_url=str(said.get("cancel_url", "")),
            poll_after_s=POLL_S[request.capability],
            request=order(request),
        )

    async def poll(self, job: Job) -> Made | Job:
        vendor = self._vendor()
        status = (await call(vendor, "GET", job.poll_url)).json()
        state = status.get("status") if isinstance(status, Mapping) else None
        if state in ("IN_QUEUE", "IN_PROGRESS"):
            return job
        if not isinstance(state, str):
            raise Transient(f"fal answered for order {job.id} without a status")
        if state != "COMPLETED":
            told = f"fal answered for order {job.id} with the status {state!r}"
            raise Failed(told, bill=None)
        return self._made((await call(vendor, "GET", job.result_url)).json(), job)

    async def cancel(self, job: Job) -> None:
        if job.cancel_url:
            await call(self._vendor(), "PUT", job.cancel_url)

    def _made(self, said: Any, job: Job) -> Made:
        """The file in a result; a picture that fal's checker flags is a refusal on a 200."""
        if not isinstance(said, Mapping):
            raise Transient(f"fal's answer for order {job.id} is no JSON object")
        request = ordered(job)
        if any(said.get("has_nsfw_concepts") or ()):
            bill = self.bill(request, {})
            raise Rejected("fal's safety checker flags the picture it made", bill)
        pictures = said.get("images")
        found: Any = pictures[0] if isinstance(pictures, list) and pictures else None
        found = found or said.get("image") or said.get("video") or said.get("audio")
        url = found.get("url") if isinstance(found, Mapping) else found
        return to_download(url, request.capability, self.bill(request, {}), self.name)

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "FAL_KEY", "https://fal.ai/dashboard/keys")
        base = base_of(self.access, "FAL_QUEUE_URL", "https://queue.fal.run")
        head = {"Authorization": f"Key {key}"}
        return Vendor(self.name, base, "FAL_KEY", key, head, _reads)


def _reads(answer: Answer, told: str) -> ProviderError | None:
    """fal names its own kind of error in a header or the body; the model's 5xx is no outage."""
    said = answer.json()
    kind = answer.headers.get("x-fal-error-type", "")
    if isinstance(said, Mapping):
        kind = kind or str(said.get("error_type") or "")
    if _REFUSED in (kind, told) or _REFUSED in answer.content.decode(errors="replace"):
        return Rejected(f"fal refuses the content: {told_by(answer)}")
    if kind and answer.status >= 500:
        return Failed(f"fal's model failed ({kind}): {told}")
    return None
