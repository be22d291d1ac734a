"""Reads a brand: from the front matter, from a file that a team shares, or from both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from prompts.errors import ScriptError
from prompts.reading.blocks import FrontMatter
from prompts.reading.files import CLIP_SUFFIXES, STILL_SUFFIXES, Shelf
from prompts.reading.front import read_line, read_mapping, read_setting
from prompts.reading.report import Report
from prompts.reading.toml import read_toml
from prompts.reading.tree import Node
from prompts.reading.values import read_choice, read_color, read_number, read_seconds
from prompts.storyboard import BrandEnd, BrandWords, Corner, LogoBug, LowerThirds, Place, Side

FONT_SUFFIXES = (".ttf", ".otf")
MOST_BYTES = 200_000
"""A larger file is hardly a brand."""

_COLORS = ("primary", "accent", "background", "text")
_FONTS = ("heading_font", "body_font", "caption_font")
_DEFAULTS = ("theme", "voice", "speed", "music", "captions")
"""What a brand says for scripts that say nothing of it themselves."""
BRAND_KEYS = (
    "name", "logo", *_COLORS, *_FONTS, *_DEFAULTS, "loudness", "logo_bug", "lower_thirds", "intro",
    "outro",
)  # fmt: skip
_BUG_KEYS = ("corner", "size", "opacity")
_THIRD_KEYS = ("side", "seconds")
_END_KEYS = ("clip", "heading", "text", "duration")

_FILE = re.compile(r"/|^\S*\.[A-Za-z0-9]{1,4}$")
"""What names a file, rather than being the words of a card."""

Found = dict[str, tuple[Any, Place]]
"""Each key that was given: its value, and where it stands."""


def with_brand(
    front: FrontMatter, node: Node | None, usual: Path | None, shelf: Shelf, report: Report
) -> FrontMatter:
    """`front` with its brand: `node` is the script's `brand`, `usual` the operator's brand file.

    The script's own words win over those of the file, key by key.
    """
    found: Found = {}
    value = node.value if node is not None else None
    if isinstance(value, str) and value.strip().lower() == "none":
        return front
    if node is not None and isinstance(value, str):
        if not value.lower().endswith(".toml"):
            problem = f'"brand" is "{value}", which is no brand file'
            report.add(node.line, problem, "name a .toml file, or give it keys such as name")
            return front
        found = _from_named(node.line, value.strip(), shelf, report)
    elif node is not None and value is not None:
        entries = read_mapping("brand", node, ("file", *BRAND_KEYS), report) or {}
        named = entries.pop("file", None)
        if named is not None:
            found = _from_named(named.line, read_line("file", named, report) or "", shelf, report)
        elif usual is not None:
            found = _from_file(usual, report)
        found = {**found, **_read(entries, shelf, report)}
    elif usual is not None:
        found = _from_file(usual, report)
    return _over(front, found)


def _over(front: FrontMatter, found: Found) -> FrontMatter:
    told = {key: value for key, (value, _) in found.items()}
    usual = {key: told[key] for key in _DEFAULTS if key in told and key not in front.lines}
    own = {key: value for key, value in told.items() if key not in _DEFAULTS}
    places = {key: place for key, (_, place) in found.items()}
    return front.model_copy(update={**usual, "brand": BrandWords(**own, places=places)})


def _from_named(line: int, name: str, shelf: Shelf, report: Report) -> Found:
    path = shelf.file(name, (".toml",), "brand file", line)
    return _from_file(Path(path), report) if path else {}


def _from_file(path: Path, report: Report) -> Found:
    """What a brand file says; files that it names lie in its own folder or below."""
    own = Report(str(path))
    try:
        try:
            if path.stat().st_size > MOST_BYTES:
                own.stop(1, "this brand file is too large", f"keep it under {MOST_BYTES} bytes")
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            reason = (error.strerror or "its name is wrong").lower()
            own.stop(1, f"this brand file cannot be opened ({reason})", "check its name")
        except UnicodeDecodeError:
            own.stop(1, "this brand file is not UTF-8 text", "save it as UTF-8")
        whole = Node(1, read_toml(text, own))
        entries = read_mapping("brand", whole, BRAND_KEYS, own) or {}
        found = _read(entries, Shelf(path.parent, frozenset(), own), own)
    except ScriptError:
        found = {}
    for problem in own.problems:
        if problem not in report.problems:
            report.problems.append(problem)
    return found


def _read(entries: dict[str, Node], shelf: Shelf, report: Report) -> Found:
    found: Found = {}
    for key, node in entries.items():
        # Without quotes YAML takes #1a2b3c for a comment, which leaves nothing.
        if node.value is None and key not in _COLORS:
            continue
        value = _value(key, node, shelf, report)
        if value is not None:
            field = "loudness_lufs" if key == "loudness" else key
            found[field] = value, Place(path=report.path, line=node.line)
    return found


def _value(key: str, node: Node, shelf: Shelf, report: Report) -> Any:
    match key:
        case "logo_bug":
            return _logo_bug(node, report)
        case "lower_thirds":
            return _lower_thirds(node, report)
        case "intro" | "outro":
            return _end(key, node, shelf, report)
    text = "" if node.value is None else read_line(key, node, report)
    if text is None:
        return None
    if key in _COLORS:
        return read_color(key, text, node.line, report)
    if key == "logo":
        return shelf.file(text, STILL_SUFFIXES, "picture", node.line)
    if key in _FONTS:
        is_file = "/" in text or text.lower().endswith((*FONT_SUFFIXES, ".ttc", ".woff", ".woff2"))
        return shelf.file(text, FONT_SUFFIXES, "font", node.line) if is_file else text
    if key in _DEFAULTS or key == "loudness":
        return read_setting(key, text, node.line, shelf, report)
    return text


def _parts(
    name: str, node: Node, keys: tuple[str, ...], report: Report
) -> dict[str, tuple[str, int]]:
    """The one-line texts of a mapping, each with its line; none for a plain `true`."""
    if isinstance(node.value, str) and node.value.lower() == "true":
        return {}
    entries = read_mapping(name, node, keys, report) or {}
    texts = {key: (read_line(key, entry, report), entry.line) for key, entry in entries.items()}
    return {key: (text, line) for key, (text, line) in texts.items() if text is not None}


def _logo_bug(node: Node, report: Report) -> LogoBug | None:
    if isinstance(node.value, str) and node.value.lower() in ("false", "none"):
        return None
    told: dict[str, Any] = {}
    for key, (text, line) in _parts("logo_bug", node, _BUG_KEYS, report).items():
        if key == "corner":
            told[key] = read_choice("corner", text, Corner, line, report)
        else:
            least, most = (0.03, 0.3) if key == "size" else (0.05, 1.0)
            told[key] = read_number(key, text, least, most, line, report)
    return LogoBug(**{key: value for key, value in told.items() if value is not None})


def _lower_thirds(node: Node, report: Report) -> LowerThirds | None:
    told: dict[str, Any] = {}
    for key, (text, line) in _parts("lower_thirds", node, _THIRD_KEYS, report).items():
        if key == "side":
            told[key] = read_choice("side", text, Side, line, report)
        else:
            told[key] = read_seconds("seconds", text, 1, 30, line, report)
    return LowerThirds(**{key: value for key, value in told.items() if value is not None})


def _end(name: str, node: Node, shelf: Shelf, report: Report) -> BrandEnd | None:
    """An intro or outro: a clip or picture, or the words of a card."""
    media = CLIP_SUFFIXES + STILL_SUFFIXES
    if isinstance(node.value, str):
        text = read_line(name, node, report) or ""
        if text.lower() in ("", "none", "false"):
            return None
        if _FILE.search(text):
            return BrandEnd(clip=shelf.file(text, media, "clip or picture", node.line))
        return BrandEnd(heading=text)
    told: dict[str, Any] = {}
    for key, (text, line) in _parts(name, node, _END_KEYS, report).items():
        if key == "clip":
            told[key] = shelf.file(text, media, "clip or picture", line)
        elif key == "duration":
            told["duration_s"] = read_seconds("duration", text, 0.5, 60, line, report)
        else:
            told[key] = text
    if "clip" not in told and not told.get("heading"):
        report.add(node.line, f'"{name}" has no clip and no heading', "give it one of the two")
        return None
    return BrandEnd(**told)
