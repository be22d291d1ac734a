from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

from tests.lab.faults import Rule
from tests.lab.server import Lab

TOKEN = f"&ConnectionId=1&Sec-MS-GEC={'A' * 16}-{'0' * 64}&Sec-MS-GEC-Version=1-143.0.3650.75"


def talk(lab: Lab, text: str, voice: str = "en-US-EmmaMultilingualNeural") -> dict[str, Any]:
    """The bytes of MP3 and the words that the service sends, read by its own framing."""
    options = '{"sentenceBoundaryEnabled":"false","wordBoundaryEnabled":"true"}'
    config = f'{{"context":{{"synthesis":{{"audio":{{"metadataoptions":{options}}}}}}}}}'
    ssml = (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        f"<voice name='{voice}'><prosody pitch='+0Hz' rate='+0%' volume='+0%'>{escape(text)}"
        "</prosody></voice></speak>"
    )
    sound, words = bytearray(), []
    with connect(lab.urls["EDGE_TTS_URL"] + TOKEN) as service:
        service.send(f"Content-Type:application/json\r\nPath:speech.config\r\n\r\n{config}\r\n")
        service.send(f"X-RequestId:abc\r\nPath:ssml\r\n\r\n{ssml}")
        for message in service:
            if isinstance(message, bytes):
                length = int.from_bytes(message[:2], "big")
                assert b"Path:audio\r\n" in message[2 : 2 + length]
                sound += message[2 + length :]
                continue
            head, _, body = message.partition("\r\n\r\n")
            if "Path:audio.metadata" in head:
                words.append(json.loads(body)["Metadata"][0]["Data"])
            if "Path:turn.end" in head:
                break
    return {"sound": bytes(sound), "words": words}


def test_words_come_with_their_time_and_the_sound_with_its_length(lab: Lab) -> None:
    told = talk(lab, "Tom & Jerry ran 3.5 miles.")
    assert [w["text"]["Text"] for w in told["words"]] == ["Tom", "Jerry", "ran", "3.5", "miles"]
    last = told["words"][-1]
    seconds = len(told["sound"]) * 8 / 48000
    assert 0 < seconds - (last["Offset"] + last["Duration"]) / 10_000_000 < 0.4
    assert [c.usd for c in lab.bill.of("edge")] == [0]


def test_a_voice_that_is_none_says_nothing(lab: Lab) -> None:
    assert talk(lab, "Hello.", voice="somebody")["sound"] == b""


def test_the_service_can_refuse_and_break_off(lab: Lab) -> None:
    lab.faults.script(
        Rule("bad_key", "edge", nth=1), Rule("busy", "edge", nth=2), Rule("reset", "edge", nth=3),
        Rule("half", "edge", nth=4), Rule("refused", "edge", nth=5),
    )  # fmt: skip
    for status in (403, 503):
        with pytest.raises(InvalidStatus) as refused:
            talk(lab, "Hello.")
        assert refused.value.response.status_code == status
    with pytest.raises((InvalidMessage, ConnectionError, EOFError)):
        talk(lab, "Hello.")
    with pytest.raises(ConnectionClosedError):
        talk(lab, "Hello there, this is a little longer.")
    assert talk(lab, "Hello.")["sound"] == b""
    assert [s.status for s in lab.requests] == [403, 503, 0, 101, 101]


def test_who_does_not_look_like_the_browser_is_not_let_in(lab: Lab) -> None:
    with pytest.raises(InvalidStatus):
        connect(lab.urls["EDGE_TTS_URL"])
    assert lab.violations == ("edge: Sec-MS-GEC is not of the form of a token",)
