"""A small HTTP/1.1 server on asyncio streams that can also misbehave: reset, stop short, drip."""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Delivery = Literal["whole", "half", "drip", "reset"]
DRIP_S = 0.02
"""Pause between the pieces of a slow answer."""
LONGEST_BODY = 110 * 2**20
DIGITS_OF_A_CHUNK = 16


@dataclass(frozen=True)
class Request:
    """One request as it came in; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, Part]:
        """The parts of a multipart form by name; empty for any other body."""
        kind = self.headers.get("content-type", "")
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + self.body
        )
        parts = {}
        for part in message.iter_parts() if message.is_multipart() else ():
            name = str(part.get_param("name", header="content-disposition"))
            data = part.get_payload(decode=True)
            parts[name] = Part(part.get_filename() or "", part.get_content_type(), bytes(data))
        return parts


@dataclass(frozen=True)
class Part:
    """One part of a form; a field has no file name."""

    filename: str
    media_type: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


@dataclass
class Reply:
    """One answer, and how it gets onto the wire."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = "whole"


Answer = Callable[[Request], Awaitable[Reply]]


def json_reply(status: int, told: Any, media_type: str = "application/json") -> Reply:
    """An answer that carries `told` as JSON."""
    return Reply(status, json.dumps(told).encode(), media_type)


async def serve(answer: Answer, port: int) -> asyncio.Server:
    """Listens on 127.0.0.1; port 0 takes a free one."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader, writer):
                reply = await answer(request)
                await _write(writer, reply, head=request.method == "HEAD")
                if reply.delivery in ("reset", "half"):
                    break
                if request.headers.get("connection", "").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=2**20)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(min(int(headers.get("content-length", 0)), LONGEST_BODY))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return Request(method, unquote(url.path), query, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readuntil(b"\r\n"))[:DIGITS_OF_A_CHUNK].split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return bytes(body)


async def _write(writer: asyncio.StreamWriter, reply: Reply, *, head: bool) -> None:
    if reply.delivery == "reset":
        reset(writer)
        return
    headers = {
        "Date": formatdate(usegmt=True),
        "Content-Type": reply.media_type,
        "Content-Length": str(len(reply.body)),
        **reply.headers,
    }
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    if head:
        pass
    elif reply.delivery == "half":
        writer.write(reply.body[: len(reply.body) // 2])
    elif reply.delivery == "drip":
        step = max(1, len(reply.body) // 20)
        for start in range(0, len(reply.body), step):
            writer.write(reply.body[start : start + step])
            await writer.drain()
            await asyncio.sleep(DRIP_S)
    else:
        writer.write(reply.body)
    await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks the connection with RST: the peer sees a reset instead of a polite end."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
