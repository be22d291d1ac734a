"""TOML files that every film of a batch asks for: parsed once while they say the same."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from providers.errors import Misconfigured


def read_text(path: Path, check: str = "") -> str:
    """What a file says. Raises Misconfigured, with what to `check` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise Misconfigured(f"{path}: {wrong}") from wrong
    except OSError as wrong:
        hint = f"; check {check}" if check else ""
        raise Misconfigured(f"{path}: {wrong.strerror}{hint}") from wrong


def parsed(text: str, path: Path) -> dict[str, Any]:
    """The file's tables; nobody changes the answer. Raises Misconfigured."""
    try:
        return _parsed(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Misconfigured(f"{path}: {wrong}") from wrong


@functools.lru_cache(maxsize=16)
def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text)
