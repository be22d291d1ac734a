"""TOML files that every film of a batch asks for: parsed once while they say the same."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from providers.errors import Misconfigured


def read_layers(paths: Sequence[Path], check: str = "") -> tuple[str, ...]:
    """What files say, each of which is TOML. Raises Misconfigured, with what to `check` where one
    cannot be read.
    """
    texts = []
    for path in paths:
        try:
            texts.append(path.read_text(encoding="utf-8"))
            tables(texts[-1])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise Misconfigured(f"{path}: {wrong}") from wrong
        except OSError as wrong:
            hint = f"; check {check}" if check else ""
            raise Misconfigured(f"{path}: {wrong.strerror}{hint}") from wrong
    return tuple(texts)


@functools.lru_cache(maxsize=16)
def tables(text: str) -> dict[str, Any]:
    """The tables of a file; nobody changes the answer."""
    return tomllib.loads(text)
