from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest

from tests.lab import contracts
from tests.lab.conftest import Client
from tests.lab.faults import Rule
from tests.lab.server import Lab

FLUX = "black-forest-labs/flux-dev"
KOKORO = "f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
SPEAK = {
    "contents": [{"role": "user", "parts": [{"text": "Hello there, how are you?"}]}],
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
    },
}


def test_openai_draws_the_size_asked_for(client: Client) -> None:
    told = client.image(size="1024x1536", n=2).json()
    assert len(told["data"]) == 2
    data = np.frombuffer(base64.b64decode(told["data"][1]["b64_json"]), np.uint8)
    assert cv2.imdecode(data, 1).shape == (1536, 1024, 3)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"size": "1920x1080"}, 400),
        ({"size": "1024x256"}, 400),
        ({"colour": "red"}, 400),
        ({"response_format": "b64_json"}, 400),
        ({"n": 20}, 400),
        ({"quality": "hd"}, 400),
        ({"model": "gpt-image-1-mini", "size": "1536x864"}, 400),
        ({"model": "dall-e-3", "size": "1024x1024"}, 404),
        ({"quality": "max"}, 200),
    ],
)
def test_openai_minds_what_it_is_asked(
    lab: Lab, client: Client, more: dict[str, Any], status: int
) -> None:
    told = client.image(**more)
    assert told.status_code == status
    assert bool(lab.violations) is (status != 200)
    assert bool(lab.bill.charges) is (status == 200)


def test_openai_tells_the_last_day_of_its_models(client: Client) -> None:
    days = {m["id"]: m["shutdown_date"] for m in client.get("openai", "/models").json()["data"]}
    assert days["tts-1"] == "2027-01-06"
    assert days["gpt-image-2.5-flare"] is None


def test_a_call_without_the_right_key_is_let_in_nowhere(lab: Lab, client: Client) -> None:
    client.heads = {vendor: {"Authorization": "Bearer other"} for vendor in client.heads}
    told = {
        "openai": client.image(),
        "replicate": client.predict(FLUX, {"prompt": "x"}),
        "fal": client.post("fal", "/fal-ai/flux/dev", {"prompt": "x"}),
        "elevenlabs": client.post("elevenlabs", "/v1/text-to-speech/a", {"text": "x"}),
        "gemini": client.post("gemini", "/v1/models/gemini-3.8-flash-tts:generateContent", SPEAK),
    }
    assert {vendor: reply.status_code for vendor, reply in told.items()} == {
        "openai": 401, "replicate": 401, "fal": 401, "elevenlabs": 401, "gemini": 400,
    }  # fmt: skip
    assert "API_KEY_INVALID" in told["gemini"].text
    assert lab.bill.charges == ()


def test_a_prediction_starts_works_and_ends(lab: Lab, client: Client) -> None:
    lab.bench.queue_s = lab.bench.work_s = 0.15
    made = client.predict(FLUX, {"prompt": "x", "megapixels": "0.25"})
    assert made.status_code == 201
    seen = [made.json()["status"]]
    while seen[-1] != "succeeded":
        time.sleep(0.01)
        now = client.get("replicate", made.json()["urls"]["get"]).json()
        seen += [now["status"]] if now["status"] != seen[-1] else []
    assert seen == ["starting", "processing", "succeeded"]
    assert now["metrics"]["predict_time"] > 1


@pytest.mark.slow
def test_replicate_waits_as_long_as_it_is_told(lab: Lab, client: Client) -> None:
    told = {"prompt": "x", "megapixels": "0.25"}
    assert client.predict(FLUX, told, prefer="wait").json()["status"] == "succeeded"
    lab.bench.work_s = 1.3
    made = client.predict(FLUX, told, prefer="wait=1")
    assert (made.status_code, made.json()["status"]) == (202, "processing")


def test_the_output_is_a_list_or_one_address_as_the_model_has_it(client: Client) -> None:
    two = {"prompt": "x", "num_outputs": 2, "megapixels": "0.25"}
    assert len(client.predict(FLUX, two, prefer="wait").json()["output"]) == 2
    made = client.predict(f"jaaari/kokoro-82m:{KOKORO}", {"text": "Hello."}, prefer="wait").json()
    assert client.http.get(made["output"]).content[:4] == b"RIFF"
    clip = client.predict(
        "wavespeedai/wan-2.1-t2v-480p", {"prompt": "sea", "num_frames": 5}, prefer="wait"
    )
    assert client.http.get(clip.json()["output"]).headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    ("version", "told", "head"),
    [
        (FLUX, {"prompt": "x", "width": 64}, {}),
        (FLUX, {"prompt": "x", "aspect_ratio": "7:5"}, {}),
        (FLUX, {}, {}),
        (FLUX, {"prompt": "x", "image": "data:image/png;base64," + "A" * 300_000}, {}),
        (FLUX, {"prompt": "x"}, {"prefer": "wait=99"}),
        (FLUX, {"prompt": "x"}, {"cancel_after": "2s"}),
        ("jaaari/kokoro-82m", {"text": "a community model without its hash"}, {}),
        ("nobody/nothing", {"prompt": "x"}, {}),
    ],
)
def test_replicate_minds_what_it_is_asked(
    lab: Lab, client: Client, version: str, told: dict[str, Any], head: dict[str, str]
) -> None:
    reply = client.predict(version, told, **head)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert len(lab.violations) == 1


@pytest.mark.slow
def test_replicate_ends_what_lasts_longer_than_the_client_wants(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("stuck", "replicate", "create", 1))
    runs = [client.predict(FLUX, {"prompt": "x"}, cancel_after="5s").json()]
    time.sleep(0.3)
    lab.bench.queue_s = 9
    runs += [client.predict(FLUX, {"prompt": "x"}, cancel_after="5s").json()]
    time.sleep(5.2)
    ended = [client.get("replicate", run["urls"]["get"]).json()["status"] for run in runs]
    assert ended == ["canceled", "aborted"]


def test_a_file_can_be_sent_to_replicate(client: Client) -> None:
    base, head = client.bases["replicate"], client.heads["replicate"]
    data = bytes(range(256)) + b"\r\n\r\n--x\n"
    sent = {"content": ("a.png", data, "image/png")}
    made = client.http.post(f"{base}/files", files=sent, headers=head).json()
    assert made["checksums"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert client.get("replicate", made["urls"]["get"]).json()["content_type"] == "image/png"
    assert client.http.delete(made["urls"]["get"], headers=head).status_code == 204
    assert client.get("replicate", made["urls"]["get"]).status_code == 404


def test_a_key_sent_to_the_file_host_is_refused_and_noted(lab: Lab, client: Client) -> None:
    url = client.flux()["output"][0]
    assert client.get("replicate", url).status_code == 400
    assert "asked for with a key (authorization)" in lab.violations[0]
    assert client.http.get(url).status_code == 200


def test_addresses_of_outputs_expire() -> None:
    with Lab(queue_s=0, work_s=0, expiry_s=0.05) as lab:
        client = Client(lab)
        url = client.flux()["output"][0]
        time.sleep(0.06)
        assert client.http.get(url).status_code == 404
        client.http.close()


def test_fal_drops_the_models_sub_path_from_its_addresses(client: Client) -> None:
    app = "/fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
    made = client.post("fal", app, {"prompt": "sea", "duration": "5"}).json()
    assert f"/fal-ai/kling-video/requests/{made['request_id']}" in made["status_url"]
    assert client.get("fal", made["response_url"]).status_code == 400
    head = client.heads["fal"]
    assert client.http.put(made["cancel_url"], headers=head).status_code in (202, 400)


def test_fal_answers_202_until_the_pictures_are_there(lab: Lab, client: Client) -> None:
    lab.bench.queue_s = 0.1
    made = client.post("fal", "/fal-ai/flux/dev", {"prompt": "x", "image_size": "square"}).json()
    first = client.get("fal", made["status_url"])
    assert (first.status_code, first.json()["status"]) == (202, "IN_QUEUE")
    while (last := client.get("fal", made["status_url"])).status_code == 202:
        time.sleep(0.02)
    assert last.json()["status"] == "COMPLETED"
    told = client.get("fal", made["response_url"]).json()
    assert told["has_nsfw_concepts"] == [False]
    assert client.http.get(told["images"][0]["url"]).headers["content-type"] == "image/jpeg"


def test_fal_takes_durations_as_text_only(client: Client) -> None:
    app = "/fal-ai/veo3.1/fast"
    assert client.post("fal", app, {"prompt": "sea", "duration": 4}).status_code == 422
    assert client.post("fal", app, {"prompt": "sea", "duration": "4"}).status_code == 422


def test_elevenlabs_times_every_character_tags_too(client: Client) -> None:
    text = "[laughs] Well, hello."
    path = "/v1/text-to-speech/abc/with-timestamps?output_format=pcm_24000"
    told = client.post("elevenlabs", path, {"text": text, "model_id": "eleven_v3"})
    assert told.headers["character-cost"] == str(len(text))
    alignment = told.json()["alignment"]
    assert "".join(alignment["characters"]) == text
    assert len(alignment["character_end_times_seconds"]) == len(text)
    seconds = len(base64.b64decode(told.json()["audio_base64"])) / 2 / 24000
    assert 0 < seconds - alignment["character_end_times_seconds"][-1] < 0.2


def test_elevenlabs_takes_no_more_characters_than_it_says(lab: Lab, client: Client) -> None:
    body = {"text": "a" * 3001, "model_id": "eleven_v3"}
    told = client.post("elevenlabs", "/v1/text-to-speech/abc", body)
    assert told.json()["detail"]["status"] == "max_character_limit_exceeded"
    most = {m["model_id"]: m["maximum_text_length_per_request"] for m in
            client.get("elevenlabs", "/v1/models").json()}  # fmt: skip
    assert most["eleven_v3"] == 3000
    assert lab.bill.charges == ()


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_gemini_speaks_bare_samples(client: Client, version: str) -> None:
    path = f"/{version}/models/gemini-3.8-flash-tts:generateContent"
    told = client.post("gemini", path, SPEAK).json()
    sound = told["candidates"][0]["content"]["parts"][0]["inlineData"]
    assert sound["mimeType"] == "audio/L16;codec=pcm;rate=24000"
    seconds = len(base64.b64decode(sound["data"])) / 2 / 24000
    assert told["usageMetadata"]["candidatesTokenCount"] == pytest.approx(seconds * 25, abs=1)


def test_gemini_knows_no_other_keys(client: Client) -> None:
    path = "/v1/models/gemini-3.8-flash-tts:generateContent"
    told = client.post("gemini", path, {**SPEAK, "voice": "Kore"})
    assert (told.status_code, told.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.skipif(not contracts.FOLDER.exists(), reason="the vendors' schemas are not here")
def test_what_the_lab_answers_is_what_the_vendors_say_they_answer(client: Client) -> None:
    def broken(vendor: str, method: str, path: str, status: str, reply: httpx2.Response) -> str:
        way = ("paths", path, method, "responses", status, "content", "application/json", "schema")
        return contracts.breach(vendor, reply.json(), *way)

    image = client.image(size="1536x1024")
    assert broken("openai", "post", "/images/generations", "200", image) == ""
    assert broken("openai", "get", "/models", "200", client.get("openai", "/models")) == ""
    made = client.predict(FLUX, {"prompt": "x", "megapixels": "0.25"})
    assert broken("replicate", "post", "/predictions", "201", made) == ""
    made = client.predict(FLUX, {"prompt": "x", "megapixels": "0.25"}, prefer="wait")
    assert broken("replicate", "post", "/predictions", "201", made) == ""
    path = "/v1/text-to-speech/{voice_id}/with-timestamps"
    timed = client.post("elevenlabs", path.format(voice_id="abc"), {"text": "Hello."})
    assert broken("elevenlabs", "post", path, "200", timed) == ""
    models = client.get("elevenlabs", "/v1/models")
    assert broken("elevenlabs", "get", "/v1/models", "200", models) == ""
