"""Segments: the film cut into parts that can be encoded, kept and joined one by one. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from assembly.builds import State, cut_states
from assembly.captions.cues import CaptionLook, Cue, Frozen, cut_cues
from assembly.encoding import Encoding, Options, picture_options
from assembly.focus import Focus
from assembly.overlays import Overlay, cut_overlays
from assembly.takes import After, Take
from assembly.timeline import Shot, Timeline
from assembly.transitions import Transition

_AT_HAND = 8
"""Segments of four scenes, each with the transition to it."""

RENDERER = 9
"""Raised whenever the same segment would come out as other pixels."""


Blend = Literal["body", "opening", "closing"] | Transition


class Layer(Frozen):
    """A picture in a segment. `first` is the segment's first frame within a move of `total` frames.

    For a clip, `first` counts from the frame at which the clip starts to run (it may be negative);
    its `takes` are shown one after the other, and `after` them the first again or the last frame.
    """

    picture: str
    kind: Literal["still", "clip"]
    motion: str
    first: int
    total: int
    takes: tuple[Take, ...] = ()
    after: After = "hold"
    states: tuple[State, ...] = ()
    """Of a picture that builds itself, in frames of this segment."""
    focus: Focus | None = None
    """Around which point it is cut to the film's shape; None: what it seems to be about."""


class Segment(Frozen):
    """All that decides the pixels of one part of the film; nothing of where it stands in it.

    blend   "body" shows one layer; "opening" and "closing" come from and go to `background`; a
            transition goes from the first layer to the second
    """

    version: int = RENDERER
    encoder: Options = picture_options(Encoding(), 30)
    """What the encoder is told; it names the container, too."""
    engine: str
    width: int
    height: int
    fps: int
    frames: int
    blend: Blend
    layers: tuple[Layer, ...]
    background: str
    """Seen through what is transparent, `#rrggbb`."""
    through: str = ""
    """What a transition that is a fade passes through, `#rrggbb`."""
    overlays: tuple[Overlay, ...] = ()
    """What stands over the layers, in frames of this segment."""
    cues: tuple[Cue, ...] = ()
    """Captions to burn, in frames of this segment."""
    look: CaptionLook | None = None

    def key(self) -> str:
        """The name of this segment's file: equal segments are the same file."""
        return "s1-" + hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:40]


def clip_layer(shot: Shot, start: int) -> Layer:
    """The layer of a clip's shot from frame `start` of the film on."""
    runs_from = -shot.overlap // 2 if shot.clip_start is None else shot.clip_start
    return Layer(
        picture=shot.picture,
        kind=shot.kind,
        motion=shot.motion,
        first=start - shot.start - runs_from,
        total=shot.frames if shot.motion != "none" else 1,
        takes=shot.takes,
        after=shot.after,
        focus=shot.focus,
    )


def _layer(timeline: Timeline, index: int, start: int, end: int) -> Layer:
    """The layer of shot `index` in a segment from frame `start` of the film until `end`."""
    shot = timeline.shots[index]
    if shot.kind == "clip":
        return clip_layer(shot, start)
    states = cut_states(shot.states, start - shot.start, end - shot.start)
    if shot.motion == "none":
        return Layer(
            picture=shot.picture, kind=shot.kind, motion="none", first=0, total=1, states=states,
            focus=shot.focus,
        )  # fmt: skip
    # The move spans the longest transition at both ends, so it does not depend on the neighbours.
    return Layer(
        picture=shot.picture,
        kind=shot.kind,
        motion=shot.motion,
        first=start - shot.start + timeline.reach,
        total=shot.frames + 2 * timeline.reach,
        states=states,
        focus=shot.focus,
    )


def segments(timeline: Timeline, engine: str = "") -> tuple[Segment, ...]:
    """The film as parts in order; their frames add up to `timeline.frames`. Pure.

    `engine` is the fingerprint of what renders them (see `assembly.render.engine`). A body and its
    neighbours share nothing: putting in a scene leaves all other bodies as they were.
    """
    made: list[Segment] = []
    encoder = picture_options(timeline.encoding, timeline.fps)

    def part(
        blend: Blend,
        shots: tuple[int, ...],
        start: int,
        end: int,
        through: str = "",
    ) -> None:
        if end <= start:
            return
        cues = cut_cues(timeline.burned, start, end, timeline.look.style)
        made.append(
            Segment(
                encoder=encoder,
                engine=engine,
                width=timeline.width,
                height=timeline.height,
                fps=timeline.fps,
                frames=end - start,
                blend=blend,
                layers=tuple(_layer(timeline, shot, start, end) for shot in shots),
                background=timeline.background,
                through=through,
                overlays=cut_overlays(timeline.overlays, start, end),
                cues=cues,
                look=timeline.look if cues else None,
            )
        )

    part("opening", (0,), 0, timeline.opening)
    last = len(timeline.shots) - 1
    for index, shot in enumerate(timeline.shots):
        begin = shot.start + (shot.overlap // 2 if index else timeline.opening)
        if index < last:
            after = timeline.shots[index + 1]
            part("body", (index,), begin, after.start - after.overlap // 2)
            half = after.overlap // 2
            ends = after.start - half, after.start + half
            part(after.transition, (index, index + 1), *ends, after.through)
        else:
            part("body", (index,), begin, timeline.frames - timeline.closing)
    part("closing", (last,), timeline.frames - timeline.closing, timeline.frames)
    return tuple(made)


def rendering_order(cut: Sequence[Segment]) -> list[int]:
    """In which order a film's segments, given by their numbers, are best rendered.

    The longest first, so that none is left over when all others have ended; but a few scenes at a
    time: their pictures, which two or three segments show, are still there at working size.
    """
    return sorted(range(len(cut)), key=lambda index: (index // _AT_HAND, -cut[index].frames))
