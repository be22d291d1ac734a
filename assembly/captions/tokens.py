"""Words cut where a caption line may break: at spaces, and by rules where there are none."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from assembly.captions.cues import Word

_NEVER_FIRST = frozenset(
    "、。，．・：；？！‐–—…‥〜～ー％％‰℃°′″"
    "）〕］｝〉》」』】〙〗〟’”»)]}"
    "ヽヾゝゞ々〻ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    ",.:;?!%ๆฯ។៕៖ៗ၊။ໆຯ"
)
"""What no line begins with (JIS X 4051 and GB/T 15834, with their likes in other scripts)."""
SENTENCE_ENDS = ".!?…。！？｡؟۔।"
"""What a sentence ends with, in any script."""
_NEVER_LAST = frozenset("（〔［｛〈《「『【〘〖〝‘“«([{＄￥￡＃￦$£¥€#")
"""What no line ends with."""
_KEPT_FORMATS = "\u200b\u200c\u200d\u200e\u200f\u061c"
"""Format characters that writing needs: joiners, marks of direction, and the space of no width."""
_SOFT_BREAK = "\u200b"
_BREAK_AFTER = "-/_.@:=&?#+~"

_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SOUTHEAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_SPACELESS = re.compile(f"[{_KANA}{_HAN}{_SOUTHEAST}\u3000-\u303f\uff00-\uff65]")
_EASTERN = re.compile(f"[{_KANA}{_HAN}\u3000-\u303f\uff00-\uff65]")
_CLUSTER = re.compile(
    r"[\u0e40-\u0e44\u0ec0-\u0ec4]?\S"
    r"(?:\u17d2\S|\u1039\S|[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd"
    r"\u102b-\u103e\u17b4-\u17d3\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\u200c-\u200f\u061c])*"
)
"""A letter with the vowels, marks and stacked letters that belong to it."""

Measure = Callable[[str], float]


@dataclass(frozen=True)
class Room:
    """What a line holds: at most `columns` columns and `pixels` pixels by `measure`."""

    columns: int
    pixels: float
    measure: Measure

    def holds(self, text: str) -> bool:
        """`text` fits on one line."""
        return wide_length(text) <= self.columns and self.measure(text) <= self.pixels


@dataclass(frozen=True)
class Token:
    """A part of a caption that no line breaks. `width` is in columns; `pixels` as measured."""

    text: str
    start_s: float
    end_s: float
    spaced: bool
    """A space stands before it when it is not the first of its line."""
    width: int = 0
    pixels: float = 0.0
    broken: bool = False
    """A word that is too long for a line was cut before this part of it."""


def wide_length(text: str) -> int:
    """Columns that `text` takes: wide characters (Chinese, Japanese, Korean) count 2, marks 0."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def clean(raw: str) -> str:
    """One line of text without control characters and overrides of direction; "" if unseen."""
    kept = (
        char
        if char.isprintable() or char in _KEPT_FORMATS
        else ""
        if unicodedata.category(char) in ("Cf", "Cs", "Co", "Cn") or char == "\0"
        else " "
        for char in raw
    )
    text = " ".join("".join(kept).split())
    return text if any(unicodedata.category(char) != "Cf" for char in text) else ""


def tokens(words: Sequence[Word], room: Room, language: str) -> list[Token]:
    """The words as parts between which a line may break, each with its share of the time."""
    made: list[Token] = []
    for run in _runs(_atoms(words)):
        for part in _parts(run, room, language):
            if made and part.spaced and _clings(made[-1].text, part.text):
                joined = f"{made[-1].text} {part.text}"
                if room.holds(joined):
                    made[-1] = replace(made[-1], text=joined, end_s=part.end_s)
                    continue
            made.append(part)
    widths = ((t, wide_length(t.text), room.measure(t.text)) for t in made)
    return [replace(t, width=wide, pixels=pixels) for t, wide, pixels in widths]


def _clings(before: str, after: str) -> bool:
    """Two words that no line parts although a space does: `10 000`, `Pourquoi ?`, `« Oui`."""
    if after[0] in _NEVER_FIRST:
        return before[-1] not in SENTENCE_ENDS
    return before[-1] in _NEVER_LAST or bool(
        re.search(r"(^|\D)\d{1,3}( \d{3})*$", before) and re.match(r"\d{3}(\D|$)", after)
    )


def _atoms(words: Sequence[Word]) -> Iterator[Token]:
    """Letters of spaceless writing one by one, all other words whole, with their times."""
    before = ""
    for word in words:
        text = clean(word.text)
        whole, done = max(1, len(text)), 0
        for order, part in enumerate(text.split(" ") if text else ()):
            glued = word.joined or bool(_EASTERN.match(before) and _EASTERN.match(part))
            spaced = bool(order) or not glued
            for piece in _pieces(part):
                span = word.end_s - word.start_s
                first, done = done, done + len(piece)
                yield Token(
                    piece,
                    word.start_s + span * first / whole,
                    word.start_s + span * min(done, whole) / whole,
                    spaced,
                )
                spaced, before = False, piece[-1]
            done += 1


def _pieces(part: str) -> list[str]:
    if not _SPACELESS.search(part) and _SOFT_BREAK not in part:
        return [part]
    pieces: list[str] = []
    for match in _CLUSTER.finditer(part):
        cluster = match[0]
        letters = not _SPACELESS.search(cluster) and cluster != _SOFT_BREAK
        if pieces and letters and not _SPACELESS.search(pieces[-1]) and pieces[-1] != _SOFT_BREAK:
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def _runs(atoms: Iterator[Token]) -> Iterator[list[Token]]:
    """Atoms that stand without a space between them."""
    run: list[Token] = []
    for atom in atoms:
        if run and atom.spaced:
            yield run
            run = []
        run.append(atom)
    if run:
        yield run


def _parts(run: list[Token], room: Room, language: str) -> Iterator[Token]:
    """A run cut where its language allows, and wherever a part of it would not fit on a line."""
    borders = _borders("".join(atom.text for atom in run), language)
    spaced, at = run[0].spaced, 0
    kept: list[Token] = []
    for atom in run:
        if kept and at in borders and _may_break(kept[-1].text, atom.text):
            yield from _fitted(kept, spaced, room)
            kept, spaced = [], False
        at += len(atom.text)
        if atom.text != _SOFT_BREAK:
            kept.append(atom)
    if kept:
        yield from _fitted(kept, spaced, room)


def _may_break(before: str, after: str) -> bool:
    return after[0] not in _NEVER_FIRST and before[-1] not in _NEVER_LAST


def _borders(text: str, language: str) -> frozenset[int]:
    """Where a run of letters may be cut: between phrases or words, as far as they can be told."""
    soft = {at + 1 for at, char in enumerate(text) if char == _SOFT_BREAK}
    if not _SPACELESS.search(text):
        return frozenset(soft)
    model = _model(text, language)
    if model:
        return frozenset(soft | set(accumulate(map(len, _parser(model)(text)))))
    # No dictionary: between any two letters of writing without spaces, unless it marks its words.
    found = {m.start() for m in _CLUSTER.finditer(text) if m.start()}
    return frozenset(soft or found)


def _model(text: str, language: str) -> str:
    if re.search(f"[{_KANA}]", text) or (language.startswith("ja") and re.search(_HAN_ANY, text)):
        return "ja"
    if re.search(_HAN_ANY, text):
        tall = language.lower() in ("zh-tw", "zh-hk", "zh-mo", "zh-hant", "yue")
        return "zh-hant" if tall else "zh-hans"
    return "th" if re.search("[\u0e01-\u0e5b]", text) else ""


_HAN_ANY = f"[{_HAN}]"


@functools.cache
def _parser(model: str) -> Callable[[str], list[str]]:
    """BudouX: https://github.com/google/budoux, small models that tell phrases (Japanese) and
    words (Chinese, Thai) apart."""
    import budoux

    load = {
        "ja": budoux.load_default_japanese_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
        "th": budoux.load_default_thai_parser,
    }[model]
    return load().parse


def _fitted(atoms: list[Token], spaced: bool, room: Room) -> Iterator[Token]:
    """The atoms as one token, or as several where one would not fit on a line."""
    whole = "".join(atom.text for atom in atoms)
    if room.holds(whole):
        yield Token(whole, atoms[0].start_s, atoms[-1].end_s, spaced)
        return
    letters = [(c, *_share(a, i)) for a in atoms for i, c in enumerate(_clusters(a.text))]
    begin, broken = 0, False
    while begin < len(letters):
        end = _cut(letters, begin, room)
        text = "".join(letter for letter, _, _ in letters[begin:end])
        if end < len(letters) and text[-1].isalpha() and letters[end][0].isalpha():
            text += "" if _SPACELESS.search(text[-1] + letters[end][0]) else "-"
        yield Token(text, letters[begin][1], letters[end - 1][2], spaced, broken=broken)
        begin, spaced, broken = end, False, True


def _clusters(text: str) -> list[str]:
    return [match[0] for match in _CLUSTER.finditer(text)]


def _share(atom: Token, order: int) -> tuple[float, float]:
    count = len(_clusters(atom.text))
    span = (atom.end_s - atom.start_s) / count
    return atom.start_s + order * span, atom.start_s + (order + 1) * span


def _cut(letters: list[tuple[str, float, float]], begin: int, room: Room) -> int:
    """Where the part that begins at `begin` ends: as late as it fits, behind a sign if it can."""
    if room.holds("".join(letter for letter, _, _ in letters[begin:])):
        return len(letters)
    end, text = begin + 1, letters[begin][0]
    while end < len(letters) and room.holds(text + letters[end][0] + "-"):
        text += letters[end][0]
        end += 1
    least = begin + max(1, (end - begin) // 2)
    for cut in range(end, least, -1):
        if letters[cut - 1][0][-1] in _BREAK_AFTER:
            return cut
    for cut in range(end, least, -1):
        if _may_break(letters[cut - 1][0], letters[cut][0]):
            return cut
    return end
