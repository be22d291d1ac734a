"""Cards that build themselves: which of a picture's states is seen in a frame. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from assembly.captions.cues import Frozen

Entrance = Literal["fade", "cut", "up", "down", "left", "right"]

_OVER_S: dict[Entrance, float] = {
    "fade": 0.3, "cut": 0.0, "up": 0.6, "down": 0.6, "left": 1.2, "right": 1.2,
}  # fmt: skip
"""How long a state takes to appear, in seconds."""


class StateAt(Frozen):
    """When a state of a scene's picture appears, in seconds from the scene's edge.

    index   of the state among the picture's states, from 0
    how     it fades in, is there at once, or is uncovered in a direction
    box     what of the picture is new: left, top, right and bottom in shares of its sides
    """

    at_s: float
    index: int
    how: Entrance
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


class State(Frozen):
    """A state that appears from frame `start` on and is whole `frames` frames later."""

    start: int
    frames: int
    index: int
    how: Entrance
    box: tuple[float, float, float, float]


class Moment(NamedTuple):
    """What a frame shows: state `before`, and as much of `state` as `share` (0 to 1) says."""

    before: int
    state: State
    share: float


def plan_states(states: Sequence[StateAt], fps: int, frames: int) -> tuple[State, ...]:
    """The states in frames of a shot of `frames`; each is whole before the next one begins.

    Of states that begin in the same frame the last is taken. All have appeared when the shot ends.
    """
    starts = [min(max(0, round(state.at_s * fps)), frames - 1) for state in states]
    for number in reversed(range(len(starts) - 1)):
        starts[number] = min(starts[number], starts[number + 1])
    planned: list[State] = []
    for number, state in enumerate(states):
        until = starts[number + 1] if number + 1 < len(states) else frames
        if until == starts[number]:
            continue
        over = min(round(_OVER_S[state.how] * fps), until - starts[number])
        planned.append(
            State(
                start=starts[number] if planned else 0,
                frames=over if planned else 0,
                index=state.index,
                how=state.how if planned else "cut",
                box=state.box,
            )
        )
    return tuple(planned)


def cut_states(states: Sequence[State], start: int, end: int) -> tuple[State, ...]:
    """What of a shot's states is seen from its frame `start` until `end`, in frames from `start`.

    What came before says nothing of when it came, so that equal parts of a film are equal.
    """
    past = [state for state in states if state.start + state.frames <= start]
    later = [state for state in states if state.start + state.frames > start and state.start < end]
    if not past:
        # Before its edge a shot is seen in its first state.
        past, later = list(states[:1]), [state for state in later if state is not states[0]]
    base = [
        State(start=0, frames=0, index=state.index, how="cut", box=(0.0, 0.0, 1.0, 1.0))
        for state in past[-1:]
    ]
    moved = [state.model_copy(update={"start": state.start - start}) for state in later]
    return (*base, *moved)


def moment_at(states: Sequence[State], frame: int) -> Moment:
    """What frame `frame` shows of states that are told in the same frames."""
    number = max((n for n, state in enumerate(states) if state.start <= frame), default=0)
    state = states[number]
    before = states[max(0, number - 1)].index
    if frame >= state.start + state.frames:
        return Moment(before, state, 1.0)
    share = (frame - state.start + 1) / (state.frames + 1)
    return Moment(before, state, share * share * (3 - 2 * share))
