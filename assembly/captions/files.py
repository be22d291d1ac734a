"""Captions as files: SubRip and WebVTT, from the same cues as those in the picture."""

from __future__ import annotations

from collections.abc import Sequence

from assembly.captions.ass import JOINER, to_ass
from assembly.captions.bidi import directed
from assembly.captions.cues import CaptionLook, Cue
from assembly.captions.layout import band

__all__ = ["to_ass", "to_srt", "to_vtt"]


def _clock(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{thousandths:03d}"


def _span(cue: Cue, fps: int, point: str) -> str:
    start, end = (round(frame * 1000 / fps) for frame in (cue.start, cue.end))
    return f"{_clock(start, point)} --> {_clock(end, point)}"


def to_srt(cues: Sequence[Cue], fps: int, right_to_left: bool = False) -> str:
    """The cues as SubRip text, lines ended as on Windows: every player takes these.

    Signs that players read as tags are kept apart from what follows.
    """
    blocks = []
    for number, cue in enumerate(cues, 1):
        text = "\n".join(directed(line, right_to_left) for line in cue.lines)
        for sign in "<{&":
            text = text.replace(sign, sign + JOINER)
        text = text.replace("\\", "\\" + JOINER).replace("-->", f"--{JOINER}>")
        blocks.append(f"{number}\n{_span(cue, fps, ',')}\n{text}\n")
    return "\n".join(blocks).replace("\n", "\r\n")


def to_vtt(cues: Sequence[Cue], fps: int, look: CaptionLook, width: int, height: int) -> str:
    """The cues as WebVTT, with `&`, `<` and `>` as character references.

    A caption that was moved out of something's way says so, by its top edge.
    Source: https://www.w3.org/TR/webvtt1/ (cue text; "-->" may not stand in a payload).
    """
    blocks = ["WEBVTT\n"]
    for cue in cues:
        text = "\n".join(directed(line, look.right_to_left) for line in cue.lines)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        top = max(0.0, band(cue, look, width, height)[0])
        place = "" if cue.y is None else f" line:{100 * top:.1f}%"
        blocks.append(f"{_span(cue, fps, '.')}{place}\n{text}\n")
    return "\n".join(blocks)
