"""Reads documents of pages: PDF and HTML."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from prompts.planned import Block, Source
from prompts.reading.report import Report
from prompts.sources.text import decode
from prompts.storyboard import Table

_NOT_SAID = (
    "script, style, noscript, template, nav, header, footer, aside, form, svg, iframe, button"
)
_MOST_PAGES = 2000
_BREAK = re.compile(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])")
"""A word that was parted at the end of a line."""
_LEAF = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "table", "dl")


def read_pdf(path: Path, data: bytes, report: Report) -> Source:
    """The text of a PDF's pages, in paragraphs as far as its layout tells; places are pages."""
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted and not document.decrypt(""):
            report.stop(1, "this PDF is locked by a password", "save it without one")
        if len(document.pages) > _MOST_PAGES:
            report.stop(
                1, f"this PDF has {len(document.pages)} pages", f"take up to {_MOST_PAGES} of them"
            )
        pages = [page.extract_text() for page in document.pages]
        title = " ".join(str((document.metadata.title if document.metadata else "") or "").split())
    except (pypdf.errors.PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError,
            OSError, RecursionError, AssertionError, NotImplementedError):  # fmt: skip
        report.stop(1, "this PDF is damaged", "open it, and print it to a new PDF")
    if not any(character.isalnum() for page in pages for character in page):
        report.stop(
            1,
            "this PDF holds pictures of pages and no text",
            "put it through text recognition first",
        )
    blocks = [
        Block(kind="prose", place=f"{path.name}, page {number}", text=paragraph)
        for number, page in enumerate(_without_running(pages), start=1)
        for paragraph in _page_paragraphs(page)
    ]
    return Source(name=path.stem, title=title, blocks=tuple(_join_pages(blocks)))


def read_html(path: Path, data: bytes, report: Report) -> Source:
    """The words of a page's article: headings, paragraphs, lists, quotations, code, tables."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(decode(data, report))
    root = page.css_first("html")
    language = (root.attributes.get("lang") or "") if root is not None else ""
    name = page.css_first("title")
    for node in page.css(_NOT_SAID):
        node.decompose()
    title = _words(page.css_first("h1")) or _words(name)
    body = page.css_first("article") or page.css_first("main") or page.body
    blocks: list[Block] = []
    loose: list[str] = []
    if body is not None:
        _walk(body, path.name, blocks, loose)
        _flush(loose, path.name, blocks)
    if blocks and blocks[0].kind == "heading" and blocks[0].text == title:
        blocks.pop(0)
    tag = language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else ""
    return Source(name=path.stem, title=title, language=tag, blocks=tuple(blocks))


def _walk(node: Any, name: str, blocks: list[Block], loose: list[str]) -> None:
    """Blocks in the page's order; text that stands in no paragraph of its own is one."""
    for child in node.iter(include_text=True):
        if child.tag in _LEAF:
            _flush(loose, name, blocks)
            block = _leaf(child, f"{name}, block {len(blocks) + 1}")
            blocks += [block] if block else []
        elif child.tag == "-text":
            loose.append(child.text_content or "")
        elif child.tag == "br":
            loose.append(" ")
        elif child.css_first(", ".join(_LEAF)) is not None or child.tag in ("div", "section"):
            _flush(loose, name, blocks)
            _walk(child, name, blocks, loose)
            _flush(loose, name, blocks)
        else:
            loose.append(child.text(deep=True))


def _flush(loose: list[str], name: str, blocks: list[Block]) -> None:
    words = " ".join("".join(loose).split())
    loose.clear()
    if words:
        blocks.append(Block(kind="prose", place=f"{name}, block {len(blocks) + 1}", text=words))


def _leaf(node: Any, place: str) -> Block | None:
    words = _words(node)
    if not words:
        return None
    match node.tag:
        case "ul" | "ol":
            items = tuple(text for item in node.css("li") if (text := _own_words(item)))
            return Block(kind="list", place=place, items=items, is_counted=node.tag == "ol")
        case "blockquote":
            return Block(kind="quote", place=place, text=words)
        case "pre":
            return Block(kind="code", place=place, text=node.text(deep=True).strip("\n"))
        case "table":
            rows = [tuple(map(_words, row.css("th, td"))) for row in node.css("tr")]
            if len(rows) < 2 or len({len(row) for row in rows}) != 1:
                return Block(kind="prose", place=place, text=words)
            return Block(
                kind="table", place=place, table=Table(header=rows[0], rows=tuple(rows[1:]))
            )
        case "p" | "dl":
            return Block(kind="prose", place=place, text=words)
        case _:
            level = max(2, int(node.tag[1]))
            return Block(kind="heading", place=place, text=words, level=level)


def _words(node: Any) -> str:
    return " ".join(node.text(deep=True).split()) if node is not None else ""


def _own_words(item: Any) -> str:
    """What an item says itself; lists within it have items of their own."""
    pieces = [
        child.text(deep=True)
        for child in item.iter(include_text=True)
        if child.tag not in ("ul", "ol")
    ]
    return " ".join("".join(pieces).split())


def _without_running(pages: list[str]) -> list[str]:
    """Pages without the lines that stand at the head or foot of most of them, numbers aside."""
    edges: dict[str, int] = {}
    for page in pages:
        for line in {_mask(line) for line in _edge_lines(page)}:
            edges[line] = edges.get(line, 0) + 1
    running = {line for line, count in edges.items() if count > max(2, len(pages) / 2)}
    cleaned = []
    for page in pages:
        lines = [line for line in page.split("\n") if line.strip()]
        while lines and (_mask(lines[0]) in running or lines[0].strip().isdigit()):
            lines.pop(0)
        while lines and (_mask(lines[-1]) in running or lines[-1].strip().isdigit()):
            lines.pop()
        kept = set(lines)
        cleaned.append("\n".join(x for x in page.split("\n") if not x.strip() or x in kept))
    return cleaned


def _edge_lines(page: str) -> list[str]:
    lines = [line for line in page.split("\n") if line.strip()]
    return [*lines[:1], *lines[-1:]]


def _mask(line: str) -> str:
    return re.sub(r"\d+", "0", line.strip())


def _page_paragraphs(page: str) -> list[str]:
    """Lines are joined until one ends a sentence well before the others do."""
    text = _BREAK.sub("", page)
    lines = [line.rstrip() for line in text.split("\n")]
    widest = max((len(line) for line in lines), default=0)
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            paragraphs.append([])
            continue
        paragraphs[-1].append(line.strip())
        if line[-1] in ".!?:。！？" and len(line) < 0.8 * widest:
            paragraphs.append([])
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]


def _join_pages(blocks: list[Block]) -> list[Block]:
    """A paragraph that goes on over the edge of a page is one."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        goes_on = last is not None and last.place != block.place and block.text[:1].islower()
        if last is not None and goes_on and last.text[-1] not in ".!?:。！？":
            joined[-1] = last.model_copy(update={"text": f"{last.text} {block.text}"})
        else:
            joined.append(block)
    return joined
