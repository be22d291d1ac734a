"""The shipped workflows, against what ComfyUI's own source says of its nodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers._workflows import NAME, SHIPPED, title_of, workflow_of
from providers.catalog import load_catalog
from providers.errors import Misconfigured
from providers.models import Model
from providers.templates import placed, places
from tests.lab.comfy_nodes import NODES, faults_of

NAMES = sorted(path.stem for path in SHIPPED.glob("*.json"))
FILES = ("checkpoint", "unet", "clip", "clip_l", "t5", "llava", "vae", "clip_vision", "image",
         "audio", "audio_encoder", "prompt", "negative", NAME)  # fmt: skip
NUMBERS = {"width": 832, "height": 480, "frames": 81, "fps": 16, "seed": 7, "steps": 20,
           "cfg": 6.0, "shift": 8.0, "guidance": 3.5}  # fmt: skip


def of(workflow: str) -> Model:
    return Model(
        name="mine", provider="comfyui", id="mine", capability="image", licence="x",
        commercial="yes", engine={"workflow": workflow},
    )  # fmt: skip


def told(name: str) -> Any:
    return json.loads((SHIPPED / f"{name}.json").read_text())


def test_there_is_a_workflow_for_every_model_that_is_asked_for() -> None:
    assert NAMES == [
        "flux", "hunyuan-video", "liveportrait-s2v", "ltx-video", "sdxl", "wan-i2v", "wan-s2v",
        "wan-t2v",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_node_is_known_and_every_input_and_link_is_of_its_type(name: str) -> None:
    graph = placed(told(name), dict.fromkeys(FILES, "given") | NUMBERS)
    assert {node["class_type"] for node in graph.values()} <= set(NODES)
    assert faults_of(graph) == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_node_leads_to_the_one_that_saves(name: str) -> None:
    graph = told(name)
    (last,) = [n for n, node in graph.items() if NODES[node["class_type"]].saves]
    reached, left = set[str](), [last]
    while left:
        node = left.pop()
        reached.add(node)
        left += [v[0] for v in graph[node]["inputs"].values() if isinstance(v, list)]
    assert reached == set(graph)
    saves = NODES[graph[last]["class_type"]].saves
    assert saves == ("image" if name in ("sdxl", "flux") else "video")


@pytest.mark.parametrize("name", NAMES)
def test_seed_prompt_and_size_are_those_of_the_order(name: str) -> None:
    assert {"prompt", "seed", "width", "height", NAME} <= places(told(name))


def test_the_catalog_gives_every_workflow_what_it_wants_and_nothing_else() -> None:
    models = [m for m in load_catalog().models.values() if m.provider == "comfyui"]
    assert len(models) == 9
    for model in models:
        assert workflow_of(model).wanted() == set(model.input), model.name


def test_an_empty_text_and_a_brace_in_a_prompt_stay_as_they_are() -> None:
    graph = {"1": {"inputs": {"text": "{prompt}", "other": "", "seed": "{seed}"}}}
    assert placed(graph, {"prompt": "a {red|blue} fox", "seed": 3}) == {
        "1": {"inputs": {"text": "a {red|blue} fox", "other": "", "seed": 3}}
    }


def test_a_workflow_of_ones_own_is_a_path(tmp_path: Path) -> None:
    mine = tmp_path / "mine.json"
    mine.write_text((SHIPPED / "sdxl.json").read_text())
    assert workflow_of(of(str(mine))) == workflow_of(of("sdxl"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "shipped are flux, hunyuan-video"),
        ("{", "cannot be read"),
        ('{"nodes": [], "links": []}', r"choose Export \(API\)"),
        ("[]", r"choose Export \(API\)"),
    ],
)
def test_a_file_that_is_no_workflow_is_told(content: str | None, why: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Misconfigured, match=why):
        workflow_of(of(str(path)))


def test_a_node_is_called_by_number_kind_and_title() -> None:
    graph = told("sdxl")
    assert title_of(graph, "2") == "node 2 (CLIPTextEncode, positive)"
    assert title_of(graph, "5") == "node 5 (KSampler)"
    assert title_of(graph, "99") == "node 99 (?)"
