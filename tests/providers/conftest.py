"""A vendor on loopback that answers from a list and writes down what it was sent."""

from __future__ import annotations

import functools
import http.server
import io
import json
import math
import struct
import threading
import wave
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from providers.catalog import Catalog, load_catalog, make_provider
from providers.lanes import OPEN, Lane
from providers.requests import AnyRequest, LineItem

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"


class Seen(NamedTuple):
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Desk:
    """The vendor's side: `answers` are given in order, `seen` is what came in."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[Seen] = []
        self.url = ""

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Queues an answer: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, told, content))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()

    class Handler(http.server.BaseHTTPRequestHandler):
        def reply(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            sent = self.rfile.read(length)
            head = {name.lower(): value for name, value in self.headers.items()}
            is_form = head.get("content-type", "").startswith("multipart/")
            body = sent if is_form else json.loads(sent) if sent else None
            desk.seen.append(Seen(self.command, self.path, head, body))
            status, told, content = desk.answers.pop(0)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = reply  # noqa: N815 - the names the server calls

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_port}"
    yield desk
    server.shutdown()
    server.server_close()
    thread.join()


@functools.cache
def _validator(spec: str, keys: tuple[str, ...]) -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    from referencing.jsonschema import DRAFT202012

    document = json.loads((CONTRACTS / f"{spec}.json").read_text())
    resource = referencing.Resource(contents=document, specification=DRAFT202012)
    registry = referencing.Registry().with_resource("urn:spec", resource)
    pointer = "/".join(quote(k.replace("~", "~0").replace("/", "~1"), safe="~") for k in keys)
    return jsonschema.Draft202012Validator({"$ref": f"urn:spec#/{pointer}"}, registry=registry)


@pytest.fixture
def contract() -> Callable[..., None]:
    """Checks a body against the vendor's own schema: contract(body, "openai", "paths", ...)."""
    if not CONTRACTS.is_dir():
        pytest.skip("the vendors' contracts are not beside this checkout")

    def check(body: Any, spec: str, path: str) -> None:
        keys = ("paths", path, "post", "requestBody", "content", "application/json", "schema")
        wrong = [error.message for error in _validator(spec, keys).iter_errors(body)]
        assert wrong == []

    return check


def sound(seconds: float = 1.0, rate: int = 8000, loud: float = 0.5) -> bytes:
    """A WAV of a tone."""
    told = io.BytesIO()
    with wave.open(told, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        count = round(seconds * rate)
        swing = [round(32000 * loud * math.sin(n * 0.3)) for n in range(count)]
        file.writeframes(struct.pack(f"<{count}h", *swing))
    return told.getvalue()


def picture(width: int = 160, height: int = 90, kind: str = "PNG", blank: bool = False) -> bytes:
    """A picture of coarse noise, or of one colour."""
    if blank:
        image = Image.new("RGB", (width, height), "#123456")
    else:
        noise = np.random.default_rng(1).integers(0, 255, (9, 16, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((width, height), Image.Resampling.NEAREST)
    told = io.BytesIO()
    image.save(told, kind)
    return told.getvalue()


@pytest.fixture(name="sound")
def _sound() -> Callable[..., bytes]:
    return sound


@pytest.fixture(name="picture")
def _picture() -> Callable[..., bytes]:
    return picture


@functools.cache
def _catalog() -> Catalog:
    return load_catalog()


def shipped(name: str, access: Mapping[str, str]) -> Any:
    """The provider `name` with the shipped catalog."""
    return make_provider(name, Path, access, _catalog())


@pytest.fixture(name="shipped")
def _shipped() -> Callable[..., Any]:
    return shipped


class Purse:
    """Adds up what is known to be charged, and counts what is not known."""

    def __init__(self) -> None:
        self.bills: list[Decimal | None] = []
        self.unknown = 0

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        return 1

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None:
        sums = [item.usd for item in bill]
        self.bills.append(None if None in sums else sum((s for s in sums if s), Decimal(0)))

    def release(self, reservation: int) -> None:
        self.bills.append(Decimal(0))

    def lose(self, reservation: int) -> None:
        self.unknown += 1

    def lane(self, provider: str) -> Lane:
        return OPEN


@pytest.fixture
def purse() -> Purse:
    return Purse()
