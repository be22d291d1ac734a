"""Delivery after success, and the POST that tells others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flows.delivery.webhooks import signature
from providers.shelves import Bucket
from providers.store import digest_of
from tests.flows.films import SCRIPT, make, receipt, reelwright
from tests.s3 import S3Server

pytestmark = pytest.mark.slow
SECRET = "whsec_" + base64.b64encode(b"a secret of ours").decode()


class Told(NamedTuple):
    head: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


class Listener:
    """Someone who is told: `answers` are given in order, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.told: list[Told] = []
        self.url = ""


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.told.append(Told({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(heard.answers.pop(0) if heard.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}/hook?token=hidden"
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT)
    return path


def files(folder: Path) -> dict[str, str]:
    return {p.name: digest_of(p) for p in folder.iterdir() if p.is_file()}


def test_a_film_is_copied_once_and_again_only_when_it_changed(tmp_path: Path, script: Path) -> None:
    to = tmp_path / "shared"
    film = make(script, tmp_path, DELIVER_TO=str(to))
    there, here = files(to / "tides"), files(tmp_path / "films" / "tides")
    assert there.pop("delivery.json")
    assert set(there) == set(here)
    assert {n for n in here if here[n] != there[n]} == {"receipt.json"}, "it tells of the delivery"
    assert receipt(film)["delivered"][0]["state"] == "delivered"

    video = to / "tides" / "video.mp4"
    os.utime(video, (0, 0))
    again = make(script, tmp_path, DELIVER_TO=str(to))
    assert receipt(again)["delivered"][0]["state"] == "unchanged"
    assert video.stat().st_mtime == 0

    script.write_text(SCRIPT.replace("closing: The end\n", "captions: none\n"))
    changed = make(script, tmp_path, DELIVER_TO=str(to))
    assert receipt(changed)["delivered"][0]["state"] == "delivered"
    assert digest_of(video) == receipt(changed)["film_digest"]
    assert not (to / "tides" / "captions.srt").exists(), "what the film has not goes there too"


@pytest.mark.xdist_group("s3")
def test_a_film_is_delivered_to_a_bucket(
    tmp_path: Path, script: Path, s3: S3Server, bucket: str
) -> None:
    film = make(script, tmp_path, DELIVER_TO=f"s3://{bucket}/out", **s3.environment)
    shelf = Bucket(f"s3://{bucket}/out", s3.access)
    names = {entry.name for entry in shelf.entries("tides")}
    assert {"tides/video.mp4", "tides/poster.jpg", "tides/delivery.json"} <= names
    assert "tides/delivery.part.json" not in names
    told = json.loads(shelf.read("tides/delivery.json") or b"")
    video = shelf.read("tides/video.mp4") or b""
    assert told["files"]["video.mp4"] == hashlib.sha256(video).hexdigest()
    assert told["film"] == receipt(film)["film_digest"]


def test_a_delivery_that_cannot_be_is_said_and_made_good_by_the_next_run(
    tmp_path: Path, script: Path
) -> None:
    to = tmp_path / "shared"
    to.write_text("a file where the folder should be")
    done = reelwright(
        "make", script, "--out", tmp_path / "films", home=tmp_path, DELIVER_TO=str(to)
    )
    assert done.returncode == 0
    assert f"note: not delivered to {to}/tides:" in done.stdout
    assert "the next run tries again" in done.stdout
    to.unlink()
    make(script, tmp_path, DELIVER_TO=str(to))
    assert (to / "tides" / "delivery.json").exists()


def test_another_scripts_film_is_not_overwritten_where_films_are_delivered(
    tmp_path: Path, script: Path
) -> None:
    to = tmp_path / "shared"
    make(script, tmp_path, DELIVER_TO=str(to))
    before = digest_of(to / "tides" / "video.mp4")
    other = tmp_path / "other" / "sea.md"
    other.parent.mkdir()
    other.write_text(SCRIPT.replace("twice", "three times"))
    told = receipt(make(other, other.parent, DELIVER_TO=str(to)))
    assert told["delivered"][0]["state"] == "failed"
    assert "the film of another script (tides.md) lies there" in told["delivered"][0]["why"]
    assert digest_of(to / "tides" / "video.mp4") == before


def test_a_finished_film_is_told_with_a_signature_and_once(
    tmp_path: Path, script: Path, listener: Listener
) -> None:
    hook = {"WEBHOOK_URL": listener.url, "WEBHOOK_SECRET": SECRET}
    film = make(script, tmp_path, **hook)
    (told,) = listener.told
    number, at_s = told.head["webhook-id"], told.head["webhook-timestamp"]
    signed = f"{number}.{at_s}.".encode() + told.body
    expected = base64.b64encode(hmac.new(b"a secret of ours", signed, hashlib.sha256).digest())
    assert told.head["webhook-signature"] == "v1," + expected.decode()
    assert told.message["type"] == "film.done"
    data = told.message["data"]
    assert (data["slug"], data["state"], data["usd"]) == ("tides", "done", 0.0)
    assert data["links"]["video"] == film["video"]
    assert data["receipt"]["film_digest"] == receipt(film)["film_digest"]
    make(script, tmp_path, **hook)
    assert len(listener.told) == 1, "nothing had changed"
    assert "hidden" not in (Path(film["video"]).parent / "receipt.json").read_text()


def test_what_nobody_took_is_told_by_a_later_run(
    tmp_path: Path, script: Path, listener: Listener
) -> None:
    listener.answers = [500, 503, 404]
    hook = {"WEBHOOK_URL": listener.url}
    told = receipt(make(script, tmp_path, **hook))
    assert told["delivered"][0]["why"] == "it answered 404"
    assert told["notes"][-1].startswith("not delivered to http://127.0.0.1:")
    script.write_text(SCRIPT.replace("twice", "two times"))
    make(script, tmp_path, **hook)
    numbers = [told.head["webhook-id"] for told in listener.told]
    assert len(set(numbers[:3])) == 1, "the same message is tried three times"
    assert set(numbers[3:]) == {numbers[0], numbers[3]}
    assert numbers[3] != numbers[0]
    assert listener.told[4].body == listener.told[0].body
    assert "webhook-signature" not in listener.told[0].head
    assert not list((tmp_path / "outbox").glob("*.json"))


def test_a_film_that_stopped_by_budget_is_told(tmp_path: Path, listener: Listener) -> None:
    script = tmp_path / "paid.md"
    script.write_text("## One\nThe Moon pulls at the sea.\n\n@prompt: a moon\n")
    done = reelwright(
        "make", script, "--tier", "1", "--budget", "0.001", home=tmp_path,
        WEBHOOK_URL=listener.url, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:9",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    (told,) = listener.told
    assert told.message["type"] == "film.stopped_by_budget"
    assert "0.001" in told.message["data"]["reason"]


def test_the_signature_is_that_of_the_published_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks: the specification's test vector.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
