"""Where the weights of local models lie: a folder that is named, or one that was fetched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from providers.errors import Misconfigured
from providers.models import Model

FETCHED = ".reelwright.json"
"""Lies in a folder of weights that was fetched whole."""


def repository(model: Model) -> str:
    """The folder or the hub's name of a model's weights: `weights` of its engine, else its id."""
    return str(model.engine.get("weights") or model.id)


def is_folder(named: str) -> bool:
    """Whether weights are named by a path rather than by the hub's `owner/name`."""
    return named.startswith(("/", "./", "../", "~")) or named.count("/") != 1


def fetched_folder(named: str, access: Mapping[str, str]) -> Path:
    """Where `reelwright models fetch` puts weights that the hub calls `named`."""
    return Path(access.get("MODELS_FOLDER", "models")) / named.replace("/", "--")


def in_cache(named: str) -> bool:
    """Whether the hub's own cache on this machine holds a snapshot of `named`."""
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    hub = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    snapshots = hub / f"models--{named.replace('/', '--')}" / "snapshots"
    return snapshots.is_dir() and any(snapshots.iterdir())


class Want(NamedTuple):
    """A repository that a model needs; `files` are patterns, none: what its kind usually needs."""

    repository: str
    revision: str = "main"
    variant: str = ""
    files: tuple[str, ...] = ()


def wants(model: Model) -> tuple[Want, ...]:
    """What is to be fetched for `model`: its own weights, and those of its adapter."""
    engine, found = model.engine, []
    if model.machine and not model.server and not is_folder(repository(model)):
        files = tuple(engine.get("files", ()))
        told = (engine.get("revision", "main"), engine.get("variant", ""), files)
        found.append(Want(repository(model), *told))
    adapter = engine.get("adapter")
    if adapter and not is_folder(adapter["weights"]):
        place = f"{adapter['subfolder']}/" if adapter.get("subfolder") else ""
        beside = [f"{adapter['encoder']}/*"] if adapter.get("encoder") else []
        found.append(Want(adapter["weights"], files=(place + adapter["file"], *beside)))
    return tuple(found)


def is_here(want: Want, access: Mapping[str, str]) -> bool:
    """Whether what is wanted was fetched, or lies in the hub's own cache."""
    fetched = fetched_folder(want.repository, access) / FETCHED
    return fetched.exists() or in_cache(want.repository)


def weights_here(model: Model, access: Mapping[str, str]) -> list[str]:
    """A line for each folder of a model's weights that is on this machine, with its size."""
    named = repository(model)
    folders = [(w.repository, fetched_folder(w.repository, access)) for w in wants(model)]
    if model.machine and is_folder(named):
        folders.append((named, Path(named).expanduser()))
    told = []
    for name, folder in folders:
        if folder.is_dir():
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            told.append(f"{name}: {size / 1e9:.3f} GB in {folder}")
    return told


def weights_place(model: Model, named: str, access: Mapping[str, str]) -> tuple[str, bool]:
    """(what the engine is to load, whether it may only look on this machine) for `named` weights.

    Raises Misconfigured, with what to do, where they are missing and may not be fetched.
    """
    if is_folder(named):
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise Misconfigured(
                f"the weights of {model.name} are not in {folder}; correct `weights` or `id` of "
                f"[models.{model.name}] in your models.toml"
            )
        return str(folder), True
    folder = fetched_folder(named, access)
    if (folder / FETCHED).exists():
        return str(folder), True
    offline = bool(access.get("MODELS_OFFLINE"))
    if offline and not in_cache(named):
        raise Misconfigured(
            f"the weights of {model.name} ({named}) are not on this machine and MODELS_OFFLINE "
            f"forbids to fetch them; where there is a network, `reelwright models fetch "
            f"{model.name} --to FOLDER`, and bring that as {folder}"
        )
    return named, offline
