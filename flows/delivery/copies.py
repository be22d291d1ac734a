"""After success: the film's folder is copied to where films are delivered, as far as it changed.

A file there is whole or absent; `delivery.json` comes last and says that all is there. A copy that
broke off goes on where it was. A failure never fails the film: it is said, and tried again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.money.receipt import Delivery, Receipt
from flows.settings import Settings
from flows.sharing.stores import open_shelf
from providers.shelves import Shelf, StoreUnusable
from providers.store import digest_of

MANIFEST, PART = "delivery.json", "delivery.part.json"
OF_THE_RUN = ("receipt.json", "report.html")
"""Files that differ with every run of the same film: alone they are no reason to copy."""
_LAST = ("video", "draft", "master", "receipt")
_ROOMS = ("draft", "rejected", "takes", "preview")
"""Folders beside a film that are the editor's business."""


async def send_film(folder: Path, receipt: Receipt, settings: Settings) -> tuple[Delivery, ...]:
    """Copies a film's folder to `DELIVER_TO`; what came of it. Raises nothing."""
    if not settings.deliver_to:
        return ()
    to = f"{settings.deliver_to.rstrip('/')}/{receipt.slug}"
    at = datetime.now(UTC)
    try:
        copied = await asyncio.to_thread(_send, folder, receipt, settings)
    except OSError as wrong:
        where = f": {wrong.filename}" if wrong.filename else ""
        why = f"{wrong.strerror or wrong}{where}"
        return (Delivery(to=to, state="failed", why=why, at=at),)
    return (Delivery(to=to, state="delivered" if copied else "unchanged", at=at),)


def _send(folder: Path, receipt: Receipt, settings: Settings) -> bool:
    """Copies what is not there yet; False when nothing had changed. Raises OSError."""
    shelf = open_shelf(settings.deliver_to, settings)
    there = _manifest(shelf, f"{receipt.slug}/{MANIFEST}")
    owner = str(there.get("script", ""))
    if owner and owner != Path(receipt.script).name:
        raise StoreUnusable(
            f"the film of another script ({owner}) lies there; give one a `slug:` of its own"
        )
    files = {path.relative_to(folder).as_posix(): digest_of(path) for path in _files(folder)}
    held = _held(there)
    if _lasting(files) == _lasting(held):
        return False
    # What is copied over the old film makes it no whole film any more.
    shelf.remove(f"{receipt.slug}/{MANIFEST}")
    held |= _held(_manifest(shelf, f"{receipt.slug}/{PART}"))
    for name in sorted(files, key=_place):
        if held.get(name) != files[name]:
            shelf.copy_in(f"{receipt.slug}/{name}", folder / name)
            held[name] = files[name]
            _note(shelf, receipt, PART, held)
    for name in held.keys() - files.keys():
        shelf.remove(f"{receipt.slug}/{name}")
    _note(shelf, receipt, MANIFEST, files)
    shelf.remove(f"{receipt.slug}/{PART}")
    return True


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        first = path.relative_to(folder).parts[0]
        if path.is_file() and first not in _ROOMS and not first.startswith("."):
            yield path


def _place(name: str) -> tuple[int, str]:
    """What is looked at beside a film goes first, the film last, its receipt after it."""
    stem = name.partition(".")[0]
    return (_LAST.index(stem) if stem in _LAST else -1, name)


def _lasting(files: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if name not in OF_THE_RUN}


def _held(manifest: dict[str, Any]) -> dict[str, str]:
    files = manifest.get("files")
    return {str(n): str(d) for n, d in files.items()} if isinstance(files, dict) else {}


def _manifest(shelf: Shelf, name: str) -> dict[str, Any]:
    try:
        told = json.loads(shelf.read(name) or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _note(shelf: Shelf, receipt: Receipt, name: str, files: dict[str, str]) -> None:
    told = {
        "title": receipt.title,
        "script": Path(receipt.script).name,
        "film": receipt.film_digest,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": dict(sorted(files.items())),
    }
    shelf.write(f"{receipt.slug}/{name}", json.dumps(told, indent=1).encode())
