from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import ImageRequest, Made, SpeechRequest

FOX = ImageRequest(
    provider="openai", model="gpt-image-2.5-flare", width=2074, height=1166, prompt="a fox",
    input={"prompt": "a fox", "size": "1536x864", "quality": "low", "output_format": "png", "n": 1},
)  # fmt: skip
HELLO = SpeechRequest(
    provider="openai", model="gpt-4o-mini-tts", text="Hello there.", voice="alloy",
    input={"input": "Hello there.", "voice": "alloy", "speed": 1.0, "response_format": "wav"},
)  # fmt: skip
TTS_1 = HELLO.model_copy(update={"model": "tts-1"})


@pytest.fixture
def openai(desk: Any, shipped: Callable[..., Any]) -> Any:
    return shipped("openai", {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": f"{desk.url}/v1/"})


def paint(openai: Any, request: ImageRequest = FOX) -> Made:
    made: Made = asyncio.run(openai.image(request))
    return made


def painted(picture: bytes, **more: Any) -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}], **more}


def test_a_picture_is_ordered_with_exactly_its_input(
    openai: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    desk.answer(200, painted(picture()))
    made = paint(openai)
    assert (made.data, made.media_type) == (picture(), "image/png")
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/v1/images/generations")
    assert seen.headers["authorization"] == "Bearer sk-1"
    assert seen.body == {"model": "gpt-image-2.5-flare", **FOX.input}


def test_a_picture_is_billed_by_the_tokens_that_were_used(
    openai: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    usage = {"output_tokens": 150, "input_tokens": 10, "total_tokens": 160}
    desk.answer(200, painted(picture(), usage=usage))
    assert [(i.unit, i.quantity, i.usd) for i in paint(openai).bill] == [
        ("M image tokens", Decimal("0.00015"), Decimal("0.0045")),
        ("M text tokens", Decimal("0.00001"), Decimal("0.00005")),
    ]


def test_a_picture_without_usage_is_billed_as_quoted(
    openai: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    desk.answer(200, painted(picture()))
    assert paint(openai).bill == openai.quote(FOX)


@pytest.mark.parametrize(
    ("size", "quality", "tokens"),
    [("1536x864", "low", 120), ("1024x1024", "high", 7024), ("2048x1152", "low", 441)],
)
def test_a_quote_counts_tokens_by_size_and_quality(
    openai: Any, size: str, quality: str, tokens: int
) -> None:
    told = FOX.model_copy(update={"input": {**FOX.input, "size": size, "quality": quality}})
    image, _ = openai.quote(told)
    assert image.quantity * 1_000_000 == tokens


def test_a_quality_that_nobody_has_counted_has_no_known_price(openai: Any) -> None:
    told = FOX.model_copy(update={"input": {**FOX.input, "quality": "xhigh"}})
    assert openai.quote(told)[0].usd is None


def test_a_picture_that_waits_at_a_url_is_fetched_there(openai: Any, desk: Any) -> None:
    desk.answer(200, {"data": [{"url": "https://files.test/a.webp"}]})
    made = paint(openai)
    assert made.download is not None
    assert (made.download.url, made.download.headers) == ("https://files.test/a.webp", {})
    assert made.media_type == "image/webp"


@pytest.mark.parametrize(
    "said",
    [b"<html>", [], {}, {"data": []}, {"data": [{}]}, {"data": [{"b64_json": "no base64!"}]},
     {"data": [{"b64_json": base64.b64encode(b"text").decode()}]}],
)  # fmt: skip
def test_an_answer_without_a_picture_failed(openai: Any, desk: Any, said: Any) -> None:
    desk.answer(200, said)
    with pytest.raises(Failed):
        paint(openai)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": "moderation_blocked", "type": "image_generation_user_error"}, Rejected),
        (400, {"code": "content_policy_violation"}, Rejected),
        (400, {"code": "invalid_value", "param": "size", "message": "too odd"}, Misconfigured),
        (401, {"code": "invalid_api_key"}, Misconfigured),
        (404, {"code": "model_not_found"}, Misconfigured),
        (429, {"code": "insufficient_quota"}, Misconfigured),
        (429, {"code": "rate_limit_exceeded"}, Transient),
        (503, {"code": "server_is_overloaded"}, Transient),
    ],
)
def test_each_refusal_has_its_answer(
    openai: Any, desk: Any, status: int, error: dict[str, str], kind: type[ProviderError]
) -> None:
    desk.answer(status, {"error": error}, Retry_After="3")
    with pytest.raises(kind) as refused:
        paint(openai)
    if isinstance(refused.value, Transient):
        assert refused.value.retry_after_s == 3.0


def test_speech_is_ordered_with_exactly_its_input(
    openai: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, sound(2.0), Content_Type="audio/wav")
    made = asyncio.run(openai.speech(HELLO))
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/v1/audio/speech")
    assert seen.body == {"model": "gpt-4o-mini-tts", **HELLO.input}
    assert made.media_type == "audio/wav"
    assert made.facts == {"duration_s": 2.0, "sample_rate": 8000, "words": []}


def test_speech_is_billed_by_its_length(
    openai: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, sound(2.0))
    text, audio = asyncio.run(openai.speech(HELLO)).bill
    assert (text.unit, text.quantity * 1_000_000) == ("M text tokens", 3)
    assert (audio.unit, audio.quantity * 1_000_000) == ("M audio tokens", 42)
    assert audio.usd == Decimal("0.000504")


def test_the_older_model_is_billed_by_characters(
    openai: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(200, sound(2.0))
    (item,) = asyncio.run(openai.speech(TTS_1)).bill
    assert (item.unit, item.usd) == ("M characters", Decimal("0.00018"))


@pytest.mark.parametrize("said", [b"", b'{"error": null}', b"RIFF1234WAVEfmt "])
def test_an_answer_without_sound_failed(openai: Any, desk: Any, said: bytes) -> None:
    desk.answer(200, said)
    with pytest.raises(Failed):
        asyncio.run(openai.speech(HELLO))


def test_without_a_key_nothing_is_sent(desk: Any, shipped: Callable[..., Any]) -> None:
    keyless = shipped("openai", {"OPENAI_BASE_URL": desk.url})
    with pytest.raises(Misconfigured, match="OPENAI_API_KEY is not set"):
        paint(keyless)
    assert desk.seen == []


def test_a_model_that_the_catalog_does_not_know_is_refused(openai: Any) -> None:
    with pytest.raises(Misconfigured, match="no image model 'gpt-image-9'"):
        openai.quote(FOX.model_copy(update={"model": "gpt-image-9"}))


def test_bodies_keep_the_vendors_contract(contract: Callable[..., None]) -> None:
    contract({"model": FOX.model, **FOX.input}, "openai", "/images/generations")
    contract({"model": HELLO.model, **HELLO.input}, "openai", "/audio/speech")
