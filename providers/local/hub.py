"""Weights from the hub: which files a model needs, fetched whole, resumed, checked by their sums.

The hub's own routes: `GET /api/models/ID/revision/REVISION?blobs=true` lists files with their
sizes and sums (SHA-256 of large ones, git's SHA-1 of the rest); `GET /ID/resolve/COMMIT/FILE`
gives one. HF_ENDPOINT may name a mirror.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx2

from providers.errors import Failed, Misconfigured
from providers.local.weights import FETCHED, Want, fetched_folder

HUB = "https://huggingface.co"
TRIES = 5
"""How often a file whose transfer breaks is gone on with before it counts as failed."""
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
SPARE_BYTES = 1 << 30
_NEVER = ("*.msgpack", "*.h5", "*.ot", "*.onnx", "*.onnx_data", "*.gguf", "*.ckpt", "*.md", ".*",
          "*.png", "*.jpg", "*.jpeg", "*.gif", "*.mp4", "*.webp")  # fmt: skip
"""What other programs want of a repository, or people look at."""
_VARIANT = re.compile(r"\.(fp16|bf16|fp8|non_ema)[.-]")
_PLAIN = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors", "*.bin")


class HubFile(NamedTuple):
    """A file of a repository: its size in bytes, and its SHA-256 or else git's SHA-1."""

    path: str
    size: int
    sha256: str
    blob: str


class Repository(NamedTuple):
    """One state of a repository, by its commit."""

    name: str
    commit: str
    files: tuple[HubFile, ...]


Tell = Callable[[str, int], None]
"""Told which file is on its way, and how many of its bytes have come since the last time."""


class Hub:
    """The hub, or a mirror of it; `token` for what asks for consent."""

    def __init__(self, access: Mapping[str, str]) -> None:
        self._access = access
        self._base = (access.get("HF_ENDPOINT") or HUB).rstrip("/")
        token = access.get("HF_TOKEN", "")
        head = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx2.Client(timeout=60.0, headers=head, follow_redirects=True)

    def close(self) -> None:
        self._client.close()

    def look(self, want: Want) -> Repository:
        """The wanted files as they are there now. Raises Misconfigured or Failed."""
        url = f"{self._base}/api/models/{want.repository}/revision/{quote(want.revision, safe='')}"
        try:
            answer = self._client.get(url, params={"blobs": "true"})
        except httpx2.HTTPError as broken:
            raise Failed(f"{self._base} cannot be reached: {broken}") from broken
        self._refuse(answer.status_code, want.repository)
        try:
            told = answer.json()
            listed = tuple(_file(entry) for entry in told["siblings"])
            found = Repository(want.repository, str(told["sha"]), chosen(listed, want))
        except (ValueError, KeyError, TypeError) as wrong:
            raise Failed(f"{url} answered with something that lists no files") from wrong
        if not found.files:
            raise Misconfigured(f"{want.repository} holds no files of the kind that is wanted")
        return found

    def fetch(self, found: Repository, tell: Tell) -> Path:
        """Brings all files of `found` to the folder of fetched weights, and says so in it.

        What is there already, whole, is not fetched again. Raises Failed for a file that does not
        come, or is not what the hub says; Misconfigured where the disk is too small.
        """
        folder = fetched_folder(found.name, self._access)
        missing = [file for file in found.files if not _is_whole(folder / file.path, file)]
        came = sum(_size(_part(folder, file)) for file in missing)
        folder.mkdir(parents=True, exist_ok=True)
        needed = sum(file.size for file in missing) - came + SPARE_BYTES
        if (free := shutil.disk_usage(folder).free) < needed:
            raise Misconfigured(
                f"{folder} has {free / 1e9:.1f} GB free and {found.name} needs "
                f"{needed / 1e9:.1f} GB; name another folder with --to"
            )
        for file in found.files:
            if file in missing:
                self._one(found, file, folder, tell)
            else:
                tell(file.path, file.size)
        told = {
            "repository": found.name,
            "commit": found.commit,
            "files": {file.path: file.size for file in found.files},
        }
        (folder / FETCHED).write_text(json.dumps(told, indent=1), encoding="utf-8")
        return folder

    def _one(self, found: Repository, file: HubFile, folder: Path, tell: Tell) -> None:
        part, path = _part(folder, file), folder / file.path
        part.parent.mkdir(parents=True, exist_ok=True)
        if _size(part) > file.size:
            part.unlink()
        if came := _size(part):
            tell(file.path, came)
        url = f"{self._base}/{found.name}/resolve/{found.commit}/{quote(file.path)}"
        for pause_s in (*PAUSES_S, None):
            why = self._attempt(url, part, file, tell)
            if not why:
                break
            if pause_s is None:
                raise Failed(
                    f"{file.path} of {found.name} does not come: {why}; "
                    "what has come is kept: run the same command again"
                )
            time.sleep(pause_s)
        if _sum_of(part, file) != (file.sha256 or file.blob):
            part.unlink()
            raise Failed(
                f"{file.path} of {found.name} is not what the hub says it is (its sum differs); "
                "it was thrown away: run the same command again, or leave that mirror"
            )
        part.rename(path)

    def _attempt(self, url: str, part: Path, file: HubFile, tell: Tell) -> str:
        """Fetches what is still missing of one file; why it did not come whole, or empty."""
        came = _size(part)
        if came == file.size:
            return ""
        # As they lie there: a compressed answer has another size and another sum.
        head = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={came}-"} if came else {})
        try:
            with self._client.stream("GET", url, headers=head) as reply:
                if reply.status_code >= 500:
                    return f"the hub answered {reply.status_code}"
                self._refuse(reply.status_code, url)
                goes_on = reply.status_code == 206
                if came and not goes_on:
                    tell(file.path, -came)
                with part.open("ab" if goes_on else "wb") as out:
                    for piece in reply.iter_raw():
                        out.write(piece)
                        tell(file.path, len(piece))
        except httpx2.HTTPError as broken:
            return str(broken) or type(broken).__name__
        got = _size(part)
        return "" if got == file.size else f"{got} of {file.size} bytes came"

    def _refuse(self, status: int, what: str) -> None:
        if status in (401, 403):
            raise Misconfigured(
                f"{what} is not given to everyone: accept its licence at {self._base} and set "
                "HF_TOKEN"
            )
        if status == 404:
            raise Misconfigured(f"{self._base} has no {what}; correct `weights` or `id`")
        if status >= 400:
            raise Failed(f"{self._base} answered {status} for {what}")


def chosen(files: Sequence[HubFile], want: Want) -> tuple[HubFile, ...]:
    """The files that are wanted of a repository: those of the patterns, else by its kind.

    Of a pipeline of diffusers: its parts' settings and safetensors, of the `variant` where it has
    one. Else: all that are not of other frameworks; no .bin where there are safetensors.
    """
    if want.files:
        return tuple(f for f in files if any(fnmatch.fnmatch(f.path, p) for p in want.files))
    usual = [f for f in files if not any(fnmatch.fnmatch(_name(f), p) for p in _NEVER)]
    if not any(f.path == "model_index.json" for f in files):
        safe = any(f.path.endswith(".safetensors") for f in usual)
        return tuple(f for f in usual if not (safe and f.path.endswith((".bin", ".pt", ".pth"))))
    parts = [f for f in usual if "/" in f.path or f.path == "model_index.json"]
    plain = [f for f in parts if any(fnmatch.fnmatch(f.path, p) for p in _PLAIN)]
    plain = [f for f in plain if not f.path.endswith(".bin")]
    return tuple(f for f in plain if _is_of(f, want.variant, plain))


def _is_of(file: HubFile, variant: str, among: Sequence[HubFile]) -> bool:
    """Whether a file is to be loaded with `variant`: it has that mark, or no twin that has."""
    name = _name(file)
    if ".safetensors" not in name:
        return True
    if marked := _VARIANT.search(name):
        return marked[1] == variant
    folder = file.path.rpartition("/")[0]
    twins = [_VARIANT.search(_name(f)) for f in among if f.path.rpartition("/")[0] == folder]
    return not any(twin and twin[1] == variant for twin in twins)


def _file(entry: Mapping[str, object]) -> HubFile:
    large = entry.get("lfs")
    told = large if isinstance(large, Mapping) else {}
    size = told.get("size", entry["size"])
    path = str(entry["rfilename"])
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(path)
    return HubFile(path, int(str(size)), str(told.get("sha256", "")), str(entry.get("blobId", "")))


def _name(file: HubFile) -> str:
    return file.path.rpartition("/")[2]


def _part(folder: Path, file: HubFile) -> Path:
    return folder / f"{file.path}.part"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _is_whole(path: Path, file: HubFile) -> bool:
    """Whether it is there: its size is right, and a small file's sum as well."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return bool(file.sha256) or _sum_of(path, file) == file.blob


def _sum_of(path: Path, file: HubFile) -> str:
    if file.sha256:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    content = path.read_bytes()
    head = f"blob {len(content)}\0".encode()
    # Git's own sum of a file; it guards against damage here, not against forgery.
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
