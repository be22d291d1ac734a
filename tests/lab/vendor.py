"""What all vendors of the lab share: keys, routes, faults on the way in and out, the bill."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tests.lab.bill import Bill, Charge, digest
from tests.lab.ears import Ears
from tests.lab.faults import AT, BEFORE, Fault, Faults
from tests.lab.web import Reply, Request, json_reply

PAGE = b"<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
HARMLESS = frozenset({"drip"})


@dataclass(frozen=True)
class Seen:
    """One request that reached the lab; `status` 0: the connection was broken instead."""

    vendor: str
    route: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int
    fault: str
    at_s: float


@dataclass
class Bench:
    """What the vendors stand on; times in seconds."""

    bill: Bill
    faults: Faults
    latency_s: float = 0.0
    queue_s: float = 0.02
    """How long a job waits before it starts."""
    work_s: float = 0.05
    """How long a job runs."""
    expiry_s: float = 3600.0
    """How long the address of an output works."""
    openai_pace: float = 4096 / 262
    """Characters a second of OpenAI's voices: 4096 took 256 and 268 s (two voices, 2025-11)."""
    retry_after_s: int = 0
    """What Retry-After says when no rule says otherwise."""
    ears: Ears = field(default_factory=Ears)
    """What was said, so that it can be heard again."""
    url: str = ""
    file_url: str = ""
    requests: list[Seen] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What a vendor would not like to see: keys sent to file hosts, requests out of contract."""
    files: dict[str, tuple[bytes, str, float, str]] = field(default_factory=dict)
    """Path at the file host to bytes, media type, when it expires (monotonic), request id."""
    moved: dict[str, str] = field(default_factory=dict)
    """Addresses that went stale, and where the same file lies now."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    started: float = field(default_factory=time.monotonic)

    def keep_file(self, vendor: str, request_id: str, name: str, data: bytes, kind: str) -> str:
        """Puts an output on the file host and tells its address."""
        path = f"/{vendor}/{secrets.token_hex(12)}/{name}"
        self.files[path] = (data, kind, time.monotonic() + self.expiry_s, request_id)
        return self.file_url + path

    def move_file(self, path: str) -> None:
        """Makes a file's address stale; whoever asks the vendor again is told another."""
        data, kind, _, request_id = self.files.pop(path)
        vendor, _, name = path.strip("/").split("/")
        fresh, old = self.keep_file(vendor, request_id, name, data, kind), self.file_url + path
        for told, now in self.moved.items():
            self.moved[told] = fresh if now == old else now
        self.moved[old] = fresh

    def renewed(self, reply: Reply) -> Reply:
        """An answer in which no address is stale."""
        for old, fresh in self.moved.items():
            if old.encode() in reply.body:
                body = reply.body.replace(old.encode(), fresh.encode())
                reply = dataclasses.replace(reply, body=body)
        return reply

    def saw(self, vendor: str, route: str, request: Request, status: int, fault: str) -> None:
        """Writes down a request; a body that is no JSON is told by its length."""
        body = request.json()
        if body is None and request.body:
            body = f"{len(request.body)} bytes"
        at_s = round(time.monotonic() - self.started, 4)
        told = Seen(vendor, route, request.method, request.path, request.query, request.headers,
                    body, status, fault, at_s)  # fmt: skip
        with self.lock:
            self.requests.append(told)

    def object_to(self, conduct: str) -> None:
        """Writes down a violation."""
        with self.lock:
            self.violations.append(conduct)


@dataclass
class Order:
    """One call that a vendor is working on."""

    id: str
    request: Request
    places: dict[str, str]
    fault: Fault | None
    body: Any

    def meets(self, *names: str) -> bool:
        """Whether the call's fault is one of these."""
        return self.fault is not None and self.fault.name in names

    @property
    def spoilt(self) -> bool:
        """Whether the media that come out are to be empty."""
        return self.meets("blank", "silent")


@dataclass(frozen=True)
class Route:
    """A method and path, the kind of faults it can meet, and who answers."""

    name: str
    kind: str
    method: str
    path: str
    run: Callable[[Order], Awaitable[Reply]]


class Vendor:
    """One vendor's counter. Subclasses say how it words its troubles, and add routes."""

    name: ClassVar[str]
    key: ClassVar[str]
    cannot: ClassVar[frozenset[str]] = frozenset()
    """Faults that this vendor does not have."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.routes: tuple[Route, ...] = ()

    def told_key(self, request: Request) -> str:
        """The key as the client sent it, without scheme."""
        raise NotImplementedError

    def trouble(self, fault: Fault) -> Reply:
        """The answer in the vendor's own words: 429, no credit, bad key, refused content."""
        raise NotImplementedError

    def invalid(self, message: str) -> Reply:
        """The answer to a request that breaks the contract."""
        raise NotImplementedError

    def missing(self, path: str) -> Reply:
        return json_reply(404, {"detail": f"Not found: {path}"})

    async def answer(self, request: Request, path: str) -> Reply:
        """Answers one request; `path` is without the vendor's prefix."""
        for route in self.routes:
            found = re.fullmatch(route.path, path)
            if found and route.method == request.method:
                return await self._answer(request, route, found.groupdict())
        reply = self.missing(path)
        self.bench.saw(self.name, "", request, reply.status, "")
        return reply

    async def _answer(self, request: Request, route: Route, places: dict[str, str]) -> Reply:
        fault = None
        if self.told_key(request) != self.key:
            reply = self.trouble(Fault("bad_key"))
        else:
            fault = self.bench.faults.draw(self.name, route.name, AT[route.kind] - self.cannot)
            order = Order(secrets.token_hex(13), request, places, fault, request.json())
            if self.bench.latency_s:
                await asyncio.sleep(self.bench.latency_s)
            reply = self._refusal(route, fault) or self.bench.renewed(await route.run(order))
            if fault is not None and reply.status < 400:
                reply = await spoiled(reply, fault)
        status = 0 if reply.delivery == "reset" else reply.status
        self.bench.saw(self.name, route.name, request, status, fault.name if fault else "")
        return reply

    def _refusal(self, route: Route, fault: Fault | None) -> Reply | None:
        """What is said instead of doing the work; a job refuses content only when it runs."""
        if fault is None or fault.name not in BEFORE:
            return None
        if fault.name == "refused" and route.kind == "job":
            return None
        return common_trouble(fault) or self.trouble(fault)

    def object_to(self, message: str) -> Reply:
        """Answers a request that breaks the contract, and writes that down."""
        self.bench.object_to(f"{self.name}: {message}")
        return self.invalid(message)

    def wait_s(self, fault: Fault) -> int:
        """The seconds that a 429 tells."""
        return self.bench.retry_after_s if fault.value is None else int(fault.value)

    def charge(
        self, order: Order, model: str, quantity: Decimal | int, unit: str, usd: Decimal,
        prompt: str,
    ) -> None:  # fmt: skip
        """Puts what was done for `order` on the bill."""
        fault = "" if order.fault is None or order.fault.name in HARMLESS else order.fault.name
        self.bench.bill.charge(
            Charge(
                vendor=self.name, model=model, quantity=Decimal(quantity), unit=unit, usd=usd,
                request_id=order.id, prompt=digest(prompt),
                order=digest([order.request.path, order.body]), fault=fault,
            )
        )  # fmt: skip


def common_trouble(fault: Fault) -> Reply | None:
    """Troubles that look the same at every vendor; None for the others."""
    if fault.name == "reset":
        return Reply(0, delivery="reset")
    if fault.name == "error_502":
        return Reply(502, PAGE, "text/html")
    return None


async def spoiled(reply: Reply, fault: Fault) -> Reply:
    """The answer as the fault lets it through."""
    if fault.name == "hang":
        await asyncio.sleep(30.0 if fault.value is None else fault.value)
        return dataclasses.replace(reply, delivery="reset")
    if fault.name == "reset_after":
        return dataclasses.replace(reply, delivery="reset")
    if fault.name == "wrong_type":
        return Reply(200, PAGE, "text/html")
    if fault.name == "malformed":
        cut = reply.body[: len(reply.body) * 3 // 5]
        text = reply.media_type.endswith("json")
        return dataclasses.replace(reply, body=cut if text else bytes(b ^ 0x5A for b in cut))
    if fault.name == "half":
        return dataclasses.replace(reply, delivery="half")
    if fault.name == "drip":
        return dataclasses.replace(reply, delivery="drip")
    return reply
