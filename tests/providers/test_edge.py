from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from providers.errors import Failed, Misconfigured, ProviderError, Transient
from providers.requests import Made, SpeechRequest

TEXT = "Hello there, friend."
HELLO = SpeechRequest(
    provider="edge", model="edge-read-aloud", text=TEXT, voice="en-US-EmmaMultilingualNeural",
    speed=1.25,
)  # fmt: skip
BOUNDARIES = [("Hello", 1_000_000, 4_000_000), ("there", 6_000_000, 3_000_000)]


class ClientError(Exception):
    """aiohttp's, as far as it is looked at."""


class ClientResponseError(ClientError):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class EdgeTTSException(Exception):
    """edge-tts's, as far as it is looked at."""


class NoAudioReceived(EdgeTTSException):
    """The text has nothing that could be said."""


class WebSocketError(EdgeTTSException):
    """The line broke."""


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    """edge-tts with a service of the test's own behind it: `pieces` is what it streams."""
    told = SimpleNamespace(pieces=[], asked=None)

    class Communicate:
        def __init__(self, *args: Any, **more: Any) -> None:
            told.asked = (args, more)

        async def stream(self) -> AsyncIterator[Any]:
            for piece in told.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece

    package, network, wire = (
        ModuleType(n) for n in ("edge_tts", "aiohttp", "edge_tts.communicate")
    )
    package.__dict__.update(
        Communicate=Communicate,
        exceptions=SimpleNamespace(
            EdgeTTSException=EdgeTTSException,
            NoAudioReceived=NoAudioReceived,
            WebSocketError=WebSocketError,
        ),
    )
    network.__dict__.update(ClientError=ClientError, ClientResponseError=ClientResponseError)
    for module in (package, network, wire):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    told.wire = wire
    return told


@pytest.fixture
def edge(shipped: Callable[..., Any]) -> Any:
    return shipped("edge", {})


def speak(edge: Any) -> Made:
    made: Made = asyncio.run(edge.speech(HELLO))
    return made


def test_speech_comes_with_the_time_of_every_word(
    edge: Any, package: Any, sound: Callable[..., bytes]
) -> None:
    words = [
        {"type": "WordBoundary", "text": text, "offset": offset, "duration": duration}
        for text, offset, duration in BOUNDARIES
    ]
    data = sound(2.0)
    package.pieces = [{"type": "audio", "data": data[:99]}, *words]
    package.pieces += [{"type": "audio", "data": data[99:]}]
    made = speak(edge)
    assert made.data == data
    assert made.facts["duration_s"] == 2.0
    told = [(TEXT[w["start"] : w["end"]], w["start_s"], w["end_s"]) for w in made.facts["words"]]
    assert told == [("Hello", 0.1, 0.5), ("there,", 0.6, pytest.approx(0.9))]
    assert [item.usd for item in made.bill] == [Decimal(0)]


def test_words_are_asked_for_and_the_pace_is_a_percentage(
    edge: Any, package: Any, sound: Callable[..., bytes]
) -> None:
    package.pieces = [{"type": "audio", "data": sound()}]
    speak(edge)
    assert package.asked == (
        (TEXT, "en-US-EmmaMultilingualNeural"),
        {"rate": "+25%", "boundary": "WordBoundary"},
    )


def test_another_service_can_be_named(
    package: Any, shipped: Callable[..., Any], sound: Callable[..., bytes]
) -> None:
    package.pieces = [{"type": "audio", "data": sound()}]
    speak(shipped("edge", {"EDGE_TTS_URL": "ws://127.0.0.1:1/edge"}))
    assert package.wire.WSS_URL == "ws://127.0.0.1:1/edge?TrustedClientToken=none"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoAudioReceived("no audio"), Failed),
        (WebSocketError("broken"), Transient),
        (EdgeTTSException("odd"), Failed),
        (ClientResponseError(403), Failed),
        (ClientResponseError(503), Transient),
        (ClientError("lost"), Transient),
        (TimeoutError(), Transient),
        (ConnectionResetError(), Transient),
        (ValueError("Invalid voice 'x'."), Misconfigured),
    ],
)
def test_each_refusal_has_its_answer(
    edge: Any, package: Any, error: Exception, kind: type[ProviderError]
) -> None:
    package.pieces = [error]
    with pytest.raises(kind) as refused:
        speak(edge)
    if isinstance(error, ClientResponseError) and error.status == 503:
        assert isinstance(refused.value, Transient)
        assert refused.value.retry_after_s == 60.0


def test_without_the_package_it_is_said_how_to_get_it(
    edge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "edge_tts", None)
    with pytest.raises(Misconfigured, match=r'pip install "reelwright\[edge\]"'):
        speak(edge)


def test_a_language_has_its_voice(edge: Any) -> None:
    assert edge.default_voice("de") == "de-DE-KatjaNeural"
    assert edge.default_voice("fr-CA") == "fr-FR-DeniseNeural"
    assert edge.default_voice("sw") == "en-US-EmmaMultilingualNeural"


def test_the_real_package_is_understood(
    shipped: Callable[..., Any], sound: Callable[..., bytes]
) -> None:
    pytest.importorskip("edge_tts", reason="the extra `edge` is not installed")
    server = pytest.importorskip("websockets.asyncio.server")
    asked: list[str] = []

    async def service(line: Any) -> None:
        asked.extend([await line.recv(), await line.recv()])
        for text, offset, duration in BOUNDARIES:
            data = {"Offset": offset, "Duration": duration, "text": {"Text": text}}
            told = json.dumps({"Metadata": [{"Type": "WordBoundary", "Data": data}]})
            await line.send(f"X-RequestId:1\r\nPath:audio.metadata\r\n\r\n{told}")
        head = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
        await line.send(len(head).to_bytes(2, "big") + head + sound(2.0))
        await line.send("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")

    async def session() -> Made:
        async with server.serve(service, "127.0.0.1", 0) as running:
            port = running.sockets[0].getsockname()[1]
            edge = shipped("edge", {"EDGE_TTS_URL": f"ws://127.0.0.1:{port}/"})
            made: Made = await edge.speech(HELLO)
            return made

    made = asyncio.run(session())
    assert made.data == sound(2.0)
    assert [TEXT[w["start"] : w["end"]] for w in made.facts["words"]] == ["Hello", "there,"]
    assert '"wordBoundaryEnabled":"true"' in asked[0]
    assert "rate='+25%'" in asked[1]
