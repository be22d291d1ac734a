"""Markdown within a line: the words that are said, the first bold phrase, and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST_BLOCK_CHARACTERS = 10_000
"""Between two empty lines: Markdown's time grows with the square of a wild paragraph."""

_SPACES = re.compile(r"[^\S\n]+")


class EditorsMarkdown(MarkdownIt):
    """CommonMark with tables; addresses stay as written, so that a bad one can be named."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        # Indented prose is prose: code on screen is fenced.
        self.enable("table").disable("code")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


@dataclass(frozen=True)
class Picture:
    """`![alt](address "caption")`."""

    address: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Inline:
    """Text without markup. Line breaks of the source stay as newlines."""

    text: str
    key_phrase: str = ""
    pictures: tuple[Picture, ...] = ()

    def one_line(self) -> str:
        """The text with every run of white space as one space."""
        return " ".join(self.text.split())


def flatten(tokens: Iterable[Token]) -> Inline:
    """What the inline `tokens` say."""
    text: list[str] = []
    bold: list[str] = []
    pictures: list[Picture] = []
    depth, has_phrase = 0, False
    for token in tokens:
        piece = ""
        if token.type == "strong_open":
            depth += 1
        elif token.type == "strong_close":
            depth -= 1
            has_phrase = has_phrase or bool("".join(bold).strip())
        elif token.type == "image":
            pictures.append(
                Picture(
                    address=str(token.attrs.get("src", "")),
                    alt=" ".join(flatten(token.children or ()).text.split()),
                    caption=" ".join(str(token.attrs.get("title", "")).split()),
                )
            )
        elif token.type in ("softbreak", "hardbreak"):
            piece = "\n"
        elif token.type == "html_inline":
            piece = " " if token.content.lower().startswith("<br") else ""
        else:
            piece = token.content
        text.append(piece)
        if depth and not has_phrase:
            bold.append(piece)
    return Inline(
        text=_SPACES.sub(" ", "".join(text)).strip(),
        key_phrase=" ".join("".join(bold).split()),
        pictures=tuple(pictures),
    )


def read_inline(markup: str) -> Inline:
    """What one paragraph of Markdown says."""
    tokens = EditorsMarkdown().parseInline(markup)
    return flatten(child for token in tokens for child in token.children or ())
