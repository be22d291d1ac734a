"""Cog's predictions: what goes into one and what comes out, on Replicate and on one's own server.

Replicate runs Cog's containers; only the way there differs: orders that are polled, or held calls.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from providers._cloud import Cloud, ordered
from providers._inputs import with_data_uris
from providers._media import media_type_of, to_download
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

RUNNING = ("starting", "processing")
_REFUSED = re.compile(r"nsfw|safety|flagged|sensitive|content polic|inappropriate", re.IGNORECASE)


class Predictions(Cloud):
    """Pictures, speech and clips as predictions. Subclasses say how one is ordered and asked."""

    async def image(self, request: ImageRequest) -> Job:
        return await self.order(request)

    async def speech(self, request: SpeechRequest) -> Job:
        return await self.order(request)

    async def video(self, request: VideoRequest) -> Job:
        return await self.order(request)

    async def order(self, request: AnyRequest) -> Job:
        """Places the order, or writes down what it will be called."""
        raise NotImplementedError

    def input_of(self, request: AnyRequest) -> dict[str, Any]:
        """What the model is given: exactly the request's input, files as data URIs."""
        return with_data_uris(self.open_input, getattr(request, "input", {}))

    def collect(self, prediction: Any, job: Job) -> Made | Job:
        """A Made when the prediction succeeded, the job while it runs. Raises Failed, Rejected."""
        status = prediction.get("status") if isinstance(prediction, Mapping) else None
        if not isinstance(status, str):
            raise Transient(f"{self.name} answered for order {job.id} without a status")
        if status in RUNNING:
            return job
        request = ordered(job)
        metrics = prediction.get("metrics") or {}
        ran_s = metrics.get("predict_time")
        seen = hardware(self.model_of(request), ran_s) if isinstance(ran_s, int | float) else {}
        if status != "succeeded":
            # Time on hardware is charged for failures too; prices per picture or clip are not.
            bill = self.bill(request, seen) if seen else ()
            raise self._ended(job.id, status, prediction, bill)
        file, bill = first_file(prediction.get("output")), self.bill(request, seen)
        if file is not None and file.startswith("data:"):
            return self._unpacked(file, bill)
        return to_download(file, request.capability, bill, self.name)

    def _unpacked(self, uri: str, bill: tuple[LineItem, ...]) -> Made:
        head, _, body = uri.partition(",")
        try:
            data = unquote_to_bytes(body)
            data = base64.b64decode(data, validate=True) if head.endswith(";base64") else data
        except (binascii.Error, ValueError):
            raise Failed(f"{self.name} answered with a file that is no base64", bill) from None
        told = head.removeprefix("data:").partition(";")[0]
        media_type = media_type_of(data[:16]) or told or "application/octet-stream"
        return Made(data=data, media_type=media_type, bill=bill)

    def _ended(
        self, job: str, status: str, prediction: Any, bill: tuple[LineItem, ...]
    ) -> ProviderError:
        why = str(prediction.get("error") or "it gives no reason")[:300]
        if status == "failed" and _REFUSED.search(why):
            return Rejected(f"{self.name} refuses the content: {why}", bill)
        return Failed(f"{self.name}'s order {job} ended as {status}: {why}", bill)


def first_file(output: Any) -> str | None:
    """The file in an output, which is its address, a data URI, or a list or an object with one."""
    if isinstance(output, str):
        return output if output.startswith(("http://", "https://", "data:")) else None
    if isinstance(output, Mapping):
        output = list(output.values()) if "url" not in output else [output["url"]]
    if isinstance(output, list):
        return next((file for part in output if (file := first_file(part))), None)
    return None
