"""Where a long sound can be cut: each passage of a known text ends in a pause. Pure numpy.

Aligners lose their way in long sounds, and a narration of a whole film is cut into its scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from providers.requests import SpokenWord

Array = np.ndarray[Any, Any]
SHORTEST_S = 0.12
"""A pause is at least this long: stops within words are shorter."""
USUAL_S = 0.35
"""A pause this long or longer is as good a place for an end as any."""
_FRAME_S = 0.01
_ONSET_S = 0.06
"""How much of a soft consonant may lie in what is measured as a pause."""
_BELOW = 10 ** (-32 / 20)
"""Quieter than this beside loud syllables is a pause, unless the room itself is louder."""
_ABOVE_ROOM = 2.5


class Pause(NamedTuple):
    """Silence between words, in seconds."""

    start_s: float
    end_s: float

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2


def pauses(sound: Array, rate: int) -> list[Pause]:
    """The pauses of a mono sound from its first word to its last, those around it included.

    The first one begins with the sound and the last one ends with it; either may have no length.
    """
    size = max(1, round(rate * _FRAME_S))
    whole = len(sound) // size
    length_s = len(sound) / rate
    if not whole:
        return [Pause(0.0, 0.0), Pause(length_s, length_s)]
    frames = sound[: whole * size].astype(np.float32).reshape(whole, size)
    level = np.sqrt(np.square(frames).mean(axis=1))
    room = float(np.percentile(level, 5)) * _ABOVE_ROOM
    loud = float(np.percentile(level, 95))
    quiet = level <= max(loud * _BELOW, min(room, loud / 4))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    runs = [(a * size / rate, b * size / rate) for a, b in edges.reshape(-1, 2).tolist()]
    inner = [Pause(a, b) for a, b in runs if a > 0 and b < whole * size / rate]
    before = next((Pause(0.0, b) for a, b in runs if a == 0), Pause(0.0, 0.0))
    after = next(
        (Pause(a, length_s) for a, b in runs if b >= whole * size / rate), Pause(length_s, length_s)
    )
    return [before, *(p for p in inner if p.end_s - p.start_s >= SHORTEST_S), after]


def cut(weights: Sequence[float], found: Sequence[Pause]) -> list[Pause]:
    """The pause after each passage but the last, from how long each passage is beside the others.

    The cheapest way through all pauses: a passage costs by how far its time of speech is from its
    share, a cut by how short its pause is. Fewer are returned when there are too few pauses; the
    passages that are then not parted are for the caller to tell (an empty list: none are).
    """
    inner, count = list(found[1:-1]), len(weights) - 1
    if count < 1 or len(inner) < count:
        return []
    ends = np.array([p.start_s for p in (*inner, found[-1])])
    begins = np.array([p.end_s for p in (found[0], *inner)])
    # Seconds of speech before each pause: silence says nothing on how much was said.
    spoken = np.cumsum(ends - begins)
    unit = spoken[-1] / max(sum(weights), 1e-9)
    length = np.array([p.end_s - p.start_s for p in inner])
    brief = np.clip(1 - length / USUAL_S, 0, 1) * 2
    wanted = np.asarray(weights, np.float64) * unit
    spread = 0.2 * wanted + 0.2

    def cost(seconds: Array, passage: int) -> Array:
        far = (seconds - wanted[passage]) / spread[passage]
        return np.where(seconds > 0, np.minimum(np.square(far), 60 + np.abs(far)), np.inf)

    best = cost(spoken[:-1], 0) + brief
    steps: list[Array] = []
    for passage in range(1, count):
        all_ways = best[:, None] + cost(spoken[None, :-1] - spoken[:-1, None], passage)
        steps.append(all_ways.argmin(axis=0))
        best = all_ways.min(axis=0) + brief
    best = best + cost(spoken[-1] - spoken[:-1], count)
    if not np.isfinite(best.min()):
        return []
    at = [int(best.argmin())]
    for step in reversed(steps):
        at.append(int(step[at[-1]]))
    return [inner[i] for i in reversed(at)]


def snapped(words: Sequence[SpokenWord], found: Sequence[Pause]) -> tuple[SpokenWord, ...]:
    """The words in order, none of which begins long before the end of a pause or ends in one."""
    placed: list[SpokenWord] = []
    for word in sorted(words, key=lambda w: (w.start_s, w.start)):
        begin, stop = word.start_s, word.end_s
        for pause in found:
            if pause.start_s <= begin < pause.end_s - _ONSET_S and stop > pause.end_s:
                begin = pause.end_s
            if pause.start_s + _ONSET_S < stop <= pause.end_s and begin < pause.start_s:
                stop = pause.start_s + _ONSET_S
        begin = max(begin, placed[-1].start_s if placed else 0.0)
        placed.append(word.model_copy(update={"start_s": begin, "end_s": max(begin, stop)}))
    return tuple(placed)
