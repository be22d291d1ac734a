"""What is given up when memory is full, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from providers.local.diffusers_ease import TooLarge, eased_call, fewer_frames, is_memory

WAN = {"least": 5, "step": 4}


class Model:
    """A model that can be eased twice, and what was done to it."""

    name = "wan"

    def __init__(self) -> None:
        self.done: list[str] = []
        self.eased: list[str] = []
        self.ways: list[tuple[str, Callable[[], None]]] = [
            (way, lambda way=way: self.done.append(way))  # type: ignore[misc]
            for way in ("offloaded", "tiled")
        ]


class Room:
    """A shelf with so many other models on it."""

    def __init__(self, others: int = 0) -> None:
        self.others = others

    def make_room(self, keep: object) -> bool:
        self.others -= 1
        return self.others >= 0


def made_after(fulls: int, tried: list[int | None]) -> Callable[[int | None], str]:
    def run(frames: int | None) -> str:
        tried.append(frames)
        if len(tried) <= fulls:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return "made"

    return run


@pytest.mark.parametrize(
    ("fulls", "told", "frames"),
    [
        (0, (), [None]),
        (1, ("offloaded",), [None] * 2),
        (2, ("offloaded", "tiled"), [None] * 3),
        (3, ("offloaded", "tiled", "37 frames instead of 81"), [None, None, None, 37]),
        (4, ("offloaded", "tiled", "17 frames instead of 81"), [None, None, None, 37, 17]),
    ],
)
def test_a_model_is_offloaded_then_tiled_then_makes_fewer_frames(
    fulls: int, told: tuple[str, ...], frames: list[int | None]
) -> None:
    tried: list[int | None] = []
    made, eased = eased_call(made_after(fulls, tried), Model(), 81, WAN, Room())
    assert (made, eased.told, tried) == ("made", told, frames)


def test_other_models_go_first() -> None:
    model = Model()
    _, eased = eased_call(made_after(1, []), model, 81, WAN, Room(others=1))
    assert (eased.told, model.done) == ((), [])


def test_how_a_model_was_eased_holds_and_is_told_again() -> None:
    model = Model()
    eased_call(made_after(1, []), model, 81, WAN, Room())
    _, eased = eased_call(made_after(0, []), model, 81, WAN, Room())
    assert eased.told == ("offloaded",)


def test_what_does_not_fit_however_it_is_eased_is_told() -> None:
    with pytest.raises(TooLarge, match="wan does not fit into memory"):
        eased_call(made_after(99, []), Model(), 81, WAN, Room())
    with pytest.raises(TooLarge):
        eased_call(made_after(99, []), Model(), None, {}, Room())


def test_another_error_is_not_eased_away() -> None:
    def run(_frames: int | None) -> str:
        raise RuntimeError("shapes do not fit")

    model = Model()
    with pytest.raises(RuntimeError, match="shapes"):
        eased_call(run, model, 81, WAN, Room())
    assert model.done == []


@pytest.mark.parametrize("frames", [5, 9, 13, 37, 49, 81, 121])
def test_fewer_frames_are_a_number_that_the_model_makes(frames: int) -> None:
    fewer = fewer_frames(frames, WAN)
    if frames == 5:
        assert fewer is None
    else:
        assert fewer is not None
        assert 5 <= fewer < frames
        assert (fewer - 5) % 4 == 0


def test_full_memory_is_known_by_kind_and_by_words() -> None:
    class OutOfMemoryError(RuntimeError):
        """torch's own, by its name."""

    assert is_memory(MemoryError())
    assert is_memory(OutOfMemoryError())
    assert is_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    assert not is_memory(ValueError("out of memory"))
