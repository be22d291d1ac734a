"""Where captions break: words become phrases of one or two balanced lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from assembly.captions.cues import Word
from assembly.captions.tokens import SENTENCE_ENDS, Room, Token, tokens

_CLAUSE_ENDS = ",;:–—、，；：،؛"
_QUOTES = "\"'”’)]»」』）"
_LONGEST_S = 6.0
_BREATH_S = 0.28
MOST_COLUMNS_A_SECOND = 20
"""What can be read with ease; speech may be faster."""


@dataclass(frozen=True)
class Phrase:
    """One caption: its lines, each of the parts that are spoken one after another."""

    lines: tuple[tuple[Token, ...], ...]

    @property
    def start_s(self) -> float:
        """When its first word sounds."""
        return self.lines[0][0].start_s

    @property
    def end_s(self) -> float:
        """When its last word has sounded."""
        return self.lines[-1][-1].end_s


def line_text(parts: Sequence[Token]) -> str:
    """The parts as one line."""
    return "".join((" " if order and t.spaced else "") + t.text for order, t in enumerate(parts))


def ends_with(text: str, marks: str) -> bool:
    """`text` ends with one of `marks`, before or behind closing quotes."""
    return text.rstrip(_QUOTES)[-1:] in tuple(marks) or text[-1:] in tuple(marks)


def ends_clause(text: str) -> bool:
    """A sentence or a clause ends with `text`."""
    return ends_with(text, SENTENCE_ENDS + _CLAUSE_ENDS)


def _break_cost(token: Token, after: Token) -> float:
    """How ill it reads to end a caption or a line between two tokens."""
    cost = 7.0
    if after.broken:
        cost = 14.0
    elif ends_with(token.text, SENTENCE_ENDS):
        cost = 0.0
    elif ends_with(token.text, _CLAUSE_ENDS):
        cost = 1.0
    elif after.start_s - token.end_s >= _BREATH_S:
        cost = 2.0
    elif token.text[-1].isdigit() and after.width <= 3:
        # A number and its unit.
        cost = 12.0
    elif token.width <= 3 and after.spaced:
        # Articles and prepositions belong to what follows them, in most languages.
        cost = 10.0
    return cost


def _cue_cost(length: int, room_s: float, limit: int) -> float:
    """How ill one caption of `length` columns reads that may stay for `room_s`."""
    fast = length / room_s - MOST_COLUMNS_A_SECOND
    cost = 4.0
    if room_s < 1.0:
        cost += 15 + 40 * (1.0 - room_s)
    if fast > 0:
        cost += 6 + 1.2 * fast
    cost += 4 * max(0.0, room_s - _LONGEST_S)
    cost += 6 * max(0.0, 1 - length / (0.4 * limit))
    return cost + (1.0 if length > limit else 0.0)


def _inner_cost(token: Token, after: Token) -> float:
    """How ill it reads to go on in one caption over the border of two tokens."""
    if ends_with(token.text, SENTENCE_ENDS):
        return 3.5
    return 1.5 if after.start_s - token.end_s >= 0.6 else 0.0


class _Borders:
    """What borders between tokens cost and how long any run of tokens is, looked up at once."""

    def __init__(self, parts: Sequence[Token], room: Room) -> None:
        space = room.measure(" ")
        self.breaks = [_break_cost(a, b) for a, b in pairwise(parts)]
        self.inner = [0.0, *accumulate(_inner_cost(a, b) for a, b in pairwise(parts))]
        self.columns = [0, *accumulate(t.width + t.spaced for t in parts)]
        self.pixels = [0.0, *accumulate(t.pixels + space * t.spaced for t in parts)]
        self.lead = [int(token.spaced) for token in parts]
        self.gaps = [space * token.spaced for token in parts]
        self.room = room

    def length(self, start: int, end: int) -> int:
        """Columns of the tokens from `start` until `end` in one line."""
        return self.columns[end] - self.columns[start] - self.lead[start]

    def one_line(self, start: int, end: int) -> bool:
        """One line holds the tokens, in columns and in pixels."""
        pixels = self.pixels[end] - self.pixels[start] - self.gaps[start]
        return self.length(start, end) <= self.room.columns and pixels <= self.room.pixels

    def fits(self, start: int, end: int) -> bool:
        """One or two lines hold the tokens: the first takes all it can."""
        if self.one_line(start, end):
            return True
        most = self.columns[start] + self.lead[start] + self.room.columns
        wide = self.pixels[start] + self.gaps[start] + self.room.pixels
        split = bisect_right(self.columns, most, start, end + 1) - 1
        split = min(split, bisect_right(self.pixels, wide, start, end + 1) - 1)
        return split > start and self.one_line(split, end)

    def lines(self, start: int, end: int) -> list[int]:
        """Where the lines of a caption begin: one where it fits, else the best two."""
        if self.one_line(start, end):
            return [start]
        ways = [
            # The difference rules; a lower line slightly longer than the upper reads best.
            (
                abs(self.length(start, split) - self.length(split, end) + 1)
                + 0.6 * self.breaks[split - 1],
                split,
            )
            for split in range(start + 1, end)
            if self.one_line(start, split) and self.one_line(split, end)
        ]
        return [start, min(ways)[1]] if ways else [start]


def _ways(parts: Sequence[Token], borders: _Borders, until_s: float) -> list[int]:
    """For each number of tokens, where its last caption begins on the cheapest way to break."""
    costs, backs = [0.0], [0]
    for end in range(1, len(parts) + 1):
        best, back = float("inf"), end - 1
        next_s = parts[end].start_s if end < len(parts) else until_s
        price = borders.breaks[end - 1] if end < len(parts) else 0.0
        for start in range(end - 1, -1, -1):
            if start < end - 1 and not borders.fits(start, end):
                break
            room_s = max(next_s - parts[start].start_s, 0.01)
            cost = costs[start] + price + borders.inner[end - 1] - borders.inner[start]
            cost += _cue_cost(borders.length(start, end), room_s, borders.room.columns)
            if cost < best:
                best, back = cost, start
        costs.append(best)
        backs.append(back)
    return backs


def phrases(
    words: Sequence[Word], room: Room, until_s: float, language: str = ""
) -> tuple[Phrase, ...]:
    """Breaks timed words into captions of at most two lines that `room` holds.

    The last caption may stay until `until_s`, in the seconds of the words. The cheapest of all ways
    to break is taken, by dynamic programming over the words.
    """
    parts = tokens(words, room, language)
    borders = _Borders(parts, room)
    backs = _ways(parts, borders, until_s)
    made: list[Phrase] = []
    end = len(parts)
    while end:
        cuts = [*borders.lines(backs[end], end), end]
        made.append(Phrase(tuple(tuple(parts[a:b]) for a, b in pairwise(cuts))))
        end = backs[end]
    return tuple(reversed(made))
