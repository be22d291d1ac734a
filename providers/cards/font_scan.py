"""The font files of this machine and which characters each has; read only when asked for."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

ENDINGS = {".ttf", ".otf", ".ttc"}
FACE = tuple[str, int, bool, Path]
"""Family, weight (100 to 900), italic, file."""


def _folders() -> Iterator[Path]:
    home = Path.home()
    for folder in os.environ.get("REELWRIGHT_FONTS", "").split(os.pathsep):
        if folder:
            yield Path(folder).expanduser()
    if sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    elif sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        yield Path(os.environ.get("LOCALAPPDATA", str(home))) / "Microsoft/Windows/Fonts"
    else:
        yield from (home / ".local/share/fonts", home / ".fonts")
        yield from (Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))


@lru_cache(maxsize=1)
def system_files() -> tuple[Path, ...]:
    """Every font file in the usual folders and in those of REELWRIGHT_FONTS, plain faces first."""
    found = {
        path
        for folder in _folders()
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
    }
    return tuple(sorted(found, key=lambda path: (_oddness(path.stem), str(path))))


def _oddness(stem: str) -> int:
    """How far a face is from a plain upright sans, judged by its file's name."""
    odd = ("italic", "oblique", "mono", "condensed", "light", "thin", "black", "math", "serif")
    name = stem.lower()
    return sum(word in name for word in odd) + ("bold" in name)


@lru_cache(maxsize=512)
def characters(path: Path) -> frozenset[int]:
    """The code points `path` has outlines for; none for bitmap colour fonts and broken files."""
    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            outlined = any(table in font for table in ("glyf", "CFF ", "CFF2"))
            if not outlined or "CBDT" in font or "sbix" in font:
                return frozenset()
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, ValueError, KeyError):
        return frozenset()


@lru_cache(maxsize=1)
def system_faces() -> tuple[FACE, ...]:
    """Family, weight and slant of every installed file, as its name table tells them."""
    faces: list[FACE] = []
    for path in system_files():
        try:
            with TTFont(path, lazy=True, fontNumber=0) as font:
                family = font["name"].getDebugName(16) or font["name"].getDebugName(1) or path.stem
                os2 = font["OS/2"]
                faces.append((family, os2.usWeightClass, bool(os2.fsSelection & 1), path))
        except (TTLibError, OSError, ValueError, KeyError):
            continue
    return tuple(faces)


def drawn(text: str) -> str:
    """The characters of `text` that need a glyph: no spaces, controls, joiners or selectors."""
    unseen = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    return "".join(
        char
        for char in text
        if unicodedata.category(char) not in unseen and not 0xFE00 <= ord(char) <= 0xFE0F
    )
