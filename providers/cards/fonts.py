"""Fonts: where each family's files are, which characters they lack, and what stands in for them."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from providers.cards.font_scan import characters, drawn, system_faces, system_files

_PACKAGES = {
    "Fredoka One": ("font_fredoka_one", "files", r"FredokaOne-"),
    "Hanken Grotesk": ("font_hanken_grotesk", "files", r"HankenGrotesk-"),
    "Manrope": ("font_manrope", "files", r"Manrope-(?!Variable)"),
    "Source Sans Pro": ("font_source_sans_pro", "files", r"SourceSansPro-.*\.ttf"),
    "Source Serif Pro": ("font_source_serif_pro", "files", r"SourceSerifPro-.*\.ttf"),
    "Geist Mono": ("prefect", "server/ui-v2/fonts", r"GeistMono-"),
}
_WEIGHTS = {
    "extralight": 200, "light": 300, "regular": 400, "medium": 500, "semibold": 600,
    "extrabold": 800, "bold": 700, "black": 900,
}  # fmt: skip
_MONOSPACED = ("DejaVu Sans Mono", "Menlo", "Consolas", "Liberation Mono", "Courier New")
_HINTS = (
    (("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "BOPOMOFO"), "fonts-noto-cjk"),
    (("EMOJI",), "fonts-symbola"),
    (("",), "fonts-noto-core"),
)


def families() -> tuple[str, ...]:
    """The families that come with the installation."""
    return tuple(name for name in _PACKAGES if _faces(name))


@lru_cache(maxsize=64)
def _faces(family: str) -> dict[tuple[int, bool], Path]:
    """The files of a family by weight and slant; a variable font stands under weight 0."""
    if Path(family).is_absolute():
        return _own_face(Path(family))
    if family not in _PACKAGES:
        wanted = family.casefold()
        return {
            (weight, italic): path
            for name, weight, italic, path in reversed(system_faces())
            if name.casefold() == wanted
        }
    package, folder, pattern = _PACKAGES[family]
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return {}
    faces: dict[tuple[int, bool], Path] = {}
    for path in sorted((Path(spec.submodule_search_locations[0]) / folder).glob("*.[ot]tf")):
        if re.match(pattern, path.name):
            style = path.stem.partition("-")[2].lower()
            italic = style.endswith(("it", "italic"))
            plain = re.sub(r"(italic|it)$", "", style) or "regular"
            faces[(_WEIGHTS.get(plain, 0), italic)] = path
    return faces


def _own_face(path: Path) -> dict[tuple[int, bool], Path]:
    """A font file of an editor's own, which may be named wherever a family is."""
    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            weight = 0 if "fvar" in font else int(font["OS/2"].usWeightClass)
            return {(weight, bool(font["OS/2"].fsSelection & 1)): path}
    except (TTLibError, OSError, ValueError, KeyError, AttributeError):
        return {}


def family_name(family: str) -> str:
    """The name that a subtitle renderer knows a family by, when it is told by its file."""
    if not Path(family).is_absolute():
        return family
    return str(ImageFont.truetype(family, 10).getname()[0] or Path(family).stem)


def family_files(family: str) -> tuple[Path, ...]:
    """Every file of a family, in no particular order of use."""
    return tuple(sorted(set(_faces(family).values())))


@lru_cache(maxsize=256)
def font_file(family: str, weight: int = 400, italic: bool = False) -> Path:
    """The file of `family` nearest to `weight` (100 to 900).

    A missing monospaced family is stood in for by another one of the system's.
    Raises LookupError for a family that is not installed.
    """
    faces = _faces(family)
    if not faces and family == "Geist Mono":
        faces = next((found for name in _MONOSPACED if (found := _faces(name))), {})
    if not faces:
        raise LookupError(
            f"no font family '{family}' is installed; there are {', '.join(families())}, "
            "and REELWRIGHT_FONTS can name a folder with more"
        )
    slanted = {key: path for key, path in faces.items() if key[1] == italic} or faces
    return slanted[min(slanted, key=lambda key: (abs(key[0] - weight) if key[0] else 0, key))]


@lru_cache(maxsize=512)
def load_file(path: Path, weight: int, size: float) -> ImageFont.FreeTypeFont:
    """The face in `path` at `size` pixels; a variable font is set to `weight`."""
    font = ImageFont.truetype(str(path), size)
    try:
        axes = font.get_variation_axes()
    except OSError:
        # Not a variable font.
        return font
    own = {axis["name"]: axis["default"] for axis in axes}
    heavy = [axis for axis in axes if axis["name"] in (b"Weight", "Weight")]
    for axis in heavy:
        own[axis["name"]] = min(max(weight, axis["minimum"] or 0), axis["maximum"] or 1000)
    font.set_variation_by_axes([float(value or 0) for value in own.values()])
    return font


def load(family: str, weight: int, size: float) -> ImageFont.FreeTypeFont:
    """`family` at `weight` and `size` pixels. Raises LookupError as `font_file` does."""
    return load_file(font_file(family, weight), weight, size)


def caption_font_files(family: str) -> tuple[Path, ...]:
    """The files a subtitle renderer needs to set `family` in regular and bold, upright."""
    return tuple(dict.fromkeys((font_file(family, 400), font_file(family, 700))))


def missing_glyphs(text: str, family: str) -> str:
    """The characters of `text`, once each and in order, that `family` cannot draw."""
    return missing_from(text, font_file(family))


def missing_from(text: str, path: Path) -> str:
    """The characters of `text`, once each and in order, that the font in `path` cannot draw."""
    has = characters(path)
    return "".join(dict.fromkeys(char for char in drawn(text) if ord(char) not in has))


@lru_cache(maxsize=1024)
def fallback_for(text: str, weight: int = 400) -> Path | None:
    """An installed font with every character of `text`, or None; heavy ones for heavy text."""
    needed = {ord(char) for char in drawn(text)}
    candidates = [font_file(family, weight) for family in families()]
    candidates += sorted(system_files(), key=lambda path: _unlike(path, weight))
    return next((path for path in candidates if needed <= characters(path)), None)


def fallback_family(text: str) -> str | None:
    """The family of an installed font that can draw every character of `text`, or None."""
    path = fallback_for(text)
    if path is None:
        return None
    own = (family for family in families() if path in family_files(family))
    systems = (family for family, _weight, _italic, file in system_faces() if file == path)
    return next(own, None) or next(systems, None)


def _unlike(path: Path, weight: int) -> bool:
    heavy = "bold" in path.stem.lower()
    slanted = bool(re.search("italic|oblique|mono|condensed|serif", path.stem.lower()))
    return slanted or heavy != (weight >= 600)


def uncovered(texts: Iterable[str]) -> str:
    """The characters of `texts`, once each and in order, that no installed font can draw."""
    chars = dict.fromkeys(char for text in texts for char in drawn(text))
    plain = characters(font_file(families()[0])) if families() else frozenset()
    return "".join(char for char in chars if ord(char) not in plain and fallback_for(char) is None)


def suggest_font_package(chars: str) -> str:
    """The Debian package with a font for the first of `chars`; elsewhere it has a like name."""
    char = chars[0]
    name = unicodedata.name(char, "")
    if unicodedata.category(char) == "So" and ord(char) >= 0x2600:
        name = "EMOJI " + name
    return next(package for words, package in _HINTS if any(word in name for word in words))


def explain_uncovered(chars: str) -> str:
    """One sentence that says which characters no font has and what to install."""
    told = ", ".join(f"{char} (U+{ord(char):04X})" for char in chars[:5])
    more = f" and {len(chars) - 5} more" if len(chars) > 5 else ""
    return f"no installed font has {told}{more}; install e.g. {suggest_font_package(chars)}"
