"""Engines of diffusers on tiny random weights, through the code that loads real ones."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from providers import notices
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured
from providers.local.diffusers_models import WORKER, Diffusers
from providers.local.diffusers_options import pipelines
from providers.local.warm import warm
from providers.requests import ImageRequest, Made, VideoRequest
from tests.providers.tiny_diffusers import write, write_adapter

pytestmark = pytest.mark.engine
REFERENCE = hashlib.sha256(b"red").hexdigest()
OTHER = hashlib.sha256(b"green").hexdigest()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny pipeline, written when it is first asked for."""
    folder = tmp_path_factory.mktemp("weights")

    def folder_of(kind: str) -> Path:
        path = folder / kind
        if not path.exists():
            (write_adapter(folder) if kind == "adapter" else write(kind, folder))
        return path

    return folder_of


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    warm("", WORKER).end()


def opened(folder: Path, name: str, **engine: Any) -> Diffusers:
    """The shipped entry `name` with its weights in `folder`, and two pictures to refer to."""
    catalog = load_catalog()
    model = catalog.models[name]
    told = model.engine | {"weights": str(folder)} | engine
    told.pop("variant", None)
    catalog = catalog.model_copy(
        update={"models": {name: model.model_copy(update={"engine": told})}}
    )
    for digest, color in ((REFERENCE, "red"), (OTHER, "green")):
        Image.new("RGB", (48, 48), color).save(folder.parent / digest, "PNG")
    found = make_provider("diffusers", lambda digest: folder.parent / digest, {}, catalog)
    assert isinstance(found, Diffusers)
    return found


def picture_of(provider: Diffusers, seed: int = 3, **told: Any) -> Made:
    (model,) = provider.models.values()
    asked = {k: v for k, v in model.input.items() if not str(v).startswith("{")}
    asked |= {"prompt": "a fox", "width": 96, "height": 64, "num_inference_steps": 2} | told
    request = ImageRequest(
        provider="diffusers", model=model.id, width=96, height=64, prompt="a fox",
        input=asked | {"seed": seed},
    )  # fmt: skip
    provider.quote(request)
    return asyncio.run(provider.image(request))


def clip_of(provider: Diffusers, seed: int = 3, **told: Any) -> Made:
    (model,) = provider.models.values()
    asked = {k: v for k, v in model.input.items() if not str(v).startswith("{")}
    asked |= {"prompt": "a fox", "width": 64, "height": 32, "num_inference_steps": 2, "seed": seed}
    if "frame_rate" in model.input:
        asked["frame_rate"] = model.limits["fps"]
    request = VideoRequest(
        provider="diffusers", model=model.id, width=64, height=32, prompt="a fox",
        duration_s=1, input=asked | {"num_frames": 9, "max_sequence_length": 16} | told,
    )  # fmt: skip
    provider.quote(request)
    return asyncio.run(provider.video(request))


def pixels(made: Made) -> np.ndarray[Any, Any]:
    with Image.open(io.BytesIO(made.data or b"")) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_what_the_pipelines_take_is_what_the_data_says() -> None:
    import diffusers

    for name, told in pipelines().items():
        signature = inspect.signature(getattr(diffusers, name).__call__).parameters
        real = [p for p in signature if p not in ("self", "kwargs")]
        assert list(told.takes) == real, name
        assert ("num_frames" in real) == (told.makes == "video")
        assert bool(told.pictures) == ("image" in real)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("local-sdxl", "sdxl"), ("local-flux-schnell", "flux"), ("local-flux-dev", "flux"),
     ("local-flux2-klein", "flux2-klein")],
)  # fmt: skip
def test_a_picture_has_its_size_and_comes_again_from_its_seed(
    weights: Callable[[str], Path], name: str, kind: str
) -> None:
    provider = opened(weights(kind), name)
    made = picture_of(provider)
    assert pixels(made).shape == (64, 96, 3)
    assert picture_of(provider).data == made.data
    assert picture_of(provider, seed=4).data != made.data
    (line,) = made.bill
    assert line.unit == "second of here"
    assert line.quantity > 0
    assert line.usd == 0


def test_the_pictures_of_characters_change_what_is_made(weights: Callable[[str], Path]) -> None:
    provider = opened(weights("flux2-klein"), "local-flux2-klein")
    plain = pixels(picture_of(provider))
    one, both = ([REFERENCE], [REFERENCE, OTHER])
    seen = [pixels(picture_of(provider, image=image)) for image in (one, both)]
    assert not np.array_equal(plain, seen[0])
    assert not np.array_equal(seen[0], seen[1])


def test_an_adapter_is_loaded_for_the_picture_of_a_character(
    weights: Callable[[str], Path],
) -> None:
    adapter = {
        "weights": str(weights("adapter")), "subfolder": "models", "file": "tiny.safetensors",
        "encoder": "models/image_encoder", "scale": 1.0,
    }  # fmt: skip
    provider = opened(weights("sdxl"), "local-sdxl", adapter=adapter)
    plain = pixels(picture_of(provider))
    red = pixels(picture_of(provider, ip_adapter_image=REFERENCE))
    assert not np.array_equal(plain, red)
    assert np.array_equal(red, pixels(picture_of(provider, ip_adapter_image=REFERENCE)))


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [("local-wan", "wan", {}), ("local-wan22", "wan22", {}),
     ("local-wan-i2v", "wan-i2v", {"image": REFERENCE}),
     ("local-wan22-i2v", "wan22-i2v", {"image": REFERENCE}),
     ("local-ltx", "ltx", {}), ("local-ltx-i2v", "ltx", {"image": REFERENCE}),
     ("local-hunyuan", "hunyuan", {})],
)  # fmt: skip
def test_a_clip_has_its_size_frames_and_rate_and_comes_again_from_its_seed(
    weights: Callable[[str], Path], name: str, kind: str, told: dict[str, Any]
) -> None:
    provider = opened(weights(kind), name)
    made = clip_of(provider, **told)
    with av.open(io.BytesIO(made.data or b"")) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        (model,) = provider.models.values()
        assert (stream.width, stream.height, frames) == (64, 32, 9)
        assert stream.average_rate == model.limits["fps"]
    assert clip_of(provider, **told).data == made.data
    assert clip_of(provider, seed=4, **told).data != made.data


def test_progress_is_told_step_by_step(weights: Callable[[str], Path]) -> None:
    told: list[str] = []
    token = notices.listener.set(told.append)
    try:
        picture_of(opened(weights("sdxl"), "local-sdxl"), num_inference_steps=3)
    finally:
        notices.listener.reset(token)
    assert told[-3:] == [f"local-sdxl: step {n} of 3" for n in (1, 2, 3)]


def test_weights_of_another_kind_are_a_failure_that_names_the_model(
    weights: Callable[[str], Path],
) -> None:
    with pytest.raises((Failed, Misconfigured), match="local-flux-schnell"):
        picture_of(opened(weights("sdxl"), "local-flux-schnell"))
    assert picture_of(opened(weights("sdxl"), "local-sdxl")).data, "the engine goes on"


def test_a_full_memory_gives_up_as_little_as_it_takes(
    weights: Callable[[str], Path], tmp_path: Path
) -> None:
    import torch

    from providers.local.diffusers_ease import TILED
    from providers.local.diffusers_shelf import Shelf
    from providers.local.diffusers_worker import make

    shelf = Shelf("cpu", 0)
    asked = {
        "load": how("WanPipeline", weights("wan")),
        "call": {"prompt": "a fox", "width": 64, "height": 32, "num_frames": 9,
                 "num_inference_steps": 1, "max_sequence_length": 16},
        "pictures": {}, "seed": 1, "frames": {"least": 5, "step": 4}, "out": str(tmp_path / "o"),
    }  # fmt: skip
    vae = shelf.loaded(asked["load"], print).pipeline.vae
    real = vae.decode

    def decode(latents: Any, **told: Any) -> Any:
        if not vae.use_tiling or latents.shape[2] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(latents, **told)

    vae.decode = decode
    told = make(shelf, asked, lambda _told: None)
    assert told["eased"] == [TILED, "5 frames instead of 9"]
    assert told["frames"] == 5
    assert (tmp_path / "o").stat().st_size == 5 * 64 * 32 * 3


def test_the_model_used_longest_ago_is_freed_for_another(weights: Callable[[str], Path]) -> None:
    import gc
    import weakref

    from providers.local.diffusers_shelf import Shelf

    shelf = Shelf("cpu", 0.0001)
    first = weakref.ref(
        shelf.loaded(how("StableDiffusionXLPipeline", weights("sdxl")), print).pipeline
    )
    second = shelf.loaded(how("FluxPipeline", weights("flux")), print)
    assert list(shelf.state()["loaded"]) == ["FluxPipeline"]
    gc.collect()
    assert first() is None, "its memory is free"
    assert shelf.loaded(how("FluxPipeline", weights("flux")), print) is second


def how(pipeline: str, folder: Path) -> dict[str, Any]:
    """How the worker is told to load a pipeline."""
    return {
        "name": pipeline, "pipeline": pipeline, "weights": str(folder), "offline": True,
        "dtype": {"default": "float32"}, "variant": "", "revision": "",
    }  # fmt: skip
