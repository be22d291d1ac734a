"""Where lines break: balanced headings, no lone last words, Chinese and Japanese without spaces."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from providers.cards.text import Type, advance, cap_height

_NO_START = set(
    "、。，．・：；？！）」』】〉》〕｝ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々〜…!?)]}%,.;:"
)
_NO_END = set("（「『【〈《〔｛([{¥$€£")
_NEVER = float("inf")
_EVEN = 0.55
"""The shortest line of large words should be at least this share of the longest."""
_LEAST_LAST = 0.3
"""A last line shorter than this share of the measure looks like a leftover."""


@dataclass(frozen=True)
class Block:
    """Lines of one style. Heights in pixels, from the capitals' top to the last baseline."""

    lines: tuple[str, ...]
    type: Type
    leading: float
    width: float
    field: str
    text: str

    @property
    def step(self) -> float:
        return self.type.size * self.leading

    @property
    def height(self) -> float:
        return cap_height(self.type) + self.step * (len(self.lines) - 1) if self.lines else 0.0

    @property
    def full(self) -> float:
        """The height with room for descenders under the last baseline."""
        return self.height + 0.24 * self.type.size if self.lines else 0.0


class TooLong(ValueError):
    """Words that do not fit at the smallest legible size; `over` is the excess as a share."""

    def __init__(self, field: str, over: float) -> None:
        super().__init__(field, over)
        self.field, self.over = field, over

    def __str__(self) -> str:
        cut = max(5, round(100 * (1 - 1 / (1 + self.over))))
        return f"the card's {self.field} is too long to be read on screen: shorten by about {cut} %"


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not 0xAC00 <= ord(char) <= 0xD7AF


@lru_cache(maxsize=2048)
def unbroken(text: str) -> tuple[tuple[str, str], ...]:
    """What may not be broken, each with the space before it ("" between Chinese characters)."""
    found: list[tuple[str, str]] = []
    for word in re.split(r"[ \t]+", text.strip(" \t")):
        gap = " "
        for piece in re.findall(r"[^/–—-]+[/–—-]*|[/–—-]+", word) if len(word) > 14 else [word]:
            part = ""
            for char in piece:
                breaks = part and (_wide(char) or _wide(part[-1]))
                if breaks and char not in _NO_START and part[-1] not in _NO_END:
                    found.append((part, gap))
                    part, gap = "", ""
                part += char
            found.append((part, gap))
            gap = ""
    return tuple(found)


def _greedy(text: str, type_: Type, width: float, language: str) -> list[str] | None:
    """Fills each line; None when a word alone is wider than `width`."""
    lines: list[str] = []
    space = advance(" ", type_, language)
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word, gap in unbroken(paragraph):
            long = advance(word, type_, language)
            if long > width:
                return None
            extra = (space if gap else 0.0) + long
            if line and used + extra > width:
                lines.append(line)
                line, used = word, long
            else:
                line, used = (line + gap + word, used + extra) if line else (word, long)
        lines.append(line)
    return lines


def holds(text: str, type_: Type, width: float, language: str) -> bool:
    """Whether every word of `text` has room on a line."""
    return _greedy(text, type_, width, language) is not None


def _torn(text: str, type_: Type, width: float, language: str) -> str:
    """`text` with words that are too wide for a line cut where they must be."""
    out = []
    for paragraph in text.split("\n"):
        words = []
        for word in paragraph.split():
            part = ""
            for char in word:
                if part and advance(part + char, type_, language) > width:
                    words.append(part)
                    part = ""
                part += char
            words.append(part)
        out.append(" ".join(words))
    return "\n".join(out)


def balanced(text: str, type_: Type, width: float, language: str) -> list[str] | None:
    """The fewest lines, all about equally long; None when a word is wider than `width`.

    Least sum of squared differences from the even share; a line that ends in a short word
    ("a", "of") counts as worse, since that word belongs to what follows.
    """
    lines = _greedy(text, type_, width, language)
    if lines is None or len(lines) == 1 or len(lines) > 8 or "\n" in text:
        return lines
    words = unbroken(text)
    space = advance(" ", type_, language)
    long = [advance(word, type_, language) for word, _ in words]
    ends = [0.0]
    for (_, gap), wide in zip(words, long, strict=True):
        ends.append(ends[-1] + (space if gap else 0.0) + wide)
    even = ends[-1] / len(lines)
    nothing: tuple[int, ...] = ()
    # best[j]: least cost and the break before it, for the first j words in so many lines.
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ()), *[(_NEVER, nothing)] * len(words)]
    for _ in lines:
        following = [(_NEVER, nothing)] * (len(words) + 1)
        for j in range(1, len(words) + 1):
            short = (
                0.15
                if j < len(words) and words[j - 1][0].islower() and len(words[j - 1][0]) < 4
                else 0.0
            )
            for i in range(j):
                wide = ends[j] - ends[i] - (space if words[i][1] else 0.0)
                if wide > width or best[i][0] == _NEVER:
                    continue
                cost = best[i][0] + ((wide - even) / even) ** 2 + short * 0.5
                if cost < following[j][0]:
                    following[j] = (cost, (*best[i][1], j))
        best = following
    if best[-1][0] == _NEVER:
        return lines
    starts = (0, *best[-1][1][:-1])
    return [
        "".join(
            (gap if n > start else "") + word
            for n, (word, gap) in enumerate(words)
            if start <= n < stop
        )
        for start, stop in zip(starts, best[-1][1], strict=True)
    ]


def flowing(text: str, type_: Type, width: float, language: str) -> list[str] | None:
    """Full lines, narrowed just enough that the last one is no leftover."""
    lines = _greedy(text, type_, width, language)
    if lines is None or len(lines) == 1:
        return lines
    for share in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        found = _greedy(text, type_, width * share, language)
        if found is None or len(found) > len(lines):
            break
        if advance(found[-1], type_, language) >= _LEAST_LAST * width * share:
            return found
    return balanced(text, type_, width, language)


def fit(
    field: str,
    text: str,
    type_: Type,
    width: float,
    height: float,
    sizes: tuple[float, float],
    language: str,
    leading: float = 1.16,
    most_lines: int = 99,
    balance: bool = True,
) -> Block:
    """The largest setting of `text` within `width` x `height`, between two sizes in pixels.

    Words are torn only at the smallest size. Raises TooLong when even that does not fit.
    """
    largest, smallest = sizes
    breaking = balanced if balance else flowing
    leading = max(leading, _least_leading(text))
    size = largest
    while True:
        set_in = type_.at(size)
        lines = breaking(text, set_in, width, language)
        last = size <= smallest
        if lines is None and last:
            lines = breaking(_torn(text, set_in, width, language), set_in, width, language)
        if lines is not None and len(lines) <= most_lines:
            block = _block(field, text, lines, set_in, leading, language)
            if block.height <= height:
                return _evened(block, width, smallest, language) if balance else block
        if last:
            tall = _block(field, text, lines or [], set_in, leading, language).height
            over = max(tall / max(height, 1), len(lines or []) / most_lines) - 1
            raise TooLong(field, max(over, 0.05))
        size = max(smallest, size * 0.95)


def _evened(block: Block, width: float, smallest: float, language: str) -> Block:
    """`block`, or a slightly smaller setting that has no line much shorter than the rest."""
    best, size = block, block.type.size
    for _ in range(5):
        if len(best.lines) < 3 or evenness(best, language) >= _EVEN:
            break
        size *= 0.95
        lines = balanced(block.text, block.type.at(size), width, language)
        if size < smallest or lines is None:
            break
        tried = _block(block.field, block.text, lines, block.type.at(size), block.leading, language)
        if evenness(tried, language) >= _EVEN or len(lines) < len(block.lines):
            best = tried
    return best


def evenness(block: Block, language: str) -> float:
    """The shortest line's share of the longest, 0 to 1."""
    return min(advance(line, block.type, language) for line in block.lines) / max(block.width, 1)


def _block(
    field: str, text: str, lines: list[str], type_: Type, leading: float, language: str
) -> Block:
    wide = max((advance(line, type_, language) for line in lines), default=0.0)
    return Block(tuple(lines), type_, leading, wide, field, text)


def _least_leading(text: str) -> float:
    """Scripts with stacked marks or full squares need more air between lines."""
    for char in text:
        if 0x0590 <= ord(char) < 0x0E80 or 0x1780 <= ord(char) < 0x1800:
            return 1.5
        if _wide(char):
            return 1.35
    return 0.0
