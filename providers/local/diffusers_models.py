"""Pictures and clips by diffusers on this machine, in a warm process of their own."""

from __future__ import annotations

import asyncio
import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from providers._cloud import Cloud
from providers._references import write_reference
from providers.errors import Failed, Misconfigured
from providers.local.diffusers_options import OURS, PICTURES, refuse_options
from providers.local.mp4 import write_mp4
from providers.local.warm import Died, Refused, warm
from providers.local.weights import is_folder, is_here, repository, wants, weights_place
from providers.models import Model
from providers.notices import listener
from providers.pricing import hardware
from providers.requests import AnyRequest, ImageRequest, LineItem, Made, VideoRequest

RECIPE = "diffusers-1"
"""Raised when the same request to the same weights would come out in another way."""
WORKER = "providers.local.diffusers_worker"
INSTALL = "pip install 'reelwright[diffusers]'"


class Diffusers(Cloud):
    """Any pipeline of diffusers.toml; the catalog's `engine` says which, and how it is loaded."""

    name: ClassVar[str] = "diffusers"

    def engine(self) -> str:
        return RECIPE

    def lacks(self, model: Model) -> str:
        # In an environment of its own nobody can look without starting it.
        if not self.access.get("ENGINES_PYTHON") and importlib.util.find_spec("diffusers") is None:
            return f"{model.name} needs packages; install them with: {INSTALL}"
        if is_folder(named := repository(model)) and not Path(named).expanduser().is_dir():
            return f"the weights of {model.name} are not in {named}; correct your models.toml"
        missing = [want.repository for want in wants(model) if not is_here(want, self.access)]
        if missing:
            return (
                f"the weights {' and '.join(missing)} are not on this machine; fetch them with: "
                f"reelwright models fetch {model.name}"
            )
        return ""

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """Seconds by the machine's rate. Raises Misconfigured for what the pipeline cannot take."""
        lines = super().quote(request)
        refuse_options(self.model_of(request), request)
        return lines

    async def image(self, request: ImageRequest) -> Made:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            told = await self._make(request, out)
            return self._made(request, told, out.read_bytes(), "image/png")

    async def video(self, request: VideoRequest) -> Made:
        fps = float(self.model_of(request).limits["fps"])
        with tempfile.TemporaryDirectory() as folder:
            raw, out = Path(folder) / "out", Path(folder) / "out.mp4"
            told = await self._make(request, raw)
            await asyncio.to_thread(write_mp4, raw, (told["width"], told["height"]), fps, out)
            return self._made(request, told, out.read_bytes(), "video/mp4")

    async def _make(self, request: ImageRequest | VideoRequest, out: Path) -> dict[str, Any]:
        """Has it made into `out`. Raises Failed, or Misconfigured for what is not installed."""
        model = self.model_of(request)
        pictures = await asyncio.to_thread(self._pictures, request, out.parent)
        asked = self._asked(model, request, pictures) | {"out": str(out)}
        hear, process = listener.get(), warm(self.access.get("ENGINES_PYTHON", ""), WORKER)
        try:
            return await process.ask(asked, lambda words: hear(f"{model.name}: {words}"))
        except Refused as refused:
            if refused.kind == "missing":
                raise Misconfigured(
                    f"{model.name} cannot be loaded ({refused}); {INSTALL}, and see "
                    f"`reelwright models {model.name}`"
                ) from refused
            seen = hardware(model, refused.told.get("seconds", 0))
            raise Failed(f"{model.name}: {refused}", self.bill(request, seen)) from refused
        except Died as died:
            raise Failed(f"{model.name}: {died}") from died

    def _asked(
        self,
        model: Model,
        request: ImageRequest | VideoRequest,
        pictures: Mapping[str, str | list[str]],
    ) -> dict[str, Any]:
        """The question to the worker, as `providers.local.diffusers_worker.make` reads it."""
        told = request.input
        call = {k: v for k, v in told.items() if k not in pictures and k not in OURS}
        limits = model.limits
        frames = {"least": limits.get("least_frames", 1), "step": limits.get("frame_step", 1)}
        return {
            "do": "make",
            "device": self.access.get("ENGINES_DEVICE", ""),
            "keep_gib": self.access.get("ENGINES_MEMORY_GIB", "0"),
            "load": self._load(model, "ip_adapter_image" in pictures),
            "call": call,
            "pictures": pictures,
            "seed": told.get("seed", request.seed),
            "frames": frames if isinstance(request, VideoRequest) else {},
        }

    def _load(self, model: Model, with_adapter: bool) -> dict[str, Any]:
        engine = model.engine
        weights, offline = weights_place(model, repository(model), self.access)
        dtype = engine.get("dtype", "bfloat16")
        told = {
            "name": model.name,
            "pipeline": engine["pipeline"],
            "weights": weights,
            "offline": offline,
            "dtype": {"default": dtype} | dict(engine.get("dtypes", {})),
            "variant": engine.get("variant", ""),
            "revision": engine.get("revision", ""),
        }
        if with_adapter:
            adapter = engine.get("adapter")
            if not adapter:
                raise Misconfigured(
                    f"{model.name} has no adapter for a character's picture; "
                    f"give it one under [models.{model.name}.engine.adapter]"
                )
            place, _ = weights_place(model, adapter["weights"], self.access)
            told["adapter"] = dict(adapter) | {"weights": place}
        return told

    def _pictures(
        self, request: ImageRequest | VideoRequest, folder: Path
    ) -> dict[str, str | list[str]]:
        """The pictures that a request refers to, by option, as files below `folder`."""
        told = request.input
        frame = (told["width"], told["height"]) if isinstance(request, VideoRequest) else None

        def written(digest: str) -> str:
            out = folder / f"{digest[:16]}.png"
            try:
                write_reference(self.open_input(digest), out, frame)
            except (OSError, ValueError) as wrong:
                raise Failed(f"the picture {digest[:16]} cannot be read: {wrong}") from wrong
            return str(out)

        return {
            name: [written(digest) for digest in told[name]]
            if isinstance(told[name], list)
            else written(told[name])
            for name in PICTURES
            if name in told
        }

    def _made(
        self,
        request: ImageRequest | VideoRequest,
        told: Mapping[str, Any],
        data: bytes,
        media_type: str,
    ) -> Made:
        model = self.model_of(request)
        facts: dict[str, Any] = {
            "engine": {key: told[key] for key in ("device", "seconds", "peak_gib")}
        }
        if told["eased"]:
            facts["notes"] = [f"{model.name}: memory was full: {'; '.join(told['eased'])}"]
        bill = self.bill(request, hardware(model, told["seconds"]))
        return Made(data=data, media_type=media_type, facts=facts, bill=bill)
