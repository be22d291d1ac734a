"""Cog servers of one's own: a prediction is one held call under a name that we choose.

A Cog server cannot be asked how an order is doing: its answer comes when it is done, and a call
that breaks off ends the run. So an order is only written down here, and asking for it makes it.
Source: Cog 0.23.1 as it behaves, https://cog.run/http
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import ClassVar

from providers._cloud import order, ordered
from providers._http import Busy, Vendor, call
from providers._predictions import Predictions
from providers._servers import server_of
from providers.errors import Misconfigured, ProviderError
from providers.requests import AnyRequest, Job, Made

HELD_S = {"image": 900.0, "speech": 900.0, "video": 3600.0}
"""How long a server may be silent while it works."""
BUSY_S = 2.0
"""Pause before a server that was busy, or still starting, is asked again."""
_BROKEN = ("SETUP_FAILED", "DEFUNCT")


class Cog(Predictions):
    """One model, which is one server: `server` in its entry says where."""

    name: ClassVar[str] = "cog"

    async def order(self, request: AnyRequest) -> Job:
        """The order under its own name; nothing is sent before that is written down."""
        vendor = self._vendor(request)
        named = hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:24]
        own = f"{vendor.base}/predictions/rw-{named}"
        return Job(
            id=f"rw-{named}", provider=self.name, poll_url=own, cancel_url=f"{own}/cancel",
            poll_after_s=0.0, request=order(request),
        )  # fmt: skip

    async def poll(self, job: Job) -> Made | Job:
        """Has it made and waits for it; the job again while the server is busy with something.

        Raises Misconfigured when the model could not be set up.
        """
        request = ordered(job)
        vendor, body = self._vendor(request), {"input": self.input_of(request)}
        again = job.model_copy(update={"poll_after_s": BUSY_S})
        patience_s = HELD_S[request.capability]
        try:
            answer = await call(vendor, "PUT", job.poll_url, body, patience_s=patience_s)
        except Busy:
            await self._refuse_broken(vendor)
            return again
        return self.collect(answer.json(), again)

    async def cancel(self, job: Job) -> None:
        await call(self._vendor(ordered(job)), "POST", job.cancel_url)

    async def _refuse_broken(self, vendor: Vendor) -> None:
        try:
            said = (await call(vendor, "GET", f"{vendor.base}/health-check")).json()
        except ProviderError:
            return
        status = said.get("status") if isinstance(said, Mapping) else None
        if status in _BROKEN:
            setup = said.get("setup")
            logs = str(setup.get("logs", "")) if isinstance(setup, Mapping) else ""
            last = next(iter(logs.strip().splitlines()[-1:]), "it gives no reason")
            raise Misconfigured(f"{vendor.name} could not set its model up: {last[:300]}")

    def _vendor(self, request: AnyRequest) -> Vendor:
        return server_of(self.access, self.model_of(request))
