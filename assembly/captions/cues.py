"""Captions as data: what is shown from which frame on, how it looks, and what it keeps clear of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

CaptionStyle = Literal["plain", "highlight", "pop"]
"""plain: words in a box; highlight: the word being spoken takes the accent colour; pop: one to
three large words at a time."""


class Frozen(BaseModel):
    """Immutable, closed data."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(Frozen):
    """A written word and when it is heard, in seconds from the start of its narration."""

    text: str
    start_s: float
    end_s: float
    joined: bool = False
    """Follows the word before it without a space."""


class Area(Frozen):
    """A part of the frame that captions keep clear: a lower third, a face.

    Edges are shares of the frame (0 to 1, from the left and the top); times are seconds from the
    scene's edge.
    """

    left: float
    top: float
    right: float
    bottom: float
    from_s: float = 0.0
    until_s: float | None = None
    """None: until the scene ends."""


class CaptionLook(Frozen):
    """How captions are burned. Colours are `#rrggbb`, `size` a share of the frame's short side."""

    font: str
    """Family name as libass finds it in the fonts folder."""
    size: float = 0.045
    color: str = "#ffffff"
    box: str = "#000000"
    box_opacity: float = 0.62
    bold: bool = True
    style: CaptionStyle = "plain"
    accent: str = "#ffd84d"
    """Colour of the word being spoken."""
    right_to_left: bool = False
    """The film's language is written so."""


class CueWord(Frozen):
    """A part of a caption line that is spoken as one, from frame `start` until frame `end`."""

    text: str
    """With the space before it, if it is written with one. A line is its words without the first
    space."""
    line: int
    start: int
    end: int
    until: int
    """Its colour stays until this frame: through a short pause, so that nothing flickers."""


class Cue(Frozen):
    """A caption on screen from frame `start` until (without) frame `end`; one or two lines."""

    start: int
    end: int
    lines: tuple[str, ...]
    words: tuple[CueWord, ...] = ()
    """When each part of the lines is spoken, in the frames of `start` and `end`; may be empty."""
    y: float | None = None
    """Where its middle stands, as a share of the frame's height; None: at the usual place."""
    scale: float = 1.0
    """Share of the usual type size."""
    begun: int = 0
    """Frames for which it was already seen before `start`."""


def cut_cues(cues: tuple[Cue, ...], start: int, end: int, style: CaptionStyle) -> tuple[Cue, ...]:
    """Captions seen between two frames of the film, in frames from the first.

    Words' times are dropped where the style does not show them, so that only what is seen decides.
    """
    return tuple(
        cue.model_copy(
            update={
                "start": max(cue.start, start) - start,
                "end": min(cue.end, end) - start,
                "begun": min(start - cue.start, _SETTLED) if cue.start < start else 0,
                "words": tuple(_cut_word(word, start, end) for word in cue.words),
            }
            if style != "plain"
            else {
                "start": max(cue.start, start) - start,
                "end": min(cue.end, end) - start,
                "words": (),
            }
        )
        for cue in cues
        if cue.start < end and cue.end > start
    )


_SETTLED = 60
"""Frames after which no caption moves any more, at any frame rate."""


def _cut_word(word: CueWord, start: int, end: int) -> CueWord:
    first, last, until = (
        min(max(frame, start), end) - start for frame in (word.start, word.end, word.until)
    )
    return word.model_copy(update={"start": first, "end": last, "until": until})
