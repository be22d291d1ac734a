"""Rushes: what can be encoded and mixed before everything of a film has arrived."""

from __future__ import annotations

from typing import NamedTuple

from assembly.motion import automatic
from assembly.segments import Segment, segments
from assembly.timeline import Timeline
from flows.buying.orders import Prepared, SceneOrder
from flows.buying.sourcing import Got
from flows.film.overlays import LOGO, NAME
from flows.film.timing import asked_for, film_timeline, segment_labels
from flows.film.voices import Voice

_STAND_IN_S = 10.0
_LONG_TEXT = 40
"""Characters that no voice says within the second or so in which transitions are shortened."""


class Rush(NamedTuple):
    """A segment of the coming film, and what it is called."""

    label: str
    segment: Segment


def rushes(
    prepared: Prepared, pictures: dict[str, Got], voices: dict[str, Voice], engine: str
) -> tuple[list[Rush], int]:
    """The segments that are as they will be in the film, and how many the film will have. Pure.

    Where a segment stands in the film is no part of it: so what its scenes bring is enough, when
    the motions before them cannot change theirs, and no scene beside them is so short that it
    shortens their transitions. What has not come stands in with ten seconds of nothing. A scene
    that is shorter than its text promised makes a segment in vain, never a wrong film: the
    film takes segments by their keys.
    """
    ready = [_is_ready(order, pictures, voices) for order in prepared.orders]
    if not any(ready) or (prepared.logo and f"film {LOGO}" not in pictures):
        return [], 0
    orders = tuple(
        order if here else _stood_in(order)
        for order, here in zip(prepared.orders, ready, strict=True)
    )
    timeline = film_timeline(prepared._replace(orders=orders), pictures, voices)
    settled = _settled_motions(prepared, pictures, timeline)
    long = [here or _is_long(order) for order, here in zip(prepared.orders, ready, strict=True)]
    cut = segments(timeline, engine)
    labels = segment_labels(timeline, [segment.frames for segment in cut])
    found: list[Rush] = []
    start = 0
    for label, segment in zip(labels, cut, strict=True):
        end = start + segment.frames
        seen = [
            number
            for number, shot in enumerate(timeline.shots)
            if shot.start < end and shot.start + shot.frames > start
        ]
        beside = long[max(0, seen[0] - 1) : seen[-1] + 2]
        if all(ready[number] and settled[number] for number in seen) and all(beside):
            found.append(Rush(label, segment))
        start = end
    return found, len(cut)


def known_sound(
    prepared: Prepared, pictures: dict[str, Got], voices: dict[str, Voice]
) -> Timeline | None:
    """A timeline that sounds as the film will, as soon as all voices have come. Pure.

    No picture changes when anything is heard: a scene is as long as its words and its author say.
    """
    if all(order.scene.id in voices for order in prepared.orders if _is_spoken(order)):
        return film_timeline(prepared, pictures, voices)
    return None


def _is_spoken(order: SceneOrder) -> bool:
    return order.spoken is not None and bool(order.speech)


def _is_ready(order: SceneOrder, pictures: dict[str, Got], voices: dict[str, Voice]) -> bool:
    name = order.scene.id
    if order.name and f"{name} {NAME}" not in pictures:
        return False
    return (order.clip is not None or name in pictures) and (
        name in voices or not _is_spoken(order)
    )


def _is_long(order: SceneOrder) -> bool:
    return order.spoken is not None and len(order.spoken.text) >= _LONG_TEXT


def _stood_in(order: SceneOrder) -> SceneOrder:
    length_s = max(order.scene.duration_s or 0.0, _STAND_IN_S)
    return order._replace(scene=order.scene.model_copy(update={"duration_s": length_s}))


def _settled_motions(
    prepared: Prepared, pictures: dict[str, Got], timeline: Timeline
) -> list[bool]:
    """Whether each shot moves as it will, whatever is still to come."""
    settled: list[bool] = []
    before: set[str] = {""}
    for order, shot in zip(prepared.orders, timeline.shots, strict=True):
        named = asked_for(order) or shot.picture
        moves = {automatic(named, name) for name in before}
        can: set[str]
        if order.scene.motion != "auto":
            can = {order.scene.motion}
        elif order.clip is None and order.scene.id not in pictures:
            # It may yet become a clip, or a card that builds itself.
            can = {*moves, "none"}
        elif shot.kind == "clip" or shot.states:
            can = {"none"}
        else:
            can = moves
        settled.append(can == {shot.motion})
        before = can
    return settled
