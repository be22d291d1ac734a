"""The read-aloud service of the Edge browser: a WebSocket that sends MP3 and the time of words.

Framing as the client package edge-tts 7.3.1 reads and writes it.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from tests.lab import media
from tests.lab.bill import Charge, digest
from tests.lab.faults import AT, Fault
from tests.lab.vendor import Bench
from tests.lab.web import DRIP_S, Request

PATH = "/consumer/speech/synthesize/readaloud/edge/v1"
TICKS_PER_S = 10_000_000
KBIT_S = 48
PIECE = 720
"""Bytes of MP3 in one message."""
NAMESPACE = "{http://www.w3.org/2001/10/synthesis}"
VOICE = re.compile(
    r"Microsoft Server Speech Text to Speech Voice \([a-z]{2,3}(-\w+)+, \w+Neural\)|"
    r"[a-z]{2,3}-\w+-\w+Neural"
)
REFUSES = {"busy": 503, "busy_silent": 503, "error_500": 500, "error_502": 502, "error_503": 503,
           "bad_key": 403}  # fmt: skip
ABLE = AT["speech"] - {"no_credit"}


class Edge:
    """Answers one text for each connection, as the service does."""

    name = "edge"

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._drawn: dict[ServerConnection, Fault | None] = {}

    async def open(self, port: int) -> Server:
        """Listens on 127.0.0.1; port 0 takes a free one."""
        return await serve(self._talk, "127.0.0.1", port, process_request=self._shake_hands)

    async def _shake_hands(self, peer: ServerConnection, asked: Handshake) -> Response | None:
        fault = self.bench.faults.draw(self.name, "speech", ABLE)
        query = dict(parse_qsl(urlsplit(asked.path).query))
        status = REFUSES.get(fault.name) if fault else None
        if bad := self._wrong(asked, query):
            self.bench.object_to(f"edge: {bad}")
            status = 403
        if fault is not None and fault.name == "reset":
            peer.transport.abort()
            status = 0
        if status is None:
            self._drawn[peer] = fault
            return None
        self._saw(asked, status, fault, b"")
        return None if status == 0 else peer.respond(HTTPStatus(status), "")

    def _wrong(self, asked: Handshake, query: dict[str, str]) -> str:
        """What the service would not let in; empty when it would."""
        if urlsplit(asked.path).path != PATH:
            return f"there is no {asked.path}"
        if not query.get("TrustedClientToken"):
            return "TrustedClientToken is missing"
        if not re.fullmatch(r"([0-9A-F]{16}-)?[0-9A-F]{64}", query.get("Sec-MS-GEC", "")):
            return "Sec-MS-GEC is not of the form of a token"
        if not re.fullmatch(r"\d-[\d.]+", query.get("Sec-MS-GEC-Version", "")):
            return "Sec-MS-GEC-Version is missing"
        return ""

    def _saw(self, asked: Handshake, status: int, fault: Fault | None, body: bytes) -> None:
        told = urlsplit(asked.path)
        request = Request(
            "GET", told.path, dict(parse_qsl(told.query)),
            {name.lower(): value for name, value in asked.headers.raw_items()}, body,
        )  # fmt: skip
        self.bench.saw(self.name, "speech", request, status, fault.name if fault else "")

    async def _talk(self, peer: ServerConnection) -> None:
        fault = self._drawn.pop(peer, None)
        try:
            config = _message(await peer.recv())
            order = _message(await peer.recv())
            assert peer.request is not None
            body = json.dumps({"config": config[1], "ssml": order[1]}).encode()
            self._saw(peer.request, 101, fault, body)
            if config[0].get("Path") != "speech.config" or order[0].get("Path") != "ssml":
                self.bench.object_to("edge: speech.config and then ssml were expected")
                await peer.close(1007, "unexpected message")
                return
            await self._speak(peer, json.loads(config[1]), order, fault)
        except ConnectionClosed:
            pass

    async def _speak(
        self, peer: ServerConnection, config: dict[str, Any], order: tuple[dict[str, str], str],
        fault: Fault | None,
    ) -> None:  # fmt: skip
        named = fault.name if fault else ""
        name, speed, text = _read_ssml(order[1])
        request_id = order[0].get("X-RequestId", secrets.token_hex(16))
        if self.bench.latency_s:
            await asyncio.sleep(self.bench.latency_s)
        await peer.send(_text(request_id, "turn.start", {"context": {"serviceTag": request_id}}))
        if not VOICE.fullmatch(name) or not text.strip() or named == "refused":
            await peer.send(_text(request_id, "turn.end", {}))
            return
        voice = await asyncio.to_thread(
            media.speak, text, speed=speed, voice=name, silent=named == "silent"
        )
        data = await asyncio.to_thread(media.encode, voice, "mp3", KBIT_S)
        self.bench.bill.charge(
            Charge(self.name, name, Decimal(len(text)), "character", Decimal(0), request_id,
                   digest(text), digest([order[1], config]), "" if named == "drip" else named)
        )  # fmt: skip
        if named in ("hang", "reset_after"):
            wanted_s = 30.0 if fault is None or fault.value is None else fault.value
            await asyncio.sleep(wanted_s if named == "hang" else 0)
            peer.transport.abort()
            return
        if named == "wrong_type":
            await peer.send(_text(request_id, "something.new", {}))
        options = config["context"]["synthesis"]["audio"]["metadataoptions"]
        words = options["wordBoundaryEnabled"] == "true"
        for message in _boundaries(request_id, text, voice, words=words):
            await peer.send(message[: len(message) * 4 // 5] if named == "malformed" else message)
        for start in range(0, len(data), PIECE):
            if named == "half" and start > len(data) // 2:
                peer.transport.abort()
                return
            await peer.send(_audio(request_id, data[start : start + PIECE]))
            if named == "drip":
                await asyncio.sleep(DRIP_S)
        await peer.send(_audio(request_id, b""))
        await peer.send(_text(request_id, "turn.end", {}))


def _message(told: str | bytes) -> tuple[dict[str, str], str]:
    """The headers and the body of a text message."""
    text = told if isinstance(told, str) else told.decode()
    head, _, body = text.partition("\r\n\r\n")
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return {name: value for name, _, value in pairs}, body.strip()


def _text(request_id: str, path: str, told: dict[str, Any]) -> str:
    return (
        f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\n"
        f"Path:{path}\r\n\r\n{json.dumps(told, ensure_ascii=False)}"
    )


def _audio(request_id: str, data: bytes) -> bytes:
    """A binary message: two bytes that tell the length of the headers, headers, MP3.

    The last one has no data, and then no Content-Type.
    """
    kind = "Content-Type:audio/mpeg\r\n" if data else ""
    head = f"X-RequestId:{request_id}\r\n{kind}X-StreamId:{request_id}\r\nPath:audio\r\n".encode()
    return len(head).to_bytes(2, "big") + head + data


def _read_ssml(told: str) -> tuple[str, float, str]:
    """The voice's name, its speed (1.0 is its own) and the text."""
    root = ElementTree.fromstring(told)
    voice = root.find(f"{NAMESPACE}voice")
    prosody = root.find(f".//{NAMESPACE}prosody")
    if voice is None or prosody is None:
        return "", 1.0, ""
    rate = float(prosody.get("rate", "+0%").removesuffix("%"))
    return voice.get("name", ""), 1 + rate / 100, "".join(prosody.itertext())


def _boundaries(request_id: str, text: str, voice: media.Voice, *, words: bool) -> list[str]:
    """A message for each word, or for each sentence."""
    kind = "WordBoundary" if words else "SentenceBoundary"
    pattern = r"\w+(?:[-'’.,]\w+)*" if words else r"\S.*?(?:[.!?]+(?=\s|$)|$)"
    messages = []
    for found in re.finditer(pattern, text):
        start_s, end_s = voice.times[found.start()][0], voice.times[found.end() - 1][1]
        data = {
            "Offset": round(start_s * TICKS_PER_S),
            "Duration": round((end_s - start_s) * TICKS_PER_S),
            "text": {
                "Text": escape(found[0].strip()),
                "Length": len(found[0].strip()),
                "BoundaryType": kind,
            },
        }
        told = {"Metadata": [{"Type": kind, "Data": data}]}
        messages.append(_text(request_id, "audio.metadata", told))
    return messages
