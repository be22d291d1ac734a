"""Replicate: any of its models, for pictures, speech and clips, as predictions that are polled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from providers._cloud import Cloud, order, ordered
from providers._http import Vendor, base_of, call, is_own, key_of
from providers._listed import created_after, earliest_s, is_for
from providers._media import to_download
from providers.errors import Failed, ProviderError, Rejected, Transient
from providers.pricing import hardware
from providers.requests import (
    AnyRequest,
    ImageRequest,
    Job,
    LineItem,
    Made,
    SpeechRequest,
    VideoRequest,
)

CANCEL_AFTER = "30m"
"""Replicate itself ends a prediction that is still running then, so nothing bills for ever."""
POLL_S = {"image": 1.0, "speech": 1.0, "video": 5.0}
_REFUSED = re.compile(r"nsfw|safety|flagged|sensitive|content polic|inappropriate", re.IGNORECASE)


class Replicate(Cloud):
    """One order per request; the version is the model's name, or its name and a version's hash."""

    name: ClassVar[str] = "replicate"
    lists_orders: ClassVar[bool] = True

    async def image(self, request: ImageRequest) -> Job:
        return await self._order(request)

    async def speech(self, request: SpeechRequest) -> Job:
        return await self._order(request)

    async def video(self, request: VideoRequest) -> Job:
        return await self._order(request)

    async def _order(self, request: AnyRequest) -> Job:
        """Places the order; even one that is ready at once is collected, from its written-down id.

        Raises Failed with an unknown bill when the answer does not tell what was ordered.
        """
        vendor = self._vendor()
        body = {"version": request.model, "input": getattr(request, "input", {})}
        head = {"Cancel-After": CANCEL_AFTER}
        answer = await call(vendor, "POST", f"{vendor.base}/predictions", body, head)
        prediction = answer.json()
        if not isinstance(prediction, Mapping) or not isinstance(prediction.get("id"), str):
            raise Failed("replicate took the order and named no id", bill=None)
        return _job(vendor, prediction, request)

    async def find_order(
        self, request: AnyRequest, since: float, over: frozenset[str]
    ) -> Job | None:
        """The newest prediction with exactly this model and input that may still deliver.

        Replicate lists predictions with their inputs, newest first, 100 a page:
        https://replicate.com/docs/reference/http#predictions.list
        """
        vendor = self._vendor()
        url: object = f"{vendor.base}/predictions?{created_after(since)}"
        while isinstance(url, str):
            answer = await call(vendor, "GET", url)
            page, earliest = answer.json(), earliest_s(since, answer)
            found = page.get("results") if isinstance(page, Mapping) else None
            if not isinstance(found, list):
                raise Transient("replicate's list of predictions is none")
            for told in found:
                if is_for(told, request, earliest) and told["id"] not in over:
                    return _job(vendor, told, request)
            url = page.get("next")
        return None

    async def poll(self, job: Job) -> Made | Job:
        answer = await call(self._vendor(), "GET", job.poll_url)
        return self._collect(answer.json(), job)

    async def cancel(self, job: Job) -> None:
        await call(self._vendor(), "POST", job.cancel_url)

    def _collect(self, prediction: Any, job: Job) -> Made | Job:
        """A Made when the prediction succeeded, the job while it runs. Raises Failed, Rejected."""
        status = prediction.get("status") if isinstance(prediction, Mapping) else None
        if not isinstance(status, str):
            raise Transient(f"replicate answered for order {job.id} without a status")
        if status in ("starting", "processing"):
            return job
        request = ordered(job)
        metrics = prediction.get("metrics") or {}
        ran_s = metrics.get("predict_time")
        seen = hardware(self.model_of(request), ran_s) if isinstance(ran_s, int | float) else {}
        if status != "succeeded":
            # Time on hardware is charged for failures too; prices per picture or clip are not.
            raise _ended(job.id, status, prediction, self.bill(request, seen) if seen else ())
        url = first_url(prediction.get("output"))
        return to_download(url, request.capability, self.bill(request, seen), self.name)

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "REPLICATE_API_TOKEN", "https://replicate.com/account/api-tokens")
        base = base_of(self.access, "REPLICATE_BASE_URL", "https://api.replicate.com/v1")
        head = {"Authorization": f"Bearer {key}"}
        return Vendor(self.name, base, "REPLICATE_API_TOKEN", key, head)


def first_url(output: Any) -> str | None:
    """The file in an output, which is a URL, a list or an object with one, or any mix of these."""
    if isinstance(output, str):
        return output if output.startswith(("http://", "https://")) else None
    if isinstance(output, Mapping):
        output = list(output.values()) if "url" not in output else [output["url"]]
    if isinstance(output, list):
        return next((url for part in output if (url := first_url(part))), None)
    return None


def _job(vendor: Vendor, prediction: Mapping[str, Any], request: AnyRequest) -> Job:
    named = prediction.get("urls") or {}
    own = f"{vendor.base}/predictions/{prediction['id']}"
    poll, cancel = str(named.get("get", "")), str(named.get("cancel", ""))
    return Job(
        id=prediction["id"],
        provider=Replicate.name,
        poll_url=poll if is_own(vendor, poll) else own,
        cancel_url=cancel if is_own(vendor, cancel) else f"{own}/cancel",
        poll_after_s=POLL_S[request.capability],
        request=order(request),
    )


def _ended(job: str, status: str, prediction: Any, bill: tuple[LineItem, ...]) -> ProviderError:
    why = str(prediction.get("error") or "it gives no reason")[:300]
    if status == "failed" and _REFUSED.search(why):
        return Rejected(f"replicate refuses the content: {why}", bill)
    return Failed(f"replicate's order {job} ended as {status}: {why}", bill)
