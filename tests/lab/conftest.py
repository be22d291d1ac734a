"""A lab without faults, and clients that hold the right keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.lab.server import Lab


class Client:
    """Talks to a lab as each vendor's client would."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.http = httpx2.Client(timeout=20)
        keys = lab.urls
        self.heads = {
            "openai": {"Authorization": f"Bearer {keys['OPENAI_API_KEY']}"},
            "replicate": {"Authorization": f"Bearer {keys['REPLICATE_API_TOKEN']}"},
            "fal": {"Authorization": f"Key {keys['FAL_KEY']}"},
            "elevenlabs": {"xi-api-key": keys["ELEVENLABS_API_KEY"]},
            "gemini": {"x-goog-api-key": keys["GEMINI_API_KEY"]},
        }
        self.bases = {
            "openai": keys["OPENAI_BASE_URL"],
            "replicate": keys["REPLICATE_BASE_URL"],
            "fal": keys["FAL_QUEUE_URL"],
            "elevenlabs": keys["ELEVENLABS_BASE_URL"],
            "gemini": keys["GEMINI_BASE_URL"],
        }

    def post(self, vendor: str, path: str, body: Any, **head: str) -> httpx2.Response:
        headers = self.heads[vendor] | {k.replace("_", "-"): v for k, v in head.items()}
        return self.http.post(self.bases[vendor] + path, json=body, headers=headers)

    def get(self, vendor: str, url: str) -> httpx2.Response:
        url = url if url.startswith("http") else self.bases[vendor] + url
        return self.http.get(url, headers=self.heads[vendor])

    def image(self, prompt: str = "a fox", **more: Any) -> httpx2.Response:
        body = {"model": "gpt-image-2.5-flare", "prompt": prompt, "size": "1536x864"}
        return self.post("openai", "/images/generations", {**body, "quality": "low", **more})

    def speech(self, text: str = "Hello there.", **more: Any) -> httpx2.Response:
        body = {"model": "tts-1", "voice": "alloy", "input": text}
        return self.post("openai", "/audio/speech", {**body, **more})

    def predict(self, version: str, told: Any, **head: str) -> httpx2.Response:
        return self.post("replicate", "/predictions", {"version": version, "input": told}, **head)

    def flux(self, prompt: str = "a fox", **head: str) -> dict[str, Any]:
        """A prediction of flux, as it stands when it is over."""
        told = {"prompt": prompt, "aspect_ratio": "16:9", "megapixels": "0.25"}
        made = self.predict("black-forest-labs/flux-dev", told, **head).json()
        while made["status"] in ("starting", "processing"):
            time.sleep(0.02)
            made = self.get("replicate", made["urls"]["get"]).json()
        return dict(made)

    def queue(self, app: str, told: Any) -> httpx2.Response:
        """The result of an order in fal's queue."""
        made = self.post("fal", f"/{app}", told).json()
        while self.get("fal", made["status_url"]).status_code == 202:
            time.sleep(0.02)
        return self.get("fal", made["response_url"])


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(queue_s=0.02, work_s=0.02) as lab:
        yield lab


@pytest.fixture
def client(lab: Lab) -> Iterator[Client]:
    client = Client(lab)
    yield client
    client.http.close()
