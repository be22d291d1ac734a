"""Servers of one's own in the lab: they refuse what the real ones would, and write it down."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.lab.local_server import LocalServer
from tests.lab.server import Lab

HEAD = {"Authorization": f"Bearer {LocalServer.key}"}
SAVE = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}
LATENT = {"class_type": "EmptyLatentImage",
          "inputs": {"width": 64, "height": 64, "batch_size": 1}}  # fmt: skip


@pytest.fixture(scope="module")
def opened() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Lab:
    opened.reset()
    return opened


def queue(lab: Lab, graph: dict[str, Any]) -> httpx2.Response:
    body = {"prompt": graph, "prompt_id": str(uuid.uuid4()), "client_id": "test"}
    url = lab.access["SERVERS=comfyui="]
    return httpx2.post(f"{url}/prompt", json=body, headers=HEAD)


def test_a_link_of_another_type_is_told_at_its_node(lab: Lab) -> None:
    answer = queue(lab, {"1": LATENT, "2": SAVE})
    assert answer.status_code == 400
    (error,) = answer.json()["node_errors"]["2"]["errors"]
    assert error["message"] == "Return type mismatch between linked nodes: LATENT IMAGE"
    assert lab.violations


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        ({"1": LATENT}, "Prompt has no outputs"),
        ({"1": {"class_type": "Magic", "inputs": {}}, "2": SAVE}, "node Magic"),
    ],
)
def test_a_graph_that_cannot_run_is_refused(lab: Lab, graph: dict[str, Any], told: str) -> None:
    answer = queue(lab, graph)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert lab.violations


def test_a_form_with_a_field_that_nobody_knows_is_refused(lab: Lab) -> None:
    url = lab.access["SERVERS=video="]
    told = {"prompt": (None, "a fox"), "colour": (None, "red")}
    answer = httpx2.post(f"{url}/videos", files=told, headers=HEAD)
    assert answer.status_code == 400
    assert "colour" in answer.text
    assert lab.violations


def test_without_its_key_nothing_is_answered(lab: Lab) -> None:
    for name, path in (("comfyui", "/queue"), ("kokoro", "/models")):
        assert httpx2.get(lab.access[f"SERVERS={name}="] + path).status_code == 401
