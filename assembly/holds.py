"""Holds: which frames of a segment look like the one before them, known before any is drawn. Pure.

Only the others are drawn, captioned and sent to FFmpeg, which repeats each until the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from assembly.captions.ass import GROW_S
from assembly.segments import Segment

_TERMS = 64
"""FFmpeg refuses expressions that nest much deeper than this, and a sum nests with each term."""


def changes(segment: Segment) -> tuple[int, ...]:
    """Frames that may differ from the one before, in order; the first and the last always do.

    The last is told again so that the one before it is held to the segment's end.
    """
    if segment.blend != "body" or any(
        layer.kind == "clip" or layer.motion != "none" for layer in segment.layers
    ):
        return tuple(range(segment.frames))
    found = {0, segment.frames - 1, *_states(segment), *_overlays(segment)}
    found.update(caption_changes(segment))
    return tuple(sorted(frame for frame in found if 0 <= frame < segment.frames))


def clocks(frames: Sequence[int]) -> tuple[str, ...]:
    """Expressions for FFmpeg's `setpts`, one after another: the n-th frame gets time `frames[n]`.

    Times are in frames. No expression where each frame already has the time of its number.
    """
    terms = [
        f"{after - before - 1}*gte(N,{number})"
        for number, (before, after) in enumerate(pairwise(frames), 1)
        if after - before > 1
    ]
    return tuple("+".join(("PTS", *terms[at : at + _TERMS])) for at in range(0, len(terms), _TERMS))


def _states(segment: Segment) -> Iterator[int]:
    for layer in segment.layers:
        for state in layer.states:
            yield from range(state.start, state.start + state.frames + 1)


def _overlays(segment: Segment) -> Iterator[int]:
    for overlay in segment.overlays:
        yield from range(overlay.start, overlay.start + overlay.enter + 1)
        yield from range(overlay.end - overlay.leave, overlay.end + 1)


def caption_changes(segment: Segment) -> Iterator[int]:
    """Frames in which captions may differ from those of the frame before, in no order."""
    if segment.look is None:
        return
    growth = ceil(GROW_S * segment.fps) + 1 if segment.look.style == "pop" else 0
    for cue in segment.cues:
        yield from range(cue.start, cue.start + growth + 1)
        yield cue.end
        if segment.look.style != "plain":
            for word in cue.words:
                yield from (word.start, word.until)
