"""Transitions: how one shot gives way to the next. Pure: names, lengths, course in time."""

from __future__ import annotations

from typing import Literal, get_args

Transition = Literal[
    "cut", "dissolve", "fade", "fade-white",
    "slide-left", "slide-right", "slide-up", "slide-down",
    "push-left", "push-right", "push-up", "push-down",
    "wipe-left", "wipe-right", "wipe-up", "wipe-down",
]  # fmt: skip
"""How a shot begins. A direction is the one in which things move, or the edge of a wipe.

fade         the old shot goes to the film's dark, and the new one comes from it
fade-white   the same by the film's light
slide        the new shot comes over the old one, which gives way a little
push         the new shot pushes the old one out
wipe         a soft edge runs over the frame, and behind it stands the new shot
"""

TRANSITIONS: tuple[Transition, ...] = get_args(Transition)

NAMES = ("cut", "dissolve", "fade", "fade-white", "slide", "push", "wipe", *TRANSITIONS[4:])
"""All that a script may name; without a direction, the film's writing decides it."""

USUAL_S = {"cut": 0.0, "dissolve": 0.4, "fade": 0.5, "fade-white": 0.5, "slide": 0.5, "push": 0.5,
           "wipe": 0.5}  # fmt: skip
"""How long each kind lasts when nobody says."""
LONGEST_S = 2.0

_TOWARD = {"slide": ("left", "right"), "push": ("left", "right"), "wipe": ("right", "left")}
"""Where a kind runs when nobody says: in writing from the left, and from the right. What comes next
comes from where the eye goes on, and the edge of a wipe runs as the eye does."""


def kind_of(transition: str) -> str:
    """The transition without its direction."""
    kind, _, toward = transition.rpartition("-")
    return kind if toward in ("left", "right", "up", "down") else transition


def resolve(name: str, right_to_left: bool) -> Transition | None:
    """The transition that `name` means, its direction too; None: there is none of that name."""
    if name in _TOWARD:
        name = f"{name}-{_TOWARD[name][right_to_left]}"
    return next((known for known in TRANSITIONS if known == name), None)


def share_at(transition: str, moment: float) -> float:
    """How much of a transition has passed, 0 to 1, at `moment` (0 to 1) of its time.

    Slow at both ends and even about the middle, where the new shot becomes the greater part. What
    moves starts and stops more gently than what only changes its brightness.
    """
    moment = min(1.0, max(0.0, moment))
    if kind_of(transition) in _TOWARD:
        return moment**3 * (10 + moment * (6 * moment - 15))
    return moment * moment * (3 - 2 * moment)


def is_fade(transition: str) -> bool:
    """Whether the transition passes through a colour."""
    return transition in ("fade", "fade-white")
