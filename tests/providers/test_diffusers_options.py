"""What a quote of a local model refuses, without the library that would be called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from providers._references import write_reference
from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured
from providers.local.diffusers_options import pipelines
from providers.local.mp4 import write_mp4
from providers.local.weights import FETCHED, weights_place
from providers.requests import ImageRequest, VideoRequest

CATALOG = load_catalog()
LOCAL = {name: m for name, m in CATALOG.models.items() if m.provider == "diffusers"}


def quote(name: str, **told: Any) -> object:
    model = LOCAL[name]
    asked = {"prompt": "a fox", "width": 832, "height": 480, "seed": 1} | told
    common = {"provider": "diffusers", "model": model.id, "prompt": "a fox", "input": asked}
    request: ImageRequest | VideoRequest = ImageRequest(width=832, height=480, **common)
    if model.capability == "video":
        request = VideoRequest(width=832, height=480, duration_s=5, **common)
    return make_provider("diffusers", Path, {}, CATALOG).quote(request)


@pytest.mark.parametrize("name", sorted(LOCAL))
def test_every_local_model_names_a_known_pipeline(name: str) -> None:
    assert LOCAL[name].engine["pipeline"] in pipelines()
    assert LOCAL[name].machine == "here"


@pytest.mark.parametrize(
    ("name", "told", "why"),
    [
        ("local-flux2-klein", {"negative_prompt": "text"}, "takes no 'negative_prompt'"),
        ("local-wan", {"frame_rate": 16}, "WanPipeline takes no 'frame_rate'"),
        ("local-wan", {"image": "0" * 64}, "takes no 'image'"),
        ("local-sdxl", {"generator": 1}, "takes no 'generator'"),
        ("local-sdxl", {"num_images_per_prompt": 4}, "takes no 'num_images_per_prompt'"),
        ("local-sdxl", {"width": 833}, "no width of 833; give a multiple of 8"),
        ("local-wan", {"num_frames": 80}, "no 80 frames; give 5 to 81, in steps of 4"),
        ("local-wan", {"num_frames": 85}, "no 85 frames"),
        ("local-ltx", {"width": 704, "num_frames": 160}, "no 160 frames; give 9 to 161"),
        ("local-wan-i2v", {}, "makes its clips of a picture"),
        ("local-wan-i2v", {"image": ["0" * 64, "1" * 64]}, "takes one picture"),
    ],
)
def test_what_a_pipeline_does_not_take_is_refused_in_one_sentence(
    name: str, told: dict[str, Any], why: str
) -> None:
    with pytest.raises(Misconfigured, match=why) as refused:
        quote(name, **told)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("local-sdxl", {"negative_prompt": "text", "guidance_rescale": 0.7, "clip_skip": 1}),
        ("local-flux2-klein", {"image": ["0" * 64, "1" * 64]}),
        ("local-wan", {"num_frames": 81, "guidance_scale_2": 3.0}),
        ("local-wan-i2v", {"image": "0" * 64, "num_frames": 5}),
        ("local-ltx", {"frame_rate": 24, "num_frames": 9}),
    ],
)
def test_what_it_takes_is_quoted_and_nothing_heavy_is_imported(
    name: str, told: dict[str, Any]
) -> None:
    assert quote(name, **told)
    assert not {"torch", "diffusers", "transformers"} & set(sys.modules)


def test_weights_are_looked_for_in_folders_before_the_hub(tmp_path: Path) -> None:
    model, access = LOCAL["local-wan"], {"MODELS_FOLDER": str(tmp_path)}
    assert weights_place(model, model.id, access) == (model.id, False)
    folder = tmp_path / model.id.replace("/", "--")
    folder.mkdir()
    assert weights_place(model, model.id, access) == (model.id, False), "it is not whole yet"
    (folder / FETCHED).write_text("{}")
    assert weights_place(model, model.id, access) == (str(folder), True)
    with pytest.raises(Misconfigured, match="the weights of local-wan are not in /nowhere"):
        weights_place(model, "/nowhere", access)


def test_frames_become_a_clip_of_their_size_rate_and_colours(tmp_path: Path) -> None:
    frames = np.zeros((7, 34, 62, 3), np.uint8)
    frames[:, :, :31], frames[:, :, 31:] = (200, 30, 30), (20, 60, 220)
    frames.tofile(tmp_path / "raw")
    assert write_mp4(tmp_path / "raw", (62, 34), 24.0, tmp_path / "clip.mp4") == 7
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (62, 34, 24)
        assert stream.codec_context.colorspace == 1
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(shown) == 7
    assert np.abs(shown[3][17, 10].astype(int) - (200, 30, 30)).max() < 6
    assert np.abs(shown[3][17, 50].astype(int) - (20, 60, 220)).max() < 6


def test_a_reference_is_upright_opaque_and_large_enough(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    write_reference(tmp_path / "clear.png", tmp_path / "out.png", None)
    with Image.open(tmp_path / "out.png") as out:
        assert out.mode == "RGB"
        assert min(out.size) >= 64
        assert out.getpixel((0, 0)) == (255, 255, 255)
    Image.new("RGB", (400, 100), "red").save(tmp_path / "wide.png")
    write_reference(tmp_path / "wide.png", tmp_path / "out.png", (64, 32))
    with Image.open(tmp_path / "out.png") as out:
        assert out.size == (64, 32), "a clip's first frame has the clip's shape"
