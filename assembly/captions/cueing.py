"""From phrases to captions in frames: how long each stays, and the large words of style "pop"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from assembly.captions.cues import Area, CaptionLook, CaptionStyle, Cue, CueWord, Word
from assembly.captions.layout import font_size, keep_clear, line_limit, line_room
from assembly.captions.phrases import MOST_COLUMNS_A_SECOND, Phrase, ends_clause, line_text, phrases
from assembly.captions.tokens import Measure, Room, wide_length

LEAST_S = 1.0
"""No caption is on screen for less, where its scene has the time."""
LEAST_GAP_S = 0.1
"""Captions follow each other at once or with at least this much time between them."""
_LINGER_S = 0.35
_JOIN_S = 0.4
_EARLY_S = 0.5
_HOLD_S = 0.3

_POP_WORDS = 3
_POP_COLUMNS = 20
_POP_S = 0.9
_POP_LEAST_S = 0.35


class Stage(NamedTuple):
    """What captions are made for: the film's pace and shape, its type, and what a line holds."""

    fps: int
    width: int
    height: int
    look: CaptionLook
    language: str
    room: Room


def stage_for(
    style: CaptionStyle,
    look: CaptionLook,
    fps: int,
    size: tuple[int, int],
    language: str,
    measure: Measure | None,
) -> Stage:
    """What captions of `style` are made for; `measure` tells pixels at the size of plain ones."""
    plain, look = (look.model_copy(update={"style": s}) for s in ("plain", style))
    larger = font_size(look, *size) / font_size(plain, *size)

    def pixels(text: str) -> float:
        # Kerning between the parts of a line, and rounding in libass, may add this much.
        return 1.01 * larger * measure(text) if measure else 0.0

    room = Room(line_limit(*size), line_room(look, *size), pixels)
    return Stage(fps, *size, look, language, room)


class Span(NamedTuple):
    """A scene's frames: its edges, when its last transition begins, and when its speech does."""

    start: int
    quiet_end: int
    end: int
    speech_s: float
    """Seconds from the start of the film."""


def _frame(seconds: float, fps: int) -> int:
    """The nearest frame; a half goes up wherever in the film it stands, so that a scene's captions
    stay as they are when the scenes before it change."""
    return floor(seconds * fps + 0.5 + 1e-6)


def scene_cues(
    words: Sequence[Word], span: Span, stage: Stage, areas: Sequence[Area] = ()
) -> list[Cue]:
    """The captions of one scene, in the frames of the film. They depend on this scene alone."""
    fps = stage.fps
    told = [
        word.model_copy(
            update={"start_s": span.speech_s + word.start_s, "end_s": span.speech_s + word.end_s}
        )
        for word in words
    ]
    spoken = phrases(told, stage.room, span.end / fps, stage.language)
    if not spoken:
        return []
    gap = _least_gap(fps)
    starts = [min(max(_frame(phrase.start_s, fps), span.start), span.end - 1) for phrase in spoken]
    # The last caption leaves before the scene does, if it has been read by then.
    last = starts[-1] + _needed(spoken[-1], fps), _frame(spoken[-1].end_s, fps)
    starts.append(span.end if max(last) > span.quiet_end else span.quiet_end)
    cues: list[Cue] = []
    before = span.start
    for order, phrase in enumerate(spoken):
        until = starts[order + 1]
        lines = tuple(line_text(line) for line in phrase.lines)
        # Long enough to be read, as far as there is room: first behind the words, then before them.
        needed = _needed(phrase, fps)
        start = starts[order]
        stop = max(_frame(phrase.end_s + _LINGER_S, fps), start + needed)
        if until - stop < _JOIN_S * fps:
            stop = until
        stop = min(stop, until)
        early = needed - (stop - start)
        if early > 0:
            start = max(before, start - min(early, ceil(_EARLY_S * fps)))
        if start - before < gap and (cues or start - before > 0):
            start = before
        if span.end - stop < gap:
            stop = span.end
        if stop <= start:
            continue
        cue = Cue(
            start=start,
            end=stop,
            lines=lines,
            words=_lit(tuple(_words(phrase, start, stop, fps)), stop, fps),
        )
        cues.append(_placed(cue, span, stage, areas))
        before = stop
    return cues


def _least_gap(fps: int) -> int:
    """Frames of the shortest time without a caption that is not seen as a flash."""
    return max(2, ceil(LEAST_GAP_S * fps))


def _needed(phrase: Phrase, fps: int) -> int:
    """Frames it takes to read a caption."""
    columns = sum(wide_length(line_text(line)) for line in phrase.lines)
    return ceil(max(LEAST_S, columns / MOST_COLUMNS_A_SECOND) * fps)


def _words(phrase: Phrase, start: int, end: int, fps: int) -> Iterator[CueWord]:
    """The parts of a phrase with their frames, none before the one in front of it."""
    now = start
    for number, line in enumerate(phrase.lines):
        for token in line:
            first = min(max(now, _frame(token.start_s, fps)), end)
            now = min(max(first, _frame(token.end_s, fps)), end)
            text = (" " if token.spaced else "") + token.text
            yield CueWord(text=text, line=number, start=first, end=now, until=now)


def _lit(words: Sequence[CueWord], end: int, fps: int) -> tuple[CueWord, ...]:
    """The words of a caption, each with its colour until the next begins, or through a pause."""
    following = [*(word.start for word in words[1:]), end]
    return tuple(
        word.model_copy(update={"until": after if after - word.end < _HOLD_S * fps else word.end})
        for word, after in zip(words, following, strict=True)
    )


def _placed(cue: Cue, span: Span, stage: Stage, areas: Sequence[Area]) -> Cue:
    """The caption clear of what is shown at its time."""
    begin, end = (cue.start - span.start) / stage.fps, (cue.end - span.start) / stage.fps
    seen = [
        area
        for area in areas
        if area.from_s < end and (area.until_s is None or area.until_s > begin)
    ]
    return keep_clear(cue, seen, stage.look, stage.width, stage.height) if seen else cue


def pop_cues(
    cues: Sequence[Cue], span: Span, stage: Stage, areas: Sequence[Area] = ()
) -> list[Cue]:
    """The words of one scene's captions, one to three at a time, each until the next are said."""
    groups = [group for cue in cues for group in _groups(cue, stage)]
    made: list[Cue] = []
    for order, (cue, group) in enumerate(groups):
        following = groups[order + 1][1][0].start if order + 1 < len(groups) else cue.end
        start = max(group[0].start, made[-1].end if made else span.start)
        if not made and start - span.start < _least_gap(stage.fps):
            start = span.start
        stop = max(group[-1].end, start + ceil(_POP_LEAST_S * stage.fps))
        if following - stop < _JOIN_S * stage.fps:
            stop = following
        if span.end - stop < _least_gap(stage.fps):
            stop = span.end
        stop = min(stop, max(following, start + 1), span.end)
        if stop <= start:
            continue
        text = "".join(word.text for word in group).strip()
        pixels = stage.room.measure(text)
        clipped = [
            word.model_copy(
                update={
                    "line": 0,
                    "start": min(max(word.start, start), stop),
                    "end": min(max(word.end, start), stop),
                }
            )
            for word in group
        ]
        shown = Cue(
            start=start,
            end=stop,
            lines=(text,),
            words=_lit(clipped, stop, stage.fps),
            scale=round(min(1.0, stage.room.pixels / pixels), 3) if pixels else 1.0,
        )
        made.append(_placed(shown, span, stage, areas))
    return made


def _groups(cue: Cue, stage: Stage) -> Iterator[tuple[Cue, list[CueWord]]]:
    """Words that are shown together, by the cheapest of all ways to part them."""
    words = cue.words
    costs, backs = [0.0], [0]
    for end in range(1, len(words) + 1):
        ways = [
            (costs[start] + _group_cost(words[start:end], end == len(words), stage), start)
            for start in range(max(0, end - _POP_WORDS), end)
        ]
        cost, back = min(ways)
        costs.append(cost)
        backs.append(back)
    cuts = [len(words)]
    while cuts[-1]:
        cuts.append(backs[cuts[-1]])
    for start, end in pairwise(reversed(cuts)):
        yield cue, list(words[start:end])


def _group_cost(group: Sequence[CueWord], is_last: bool, stage: Stage) -> float:
    """How ill it looks to show these words together."""
    text = "".join(word.text for word in group).strip()
    long_s = (group[-1].end - group[0].start) / stage.fps
    cost = 3 + 8 * max(0.0, long_s - _POP_S) + 30 * max(0.0, _POP_LEAST_S - long_s)
    cost += 6 * sum(ends_clause(word.text) for word in group[:-1])
    if len(group) > 1 and (
        wide_length(text) > _POP_COLUMNS or stage.room.measure(text) > stage.room.pixels
    ):
        cost += 1000
    last = group[-1].text.strip()
    if not is_last and not ends_clause(last) and wide_length(last) <= 3:
        # Articles and prepositions belong to what follows them, in most languages.
        cost += 4
    return cost
