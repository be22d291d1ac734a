"""Reads documents to make films from: text, Markdown, PDF, Word, PowerPoint, HTML and subtitles."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from prompts.planned import Block, Source
from prompts.reading.raw import Bound, read_bytes
from prompts.reading.report import Report
from prompts.sources.office import read_docx, read_pptx
from prompts.sources.page import read_html, read_pdf
from prompts.sources.text import read_markdown_source, read_plain, read_subtitles

_BOUND = Bound("document", 50, 0, "take the words out of it, or its pictures")
MOST_CHARACTERS = 2_000_000
"""Some thirty hours of speech."""

Reader = Callable[[Path, bytes, Report], Source]

_READERS: dict[str, tuple[Reader, str, bytes]] = {
    ".md": (read_markdown_source, "", b""),
    ".markdown": (read_markdown_source, "", b""),
    ".txt": (read_plain, "", b""),
    ".pdf": (read_pdf, "pypdf", b"%PDF"),
    ".docx": (read_docx, "docx", b"PK"),
    ".pptx": (read_pptx, "pptx", b"PK"),
    ".html": (read_html, "selectolax", b""),
    ".htm": (read_html, "selectolax", b""),
    ".srt": (read_subtitles, "pysubs2", b""),
    ".vtt": (read_subtitles, "pysubs2", b""),
}
"""Each suffix: what reads it, the module it needs, and how such a file begins."""

SUFFIXES = tuple(_READERS)
_OLD = {".doc": ".docx", ".ppt": ".pptx", ".rtf": ".docx", ".odt": ".docx", ".odp": ".pptx"}


def read_source(path: Path) -> Source:
    """The document at `path`, in blocks that name their places.

    Raises ScriptError with one sentence for a file that cannot be read, holds no words, or is none
    of these kinds, and for a package that is missing. Nothing is fetched and nothing in a document
    is run.
    """
    report = Report(str(path))
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        near = _OLD.get(suffix)
        fix = (
            f"save it as {near[1:]}" if near else f"use one of {', '.join(s[1:] for s in SUFFIXES)}"
        )
        report.stop(1, f'"{suffix or path.name}" is not a kind of document that is read', fix)
    data = _read_bytes(path, report)
    reader, module, magic = _READERS[suffix]
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
        report.stop(
            1, f"this is not a {suffix[1:]} file inside", "export it anew, or correct its ending"
        )
    if module and find_spec(module) is None:
        report.stop(
            1,
            f"reading {suffix[1:]} files needs a package that is not installed",
            "pip install 'reelwright[sources]'",
        )
    source = reader(path, data, report)
    if not any(_has_words(block) for block in source.blocks):
        report.stop(1, "there are no words in this document", "write some, or name another one")
    characters = sum(len(block.text) + sum(map(len, block.items)) for block in source.blocks)
    if characters > MOST_CHARACTERS:
        report.stop(
            1,
            f"this document has {characters:,} characters",
            f"make scripts of up to {MOST_CHARACTERS:,} from it",
        )
    return source


def _read_bytes(path: Path, report: Report) -> bytes:
    data = read_bytes(path, _BOUND, report)
    if not data.strip():
        report.stop(1, "this file is empty", "write something, or name another one")
    return data


def _has_words(block: Block) -> bool:
    texts = (block.text, *block.items)
    return block.kind not in ("heading", "code", "table") and any(
        character.isalnum() for text in texts for character in text
    )
