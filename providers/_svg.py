"""Drawings in SVG, drawn by resvg: no scripts, no network, no files beside them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

LONGEST_SIDE = 2560
"""Pixels of the longer side that a drawing is given: as wide as a film in 1440p."""
_MOST_BYTES = 10_000_000
_NUMBER = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*(?:px|pt|mm|cm|in|pc)?\s*", re.I)
_OWN = ("#", "data:")
"""How an address begins that stays within the drawing."""


def is_svg(path: Path) -> bool:
    """Told by the bytes: the store's files have no names."""
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and b"<svg" in head


def draw_svg(path: Path) -> Image.Image:
    """The drawing in RGBA, `LONGEST_SIDE` pixels long.

    Raises ValueError for what is no drawing, has no size, or draws on other files: resvg would
    read a picture from anywhere on this machine.
    """
    import resvg_py

    data = path.read_bytes()
    if len(data) > _MOST_BYTES:
        raise ValueError(f"the drawing {path.name} is {len(data) // 1_000_000} MB large")
    try:
        text = data.decode("utf-8-sig")
        if "<!ENTITY" in text:
            raise ValueError(f"the drawing {path.name} declares entities")
        root = ElementTree.fromstring(text)  # noqa: S314  without entities nothing grows
    except (UnicodeDecodeError, ElementTree.ParseError) as broken:
        raise ValueError(f"{path.name} is not a drawing that can be read") from broken
    for part in root.iter():
        if str(part.tag).rpartition("}")[2] in ("image", "feImage"):
            addresses = [v for k, v in part.attrib.items() if k.rpartition("}")[2] == "href"]
            if any(not address.strip().lower().startswith(_OWN) for address in addresses):
                raise ValueError(f"the drawing {path.name} needs another file")
    wide, high = _size(root, path.name)
    share = LONGEST_SIDE / max(wide, high)
    fonts = _fonts()
    drawn = resvg_py.svg_to_bytes(
        svg_string=text,
        width=max(1, round(wide * share)),
        height=max(1, round(high * share)),
        skip_system_fonts=True,
        font_files=fonts,
    )
    with Image.open(io.BytesIO(bytes(drawn))) as image:
        return image.convert("RGBA")


def _size(root: ElementTree.Element, name: str) -> tuple[float, float]:
    """Width and height of the drawing, whatever the unit: of its view box or of itself."""
    box = [float(n) for n in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if _is_float(n)]
    found = [_NUMBER.fullmatch(root.get(side, "")) for side in ("width", "height")]
    wide, high = (float(match[1]) if match else 0.0 for match in found)
    if not (wide and high) and len(box) == 4:
        wide, high = box[2], box[3]
    if wide <= 0 or high <= 0 or max(wide, high) > 100 * min(wide, high):
        raise ValueError(f"the drawing {name} has no usable size")
    return wide, high


def _is_float(told: str) -> bool:
    try:
        return abs(float(told)) < 1e9
    except ValueError:
        return False


def _fonts() -> list[str]:
    from providers.cards.fonts import families, family_files

    return [str(file) for family in families() for file in family_files(family)]
