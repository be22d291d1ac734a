"""Models that are loaded: the ones used last are kept, by size, and freed for others."""

from __future__ import annotations

import gc
import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from providers.local.diffusers_ease import OFFLOADED, TILED, is_memory

SHARE_OF_DEVICE, SHARE_OF_MACHINE = 0.8, 0.5
"""How much of the memory loaded models may take where nobody says."""
_WEIGHTS = (".safetensors", ".bin")


class Loaded:
    """One pipeline with its weights; `size` in bytes."""

    def __init__(self, name: str, pipeline: Any, device: str) -> None:
        self.name, self.pipeline, self._device = name, pipeline, device
        self.size = sum(
            part.numel() * part.element_size()
            for module in _modules(pipeline)
            for part in (*module.parameters(), *module.buffers())
        )
        self.eased: list[str] = []
        self.ways: list[tuple[str, Callable[[], None]]] = []
        if device != "cpu":
            self.ways.append((OFFLOADED, self.offload))
        if hasattr(getattr(pipeline, "vae", None), "enable_tiling"):
            self.ways.append((TILED, self._tile))

    def offload(self) -> None:
        """Parts come to the device one by one; they leave it first, or the move itself is full."""
        self.pipeline.to("cpu")
        _forget()
        self.pipeline.enable_model_cpu_offload(device=self._device)

    def _tile(self) -> None:
        self.pipeline.vae.enable_tiling()
        if hasattr(self.pipeline.vae, "enable_slicing"):
            self.pipeline.vae.enable_slicing()


class Shelf:
    """All loaded pipelines of this process, on one device: `cuda:1`, `mps`, `cpu`; empty: the best.

    `keep_gib` is what they may take together; 0: four fifths of the device, half of a machine.
    """

    def __init__(self, device: str, keep_gib: float) -> None:
        import torch

        best = "mps" if torch.backends.mps.is_available() else "cpu"
        self.device = device or ("cuda" if torch.cuda.is_available() else best)
        self._is_cuda = self.device.startswith("cuda")
        self._most = keep_gib * 2**30 or self._usual()
        self._kept: OrderedDict[str, Loaded] = OrderedDict()

    def loaded(self, how: Mapping[str, Any], tell: Callable[[str], None]) -> Loaded:
        """The pipeline that `how` describes, loaded now or before; it was used last from now on."""
        key = json.dumps(how, sort_keys=True)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._evict(self._most - _size_on_disk(str(how["weights"])))
        tell("loading")
        loaded = self._load(how)
        self._kept[key] = loaded
        self._evict(self._most, keep=loaded)
        return loaded

    def make_room(self, keep: Loaded) -> bool:
        """Frees all other pipelines; False when there were none."""
        others = [key for key, loaded in self._kept.items() if loaded is not keep]
        for key in others:
            del self._kept[key]
        _forget()
        return bool(others)

    def free(self) -> None:
        """Frees all."""
        self._kept.clear()
        _forget()

    def state(self) -> dict[str, Any]:
        """What is loaded, and the device's memory: GiB."""
        free, total = self._memory()
        return {
            "device": self.device,
            "loaded": {
                loaded.name: round(loaded.size / 2**30, 3) for loaded in self._kept.values()
            },
            "free_gib": round(free / 2**30, 2),
            "total_gib": round(total / 2**30, 2),
        }

    def watch_memory(self) -> None:
        """From here on the peak is measured."""
        import torch

        if self._is_cuda:
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak_gib(self) -> float | None:
        """The most that the device held since then, in GiB; None where it is not measured."""
        import torch

        if not self._is_cuda:
            return None
        return round(int(torch.cuda.max_memory_allocated(self.device)) / 2**30, 2)

    def _evict(self, most: float, keep: Loaded | None = None) -> None:
        """Frees what was used longest ago until the rest takes `most` bytes."""
        while self._kept and sum(loaded.size for loaded in self._kept.values()) > most:
            oldest = next(iter(self._kept))
            if self._kept[oldest] is keep:
                break
            del self._kept[oldest]
            _forget()

    def _load(self, how: Mapping[str, Any]) -> Loaded:
        import diffusers

        diffusers.utils.logging.set_verbosity_error()
        diffusers.utils.logging.disable_progress_bar()
        kind = getattr(diffusers, how["pipeline"])
        told = {"variant": how["variant"]} if how.get("variant") else {}
        if how.get("revision"):
            told["revision"] = how["revision"]
        pipeline = kind.from_pretrained(
            how["weights"], dtype=self._types(how), local_files_only=how["offline"], **told
        )
        pipeline.set_progress_bar_config(disable=True)
        if adapter := how.get("adapter"):
            _add_adapter(pipeline, adapter, how["offline"])
        loaded = Loaded(how["name"], pipeline, self.device)
        try:
            pipeline.to(self.device)
        except Exception as wrong:
            if self.device == "cpu" or not is_memory(wrong):
                raise
            self.make_room(loaded)
            words, ease = loaded.ways.pop(0)
            ease()
            loaded.eased.append(words)
        return loaded

    def _types(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """The number formats of a pipeline's parts; a processor calculates in single precision."""
        import torch

        if self.device == "cpu":
            return {"default": torch.float32}
        return {part: getattr(torch, named) for part, named in how["dtype"].items()}

    def _usual(self) -> float:
        return self._memory()[1] * (SHARE_OF_MACHINE if self.device == "cpu" else SHARE_OF_DEVICE)

    def _memory(self) -> tuple[int, int]:
        """Bytes that are free, and bytes in all."""
        import torch

        if self._is_cuda:
            free, total = torch.cuda.mem_get_info(self.device)
            return int(free), int(total)
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_AVPHYS_PAGES"), page * os.sysconf("SC_PHYS_PAGES")


def _modules(pipeline: Any) -> list[Any]:
    return [part for part in pipeline.components.values() if hasattr(part, "parameters")]


def _add_adapter(pipeline: Any, adapter: Mapping[str, Any], offline: bool) -> None:
    """An IP-Adapter: it makes pictures like the one that is given with a prompt."""
    import transformers

    if adapter.get("encoder") and pipeline.image_encoder is None:
        encoder = transformers.CLIPVisionModelWithProjection.from_pretrained(
            adapter["weights"], subfolder=adapter["encoder"], dtype=pipeline.dtype,
            local_files_only=offline,
        )  # fmt: skip
        # The plain class wants torchvision, which does not go with every torch.
        side = encoder.config.image_size
        extractor = transformers.CLIPImageProcessorPil(size=side, crop_size=side)
        pipeline.register_modules(image_encoder=encoder, feature_extractor=extractor)
    pipeline.load_ip_adapter(
        adapter["weights"], subfolder=adapter.get("subfolder", ""), weight_name=adapter["file"],
        image_encoder_folder=None, local_files_only=offline,
    )  # fmt: skip
    pipeline.set_ip_adapter_scale(float(adapter.get("scale", 0.6)))


def _size_on_disk(weights: str) -> int:
    """Bytes of the weights in a folder; 0 for what is not one."""
    folder = Path(weights)
    if not folder.is_dir():
        return 0
    return sum(p.stat().st_size for p in folder.rglob("*") if p.suffix in _WEIGHTS)


def _forget() -> None:
    """Gives memory that nothing holds any more back to the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
