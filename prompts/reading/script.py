"""Reads a script: Markdown, plain text, JSON or YAML, by the suffix of its file."""

from __future__ import annotations

from pathlib import Path

from prompts.reading.blocks import Closing, FrontMatter, Script, ScriptScene
from prompts.reading.brand import with_brand
from prompts.reading.check import check_body
from prompts.reading.data import BODY_KEYS, read_data
from prompts.reading.files import Shelf
from prompts.reading.front import read_front
from prompts.reading.inline import MOST_BLOCK_CHARACTERS
from prompts.reading.markdown import Body, read_markdown
from prompts.reading.raw import Bound, read_bytes
from prompts.reading.report import Report
from prompts.reading.text import read_text
from prompts.reading.tree import Node, read_json, read_yaml

__all__ = ["Closing", "FrontMatter", "Script", "ScriptScene", "read_script"]

SUFFIXES = (".md", ".markdown", ".txt", ".json", ".yaml", ".yml")
_BOUND = Bound("script", 2, 1, "check that it is the script")
MOST_CHARACTERS = 200_000
"""Some three hours of speech; what is longer is hardly a script."""
MOST_FRONT_CHARACTERS = 20_000
"""YAML is read slowly, and settings are few."""


def read_script(
    path: Path,
    allow_hosts: frozenset[str] = frozenset(),
    brand_file: Path | None = None,
    over: tuple[tuple[str, str], ...] = (),
) -> Script:
    """The script at `path`; its pictures may also come by https from `allow_hosts`.

    `brand_file` is the brand of scripts that name none. `over` are settings by name that replace
    those of the script; problems with the first of them stand at line -1, with the next at -2.

    Nothing is fetched here. Raises ScriptError with every problem found, whatever the bytes are.
    """
    report = Report(str(path))
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        report.stop(
            1,
            f'"{suffix or path.name}" is not a kind of script',
            "use one of " + ", ".join(name[1:] for name in SUFFIXES),
        )
    text = _read_text(path, report)
    if len(text) > MOST_CHARACTERS:
        report.stop(
            1,
            f"this script has {len(text):,} characters",
            f"make films of up to {MOST_CHARACTERS:,} from it",
        )
    shelf = Shelf(path.parent, allow_hosts, report)
    if suffix in (".json", ".yaml", ".yml"):
        tree = read_json(text, report) if suffix == ".json" else read_yaml(text, 1, report)
        entries = _mapping(tree, "a script in JSON or YAML is a mapping", report)
        settings = {key: node for key, node in entries.items() if key not in BODY_KEYS}
        settings = _replaced(settings, over)
        front = read_front(settings, shelf, report, also=BODY_KEYS)
        front = with_brand(front, settings.get("brand"), brand_file, shelf, report)
        body = read_data(entries, shelf, report)
    else:
        settings, text = _split_front(text, report)
        settings = _replaced(settings, over)
        _check_blocks(text, report)
        front = read_front(settings, shelf, report)
        front = with_brand(front, settings.get("brand"), brand_file, shelf, report)
        if suffix == ".txt":
            body = read_text(text, front.language, shelf, report)
        else:
            body = read_markdown(text, shelf, report)
    if "title" not in dict(over):
        front = _with_title(front, body, report)
    check_body(front, body.opening, body.scenes, report)
    report.finish()
    return Script(path=path, front=front, opening=body.opening, scenes=tuple(body.scenes))


def _read_text(path: Path, report: Report) -> str:
    """The file's text with `\\n` line ends, without a byte order mark."""
    data = read_bytes(path, _BOUND, report)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        report.stop(line, "this is not a text file", "save the script as plain UTF-8 text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        report.stop(line, "this line is not UTF-8 text", "save the script as UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        report.stop(1, "this file is empty", "write a script, such as # Title and ## scenes")
    return text


def _replaced(settings: dict[str, Node], over: tuple[tuple[str, str], ...]) -> dict[str, Node]:
    """The settings, with those of `over` in the place of the script's own."""
    told = {key: Node(-number, text) for number, (key, text) in enumerate(over, 1)}
    # A variable's name, IMAGE_PROVIDER, is the same setting.
    return {key: node for key, node in settings.items() if key.lower() not in told} | told


def _check_blocks(text: str, report: Report) -> None:
    """Refuses a paragraph that would take long to read."""
    length, start = 0, 1
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            length, start = 0, number + (not line.strip())
        length += len(line)
        if length > MOST_BLOCK_CHARACTERS:
            report.stop(
                start,
                f"this block has over {MOST_BLOCK_CHARACTERS:,} characters without an empty line",
                "split it up",
            )


def _split_front(text: str, report: Report) -> tuple[dict[str, Node], str]:
    """The settings between two lines of `---`, and the text with these lines blanked."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, text
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        report.stop(1, "the settings that start here are not closed", "write --- below them")
    front = "\n".join(lines[1:end])
    if len(front) > MOST_FRONT_CHARACTERS:
        report.stop(
            1,
            f"the settings have {len(front)} characters",
            f"keep them under {MOST_FRONT_CHARACTERS}",
        )
    tree = read_yaml(front, 2, report)
    entries = {} if tree is None else _mapping(tree, "the settings are lines of key: value", report)
    return entries, "\n".join([""] * (end + 1) + lines[end + 1 :])


def _mapping(tree: Node | None, what: str, report: Report) -> dict[str, Node]:
    if tree is None or not isinstance(tree.value, dict):
        report.stop(tree.line if tree else 1, what, "write title: and its words first")
    return tree.value


def _with_title(front: FrontMatter, body: Body, report: Report) -> FrontMatter:
    """The front matter with the title that the body gives, if any."""
    if not body.title:
        return front
    if front.title and front.title != body.title:
        report.add(
            body.title_line, "this title differs from the one in the settings", "keep one of them"
        )
    lines = {**front.lines, "title": body.title_line}
    return front.model_copy(update={"title": body.title, "lines": lines})
