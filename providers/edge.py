"""The read-aloud voices of the Edge browser, by the unofficial package edge-tts: free, no promise.

The service names no terms for this use, so nothing chooses it unless a person does.
"""

from __future__ import annotations

import asyncio
import importlib
from decimal import Decimal
from typing import Any, ClassVar

from providers._cloud import Cloud
from providers._media import sound_facts
from providers._words import Heard, place_words
from providers.errors import Failed, Misconfigured, Transient
from providers.models import Model
from providers.requests import AnyRequest, Made, SpeechRequest

BUSY_S = 60.0
"""The pause after a 503: the service then refuses for longer than a moment."""
_TICKS_PER_SECOND = 10_000_000


class Edge(Cloud):
    """MP3 at 24 kHz with the time of every word."""

    name: ClassVar[str] = "edge"

    def count(self, model: Model, request: AnyRequest) -> dict[str, Decimal]:
        return {"character": Decimal(len(getattr(request, "text", "")))}

    async def speech(self, request: SpeechRequest) -> Made:
        service = _service(self.access.get("EDGE_TTS_URL", ""))
        network = importlib.import_module("aiohttp")
        rate = f"{round((request.speed - 1) * 100):+d}%"
        try:
            talk = service.Communicate(
                request.text, request.voice, rate=rate, boundary="WordBoundary", **request.input
            )
            data, heard = await _listen(talk)
        except (TypeError, ValueError) as wrong:
            raise Misconfigured(f"edge refuses what it is asked: {wrong}") from wrong
        except service.exceptions.NoAudioReceived as silent:
            raise Failed(f"edge said nothing; is there a voice {request.voice!r}?") from silent
        except service.exceptions.WebSocketError as lost:
            raise Transient(f"edge broke off: {lost}") from lost
        except service.exceptions.EdgeTTSException as strange:
            raise Failed(f"edge answered in another form than it used to: {strange}") from strange
        except network.ClientResponseError as refused:
            # edge-tts has corrected its clock and tried a second time already.
            if refused.status == 403:
                raise Failed("edge refuses this client (403); use another voice model") from None
            raise Transient(f"edge is busy ({refused.status})", BUSY_S) from None
        except (network.ClientError, OSError, TimeoutError) as lost:
            raise Transient(f"edge cannot be reached ({type(lost).__name__})") from None
        seconds, sample_rate = await asyncio.to_thread(sound_facts, data, bill=())
        words = place_words(request.text, heard)
        return Made(
            data=data,
            media_type="audio/mpeg",
            facts={
                "duration_s": seconds,
                "sample_rate": sample_rate,
                "words": [word.model_dump() for word in words],
            },
            bill=self.quote(request),
        )


async def _listen(talk: Any) -> tuple[bytes, list[Heard]]:
    """All sound of one talk, and its words."""
    data, heard = bytearray(), []
    async for piece in talk.stream():
        if piece["type"] == "audio":
            data += piece["data"]
        elif piece["type"] == "WordBoundary":
            start_s = piece["offset"] / _TICKS_PER_SECOND
            end_s = start_s + piece["duration"] / _TICKS_PER_SECOND
            heard.append(Heard(piece["text"], start_s, end_s))
    return bytes(data), heard


def _service(url: str) -> Any:
    """The package, pointed at `url` if there is one. Raises Misconfigured when it is absent."""
    try:
        service = importlib.import_module("edge_tts")
    except ImportError as absent:
        raise Misconfigured(
            'the voices of Edge need a package; install it with: pip install "reelwright[edge]"'
        ) from absent
    if url:
        # The package has no option for this; the query is needed, since it appends with "&".
        wire = importlib.import_module("edge_tts.communicate")
        wire.WSS_URL = url if "?" in url else f"{url}?TrustedClientToken=none"  # type: ignore[attr-defined]
    return service
