"""Servers of one's own that speak OpenAI's routes: pictures, speech, captioned speech, clips.

As vLLM-Omni (docs/serving/videos_api.md) and Kokoro-FastAPI (routers/development.py) have them.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.bill import digest
from tests.lab.contracts import FLAG, TEXT, WORDS, closed, number, one_of, whole
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.own_server import OwnServer
from tests.lab.vendor import Bench, Order, Route
from tests.lab.web import Part, Reply, json_reply

SERVERS = {"images": "/server/v1", "kokoro": "/server/v1", "video": "/server/v1",
           "comfyui": "/comfyui"}  # fmt: skip
"""Where each of the shipped catalog's servers is."""
SIDE = whole(64, 4096)
IMAGE = closed(
    ("prompt", "model"), prompt=WORDS, model=WORDS, n=whole(1, 4), size=TEXT,
    response_format=one_of("b64_json", "url"), negative_prompt=TEXT, seed=whole(0, 2**32),
    num_inference_steps=whole(1, 100), guidance_scale=number(0, 30), true_cfg_scale=number(0, 30),
)  # fmt: skip
SPEECH = closed(
    ("model", "input", "voice"), model=WORDS, input=WORDS, voice=WORDS, speed=number(0.1, 5),
    response_format=one_of("wav", "mp3", "pcm"), lang_code=TEXT, stream=FLAG,
    return_timestamps=FLAG,
)  # fmt: skip
CLIP = ("model", "prompt", "negative_prompt", "width", "height", "num_frames", "fps", "size",
        "seconds", "num_inference_steps", "guidance_scale", "guidance_scale_2", "seed",
        "input_reference")  # fmt: skip

CLIP_OF = (("width", 832), ("height", 480), ("num_frames", 81), ("fps", 16))


@dataclass
class Clip:
    """One order of a clip. `ended` is Unix time."""

    order: Order
    form: dict[str, Part]
    status: str = "queued"
    error: dict[str, str] | None = None
    data: bytes = b""
    began: float = field(default_factory=time.time)
    ended: float = 0.0


class LocalServer(OwnServer):
    name: ClassVar[str] = "server"
    key: ClassVar[str] = "lab-server-key"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.clips: dict[str, Clip] = {}
        self.has_captions = True
        """Whether it has the route for captioned speech."""
        self._tasks: set[asyncio.Task[None]] = set()
        one = r"/v1/videos/(?P<id>\w+)"
        self.routes = (
            Route("models", "ask", "GET", "/v1/models", self.models),
            Route("images", "image", "POST", "/v1/images/generations", self.images),
            Route("speech", "speech", "POST", "/v1/audio/speech", self.speech),
            Route("captioned", "speech", "POST", "/dev/captioned_speech", self.captioned),
            Route("videos", "job", "POST", "/v1/videos", self.create),
            Route("poll", "ask", "GET", one, self.poll),
            Route("content", "file", "GET", one + "/content", self.content),
            Route("delete", "ask", "DELETE", one, self.delete),
        )

    async def models(self, order: Order) -> Reply:
        return json_reply(200, {"object": "list", "data": [{"id": "kokoro"}, {"id": "tts-1"}]})

    async def images(self, order: Order) -> Reply:
        body: Any = order.body
        if bad := wrong_with(IMAGE, body):
            return self.object_to(bad)
        width, height = (int(side) for side in body.get("size", "1024x1024").split("x"))
        told = f"{body['prompt']} {body.get('seed', '')}"
        data = await asyncio.to_thread(
            media.picture, width, height, told, "png", blank=order.spoilt
        )
        self.charge(order, body["model"], 1, "image", Decimal(0), told)
        if body.get("response_format") == "url":
            url = self.bench.keep_file(self.name, order.id, "out.png", data, "image/png")
            return json_reply(200, {"created": 1, "data": [{"url": url}]})
        told = base64.b64encode(data).decode()
        return json_reply(200, {"created": 1, "data": [{"b64_json": told}]})

    async def speech(self, order: Order) -> Reply:
        if bad := wrong_with(SPEECH, order.body):
            return self.object_to(bad)
        _, data, media_type = await self._say(order)
        return Reply(200, data, media_type)

    async def captioned(self, order: Order) -> Reply:
        if not self.has_captions:
            return json_reply(404, {"detail": "Not Found"})
        if bad := wrong_with(SPEECH, order.body):
            return self.object_to(bad)
        voice, data, media_type = await self._say(order)
        return json_reply(200, {
            "audio": base64.b64encode(data).decode(), "audio_format": media_type,
            "timestamps": _words(order.body["input"], voice),
        })  # fmt: skip

    async def _say(self, order: Order) -> tuple[media.Voice, bytes, str]:
        body = order.body
        voice = await asyncio.to_thread(
            media.speak, body["input"], speed=body.get("speed", 1.0), voice=body["voice"],
            silent=order.spoilt,
        )  # fmt: skip
        kind = body.get("response_format", "mp3")
        data = await asyncio.to_thread(media.encode, voice, kind)
        self.charge(order, body["model"], 1, "run", Decimal(0), body["input"])
        kinds: dict[str, Any] = media.CONTAINERS
        return voice, data, kinds[kind][2] if kind in kinds else "audio/pcm"

    async def create(self, order: Order) -> Reply:
        form = order.request.form()
        strange = [name for name in form if name not in CLIP]
        if strange or "prompt" not in form:
            return self.object_to(f"a form with a prompt, without {', '.join(strange)}")
        # What tells one order from another on the bill.
        order.body = {name: digest(part.data.hex()) for name, part in form.items()}
        clip = self.clips[order.id] = Clip(order, form)
        task = asyncio.create_task(self._work(clip))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return json_reply(200, self._shown(clip))

    async def _work(self, clip: Clip) -> None:
        await asyncio.sleep(self.bench.queue_s)
        clip.status = "in_progress"
        await asyncio.sleep(self.bench.work_s)
        if clip.order.meets("stuck"):
            return
        told = {name: part.text for name, part in clip.form.items() if not part.filename}
        if clip.order.meets("failed", "canceled", "aborted", "flagged"):
            clip.status, clip.error = "failed", {"message": "CUDA out of memory", "code": "500"}
        elif clip.order.meets("refused"):
            told_why = {"message": "Refused.", "code": "content_policy_violation"}
            clip.status, clip.error = "failed", told_why
        else:
            width, height, frames, fps = (int(told.get(name, usual)) for name, usual in CLIP_OF)
            clip.data = await asyncio.to_thread(
                media.clip, width, height, frames, fps, f"{told['prompt']} {told.get('seed')}",
                blank=clip.order.spoilt,
            )  # fmt: skip
            clip.status = "completed"
            self.charge(clip.order, told.get("model", ""), 1, "clip", Decimal(0), told["prompt"])
        clip.ended = time.time()

    async def poll(self, order: Order) -> Reply:
        clip = self.clips.get(order.places["id"])
        return json_reply(200, self._shown(clip)) if clip else self._unknown()

    async def content(self, order: Order) -> Reply:
        clip = self.clips.get(order.places["id"])
        return Reply(200, clip.data, "video/mp4") if clip and clip.data else self._unknown()

    async def delete(self, order: Order) -> Reply:
        clip = self.clips.pop(order.places["id"], None)
        return json_reply(200, {"deleted": True}) if clip else self._unknown()

    def _unknown(self) -> Reply:
        return self.error(404, "NotFoundError", "Video not found")

    def _shown(self, clip: Clip) -> dict[str, Any]:
        told = {"id": clip.order.id, "object": "video", "status": clip.status,
                "created_at": clip.began, "error": clip.error}  # fmt: skip
        return told | ({"completed_at": clip.ended} if clip.ended else {})

    def trouble(self, fault: Fault) -> Reply:
        if fault.name == "refused":
            told = {"message": "Refused.", "code": "content_policy_violation"}
            return json_reply(400, {"error": told})
        return super().trouble(fault)


def _words(text: str, voice: media.Voice) -> list[dict[str, Any]]:
    """Words and marks with their times, as Kokoro's tokens come."""
    told, place = [], 0
    for is_space, letters in itertools.groupby(text, str.isspace):
        word = "".join(letters)
        if not is_space:
            start, end = voice.times[place][0], voice.times[place + len(word) - 1][1]
            told.append({"word": word, "start_time": start, "end_time": end})
        place += len(word)
    return told
