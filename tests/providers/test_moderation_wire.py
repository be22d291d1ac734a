from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from providers.catalog import load_catalog
from providers.errors import Failed, Misconfigured, ProviderError, Transient
from providers.moderation.pictures import FRAMES, save_frame, save_small
from providers.requests import Made, ModerationRequest

MODELS = load_catalog().models
TWO = ModerationRequest(
    provider="openai-moderation", model="omni-moderation-latest", texts=("A fox.", "A hen.")
)
QWEN = ModerationRequest(
    provider="guard", model="Qwen/Qwen3Guard-Gen-4B", texts=("A fox.",),
    input=MODELS["qwen3guard"].input,
)  # fmt: skip
SAID = {
    "choices": [{"message": {"role": "assistant", "content": "safe"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 200, "completion_tokens": 2},
}


@pytest.fixture
def openai(desk: Any, shipped: Callable[..., Any]) -> Any:
    access = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": f"{desk.url}/v1"}
    return shipped("openai-moderation", access)


@pytest.fixture
def guard(desk: Any, shipped: Callable[..., Any]) -> Any:
    return shipped("guard", {"GUARD_BASE_URL": f"{desk.url}/v1"})


def judged(provider: Any, request: ModerationRequest) -> Made:
    made: Made = asyncio.run(provider.moderation(request))
    return made


def test_texts_go_to_openai_in_one_call_that_costs_nothing(openai: Any, desk: Any) -> None:
    desk.answer(200, {"results": [{"a": 1}, {"b": 2}]})
    made = judged(openai, TWO)
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/v1/moderations")
    assert seen.headers["authorization"] == "Bearer sk-1"
    assert seen.body == {"model": "omni-moderation-latest", "input": ["A fox.", "A hen."]}
    assert json.loads(made.data or b"") == [{"a": 1}, {"b": 2}]
    assert [line.usd for line in made.bill] == [Decimal(0)]


def test_a_picture_goes_to_openai_as_a_small_jpeg(
    openai: Any, desk: Any, tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    (tmp_path / "large.png").write_bytes(picture(1920, 1080))
    save_small(tmp_path / "large.png", tmp_path / "small")
    desk.answer(200, {"results": [{}]})
    request = TWO.model_copy(update={"texts": (), "picture": str(tmp_path / "small")})
    judged(openai, request)
    (shown,) = desk.seen[0].body["input"]
    assert shown["type"] == "image_url"
    kind, _, told = shown["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(told))) as image:
        assert (image.format, image.size) == ("JPEG", (512, 288))


@pytest.mark.parametrize(
    "said", [b"<html>", [], {}, {"results": []}, {"results": [{}]}, {"results": [{}] * 3}]
)
def test_an_answer_without_a_verdict_for_each_text_failed(
    openai: Any, desk: Any, said: Any
) -> None:
    desk.answer(200, said)
    with pytest.raises(Failed):
        judged(openai, TWO)


def test_bodies_keep_openais_contract(
    openai: Any, desk: Any, tmp_path: Path, picture: Callable[..., bytes],
    contract: Callable[..., None],
) -> None:  # fmt: skip
    (tmp_path / "one").write_bytes(picture())
    for request in (TWO, TWO.model_copy(update={"texts": (), "picture": str(tmp_path / "one")})):
        desk.answer(200, {"results": [{}] * max(1, len(request.texts))})
        judged(openai, request)
        contract(desk.seen[-1].body, "openai", "/moderations")


def test_a_guard_is_asked_as_a_chat_without_a_key_where_none_is_set(guard: Any, desk: Any) -> None:
    desk.answer(200, SAID)
    made = judged(guard, QWEN)
    (seen,) = desk.seen
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert "authorization" not in seen.headers
    assert seen.body == {
        "model": "Qwen/Qwen3Guard-Gen-4B", "temperature": 0, "max_tokens": 64,
        "messages": [{"role": "user", "content": "A fox."}],
    }  # fmt: skip
    assert json.loads(made.data or b"") == [{"text": "safe", "finish": "stop"}]
    assert [line.usd for line in made.bill] == [Decimal(0)]


def test_a_guard_that_sees_is_shown_the_picture_and_its_words(
    guard: Any, desk: Any, tmp_path: Path, picture: Callable[..., bytes]
) -> None:
    (tmp_path / "one").write_bytes(picture(kind="JPEG"))
    desk.answer(200, SAID)
    judged(guard, QWEN.model_copy(update={"picture": str(tmp_path / "one")}))
    shown, words = desk.seen[0].body["messages"][0]["content"]
    assert shown["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert words == {"type": "text", "text": "A fox."}


@pytest.mark.parametrize("said", [b"", b"<html>", [], {}, {"choices": []}, {"choices": [{}]}])
def test_an_answer_of_a_guard_without_words_failed(guard: Any, desk: Any, said: Any) -> None:
    desk.answer(200, said)
    with pytest.raises(Failed):
        judged(guard, QWEN)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Misconfigured), (404, Misconfigured), (429, Transient), (500, Transient)],
)
def test_no_refusal_tells_the_key(
    desk: Any, shipped: Callable[..., Any], status: int, kind: type[ProviderError]
) -> None:
    access = {"GUARD_BASE_URL": desk.url, "GUARD_API_KEY": "s3cret-key"}
    access |= {"OPENAI_BASE_URL": desk.url, "OPENAI_API_KEY": "s3cret-key"}
    for name, request in (("guard", QWEN), ("openai-moderation", TWO)):
        desk.answer(status, {"error": {"message": "the key s3cret-key is odd"}})
        with pytest.raises(kind) as refused:
            judged(shipped(name, access), request)
        assert "s3cret" not in str(refused.value)
        assert desk.seen[-1].headers["authorization"] == "Bearer s3cret-key"


def test_a_refusal_is_told_as_it_was_said_where_there_is_no_key(guard: Any, desk: Any) -> None:
    desk.answer(400, {"error": {"message": "too long"}})
    with pytest.raises(Misconfigured, match="too long"):
        judged(guard, QWEN)


def test_a_guard_without_an_address_says_what_to_set(shipped: Callable[..., Any]) -> None:
    with pytest.raises(Misconfigured, match="GUARD_BASE_URL is not set"):
        judged(shipped("guard", {}), QWEN)


def test_a_clip_is_shown_at_moments_spread_over_its_length(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(100):
            grey = np.full((360, 640, 3), 2 * number, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    seen = []
    for number in range(FRAMES):
        save_frame(clip, number, tmp_path / "frame")
        with Image.open(tmp_path / "frame") as image:
            assert image.size == (512, 288)
            seen.append(round(float(np.asarray(image).mean())))
    assert seen == pytest.approx([25, 75, 125, 175], abs=8)
