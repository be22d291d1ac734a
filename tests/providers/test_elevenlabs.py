from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import Made, SpeechRequest

TEXT = "Hi [whispers] there."
HELLO = SpeechRequest(
    provider="elevenlabs", model="eleven_v4", text=TEXT, voice="v/1",
    input={"text": TEXT, "voice_settings": {"stability": 0.5, "speed": 1.0},
           "output_format": "mp3_44100_128"},
)  # fmt: skip
ALIGNMENT = {
    "characters": list(TEXT),
    "character_start_times_seconds": [n * 0.1 for n in range(len(TEXT))],
    "character_end_times_seconds": [n * 0.1 + 0.1 for n in range(len(TEXT))],
}


@pytest.fixture
def elevenlabs(desk: Any, shipped: Callable[..., Any]) -> Any:
    access = {"ELEVENLABS_API_KEY": "xi-1", "ELEVENLABS_BASE_URL": desk.url}
    return shipped("elevenlabs", access)


def speak(elevenlabs: Any) -> Made:
    made: Made = asyncio.run(elevenlabs.speech(HELLO))
    return made


def spoken(data: bytes, alignment: Any = ALIGNMENT) -> dict[str, Any]:
    return {"audio_base64": base64.b64encode(data).decode(), "alignment": alignment}


def test_the_voice_is_in_the_path_and_the_format_in_the_query(
    elevenlabs: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, spoken(sound(2.0)))
    made = speak(elevenlabs)
    (seen,) = desk.seen
    assert seen.method == "POST"
    at = "/v1/text-to-speech/v%2F1/with-timestamps"
    assert seen.path == f"{at}?output_format=mp3_44100_128"
    assert seen.headers["xi-api-key"] == "xi-1"
    assert seen.body == {
        "model_id": "eleven_v4", "text": TEXT, "voice_settings": {"stability": 0.5, "speed": 1.0},
    }  # fmt: skip
    assert made.data == sound(2.0)
    assert made.facts["duration_s"] == 2.0


def test_words_are_timed_by_their_characters_and_tags_are_no_words(
    elevenlabs: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, spoken(sound(2.0)))
    words = speak(elevenlabs).facts["words"]
    assert [TEXT[w["start"] : w["end"]] for w in words] == ["Hi", "there."]
    assert [(round(w["start_s"], 3), round(w["end_s"], 3)) for w in words] == [
        (0.0, 0.2),
        (1.4, 2.0),
    ]


@pytest.mark.parametrize("alignment", [None, {}, {"characters": None}])
def test_sound_without_an_alignment_has_no_words(
    elevenlabs: Any, desk: Any, sound: Callable[..., bytes], alignment: Any
) -> None:
    desk.answer(200, spoken(sound(), alignment))
    assert speak(elevenlabs).facts["words"] == []


def test_the_vendors_own_count_of_characters_makes_the_bill(
    elevenlabs: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, spoken(sound()), Character_Cost="10")
    (item,) = speak(elevenlabs).bill
    assert (item.unit, item.usd) == ("M characters", Decimal("0.0008"))
    desk.answer(200, spoken(sound()))
    assert speak(elevenlabs).bill == elevenlabs.quote(HELLO)
    assert elevenlabs.quote(HELLO)[0].usd == Decimal("0.0016")


def test_a_model_without_a_confirmed_price_costs_an_unknown_sum(elevenlabs: Any) -> None:
    (item,) = elevenlabs.quote(HELLO.model_copy(update={"model": "eleven_v3"}))
    assert item.usd is None


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (401, {"status": "invalid_api_key", "message": "no"}, Misconfigured),
        (401, {"status": "quota_exceeded", "message": "0 left"}, Misconfigured),
        (404, {"status": "voice_not_found", "message": "no such voice"}, Misconfigured),
        (422, [{"loc": ["body", "text"], "msg": "field required"}], Misconfigured),
        (429, {"status": "too_many_concurrent_requests", "message": "wait"}, Transient),
        (429, {"status": "system_busy", "message": "wait"}, Transient),
        (400, {"status": "content_against_policy", "message": "no"}, Rejected),
        (500, {"status": "oops"}, Transient),
    ],
)
def test_each_refusal_has_its_answer(
    elevenlabs: Any, desk: Any, status: int, detail: Any, kind: type[ProviderError]
) -> None:
    desk.answer(status, {"detail": detail})
    with pytest.raises(kind):
        speak(elevenlabs)


@pytest.mark.parametrize(
    "said", [b"<html>", [], {}, {"audio_base64": "?"}, {"audio_base64": "AAAA"}]
)
def test_an_answer_without_sound_failed(elevenlabs: Any, desk: Any, said: Any) -> None:
    desk.answer(200, said)
    with pytest.raises(Failed):
        speak(elevenlabs)


def test_the_body_keeps_the_vendors_contract(contract: Callable[..., None]) -> None:
    body = {"model_id": "eleven_v4", "text": TEXT, "voice_settings": {"stability": 0.5}}
    contract(body, "elevenlabs", "/v1/text-to-speech/{voice_id}/with-timestamps")
