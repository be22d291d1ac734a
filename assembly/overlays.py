"""Overlays: drawings that stand over scenes, such as a logo in a corner or a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from assembly.captions.cues import Area, Frozen

AFTER_S = 0.5
"""A name appears so long after its scene begins."""
ENTER_S, LEAVE_S = 0.5, 0.3
"""How long a name takes to appear and to go."""
LEAST_S = 1.0
"""A name is shown for no less, where its scene is that long."""

Side = Literal["left", "right"]


class Drawing(Frozen):
    """The part of a frame with a transparent ground on which something is drawn, in even pixels."""

    picture: str
    """Digest of a PNG with alpha, as large as the film."""
    left: int
    top: int
    width: int
    height: int

    def area(self, width: int, height: int) -> Area:
        """Its place as shares of a frame of this size."""
        return Area(
            left=self.left / width, top=self.top / height,
            right=(self.left + self.width) / width, bottom=(self.top + self.height) / height,
        )  # fmt: skip


class Overlay(Frozen):
    """A drawing on screen from frame `start` until (without) frame `end`."""

    drawing: Drawing
    start: int
    end: int
    enter: int = 0
    """Frames in which it appears."""
    leave: int = 0
    """Frames in which it goes."""
    opacity: float = 1.0
    uncovers: Side | None = None
    """It is uncovered from this side on as it appears; None: it fades in."""

    def moment(self, frame: int) -> tuple[float, float]:
        """(share that has appeared, share that has not gone) in a frame: 0 to 1, eased."""
        come = 1.0 if not self.enter else (frame - self.start + 0.5) / self.enter
        left = 1.0 if not self.leave else (self.end - frame - 0.5) / self.leave
        if not self.start <= frame < self.end:
            return 0.0, 0.0
        return _eased(come), _eased(left)


def _eased(moment: float) -> float:
    moment = min(1.0, max(0.0, moment))
    return moment * moment * (3 - 2 * moment)


def cut_overlays(overlays: Iterable[Overlay], start: int, end: int) -> tuple[Overlay, ...]:
    """What is seen between two frames of the film, in frames from the first.

    What came before and what goes after is left out, so that only what is seen decides.
    """
    return tuple(_cut(o, start, end) for o in overlays if o.start < end and o.end > start)


def _cut(overlay: Overlay, start: int, end: int) -> Overlay:
    told: dict[str, int] = {}
    if overlay.start + overlay.enter <= start:
        told |= {"start": 0, "enter": 0}
    else:
        told["start"] = overlay.start - start
    if overlay.end - overlay.leave >= end:
        told |= {"end": end - start, "leave": 0}
    else:
        told["end"] = overlay.end - start
    is_there = told.get("enter") == 0
    return overlay.model_copy(update=told | ({"uncovers": None} if is_there else {}))


class Stay(Frozen):
    """A shot as overlays need it: its frames, and how many of them it shares at either end."""

    start: int
    end: int
    before: int
    """Frames until it is seen alone: half a transition, or the film's opening."""
    after: int
    """Frames for which it is not seen alone any more at its end."""


def name_overlay(
    drawing: Drawing, stay: Stay, seconds: float, fps: int, right_to_left: bool
) -> Overlay:
    """The name of someone who is seen: it comes after a moment and goes before the shot does."""
    alone, gone = stay.start + stay.before, stay.end - stay.after
    start = max(alone, stay.start + round(AFTER_S * fps))
    if gone - start < LEAST_S * fps:
        start = alone
    end = min(start + round(seconds * fps), gone)
    third = (end - start) // 3
    return Overlay(
        drawing=drawing, start=start, end=end,
        enter=min(round(ENTER_S * fps), third), leave=min(round(LEAVE_S * fps), third),
        uncovers="right" if right_to_left else "left",
    )  # fmt: skip


def name_area(overlay: Overlay, stay: Stay, fps: int, size: tuple[int, int]) -> Area:
    """Where captions of the shot make way for a name, and when."""
    from_s, until_s = ((frame - stay.start) / fps for frame in (overlay.start, overlay.end))
    area = overlay.drawing.area(*size)
    return area.model_copy(update={"from_s": from_s, "until_s": until_s})


def logo_overlays(
    drawing: Drawing, opacity: float, stays: Sequence[Stay], shown: Sequence[bool]
) -> tuple[Overlay, ...]:
    """The logo over each run of shots that show it; it comes and goes with their transitions."""
    made: list[Overlay] = []
    runs = [0, *(n for n, (a, b) in enumerate(pairwise(shown), 1) if a != b), len(shown)]
    for first, stop in pairwise(runs):
        if not shown[first]:
            continue
        one, last = stays[first], stays[stop - 1]
        # At either end of the film it comes and goes with the picture itself, else with all of
        # the transition, half of which lies beyond the shot.
        beyond = one.before if first else 0, last.after if stop < len(stays) else 0
        made.append(
            Overlay(
                drawing=drawing, opacity=opacity,
                start=one.start - beyond[0], enter=one.before + beyond[0],
                end=last.end + beyond[1], leave=last.after + beyond[1],
            )
        )  # fmt: skip
    return tuple(made)
