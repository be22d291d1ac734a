"""ComfyUI servers of one's own: a workflow per model, orders under an id that we choose.

Source: ComfyUI's server.py and execution.py, version 0.3.64 (docs/local-servers.md tells the rest).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from providers._cloud import Cloud, order, ordered
from providers._http import Answer, Form, Vendor, call, told_by
from providers._inputs import input_file, is_stored
from providers._media import media_type_by
from providers._servers import server_of
from providers._workflows import NAME, Graph, title_of, workflow_of
from providers.errors import Failed, Misconfigured, ProviderError, Transient
from providers.pricing import hardware
from providers.requests import (
    AnyRequest,
    Download,
    ImageRequest,
    Job,
    LineItem,
    Made,
    VideoRequest,
)

POLL_S = {"image": 1.0, "video": 5.0}
_SPACE = uuid.UUID("6f8a1f0e-52a1-5d0c-9a57-0d0f6c2b7e11")
_OUTPUTS = ("images", "gifs", "video", "videos", "audio")
_KINDS = {"image": "image/", "video": "video/"}


class _State(NamedTuple):
    """How an order is doing: "unknown", "queued", "running", or what its history says."""

    status: str
    history: Mapping[str, Any] = {}


class ComfyUI(Cloud):
    """Pictures and clips by the workflow that the entry names."""

    name: ClassVar[str] = "comfyui"
    lists_orders: ClassVar[bool] = True

    def engine_of(self, request: AnyRequest) -> str:
        """The workflow's digest: a workflow that was changed makes other pictures."""
        return workflow_of(self.model_of(request)).digest

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """The usual seconds of the machine. Raises Misconfigured for an input that is missing."""
        model = self.model_of(request)
        told = getattr(request, "input", {})
        if missing := sorted(workflow_of(model).wanted() - set(told)):
            what = ", ".join(missing)
            hint = "; name someone with a picture in the scene" if "image" in missing else ""
            raise Misconfigured(f"{model.name} cannot do without {what}{hint}")
        return super().quote(request)

    async def image(self, request: ImageRequest) -> Job:
        return await self._order(request)

    async def video(self, request: VideoRequest) -> Job:
        return await self._order(request)

    async def _order(self, request: AnyRequest) -> Job:
        """Queues the workflow, unless it is queued or done already under the request's own id."""
        vendor, job = self._vendor(request), self._job(request)
        state = await self._state(vendor, job.id)
        if state.status in ("queued", "running"):
            return job
        if state.status == "success" and await self._is_there(vendor, request, state):
            return job
        if state.status != "unknown":
            # What it came to before would else be taken for what this order comes to.
            await call(vendor, "POST", f"{vendor.base}/history", {"delete": [job.id]})
        told = {NAME: job.id, **await self._uploaded(vendor, request)}
        graph = workflow_of(self.model_of(request)).filled(told)
        checked = vendor._replace(reads=lambda answer, told: _invalid(vendor, answer, graph))
        body = {"prompt": graph, "prompt_id": job.id, "client_id": "reelwright"}
        answer = await call(checked, "POST", f"{vendor.base}/prompt", body)
        said = answer.json()
        if not isinstance(said, Mapping) or said.get("prompt_id") != job.id:
            raise Failed(f"{vendor.name} took the order under another id", bill=None)
        return job

    async def find_order(
        self, request: AnyRequest, since: float, over: frozenset[str]
    ) -> Job | None:
        """The order that is queued, running or done under the request's own id."""
        job = self._job(request)
        state = await self._state(self._vendor(request), job.id)
        if job.id in over or state.status not in ("queued", "running", "success"):
            return None
        return job

    async def poll(self, job: Job) -> Made | Job:
        request = ordered(job)
        vendor = self._vendor(request)
        state = await self._state(vendor, job.id)
        if state.status in ("queued", "running"):
            return job
        if state.status == "unknown":
            told = f"{vendor.name} does not know order {job.id} any more: it was started anew"
            raise Failed(told, bill=None)
        seconds = _seconds(state.history)
        model = self.model_of(request)
        bill = self.bill(request, hardware(model, seconds) if seconds is not None else {})
        if state.status != "success":
            graph = workflow_of(model).graph
            raise Failed(f"{vendor.name}: {_why(state.history, graph)}", bill)
        file = _output(state.history, request.capability)
        if file is None:
            told = f"{vendor.name} ended order {job.id} without a file; the workflow must save one"
            raise Failed(told, bill)
        url = f"{vendor.base}/view?{urlencode(file)}"
        return Made(
            # The file lies at the server itself, so its key may go there.
            download=Download(url=url, headers=dict(vendor.headers)),
            media_type=media_type_by(file["filename"]),
            bill=bill,
        )

    async def cancel(self, job: Job) -> None:
        """Takes it out of the queue, or interrupts it; never what someone else is running."""
        vendor = self._vendor(ordered(job))
        await call(vendor, "POST", f"{vendor.base}/queue", {"delete": [job.id]})
        if (await self._state(vendor, job.id)).status == "running":
            await call(vendor, "POST", f"{vendor.base}/interrupt", {"prompt_id": job.id})

    def _job(self, request: AnyRequest) -> Job:
        engine = self.engine_of(request)
        named = str(uuid.uuid5(_SPACE, f"{request.model_dump_json()}\n{engine}"))
        return Job(
            id=named, provider=self.name, poll_after_s=POLL_S[request.capability],
            request=order(request),
        )  # fmt: skip

    async def _state(self, vendor: Vendor, named: str) -> _State:
        """Asks the history, then the queue, then the history again: an order may end between."""
        queue: Any = None
        for ask in ("history", "queue", "history"):
            path = f"history/{named}" if ask == "history" else "queue"
            said = (await call(vendor, "GET", f"{vendor.base}/{path}")).json()
            if not isinstance(said, Mapping):
                raise Transient(f"{vendor.name} answered with no {ask}")
            if ask == "queue":
                queue = said
                for status, place in (("running", "queue_running"), ("queued", "queue_pending")):
                    if any(_is(entry, named) for entry in queue.get(place) or ()):
                        return _State(status)
            elif isinstance(found := said.get(named), Mapping):
                status = (found.get("status") or {}).get("status_str", "success")
                return _State(str(status), found)
        return _State("unknown")

    async def _is_there(self, vendor: Vendor, request: AnyRequest, state: _State) -> bool:
        """Whether what an earlier order of the same made can still be fetched."""
        file = _output(state.history, request.capability)
        if file is None:
            return False
        try:
            await call(vendor, "GET", f"{vendor.base}/view?{urlencode(file)}")
        except ProviderError:
            return False
        return True

    async def _uploaded(self, vendor: Vendor, request: AnyRequest) -> dict[str, Any]:
        """The request's input, with files by the names that the server gave them."""
        told = dict(getattr(request, "input", {}))
        for name, value in told.items():
            if is_stored(value):
                file = input_file(self.open_input, value)
                form = Form({"overwrite": "true", "type": "input"}, {"image": file})
                answer = await call(vendor, "POST", f"{vendor.base}/upload/image", form=form)
                said = answer.json()
                if not isinstance(said, Mapping) or not said.get("name"):
                    raise Failed(f"{vendor.name} took no file for {name}")
                folder = said.get("subfolder")
                told[name] = f"{folder}/{said['name']}" if folder else said["name"]
        return told

    def _vendor(self, request: AnyRequest) -> Vendor:
        return server_of(self.access, self.model_of(request))


def _is(entry: Any, named: str) -> bool:
    """Whether an entry of the queue, `[number, id, graph, ...]`, is the order of that id."""
    return isinstance(entry, list) and len(entry) > 1 and entry[1] == named


def _messages(history: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    told = (history.get("status") or {}).get("messages") or ()
    return [(str(m[0]), m[1]) for m in told if len(m) > 1 and isinstance(m[1], Mapping)]


def _seconds(history: Mapping[str, Any]) -> float | None:
    """How long the server worked on it, by its own messages (Unix milliseconds)."""
    stamps = [m.get("timestamp") for _, m in _messages(history)]
    known = [stamp for stamp in stamps if isinstance(stamp, int | float)]
    return round((max(known) - min(known)) / 1000, 3) if len(known) > 1 else None


def _why(history: Mapping[str, Any], graph: Graph) -> str:
    for kind, told in _messages(history):
        if kind == "execution_error":
            said = " ".join(str(told.get("exception_message") or "it gives no reason").split())
            return f"{title_of(graph, str(told.get('node_id')))} failed: {said[:300]}"
        if kind == "execution_interrupted":
            return f"interrupted at {title_of(graph, str(told.get('node_id')))}"
    return "the workflow failed, and nothing tells why"


def _output(history: Mapping[str, Any], capability: str) -> dict[str, str] | None:
    """The saved file of an order: its name, folder and place, as `/view` wants them."""
    outputs = history.get("outputs")
    for node in outputs.values() if isinstance(outputs, Mapping) else ():
        for kind in _OUTPUTS:
            for file in node.get(kind) or ():
                if isinstance(file, Mapping) and file.get("type", "output") == "output":
                    name = str(file.get("filename", ""))
                    if media_type_by(name).startswith(_KINDS[capability]):
                        place = {"subfolder": str(file.get("subfolder", "")), "type": "output"}
                        return {"filename": str(PurePosixPath(name).name), **place}
    return None


def _invalid(vendor: Vendor, answer: Answer, graph: Graph) -> ProviderError | None:
    """What is wrong with the workflow, node by node, in one sentence."""
    said = answer.json()
    if answer.status != 400 or not isinstance(said, Mapping):
        return None
    nodes, told = said.get("node_errors"), []
    for node, found in nodes.items() if isinstance(nodes, Mapping) else ():
        errors = found.get("errors") or () if isinstance(found, Mapping) else ()
        why = [" ".join(str(e.get(k, "")) for k in ("message", "details")).strip() for e in errors]
        if why:
            told.append(f"{title_of(graph, str(node))}: {', '.join(why)}"[:300])
    return Misconfigured(
        f"{vendor.name} refuses the workflow: {'; '.join(told) or told_by(answer)}"
    )
