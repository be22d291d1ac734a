from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import Made, SpeechRequest

HELLO = SpeechRequest(
    provider="gemini", model="gemini-3.8-flash-tts", text="Hello there.", voice="Kore",
    input={"contents": [{"role": "user", "parts": [{"text": "Hello there."}]}]},
)  # fmt: skip


@pytest.fixture
def gemini(desk: Any, shipped: Callable[..., Any]) -> Any:
    return shipped("gemini", {"GEMINI_API_KEY": "AIza1", "GEMINI_BASE_URL": desk.url})


def speak(gemini: Any) -> Made:
    made: Made = asyncio.run(gemini.speech(HELLO))
    return made


def spoken(samples: bytes, mime: str = "audio/L16;codec=pcm;rate=8000", **more: Any) -> Any:
    part = {"inlineData": {"mimeType": mime, "data": base64.b64encode(samples).decode()}}
    return {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}], **more}


def test_speech_is_ordered_and_bare_samples_become_a_wav(
    gemini: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, spoken(sound(1.5)[44:]))
    made = speak(gemini)
    (seen,) = desk.seen
    assert (seen.method, seen.path) == (
        "POST",
        "/v1/models/gemini-3.8-flash-tts:generateContent",
    )
    assert seen.headers["x-goog-api-key"] == "AIza1"
    assert seen.body == HELLO.input
    assert (made.data, made.media_type) == (sound(1.5), "audio/wav")
    assert made.facts == {"duration_s": 1.5, "sample_rate": 8000, "words": []}


def test_sound_in_a_container_is_taken_as_it_is(
    gemini: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, spoken(sound(), mime="audio/wav"))
    assert speak(gemini).data == sound()


def test_speech_is_billed_by_the_tokens_that_were_used(
    gemini: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    usage = {"promptTokenCount": 4, "candidatesTokenCount": 50}
    desk.answer(200, spoken(sound()[44:], usageMetadata=usage))
    assert [(i.unit, i.usd) for i in speak(gemini).bill] == [
        ("M text tokens", Decimal("0.000002")),
        ("M audio tokens", Decimal("0.00045")),
    ]
    desk.answer(200, spoken(sound()[44:]))
    assert speak(gemini).bill == gemini.quote(HELLO)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"candidates": [{"finishReason": "SAFETY"}]}, Rejected),
        ({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}, Rejected),
        ({"promptFeedback": {"blockReason": "OTHER"}}, Rejected),
        ({"candidates": [{"finishReason": "MAX_TOKENS"}]}, Failed),
        ({"candidates": []}, Failed),
        ({"candidates": [{"content": {"parts": [{"text": "hm"}]}}]}, Failed),
        ({}, Failed),
        ([], Failed),
        (b"<html>", Failed),
    ],
)
def test_an_answer_without_sound_says_why(
    gemini: Any, desk: Any, said: Any, kind: type[ProviderError]
) -> None:
    desk.answer(200, said)
    with pytest.raises(kind):
        speak(gemini)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "no", "details": [{"reason": "API_KEY_INVALID"}]}, Misconfigured),
        (403, {"message": "no"}, Misconfigured),
        (404, {"message": "no such model"}, Misconfigured),
        (429, {"message": "quota", "details": [{"retryDelay": "21s"}]}, Transient),
        (503, {"message": "overloaded"}, Transient),
    ],
)
def test_each_refusal_has_its_answer(
    gemini: Any, desk: Any, status: int, error: dict[str, Any], kind: type[ProviderError]
) -> None:
    desk.answer(status, {"error": error})
    with pytest.raises(kind) as refused:
        speak(gemini)
    if status == 429:
        assert isinstance(refused.value, Transient)
        assert refused.value.retry_after_s == 21.0
    if status == 400:
        assert "GEMINI_API_KEY" in str(refused.value)
