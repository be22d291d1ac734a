"""Servers of one's own on OpenAI's routes: what goes out, what comes back, what it costs."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers import buying, openai_server
from providers._servers import Stopwatch
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient
from providers.requests import (
    AnyRequest,
    ImageRequest,
    Job,
    Made,
    ModerationRequest,
    SpeechRequest,
    Transcript,
    TranscriptRequest,
    VideoRequest,
)
from providers.store import Asset, Store
from tests.lab.faults import Rule
from tests.lab.server import Lab
from tests.providers.conftest import Purse

FOX = ImageRequest(
    provider="openai-server", model="Qwen/Qwen-Image", width=1664, height=928, prompt="a fox",
    input={"prompt": "a fox", "size": "1664x928", "n": 1, "response_format": "b64_json"},
)  # fmt: skip
HELLO = SpeechRequest(
    provider="openai-server", model="kokoro", text="Hello there, fox.", voice="af_heart",
    input={"input": "Hello there, fox.", "voice": "af_heart", "response_format": "wav"},
)  # fmt: skip
CLIP = VideoRequest(
    provider="openai-server", model="Wan-AI/Wan2.2-T2V-A14B-Diffusers", prompt="a fox", width=256,
    height=144, duration_s=1.0,
    input={"prompt": "a fox", "width": 256, "height": 144, "num_frames": 17, "fps": 16, "seed": 1},
)  # fmt: skip
RATES = "workstation=3.60/h"


@pytest.fixture
def server(desk: Any) -> Any:
    """Every server at the desk; that of pictures asks for a key."""
    access = {f"SERVERS={name}=": f"{desk.url}/v1" for name in ("images", "kokoro", "video")}
    access["SERVER_KEYS=images="] = "key-1"
    return make_provider("openai-server", Path, access, load_catalog(None, RATES))


def painted(picture: bytes) -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}]}


def test_a_picture_is_asked_of_its_server_with_that_servers_key(
    server: Any, desk: Any, picture: Callable[..., bytes]
) -> None:
    desk.answer(200, painted(picture()))
    made = asyncio.run(server.image(FOX))
    assert made.data == picture()
    (seen,) = desk.seen
    assert (seen.path, seen.headers["authorization"]) == ("/v1/images/generations", "Bearer key-1")
    assert seen.body == {"model": "Qwen/Qwen-Image", **FOX.input}


def test_a_server_without_a_key_is_sent_none(
    server: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(404, {"detail": "Not Found"})
    desk.answer(200, sound(2.0))
    asyncio.run(server.speech(HELLO))
    assert ["authorization" in seen.headers for seen in desk.seen] == [False, False]


def test_a_picture_may_wait_at_an_address(server: Any, desk: Any) -> None:
    desk.answer(200, {"data": [{"url": "http://10.0.0.5/out.png"}]})
    made = asyncio.run(server.image(FOX))
    assert made.download.url == "http://10.0.0.5/out.png"


def test_a_quote_is_by_the_usual_seconds_and_the_bill_by_those_that_passed(
    server: Any, desk: Any, picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (quote,) = server.quote(FOX)
    assert (quote.quantity, quote.unit, quote.usd) == (
        Decimal("30.0"), "second of workstation", Decimal("0.0300"),
    )  # fmt: skip
    monkeypatch.setattr(Stopwatch, "seconds", 12.5)
    desk.answer(200, painted(picture()))
    (line,) = asyncio.run(server.image(FOX)).bill
    assert (line.quantity, line.usd) == (Decimal("12.5"), Decimal("0.0125"))


def test_captioned_speech_has_the_time_of_every_word(
    server: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    told = [
        {"word": "Hello", "start_time": 0.1, "end_time": 0.4},
        {"word": "there", "start_time": 0.5, "end_time": 0.8},
        {"word": ",", "start_time": 0.8, "end_time": 0.9},
        {"word": "fox", "start_time": 0.9, "end_time": 1.3},
    ]
    said = {"audio": base64.b64encode(sound(2.0)).decode(), "timestamps": told}
    desk.answer(200, said)
    made = asyncio.run(server.speech(HELLO))
    assert [(HELLO.text[w["start"] : w["end"]], w["start_s"]) for w in made.facts["words"]] == [
        ("Hello", 0.1), ("there,", 0.5), ("fox.", 0.9),
    ]  # fmt: skip
    (seen,) = desk.seen
    assert seen.path == "/dev/captioned_speech"
    assert seen.body == {
        "model": "kokoro", **HELLO.input, "stream": False, "return_timestamps": True,
    }  # fmt: skip


def test_a_server_without_captions_is_asked_for_speech_alone(
    server: Any, desk: Any, sound: Callable[..., bytes]
) -> None:
    desk.answer(404, {"detail": "Not Found"})
    desk.answer(200, sound(2.0))
    made = asyncio.run(server.speech(HELLO))
    assert made.facts == {"duration_s": 2.0, "sample_rate": 8000, "words": []}
    assert [seen.path for seen in desk.seen] == ["/dev/captioned_speech", "/v1/audio/speech"]


def test_bare_samples_become_a_sound(server: Any, desk: Any) -> None:
    desk.answer(404, {})
    desk.answer(200, b"\x10\x20" * 24_000)
    bare = HELLO.model_copy(update={"input": {**HELLO.input, "response_format": "pcm"}})
    made = asyncio.run(server.speech(bare))
    assert (made.media_type, made.facts["duration_s"]) == ("audio/wav", 1.0)


def test_a_server_that_no_setting_names_is_told_how_to_be_named() -> None:
    lost = make_provider("openai-server", Path, {}, load_catalog())
    with pytest.raises(Misconfigured, match=r"write SERVERS=images=http://HOST:PORT into \.env"):
        asyncio.run(lost.image(FOX))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"error": {"message": "busy"}}, Transient),
        (503, {"error": "loading"}, Transient),
        (401, {"error": "no"}, Misconfigured),
        (404, {"error": "no such model"}, Misconfigured),
        (422, {"detail": [{"loc": ["body", "size"], "msg": "too large"}]}, Misconfigured),
        (400, {"error": {"code": "content_policy_violation", "message": "no"}}, Rejected),
        (200, {"data": []}, Failed),
        (200, {"data": [{"b64_json": "§"}]}, Failed),
        (200, {"data": [{"b64_json": base64.b64encode(b"text").decode()}]}, Failed),
    ],
)
def test_what_goes_wrong_is_one_of_four_errors(
    server: Any, desk: Any, status: int, body: Any, kind: type[ProviderError]
) -> None:
    desk.answer(status, body)
    with pytest.raises(kind, match="the server"):
        asyncio.run(server.image(FOX))


def test_a_guard_model_may_be_at_a_server_of_its_own(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('[models.qwen3guard]\nserver = "judge"\n')
    catalog = load_catalog(tmp_path / "models.toml")
    guard = make_provider("guard", Path, {"SERVERS=judge=": desk.url}, catalog)
    asked = ModerationRequest(provider="guard", model="Qwen/Qwen3Guard-Gen-4B", texts=("Hi",))
    desk.answer(200, {"choices": [{"message": {"content": "Safety: Safe"}}]})
    assert isinstance(asyncio.run(guard.moderation(asked)), Made)
    assert desk.seen[0].path == "/chat/completions"


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.05) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    running.reset()
    monkeypatch.setattr(openai_server, "POLL_S", 0.03)
    monkeypatch.setattr(buying, "BACKOFF_S", (0.0,) * 4)
    monkeypatch.setattr(buying, "ASK_BACKOFF_S", (0.0,) * 8)
    return running


def shop(lab: Lab, home: Path, request: AnyRequest, purse: Purse) -> Asset:
    provider = make_provider("openai-server", Path, lab.access, load_catalog(None, RATES))
    return asyncio.run(buy(Store(home), provider, request, purse)).asset


def test_a_clip_is_ordered_by_a_form_and_billed_by_the_servers_own_clock(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    asset = shop(lab, tmp_path, CLIP, purse)
    assert (asset.facts["width"], asset.facts["fps"]) == (256, 16.0)
    (line,) = asset.bill
    assert Decimal("0.05") <= line.quantity < 5
    assert purse.bills == [line.usd]
    assert not lab.violations


def test_every_kind_of_asset_comes_from_the_lab(lab: Lab, tmp_path: Path, purse: Purse) -> None:
    by_url = FOX.model_copy(update={"input": {**FOX.input, "response_format": "url"}})
    for request in (FOX, by_url, HELLO):
        shop(lab, tmp_path, request, purse)
    assert not lab.violations
    assert not lab.bill.doubles()


@pytest.mark.parametrize("fault", ["busy", "busy_silent", "error_502", "error_503", "reset"])
def test_a_server_in_trouble_is_asked_again(
    lab: Lab, tmp_path: Path, purse: Purse, fault: str
) -> None:
    lab.faults.script(Rule(fault, "server", "poll", nth=1), Rule(fault, "server", "images", nth=1))
    for request in (CLIP, FOX):
        shop(lab, tmp_path, request, purse)
    assert len(lab.bill.charges) == 2


def test_a_clip_that_failed_is_ordered_once_more(lab: Lab, tmp_path: Path, purse: Purse) -> None:
    lab.faults.script(Rule("failed", "server", "videos", nth=1))
    shop(lab, tmp_path, CLIP, purse)
    assert len(purse.bills) == 2
    lab.faults.script(Rule("failed", "server", "videos"))
    again = CLIP.model_copy(update={"take": 1})
    with pytest.raises(Failed, match="CUDA out of memory"):
        shop(lab, tmp_path, again, purse)


def test_a_clip_whose_content_is_refused_is_not_ordered_again(
    lab: Lab, tmp_path: Path, purse: Purse
) -> None:
    lab.faults.script(Rule("refused", "server", "videos"))
    with pytest.raises(Rejected, match=r"refuses the content: Refused\."):
        shop(lab, tmp_path, CLIP, purse)
    assert len([seen for seen in lab.requests if seen.route == "videos"]) == 1


def test_a_picture_that_the_server_animates_goes_as_a_file(desk: Any, server: Any) -> None:
    server.open_input = lambda digest: Path(__file__)
    with_picture = {**CLIP.input, "input_reference": "store:abc"}
    desk.answer(200, {"id": "v1", "status": "queued"})
    job = asyncio.run(server.video(CLIP.model_copy(update={"input": with_picture})))
    assert isinstance(job, Job)
    told = desk.seen[0].body.decode()
    assert 'name="input_reference"; filename="abc.bin"' in told
    assert "test_a_picture_that_the_server_animates" in told


def test_a_sound_is_listened_to_at_a_server_of_ones_own(
    desk: Any, sound: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "said.wav").write_bytes(sound(1.0))
    access = {"SERVERS=whisper=": f"{desk.url}/v1"}
    catalog = load_catalog(None, "whisper=3.60/h")
    one = make_provider("openai-server", lambda _: tmp_path / "said.wav", access, catalog)
    words = [{"word": "Hello", "start": 0.1, "end": 0.4}]
    desk.answer(200, {"text": "Hello.", "words": words, "language": "en"})
    asked = TranscriptRequest(
        provider="openai-server", model="whisper", sound="ab",
        input={"response_format": "verbose_json", "timestamp_granularities[]": "word"},
    )  # fmt: skip
    made = asyncio.run(one.transcript(asked))
    assert Transcript.model_validate_json(made.data).words[0].text == "Hello"
    (line,) = made.bill
    assert (line.unit, line.usd is not None) == ("second of whisper", True)
    (seen,) = desk.seen
    assert seen.path == "/v1/audio/transcriptions"
    for part in (b'name="model"\r\n\r\nwhisper', b'name="timestamp_granularities[]"\r\n\r\nword'):
        assert part in seen.body
