"""ComfyUI: workflows checked as it checks them, one queue, a history that can be lost.

Answers have the shapes of ComfyUI 0.3.64 (server.py, execution.py).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab import media
from tests.lab.comfy_nodes import NODES, faults_of
from tests.lab.contracts import TEXT, closed
from tests.lab.contracts import wrong as wrong_with
from tests.lab.faults import Fault
from tests.lab.local_server import LocalServer
from tests.lab.vendor import Bench, Order, Route, Vendor
from tests.lab.web import Reply, Request, json_reply

PROMPT = closed(
    ("prompt", "prompt_id", "client_id"), prompt={"type": "object", "minProperties": 1},
    prompt_id={"type": "string", "format": "uuid"}, client_id=TEXT,
)  # fmt: skip


@dataclass
class Run:
    """One order. `messages` are those of its history, with Unix milliseconds."""

    order: Order
    id: str
    graph: dict[str, Any]
    status: str = "queued"
    outputs: dict[str, Any] = field(default_factory=dict)
    messages: list[Any] = field(default_factory=list)
    called_off: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, kind: str, **told: Any) -> None:
        stamp = int(time.time() * 1000)
        self.messages.append([kind, {"prompt_id": self.id, "timestamp": stamp, **told}])

    def values(self, name: str) -> list[Any]:
        """What the nodes have of an input that is no link, in the graph's order."""
        told = (node["inputs"].get(name) for node in self.graph.values())
        return [value for value in told if value is not None and not isinstance(value, list)]

    def node(self, *kinds: str) -> str:
        return next((n for n, told in self.graph.items() if told["class_type"] in kinds), "1")


class ComfyUI(Vendor):
    name: ClassVar[str] = "comfyui"
    key: ClassVar[str] = LocalServer.key
    cannot: ClassVar[frozenset[str]] = frozenset({"refused", "flagged", "silent", "no_credit"})

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.missing_weights: set[str] = set()
        """Files that a workflow names and the server does not have."""
        self.inputs: dict[str, bytes] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.runs: dict[str, Run] = {}
        self._one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.routes = (
            Route("upload", "ask", "POST", "/upload/image", self.upload),
            Route("prompt", "job", "POST", "/prompt", self.prompt),
            Route("history", "ask", "GET", r"/history/(?P<id>[\w-]+)", self.history),
            Route("forget", "ask", "POST", "/history", self.forget),
            Route("queue", "ask", "GET", "/queue", self.queue),
            Route("dequeue", "ask", "POST", "/queue", self.dequeue),
            Route("interrupt", "ask", "POST", "/interrupt", self.interrupt),
            Route("view", "file", "GET", "/view", self.view),
            Route("stats", "ask", "GET", "/system_stats", self.stats),
        )

    def told_key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def invalid(self, message: str) -> Reply:
        error = {"type": "invalid_prompt", "message": message, "details": "", "extra_info": {}}
        return json_reply(400, {"error": error, "node_errors": {}})

    def trouble(self, fault: Fault) -> Reply:
        """ComfyUI has no keys and no limits: whoever stands before it answers."""
        status = {"bad_key": 401, "busy": 429, "busy_silent": 429, "error_503": 503}
        reply = json_reply(status.get(fault.name, 500), {"error": "the proxy says no"})
        if fault.name == "busy":
            reply.headers["Retry-After"] = str(self.wait_s(fault))
        return reply

    def restart(self) -> None:
        """The server is started anew: its queue and its history are gone."""
        for run in self.runs.values():
            run.called_off.set()
        self.runs.clear()

    async def upload(self, order: Order) -> Reply:
        part = order.request.form().get("image")
        if part is None or not part.filename:
            return Reply(400)
        self.inputs[part.filename] = part.data
        return json_reply(200, {"name": part.filename, "subfolder": "", "type": "input"})

    async def prompt(self, order: Order) -> Reply:
        body: Any = order.body
        if bad := wrong_with(PROMPT, body):
            return self.object_to(bad)
        graph = body["prompt"]
        for name, node in graph.items():
            if node["class_type"] not in NODES:
                return self.object_to(f"Cannot execute because node {node['class_type']} (#{name}) "
                                      "does not exist.")  # fmt: skip
        if not any(NODES[node["class_type"]].saves for node in graph.values()):
            return self.object_to("Prompt has no outputs")
        if faults := faults_of(graph):
            self.bench.object_to(f"comfyui: {faults}")
        for name, node in graph.items():
            for given, value in node["inputs"].items():
                is_lost = NODES[node["class_type"]].inputs.get(given) == "FILE" and (
                    value in self.missing_weights
                    or (node["class_type"].startswith("Load") and value not in self.inputs)
                )
                if is_lost:
                    details = f"{given}: '{value}' not in ['other.safetensors']"
                    error = {"type": "value_not_in_list", "message": "Value not in list"}
                    faults.setdefault(name, []).append({**error, "details": details})
        if faults:
            told = {"type": "prompt_outputs_failed_validation",
                    "message": "Prompt outputs failed validation", "details": ""}  # fmt: skip
            nodes = {
                name: {"errors": errors, "dependent_outputs": [],
                       "class_type": graph[name]["class_type"]}
                for name, errors in faults.items()
            }  # fmt: skip
            return json_reply(400, {"error": told, "node_errors": nodes})
        run = self.runs[body["prompt_id"]] = Run(order, body["prompt_id"], graph)
        task = asyncio.create_task(self._work(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return json_reply(200, {"prompt_id": run.id, "number": len(self.runs), "node_errors": {}})

    async def _work(self, run: Run) -> None:
        async with self._one:
            await asyncio.sleep(self.bench.queue_s)
            run.status = "running"
            run.say("execution_start")
            try:
                wait_s = 3600.0 if run.order.meets("stuck") else self.bench.work_s
                await asyncio.wait_for(run.called_off.wait(), wait_s)
            except TimeoutError:
                await self._finish(run)
            else:
                run.say("execution_interrupted", node_id=run.node("KSampler"), executed=[])
                run.status = "error"

    async def _finish(self, run: Run) -> None:
        if run.order.meets("failed", "canceled", "aborted"):
            at = run.node("KSampler", "SamplerCustom", "SamplerCustomAdvanced")
            why = "Allocation on device 0 would exceed allowed memory. (out of memory)\n"
            run.say(
                "execution_error", node_id=at, node_type=run.graph[at]["class_type"], executed=[],
                exception_message=why, exception_type="torch.OutOfMemoryError", traceback=[],
            )  # fmt: skip
            run.status = "error"
            return
        name, prefix = run.node("SaveImage", "SaveVideo"), run.values("filename_prefix")[0]
        folder, _, stem = prefix.rpartition("/")
        kind = NODES[run.graph[name]["class_type"]].saves
        told = f"{run.values('text')} {run.values('seed') or run.values('noise_seed')}"
        wide, high = run.values("width")[0], run.values("height")[0]
        if kind == "image":
            data = await asyncio.to_thread(
                media.picture, wide, high, told, "png", blank=run.order.spoilt
            )
        else:
            frames, fps = run.values("length")[0], round(run.values("fps")[0])
            data = await asyncio.to_thread(
                media.clip, wide, high, frames, fps, told, blank=run.order.spoilt
            )
        file = f"{stem}_00001_.{'png' if kind == 'image' else 'mp4'}"
        self.files[f"{folder}/{file}"] = (data, f"{kind}/{'png' if kind == 'image' else 'mp4'}")
        run.outputs = {name: {"images": [
            {"filename": file, "subfolder": folder, "type": "output"}
        ]}}  # fmt: skip
        run.say("execution_success")
        run.status = "success"
        self.charge(run.order, kind, 1, kind, Decimal(0), str(run.values("text")[0]))

    async def history(self, order: Order) -> Reply:
        run = self.runs.get(order.places["id"])
        if run is None or run.status in ("queued", "running"):
            return json_reply(200, {})
        status = {"status_str": run.status, "completed": run.status == "success",
                  "messages": run.messages}  # fmt: skip
        shown = {"prompt": [1, run.id, run.graph, {}, []], "outputs": run.outputs,
                 "status": status, "meta": {}}  # fmt: skip
        return json_reply(200, {run.id: shown})

    async def forget(self, order: Order) -> Reply:
        for name in order.body.get("delete", ()):
            self.runs.pop(name, None)
        return Reply(200)

    async def queue(self, order: Order) -> Reply:
        def those(status: str) -> list[Any]:
            found = (run for run in self.runs.values() if run.status == status)
            return [[number, run.id, run.graph, {}, []] for number, run in enumerate(found)]

        return json_reply(
            200, {"queue_running": those("running"), "queue_pending": those("queued")}
        )

    async def dequeue(self, order: Order) -> Reply:
        for name in order.body.get("delete", ()):
            if name in self.runs and self.runs[name].status == "queued":
                self.runs.pop(name).called_off.set()
        return Reply(200)

    async def interrupt(self, order: Order) -> Reply:
        run = self.runs.get(order.body.get("prompt_id", ""))
        if run is not None:
            run.called_off.set()
        return Reply(200)

    async def stats(self, order: Order) -> Reply:
        device = {"name": "cuda:0 NVIDIA L40S", "vram_total": 48 * 2**30, "vram_free": 40 * 2**30}
        return json_reply(
            200, {"system": {"comfyui_version": "0.3.64"}, "devices": [{**device, "type": "cuda"}]}
        )

    async def view(self, order: Order) -> Reply:
        query = order.request.query
        found = self.files.get(f"{query.get('subfolder')}/{query.get('filename')}")
        return Reply(200, *found) if found else Reply(404)
