"""fal's queue: an order gets addresses, waits, works, and gives its result once it is complete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.contracts import COUNT, FLAG, TEXT, WORDS, closed, number, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply

SIZES = {
    "square_hd": (1024, 1024), "square": (512, 512), "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024), "landscape_4_3": (1024, 768), "landscape_16_9": (1024, 576),
}  # fmt: skip
SIDES = closed(("width", "height"), width=whole(64, 2560), height=whole(64, 2560))
SECONDS = [str(n) for n in range(3, 16)]
FPS = 16
"""Frame rate of clips whose model does not let the client choose."""

Output = tuple[dict[str, Any], Decimal]
"""The result as JSON, and how much of the model's unit it is."""


@dataclass(frozen=True)
class QueueModel:
    """One endpoint: what it takes, what it makes, and the lab's tariff for it."""

    schema: dict[str, Any]
    unit: str
    usd: Decimal
    make: Callable[[Fal, Order], Output]


@dataclass
class Work:
    """One order in the queue; `result` None at the end: nothing came out, nothing is charged."""

    order: Order
    app: str
    model: QueueModel
    status: str = "IN_QUEUE"
    result: dict[str, Any] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Fal(Vendor):
    name: ClassVar[str] = "fal"
    key: ClassVar[str] = "lab-fal-id:lab-fal-secret"
    cannot: ClassVar[frozenset[str]] = frozenset({"canceled", "aborted"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.work: dict[str, Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        one = r"/[\w.-]+/[\w.-]+/requests/(?P<id>\w+)"
        self.routes = (
            Route("poll", "ask", "GET", one + "/status", self.status),
            Route("cancel", "ask", "PUT", one + "/cancel", self.cancel),
            Route("result", "ask", "GET", one, self.result),
            Route("create", "job", "POST", r"/(?P<app>[\w./-]+)", self.submit),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Key ")

    def error(self, status: int, detail: Any, kind: str) -> Reply:
        reply = json_reply(status, {"detail": detail, "error_type": kind})
        reply.headers["X-Fal-Error-Type"] = kind
        return reply

    def invalid(self, message: str) -> Reply:
        detail = [{"loc": ["body"], "msg": message, "type": "value_error"}]
        return json_reply(422, {"detail": detail})

    def trouble(self, fault: Fault) -> Reply:
        if fault.name in ("busy", "busy_silent"):
            reply = json_reply(429, {"detail": "Too many requests."})
            if fault.name == "busy":
                reply.headers["Retry-After"] = str(self.wait_s(fault))
            return reply
        if fault.name == "no_credit":
            told = "User is locked. Reason: Exhausted balance. Top up your balance."
            return json_reply(403, {"detail": told})
        if fault.name == "bad_key":
            return json_reply(401, {"detail": "Authentication is required to access this app."})
        return json_reply(503 if fault.name == "error_503" else 500, {"detail": "Server error."})

    async def submit(self, order: Order) -> Reply:
        app = order.places["app"]
        model = MODELS.get(app)
        if model is None:
            self.bench.object_to(f"fal: no application {app}")
            return json_reply(404, {"detail": f"Application '{app}' not found"})
        if bad := wrong_with(model.schema, order.body):
            return self.object_to(bad)
        work = Work(order, app, model)
        self.work[order.id] = work
        task = asyncio.create_task(self._live(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return json_reply(200, {**self._addresses(work), "status": "IN_QUEUE",
                                "queue_position": 0})  # fmt: skip

    def _addresses(self, work: Work) -> dict[str, str]:
        owner, alias, *_ = work.app.split("/")
        at = f"{self.bench.url}/fal/{owner}/{alias}/requests/{work.order.id}"
        return {"request_id": work.order.id, "response_url": at, "status_url": f"{at}/status",
                "cancel_url": f"{at}/cancel"}  # fmt: skip

    async def _live(self, work: Work) -> None:
        await asyncio.sleep(self.bench.queue_s)
        if work.over.is_set():
            return
        work.status = "IN_PROGRESS"
        await asyncio.sleep(self.bench.work_s)
        if work.order.meets("stuck"):
            await work.over.wait()
        if not work.order.meets("refused", "failed"):
            told, quantity = await asyncio.to_thread(work.model.make, self, work.order)
            work.result = told
            usd = quantity * work.model.usd
            prompt = str(work.order.body.get("prompt", ""))
            self.charge(work.order, work.app, quantity, work.model.unit, usd, prompt)
        work.status = "COMPLETED"
        work.over.set()

    async def status(self, order: Order) -> Reply:
        work = self.work.get(order.places["id"])
        if work is None:
            return json_reply(404, {"detail": "Request not found"})
        told: dict[str, Any] = {"status": work.status, **self._addresses(work), "logs": None}
        if work.status == "IN_QUEUE":
            told["queue_position"] = 0
        elif work.status == "COMPLETED":
            told["metrics"] = {"inference_time": 1.25}
            if work.result is None:
                told |= {"error": "The model did not deliver.", "error_type": self._why(work)}
        return json_reply(200 if work.status == "COMPLETED" else 202, told)

    def _why(self, work: Work) -> str:
        refused = work.order.meets("refused")
        return "content_policy_violation" if refused else "runner_server_error"

    async def result(self, order: Order) -> Reply:
        work = self.work.get(order.places["id"])
        if work is None:
            return json_reply(404, {"detail": "Request not found"})
        if work.status != "COMPLETED":
            return json_reply(400, {"detail": "Request is still in progress"})
        if work.result is not None:
            return json_reply(200, work.result)
        if work.order.meets("refused"):
            told = "The content could not be processed because it was flagged by a checker."
            detail = [{"loc": ["body", "prompt"], "msg": told, "type": "content_policy_violation"}]
            return self.error(422, detail, self._why(work))
        return self.error(500, "The runner ended unexpectedly.", self._why(work))

    async def cancel(self, order: Order) -> Reply:
        work = self.work.get(order.places["id"])
        if work is None:
            return json_reply(404, {"status": "NOT_FOUND"})
        if work.status != "IN_QUEUE":
            return json_reply(400, {"status": "ALREADY_COMPLETED"})
        work.status = "COMPLETED"
        work.over.set()
        return json_reply(202, {"status": "CANCELLATION_REQUESTED"})

    def picture(self, order: Order) -> Output:
        told = order.body
        size = told.get("image_size", "landscape_4_3")
        width, height = (size["width"], size["height"]) if isinstance(size, dict) else SIZES[size]
        kind = told.get("output_format", "jpeg")
        count, flagged = told.get("num_images", 1), order.meets("flagged")
        mime = f"image/{kind}"
        images = []
        for i in range(count):
            data = media.picture(
                width, height, f"{told['prompt']} {told.get('seed', '')} {i}", kind,
                blank=order.spoilt or flagged,
            )  # fmt: skip
            url = self.bench.keep_file(self.name, order.id, f"{i}.{kind}", data, mime)
            images.append({"url": url, "width": width, "height": height, "content_type": mime})
        seed = told.get("seed", media.seed_of(told["prompt"]))
        result = {
            "images": images,
            "seed": seed,
            "has_nsfw_concepts": [flagged] * count,
            "timings": {"inference": 1.25},
            "prompt": told["prompt"],
        }
        return result, Decimal(count)

    def wan(self, order: Order) -> Output:
        told = order.body
        return self._clip(
            order, told.get("num_frames", 81), told.get("frames_per_second", FPS),
            told.get("aspect_ratio", "16:9"),
        )  # fmt: skip

    def timed_clip(self, order: Order) -> Output:
        seconds = int(str(order.body.get("duration", "5")).removesuffix("s"))
        return self._clip(order, seconds * FPS, FPS, order.body.get("aspect_ratio", "16:9"))

    def _clip(self, order: Order, frames: int, fps: int, aspect: str) -> Output:
        width, height = {"9:16": (480, 832), "1:1": (624, 624)}.get(aspect, (832, 480))
        prompt = f"{order.body['prompt']} {order.body.get('seed', '')}"
        data = media.clip(width, height, frames, fps, prompt, blank=order.spoilt)
        url = self.bench.keep_file(self.name, order.id, "output.mp4", data, "video/mp4")
        video = {"url": url, "content_type": "video/mp4", "file_name": "output.mp4",
                 "file_size": len(data)}  # fmt: skip
        return {"video": video}, round(Decimal(frames) / fps, 3)


_IMAGE = closed(
    ("prompt",), prompt=WORDS, image_size={"anyOf": [{"enum": [*SIZES]}, SIDES]}, seed=COUNT,
    num_inference_steps=whole(1, 50), guidance_scale=number(1, 20), num_images=whole(1, 4),
    enable_safety_checker=FLAG, output_format=one_of("jpeg", "png"), sync_mode=FLAG,
    acceleration=one_of("none", "regular", "high"),
)  # fmt: skip
_WAN = closed(
    ("prompt",), prompt=WORDS, negative_prompt=TEXT, num_frames=whole(17, 161), seed=COUNT,
    frames_per_second=whole(4, 60), resolution=one_of("480p", "580p", "720p"),
    aspect_ratio=one_of("16:9", "9:16", "1:1"), num_inference_steps=whole(1, 50),
    guidance_scale=number(1, 20), enable_safety_checker=FLAG, enable_output_safety_checker=FLAG,
    enable_prompt_expansion=FLAG, acceleration=one_of("none", "regular"), shift=number(1, 10),
    video_quality=one_of("low", "medium", "high", "maximum"), num_interpolated_frames=whole(0, 4),
    interpolator_model=one_of("none", "film", "rife"), adjust_fps_for_interpolation=FLAG,
)  # fmt: skip
_KLING = {
    "prompt": WORDS,
    "negative_prompt": TEXT,
    "aspect_ratio": one_of("16:9", "9:16", "1:1"),
    "cfg_scale": number(0, 1),
}
_KLING_V3 = closed(("prompt",), **_KLING, duration=one_of(*SECONDS), generate_audio=FLAG)
_VEO = closed(
    ("prompt",), prompt=WORDS, negative_prompt=TEXT, aspect_ratio=one_of("16:9", "9:16"),
    duration=one_of("4s", "6s", "8s"), resolution=one_of("720p", "1080p"), seed=COUNT,
    generate_audio=FLAG, enhance_prompt=FLAG, auto_fix=FLAG,
)  # fmt: skip

MODELS = {
    "fal-ai/flux/dev": QueueModel(_IMAGE, "image", Decimal("0.025"), Fal.picture),
    "fal-ai/flux/schnell": QueueModel(_IMAGE, "image", Decimal("0.003"), Fal.picture),
    "fal-ai/wan/v2.2-a14b/text-to-video": QueueModel(_WAN, "second", Decimal("0.05"), Fal.wan),
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": QueueModel(
        closed(("prompt",), **_KLING, duration=one_of("5", "10")), "second", Decimal("0.07"),
        Fal.timed_clip,
    ),
    "fal-ai/kling-video/v3/standard/text-to-video": QueueModel(
        _KLING_V3, "second", Decimal("0.112"), Fal.timed_clip
    ),
    "fal-ai/kling-video/v3/pro/text-to-video": QueueModel(
        _KLING_V3, "second", Decimal("0.112"), Fal.timed_clip
    ),
    "fal-ai/veo3.1": QueueModel(_VEO, "second", Decimal("0.20"), Fal.timed_clip),
    "fal-ai/veo3.1/fast": QueueModel(_VEO, "second", Decimal("0.10"), Fal.timed_clip),
}  # fmt: skip
"""By endpoint. Prices that nobody published are the lab's own, so that a sum can be checked."""
