"""How servers of one's own are: asked by the route that each kind has, and nothing is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers._http import call
from providers._servers import server_of
from providers.errors import Failed, ProviderError
from providers.models import Model

PATIENCE_S = 5.0
ROUTES = {"cog": "/health-check", "comfyui": "/system_stats", "http-worker": "/health"}
"""By provider; servers with OpenAI's routes list their models."""
GIB = 2**30


async def health_of(access: Mapping[str, str], model: Model) -> tuple[bool, str]:
    """Whether the server of `model` answers, and what it says of itself, in a sentence.

    Cog tells its state, ComfyUI its version and its devices' memory, workers their model and queue.
    """
    try:
        vendor = server_of(access, model)
        url = vendor.base + ROUTES.get(model.provider, "/models")
        said = (await call(vendor, "GET", url, patience_s=PATIENCE_S)).json()
    except Failed:
        # A server that does not know this one route may know all others.
        return True, f"{model.server} at {vendor.base}: answers"
    except ProviderError as wrong:
        return False, str(wrong)
    told = _told(model.provider, said) if isinstance(said, Mapping) else []
    return True, f"{model.server} at {vendor.base}: {', '.join(['answers', *told])}"


def _told(provider: str, said: Mapping[str, Any]) -> list[str]:
    if provider == "cog":
        return [str(said.get("status", "")).lower()]
    if provider == "comfyui":
        system = said.get("system")
        version = system.get("comfyui_version") if isinstance(system, Mapping) else None
        told = [f"version {version}"] if version else []
        return told + [_memory(device) for device in said.get("devices") or ()]
    if provider == "http-worker":
        told = [f"makes {said.get('model')}", f"{said.get('queue')} waiting"]
        return told + [f"{gpu['name']}, {gpu['used_mib']} of {gpu['total_mib']} MiB in use"
                       for gpu in said.get("gpus") or ()]  # fmt: skip
    listed = said.get("data")
    names = [str(one.get("id")) for one in listed] if isinstance(listed, list) else []
    return [f"has {', '.join(names[:5])}"] if names else []


def _memory(device: Mapping[str, Any]) -> str:
    free, total = (float(device.get(k) or 0) / GIB for k in ("vram_free", "vram_total"))
    return f"{device.get('name')}, {free:.1f} of {total:.1f} GiB free"
