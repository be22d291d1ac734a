"""Replicate: predictions that take their time, files in, outputs at a host of their own."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.lab.cog_models import MODELS, CogModel, Made, find_model
from tests.lab.contracts import TEXT, closed, request_breach
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply

PROBLEM = "application/problem+json"
ENDED = ("succeeded", "failed", "canceled", "aborted")
PAGE = 100
"""Predictions in one answer of the list."""
LARGEST_DATA_URL = 256 * 1024
LARGEST_FILE = 100 * 2**20
UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600}
MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "wav": "audio/wav",
               "mp4": "video/mp4"}  # fmt: skip
CREATE = closed(
    ("version", "input"), version=TEXT, input={"type": "object"}, stream={"type": "boolean"},
    webhook=TEXT, webhook_events_filter={"type": "array"},
)  # fmt: skip
CREATE_OFFICIAL = closed(
    ("input",), input={"type": "object"}, stream={"type": "boolean"}, webhook=TEXT,
    webhook_events_filter={"type": "array"},
)  # fmt: skip


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Prediction:
    """One run. `over` is set when the status will not change any more."""

    order: Order
    model: CogModel
    told: dict[str, Any]
    status: str = "starting"
    output: Any = None
    error: str | None = None
    times: dict[str, str] = field(default_factory=lambda: {"created_at": now()})
    predict_time: Decimal | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Replicate(Vendor):
    name: ClassVar[str] = "replicate"
    key: ClassVar[str] = "r8_lab_replicate_key"
    cannot: ClassVar[frozenset[str]] = frozenset({"flagged"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.predictions: dict[str, Prediction] = {}
        self.files: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        one, file = r"(?:/v1)?/predictions/(?P<id>\w+)", r"(?:/v1)?/files/(?P<id>\w+)"
        official = r"(?:/v1)?/models/(?P<owner>[^/]+)/(?P<model>[^/]+)/predictions"
        self.routes = (
            Route("create", "job", "POST", r"(?:/v1)?/predictions", self.create),
            Route("create", "job", "POST", official, self.create_official),
            Route("list", "ask", "GET", r"(?:/v1)?/predictions", self.listing),
            Route("poll", "ask", "GET", one, self.poll),
            Route("cancel", "ask", "POST", one + "/cancel", self.cancel),
            Route("upload", "ask", "POST", r"(?:/v1)?/files", self.upload),
            Route("uploaded", "ask", "GET", file, self.uploaded),
            Route("delete", "ask", "DELETE", file, self.delete),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def problem(self, status: int, title: str, detail: str) -> Reply:
        return json_reply(status, {"title": title, "detail": detail, "status": status}, PROBLEM)

    def invalid(self, message: str) -> Reply:
        return self.problem(422, "Input validation failed", f"- {message}")

    def missing(self, path: str) -> Reply:
        return self.problem(404, "Not found", "The requested resource could not be found.")

    def trouble(self, fault: Fault) -> Reply:
        if fault.name == "busy":
            told = f"Request was throttled. Your rate limit resets in ~{self.wait_s(fault)}s."
            return json_reply(429, {"detail": told, "status": 429}, PROBLEM)
        if fault.name == "busy_silent":
            return self.problem(429, "Too many requests", "Request was throttled.")
        if fault.name == "no_credit":
            told = "You have insufficient credit to run this model. Go to the billing page."
            return self.problem(402, "Insufficient credit", told)
        if fault.name == "bad_key":
            told = "You did not pass a valid authentication token"
            return self.problem(401, "Unauthenticated", told)
        status = 503 if fault.name == "error_503" else 500
        return self.problem(status, "Internal server error", "Something went wrong.")

    async def create(self, order: Order) -> Reply:
        told = wrong_with(CREATE, order.body)
        if bad := told or request_breach("replicate", "/predictions", order.body):
            return self.object_to(bad)
        model = find_model(order.body["version"])
        if model is None:
            self.bench.object_to(f"replicate: no version {order.body['version']}")
            return self.problem(
                422, "Invalid version or not permitted",
                "The specified version does not exist (or perhaps you don't have permission to "
                "use it?)",
            )  # fmt: skip
        return await self._start(order, model)

    async def create_official(self, order: Order) -> Reply:
        if bad := wrong_with(CREATE_OFFICIAL, order.body):
            return self.object_to(bad)
        model = MODELS.get(f"{order.places['owner']}/{order.places['model']}")
        if model is None or model.rate is not None:
            return self.missing(order.request.path)
        return await self._start(order, model)

    async def _start(self, order: Order, model: CogModel) -> Reply:
        told, headers = order.body["input"], order.request.headers
        if bad := wrong_with(model.schema, told) or _large(told):
            return self.object_to(f"input.{bad}")
        prefer = re.fullmatch(r"wait(?:=(\d+))?", headers.get("prefer", ""))
        limit = re.fullmatch(r"(\d+)([smh]?)", headers.get("cancel-after", ""))
        if headers.get("prefer") and (not prefer or not 1 <= int(prefer[1] or 60) <= 60):
            return self.object_to("Prefer: must be wait or wait=1 to wait=60")
        if headers.get("cancel-after") and (not limit or int(limit[1]) * UNIT_S[limit[2]] < 5):
            return self.object_to("Cancel-After: must be 5s or longer")
        run = Prediction(order, model, told)
        self.predictions[order.id] = run
        until_s = int(limit[1]) * UNIT_S[limit[2]] if limit else None
        task = asyncio.create_task(self._work(run, until_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not prefer:
            return json_reply(201, self._shown(run))
        try:
            await asyncio.wait_for(run.over.wait(), int(prefer[1] or 60))
        except TimeoutError:
            return json_reply(202, self._shown(run))
        return json_reply(201, self._shown(run))

    async def _work(self, run: Prediction, until_s: float | None) -> None:
        try:
            async with asyncio.timeout(until_s):
                await self._live(run)
        except TimeoutError:
            self._end(run, "aborted" if run.status == "starting" else "canceled")

    async def _live(self, run: Prediction) -> None:
        await asyncio.sleep(self.bench.queue_s)
        if run.order.meets("aborted"):
            self._end(run, "aborted")
        if run.over.is_set():
            return
        run.status = "processing"
        run.times["started_at"] = now()
        await asyncio.sleep(self.bench.work_s)
        if run.order.meets("stuck"):
            await run.over.wait()
        if run.over.is_set():
            return
        if run.order.meets("canceled"):
            self._end(run, "canceled")
        elif run.order.meets("refused"):
            self._end(run, "failed", "NSFW content detected. Try running it again, or try a "
                                     "different prompt.")  # fmt: skip
        elif run.order.meets("failed"):
            self._end(run, "failed", "Prediction failed: CUDA out of memory.")
        else:
            made = await asyncio.to_thread(run.model.make, run.told, run.order.spoilt)
            if not run.over.is_set():
                self._succeed(run, made)

    def _succeed(self, run: Prediction, made: list[Made]) -> None:
        urls = [
            self.bench.keep_file(
                self.name, run.order.id, f"out-{i}.{m.kind}", m.data, MEDIA_TYPES[m.kind]
            )
            for i, m in enumerate(made)
        ]
        run.output = urls if run.model.listed else urls[0]
        self._end(run, "succeeded", quantity=sum((m.quantity for m in made), Decimal(0)))

    def _end(
        self, run: Prediction, status: str, error: str | None = None,
        quantity: Decimal = Decimal(0),
    ) -> None:  # fmt: skip
        """Ends a run and charges it: official models by what came out, others by their time."""
        model, started = run.model, "started_at" in run.times
        run.status, run.error = status, error
        run.times["completed_at"] = now()
        prompt = str(run.told.get("prompt", run.told.get("text", "")))
        if started:
            run.predict_time = model.predict_time(run.told)
        if model.rate is None and quantity:
            self.charge(run.order, model.name, quantity, model.unit, quantity * model.usd, prompt)
        elif model.rate is not None and run.predict_time is not None:
            usd = run.predict_time * model.rate
            self.charge(run.order, model.name, run.predict_time, "gpu_second", usd, prompt)
        run.over.set()

    async def poll(self, order: Order) -> Reply:
        run = self.predictions.get(order.places["id"])
        return json_reply(200, self._shown(run)) if run else self.missing(order.request.path)

    async def listing(self, order: Order) -> Reply:
        """All predictions, the newest first, a page at a time."""
        after = order.request.query.get("created_after", "")
        since = dt.datetime.fromisoformat(after or "1970-01-01T00:00:00Z")
        found = [
            run for run in reversed(self.predictions.values())
            if dt.datetime.fromisoformat(run.times["created_at"]) >= since
        ]  # fmt: skip
        start = int(order.request.query.get("cursor", 0))
        query = urlencode({"created_after": after, "cursor": start + PAGE})
        at = f"{self.bench.url}/replicate/v1/predictions?{query}"
        return json_reply(200, {
            "previous": None,
            "next": at if start + PAGE < len(found) else None,
            "results": [self._shown(run) for run in found[start : start + PAGE]],
        })  # fmt: skip

    async def cancel(self, order: Order) -> Reply:
        run = self.predictions.get(order.places["id"])
        if run is None:
            return self.missing(order.request.path)
        if not run.over.is_set():
            self._end(run, "canceled")
        return json_reply(200, self._shown(run))

    def _shown(self, run: Prediction) -> dict[str, Any]:
        at = f"{self.bench.url}/replicate/v1/predictions/{run.order.id}"
        return {
            "id": run.order.id,
            "model": run.model.name,
            "version": run.order.body.get("version", "").partition(":")[2] or run.model.version,
            "input": run.told,
            "output": run.output,
            "error": run.error,
            "status": run.status,
            "source": "api",
            "data_removed": False,
            "metrics": {} if run.predict_time is None else
                       {"predict_time": float(run.predict_time)},
            "urls": {"get": at, "cancel": f"{at}/cancel",
                     "web": f"https://replicate.com/p/{run.order.id}"},
            **run.times,
        }  # fmt: skip

    async def upload(self, order: Order) -> Reply:
        part = order.request.form().get("content")
        if part is None:
            return self.object_to("content: Field required")
        data = part.data
        if len(data) > LARGEST_FILE:
            return self.problem(413, "Payload too large", "A file can be 100 MB at most.")
        file_id = secrets.token_hex(12)
        at = dt.datetime.now(dt.UTC)
        shown = {
            "id": file_id,
            "name": part.filename,
            "content_type": part.media_type,
            "size": len(data),
            "etag": hashlib.md5(data).hexdigest(),
            "checksums": {"sha256": hashlib.sha256(data).hexdigest()},
            "metadata": {},
            "created_at": at.isoformat(),
            "expires_at": (at + dt.timedelta(hours=24)).isoformat(),
            "urls": {"get": f"{self.bench.url}/replicate/v1/files/{file_id}"},
        }
        self.files[file_id] = (data, shown)
        return json_reply(201, shown)

    async def uploaded(self, order: Order) -> Reply:
        found = self.files.get(order.places["id"])
        return json_reply(200, found[1]) if found else self.missing(order.request.path)

    async def delete(self, order: Order) -> Reply:
        if self.files.pop(order.places["id"], None) is None:
            return self.missing(order.request.path)
        return Reply(204)


def _large(told: dict[str, Any]) -> str:
    """Which input is a data URL too large for Replicate; empty when none is."""
    for name, value in told.items():
        if isinstance(value, str) and value.startswith("data:") and len(value) > LARGEST_DATA_URL:
            return f"{name}: a data URL can be 256 kB at most; upload the file instead"
    return ""
