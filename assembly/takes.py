"""How clips fill a shot: which frames of which clip stand where, in whole frames. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Literal, NamedTuple

from pydantic import BaseModel

DISSOLVE_S = 0.5
"""How long a clip's end is laid over its own beginning, or over the beginning of the next."""
MOST_SLOWED = 1.5
"""A clip lasts at most so many times longer: slower, its movement is seen to step."""
UNSEEN_S = 0.1
"""A last frame that stands still for no longer is not noticed: better than a dissolve for it."""
PATIENCE = 0.25
"""A frame counts as begun this share of a film frame early: a container's clock is rounded."""

Fill = Literal["loop", "slow", "hold"]
After = Literal["loop", "hold"]


class ClipFile(BaseModel, frozen=True, extra="forbid"):
    """A clip as it came: its digest and length; `is_round` when its end leads into its start."""

    digest: str
    seconds: float
    is_round: bool = False


class Take(BaseModel, frozen=True, extra="forbid"):
    """A clip of `frames` frames at the film's rate, shown over `lasting` (more when slowed).

    Its last `dissolve` frames are mixed with the first of the take that follows.
    """

    picture: str
    frames: int
    lasting: int
    dissolve: int


class Seen(NamedTuple):
    """One clip's part in a frame of the film.

    run     counts the takes from the first on, rounds included
    frame   from the start of the take, 0 to `lasting` - 1
    share   of the picture, 0 to 1
    """

    run: int
    frame: int
    share: float


def clip_length(seconds: float, fps: int) -> int:
    """Frames of the film, one or more, in which a clip of `seconds` still shows a frame."""
    return max(1, ceil(round(seconds * fps - PATIENCE, 6)))


def plan_takes(
    clips: Sequence[ClipFile], fps: int, needed: int, fill: Fill
) -> tuple[tuple[Take, ...], After]:
    """The takes of a shot that shows `needed` frames, and what follows when they are over.

    "slow" stretches by as much as is needed up to `MOST_SLOWED`; what is then still too short
    loops. Clips that are long enough are not touched, whatever `fill` says.
    """
    lengths = [clip_length(clip.seconds, fps) for clip in clips]
    lasting = lengths
    if fill == "slow" and needed > sum(lengths):
        factor = min(MOST_SLOWED, needed / sum(lengths))
        lasting = [int(length * factor) for length in lengths]
        # What rounding took away is given back where the limit leaves room for it.
        if needed <= sum(lengths) * MOST_SLOWED:
            lasting[-1] += needed - sum(lasting)
    takes = []
    for index, clip in enumerate(clips):
        both = lasting[index], lasting[(index + 1) % len(clips)]
        dissolve = 0 if clip.is_round else min(round(DISSOLVE_S * fps), min(both) // 3)
        takes.append(
            Take(
                picture=clip.digest,
                frames=lengths[index],
                lasting=lasting[index],
                dissolve=dissolve,
            )
        )
    joined = sum(take.lasting - take.dissolve for take in takes) + takes[-1].dissolve
    missing = needed - joined
    return tuple(takes), "loop" if missing > UNSEEN_S * fps and fill != "hold" else "hold"


def seen_at(takes: Sequence[Take], after: After, number: int) -> tuple[Seen, ...]:
    """What is seen in frame `number` (below 0: the first frame): one clip, or two in a dissolve."""
    steps = [take.lasting - take.dissolve for take in takes]
    rounds, frame = divmod(max(0, number), sum(steps)) if after == "loop" else (0, max(0, number))
    index = 0
    while index < len(takes) - 1 and frame >= steps[index]:
        frame -= steps[index]
        index += 1
    run = rounds * len(takes) + index
    frame = min(frame, takes[index].lasting - 1)
    before = takes[index - 1]
    if run == 0 or frame >= before.dissolve:
        return (Seen(run, frame, 1.0),)
    moment = (frame + 0.5) / before.dissolve
    share = moment * moment * (3 - 2 * moment)
    old = Seen(run - 1, before.lasting - before.dissolve + frame, 1 - share)
    return old, Seen(run, frame, share)
