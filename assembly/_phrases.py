"""Where captions break: words become phrases of one or two balanced lines."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

_SENTENCE_ENDS = ".!?…。！？｡؟۔।"
_CLAUSE_ENDS = ",;:–—、，；：،"
_CLOSERS = "、。，．！？；：）」』】》〉”’…・ー％"
_OPENERS = "（「『【《〈“‘"
_QUOTES = "\"'”’)]»」』）"
_LONGEST_S = 6.0
_BREATH_S = 0.28


@dataclass(frozen=True)
class Phrase:
    """One caption: its lines and when its first and last word sound (seconds)."""

    lines: tuple[str, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True)
class _Token:
    text: str
    start_s: float
    end_s: float
    spaced: bool
    """A space stands before it when it is not the first of its line."""
    width: int


def wide_length(text: str) -> int:
    """Columns that `text` takes: wide characters (Chinese, Japanese, Korean) count 2, marks 0."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _unspaced(char: str) -> bool:
    """Belongs to a script that is written without spaces."""
    code = ord(char)
    return (
        0x3000 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
        or 0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
    )


def _pieces(text: str, limit: int) -> list[str]:
    """The smallest parts of a word between which a line may break."""
    parts: list[str] = []
    for char in text:
        breaks = bool(parts) and (
            (
                (_unspaced(char) or _unspaced(parts[-1][-1]))
                and char not in _CLOSERS
                and parts[-1][-1] not in _OPENERS
                and not unicodedata.combining(char)
                and unicodedata.category(char) not in ("Mn", "Mc")
            )
            or wide_length(parts[-1] + char) > limit
        )
        if breaks or not parts:
            parts.append(char)
        else:
            parts[-1] += char
    return parts


def _tokens(words: Sequence[tuple[str, float, float]], limit: int) -> list[_Token]:
    tokens: list[_Token] = []
    for raw, start_s, end_s in words:
        text = " ".join("".join(c if c.isprintable() else " " for c in raw).split())
        for order, part in enumerate(text.split(" ") if text else ()):
            pieces = _pieces(part, limit)
            whole = len(text)
            done = text.find(part) if order else 0
            for index, piece in enumerate(pieces):
                spaced = index == 0 and not (
                    tokens and _unspaced(tokens[-1].text[-1]) and _unspaced(piece[0])
                )
                first = start_s + (end_s - start_s) * done / whole
                done += len(piece)
                last = start_s + (end_s - start_s) * min(done, whole) / whole
                tokens.append(_Token(piece, first, last, spaced, wide_length(piece)))
    return tokens


def _join(tokens: Sequence[_Token]) -> str:
    return "".join(
        (" " if index and token.spaced else "") + token.text for index, token in enumerate(tokens)
    )


def _length(tokens: Sequence[_Token]) -> int:
    return sum(token.width + (1 if i and token.spaced else 0) for i, token in enumerate(tokens))


def _ends(text: str, marks: str) -> bool:
    return text.rstrip(_QUOTES)[-1:] in tuple(marks) or text[-1:] in tuple(marks)


def _break_cost(token: _Token, after: _Token) -> float:
    """How ill it reads to end a caption or a line between two tokens."""
    cost = 7.0
    if _ends(token.text, _SENTENCE_ENDS):
        cost = 0.0
    elif _ends(token.text, _CLAUSE_ENDS):
        cost = 1.0
    elif after.start_s - token.end_s >= _BREATH_S:
        cost = 2.0
    elif not after.spaced:
        cost = 8.0
    elif token.width <= 3:
        # Articles and prepositions belong to what follows them, in most languages.
        cost = 10.0
    return cost


def _lines(tokens: Sequence[_Token], limit: int) -> tuple[str, ...]:
    """One line where it fits, else the best two."""
    if _length(tokens) <= limit:
        return (_join(tokens),)
    ways: list[tuple[float, int]] = []
    for split in range(1, len(tokens)):
        upper, lower = _length(tokens[:split]), _length(tokens[split:])
        if upper <= limit and lower <= limit:
            # The difference rules; a lower line slightly longer than the upper reads best.
            cost = abs(upper - lower + 1) + 0.6 * _break_cost(tokens[split - 1], tokens[split])
            ways.append((cost, split))
    _, split = min(ways)
    return _join(tokens[:split]), _join(tokens[split:])


def _cue_cost(length: int, room_s: float, limit: int) -> float:
    """How ill one caption of `length` columns reads that may stay for `room_s`."""
    cost = 4.0 + 25 * max(0.0, 1.0 - room_s) + 1.2 * max(0.0, length / room_s - 20)
    cost += 4 * max(0.0, room_s - _LONGEST_S)
    cost += 6 * max(0.0, 1 - length / (0.4 * limit))
    return cost + (1.0 if length > limit else 0.0)


def _inner_cost(token: _Token, after: _Token) -> float:
    """How ill it reads to go on in one caption over the border of two tokens."""
    if _ends(token.text, _SENTENCE_ENDS):
        return 3.5
    return 1.5 if after.start_s - token.end_s >= 0.6 else 0.0


class _Borders:
    """What borders between tokens cost and how long any run of tokens is, looked up at once."""

    def __init__(self, tokens: Sequence[_Token], limit: int) -> None:
        self.breaks = [_break_cost(a, b) for a, b in pairwise(tokens)]
        self.inner = [0.0, *accumulate(_inner_cost(a, b) for a, b in pairwise(tokens))]
        self.columns = [0, *accumulate(t.width + (1 if t.spaced else 0) for t in tokens)]
        self.lead = [1 if token.spaced else 0 for token in tokens]
        self.limit = limit

    def length(self, start: int, end: int) -> int:
        """Columns of the tokens from `start` until `end` in one line."""
        return self.columns[end] - self.columns[start] - self.lead[start]

    def fits(self, start: int, end: int) -> bool:
        """One or two lines hold the tokens: the first takes all it can."""
        if self.length(start, end) <= self.limit:
            return True
        most = self.columns[start] + self.lead[start] + self.limit
        split = bisect_right(self.columns, most, start, end + 1) - 1
        return split > start and self.length(split, end) <= self.limit


def _ways(tokens: Sequence[_Token], limit: int, until_s: float) -> list[int]:
    """For each number of tokens, where its last caption begins on the cheapest way to break."""
    borders = _Borders(tokens, limit)
    costs, backs = [0.0], [0]
    for end in range(1, len(tokens) + 1):
        best, back = float("inf"), end - 1
        next_s = tokens[end].start_s if end < len(tokens) else until_s
        price = borders.breaks[end - 1] if end < len(tokens) else 0.0
        for start in range(end - 1, -1, -1):
            if not borders.fits(start, end):
                break
            room_s = max(next_s - tokens[start].start_s, 0.01)
            cost = costs[start] + price + borders.inner[end - 1] - borders.inner[start]
            cost += _cue_cost(borders.length(start, end), room_s, limit)
            if cost < best:
                best, back = cost, start
        costs.append(best)
        backs.append(back)
    return backs


def phrases(
    words: Sequence[tuple[str, float, float]], limit: int, until_s: float
) -> tuple[Phrase, ...]:
    """Breaks timed words into captions of at most two lines of `limit` columns.

    `words` are (text, start, end) in seconds; the last caption may stay until `until_s`. The
    cheapest of all ways to break is taken, by dynamic programming over the words.
    """
    tokens = _tokens(words, limit)
    backs = _ways(tokens, limit, until_s)
    made: list[Phrase] = []
    end = len(tokens)
    while end:
        part = tokens[backs[end] : end]
        made.append(Phrase(_lines(part, limit), part[0].start_s, part[-1].end_s))
        end = backs[end]
    return tuple(reversed(made))
