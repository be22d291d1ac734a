"""Where outputs lie: a host of its own that wants no key, and whose addresses expire."""

from __future__ import annotations

import hashlib
import re
import time

from tests.lab.faults import AT, Fault
from tests.lab.vendor import Bench, common_trouble, spoiled
from tests.lab.web import Reply, Request, json_reply

KEYS = ("authorization", "xi-api-key", "x-goog-api-key")


class FileHost:
    """Serves what the vendors put on the bench; refuses any request that carries a key."""

    name = "files"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def answer(self, request: Request) -> Reply:
        """Answers one request."""
        fault = self.bench.faults.draw(self.name, "download", AT["file"])
        reply = await self._answer(request, fault)
        status = 0 if reply.delivery == "reset" else reply.status
        self.bench.saw(self.name, "download", request, status, fault.name if fault else "")
        return reply

    async def _answer(self, request: Request, fault: Fault | None) -> Reply:
        if sent := [name for name in KEYS if name in request.headers]:
            self.bench.object_to(f"files: {request.path} was asked for with a key ({sent[0]})")
            return json_reply(400, {"error": "InvalidArgument: only one auth mechanism allowed"})
        if request.method not in ("GET", "HEAD") or request.path not in self.bench.files:
            return json_reply(404, {"error": "not found"})
        data, kind, until, request_id = self.bench.files[request.path]
        if time.monotonic() > until or (fault is not None and fault.name == "expired"):
            self.bench.files[request.path] = (data, kind, 0.0, request_id)
            self.bench.bill.lost(request_id)
            return json_reply(404, {"error": "not found"})
        if fault is not None and fault.name == "stale":
            self.bench.move_file(request.path)
            return json_reply(404, {"error": "not found"})
        asked = _asked_part(request, data, kind)
        if fault is None:
            return asked
        return _trouble(fault, self.bench) or await spoiled(asked, fault)


def _asked_part(request: Request, data: bytes, kind: str) -> Reply:
    """The file, or the rest of it from where the client asks, if it is the same file still."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes"}
    part = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if not part or request.headers.get("if-range", tag) != tag:
        return Reply(200, data, kind, headers)
    start, whole = int(part[1]), len(data)
    if start >= whole:
        return Reply(416, b"", "text/plain", {"Content-Range": f"bytes */{whole}"})
    headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
    return Reply(206, data[start:], kind, headers)


def _trouble(fault: Fault, bench: Bench) -> Reply | None:
    if common := common_trouble(fault):
        return common
    if fault.name in ("busy", "busy_silent"):
        reply = Reply(429, b"slow down", "text/plain")
        if fault.name == "busy":
            wait_s = bench.retry_after_s if fault.value is None else int(fault.value)
            reply.headers["Retry-After"] = str(wait_s)
        return reply
    if fault.name in ("error_500", "error_503"):
        return Reply(int(fault.name[-3:]), b"try again", "text/plain")
    return None
