from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest

from tests.lab.conftest import Client
from tests.lab.faults import AT, ENDS_ALL, KNOWN, Faults, Rule
from tests.lab.server import Lab


def test_a_rule_meets_the_call_it_names_and_no_other(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("busy", "openai", "speech", 2, value=7))
    told = [client.speech() for _ in range(3)]
    assert [r.status_code for r in told] == [200, 429, 200]
    assert told[1].headers["retry-after"] == "7"
    assert client.image().status_code == 200
    assert [s.fault for s in lab.requests] == ["", "busy", "", ""]
    assert len(lab.bill.charges) == 3


def test_a_rule_can_meet_every_call(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("error_503", "elevenlabs"))
    body = {"text": "Hi.", "model_id": "eleven_v4"}
    path = "/v1/text-to-speech/abc/with-timestamps"
    assert [client.post("elevenlabs", path, body).status_code for _ in range(3)] == [503] * 3
    assert lab.bill.charges == ()


def test_there_are_no_unknown_faults() -> None:
    with pytest.raises(ValueError, match="no fault 'buzy'"):
        Rule("buzy")
    assert set().union(*AT.values()) == set(KNOWN)


def test_the_same_seed_spoils_the_same_calls() -> None:
    def drawn(seed: int) -> list[Any]:
        faults = Faults(probability=0.3, seed=seed)
        return [faults.draw("openai", "images", AT["image"]) for _ in range(400)]

    told = drawn(1)
    assert told == drawn(1) != drawn(2)
    happened = [fault.name for fault in told if fault]
    assert 0.22 < len(happened) / 400 < 0.38
    assert set(happened) == AT["image"] - ENDS_ALL


def test_a_reset_before_the_work_is_free_and_one_after_it_is_not(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("reset", "openai", "images", 1))
    with pytest.raises(httpx2.TransportError):
        client.image()
    assert lab.bill.charges == ()
    lab.faults.script(Rule("reset_after", "openai", "images", 1))
    with pytest.raises(httpx2.TransportError):
        client.image()
    assert [c.fault for c in lab.bill.charges] == ["reset_after"]
    assert [s.status for s in lab.requests] == [0, 0]


def test_answers_can_be_cut_slow_or_of_the_wrong_kind(lab: Lab, client: Client) -> None:
    for name in ("malformed", "wrong_type", "half", "drip"):
        lab.faults.script(Rule(name, "openai", "images", 1))
        if name == "malformed":
            with pytest.raises(ValueError, match=r"."):
                client.image().json()
        elif name == "wrong_type":
            assert client.image().headers["content-type"] == "text/html"
        elif name == "half":
            with pytest.raises(httpx2.RemoteProtocolError):
                client.image()
        else:
            before = time.monotonic()
            assert client.image().json()["data"]
            assert time.monotonic() - before > 0.3
        lab.faults.clear()
    assert [c.fault for c in lab.bill.charges] == ["malformed", "wrong_type", "half", ""]


def test_pictures_can_be_blank_and_are_charged(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("blank", "replicate", "create"))
    made = client.flux()
    data = np.frombuffer(client.http.get(made["output"][0]).content, np.uint8)
    assert cv2.imdecode(data, 1).std() < 1
    assert [c.fault for c in lab.bill.charges] == ["blank"]


def test_speech_can_be_silent(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("silent", "openai", "speech"))
    assert not any(client.speech(response_format="pcm").content)


@pytest.mark.parametrize("name", ["failed", "canceled", "aborted"])
def test_a_prediction_can_end_badly(lab: Lab, client: Client, name: str) -> None:
    lab.faults.script(Rule(name, "replicate", "create"))
    assert client.flux()["status"] == name
    assert lab.bill.charges == ()


def test_a_stuck_job_ends_when_it_is_canceled(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("stuck", "replicate", "create"))
    body = {"prompt": "x", "megapixels": "0.25"}
    made = client.predict("black-forest-labs/flux-dev", body).json()
    time.sleep(0.2)
    assert client.get("replicate", made["urls"]["get"]).json()["status"] == "processing"
    assert client.post("replicate", f"/predictions/{made['id']}/cancel", None).status_code == 200
    assert client.get("replicate", made["urls"]["get"]).json()["status"] == "canceled"


def test_each_vendor_refuses_content_in_its_own_words(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("refused"))
    told = client.image()
    assert (told.status_code, told.json()["error"]["code"]) == (400, "moderation_blocked")
    assert "NSFW" in client.flux()["error"]
    told = client.queue("fal-ai/flux/dev", {"prompt": "x"})
    assert told.headers["x-fal-error-type"] == "content_policy_violation"
    told = client.post("elevenlabs", "/v1/text-to-speech/abc", {"text": "x"})
    assert told.json()["detail"]["status"] == "content_against_policy"
    told = client.post("gemini", "/v1/models/gemini-3.8-flash-tts:generateContent", {})
    assert (told.status_code, told.json()["candidates"][0]["finishReason"]) == (200, "SAFETY")


def test_fal_marks_a_picture_on_a_good_answer(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("flagged", "fal", "create"))
    told = client.queue("fal-ai/flux/dev", {"prompt": "x", "num_images": 2}).json()
    assert told["has_nsfw_concepts"] == [True, True]


NO_CREDIT: dict[str, tuple[Callable[[Client], httpx2.Response], int, str]] = {
    "openai": (lambda c: c.image(), 429, "insufficient_quota"),
    "replicate": (lambda c: c.predict("black-forest-labs/flux-dev", {}), 402, "credit"),
    "fal": (lambda c: c.post("fal", "/fal-ai/flux/dev", {}), 403, "Exhausted balance"),
    "elevenlabs": (
        lambda c: c.post("elevenlabs", "/v1/text-to-speech/a", {}),
        401,
        "quota_exceeded",
    ),
    "gemini": (
        lambda c: c.post("gemini", "/v1/models/gemini-3.8-flash-tts:generateContent", {}),
        402,
        "depleted",
    ),
}


@pytest.mark.parametrize("vendor", NO_CREDIT)
def test_an_empty_account_is_told_in_the_vendors_way(lab: Lab, client: Client, vendor: str) -> None:
    lab.faults.script(Rule("no_credit", vendor))
    call, status, words = NO_CREDIT[vendor]
    told = call(client)
    assert told.status_code == status
    assert words in told.text
    assert lab.bill.charges == ()


def test_replicate_tells_the_wait_in_its_text_alone(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("busy", "replicate", "create", value=12))
    told = client.predict("black-forest-labs/flux-dev", {"prompt": "x"})
    assert told.status_code == 429
    assert "retry-after" not in told.headers
    assert "resets in ~12s" in told.json()["detail"]


def test_faults_of_the_file_host_leave_the_file_there_unless_it_expired(
    lab: Lab, client: Client
) -> None:
    url = client.flux()["output"][0]
    lab.faults.script(Rule("half", "files", nth=1), Rule("error_500", "files", nth=2))
    with pytest.raises(httpx2.RemoteProtocolError):
        client.http.get(url)
    assert client.http.get(url).status_code == 500
    assert client.http.get(url).status_code == 200
    lab.faults.script(Rule("expired", "files", nth=1))
    assert [client.http.get(url).status_code for _ in range(2)] == [404, 404]
