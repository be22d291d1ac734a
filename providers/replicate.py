"""Replicate: any of its models, for pictures, speech and clips, as predictions that are polled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from providers._cloud import order as order_of
from providers._http import Vendor, base_of, call, is_own, key_of
from providers._listed import created_after, earliest_s, is_for
from providers._predictions import Predictions
from providers.errors import Failed, Transient
from providers.requests import AnyRequest, Job, Made

CANCEL_AFTER = "30m"
"""Replicate itself ends a prediction that is still running then, so nothing bills for ever."""
POLL_S = {"image": 1.0, "speech": 1.0, "video": 5.0}


class Replicate(Predictions):
    """One order per request; the version is the model's name, or its name and a version's hash."""

    name: ClassVar[str] = "replicate"
    lists_orders: ClassVar[bool] = True

    async def order(self, request: AnyRequest) -> Job:
        """Places the order; even one that is ready at once is collected, from its written-down id.

        Raises Failed with an unknown bill when the answer does not tell what was ordered.
        """
        vendor = self._vendor()
        body = {"version": request.model, "input": self.input_of(request)}
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
        return self.collect(answer.json(), job)

    async def cancel(self, job: Job) -> None:
        await call(self._vendor(), "POST", job.cancel_url)

    def _vendor(self) -> Vendor:
        key = key_of(self.access, "REPLICATE_API_TOKEN", "https://replicate.com/account/api-tokens")
        base = base_of(self.access, "REPLICATE_BASE_URL", "https://api.replicate.com/v1")
        head = {"Authorization": f"Bearer {key}"}
        return Vendor(self.name, base, "REPLICATE_API_TOKEN", key, head)


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
        request=order_of(request),
    )
