"""Which state of a card that builds itself is seen in which frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assembly.builds import StateAt, cut_states, moment_at, plan_states


def _at(*times_s: float) -> list[StateAt]:
    return [StateAt(at_s=time, index=n, how="fade") for n, time in enumerate(times_s)]


def test_a_state_is_half_there_in_the_middle_of_its_entrance_and_whole_at_its_end() -> None:
    states = plan_states(_at(0, 1.0), 30, 90)
    assert moment_at(states, 29).state.index == 0
    middle = moment_at(states, 34)
    assert (middle.before, middle.state.index, middle.share) == (0, 1, 0.5)
    assert moment_at(states, 39).share == 1.0


def test_a_state_is_whole_before_the_next_begins() -> None:
    first, second, third = plan_states(_at(0, 1.0, 1.1), 30, 90)
    assert second.start + second.frames == third.start == 33
    assert first.frames == 0


def test_of_states_in_the_same_frame_the_last_is_seen() -> None:
    states = plan_states(_at(0, 1.0, 1.001), 30, 90)
    assert [state.index for state in states] == [0, 2]


def test_states_after_the_end_are_seen_in_the_last_frame() -> None:
    states = plan_states(_at(0, 9.0), 30, 60)
    assert moment_at(states, 59).state.index == 1


def test_a_part_of_a_shot_does_not_tell_when_past_states_came() -> None:
    early = plan_states(_at(0, 0.5, 2.0), 30, 90)
    late = plan_states(_at(0, 1.0, 2.0), 30, 90)
    assert cut_states(early, 45, 90) == cut_states(late, 45, 90)


@given(
    st.lists(st.floats(0, 4), min_size=1, max_size=8).map(sorted),
    st.integers(-10, 80),
    st.integers(1, 60),
)
def test_a_part_shows_what_the_whole_shows(times: list[float], start: int, length: int) -> None:
    states = plan_states(_at(*times), 30, 100)
    part = cut_states(states, start, start + length)
    for frame in range(length):
        whole, cut = moment_at(states, max(0, start + frame)), moment_at(part, frame)
        assert whole.state.index == cut.state.index
        assert whole.share == cut.share
