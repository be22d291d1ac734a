"""Transitions: their frames beside a reference in numpy, and their edges in finished films."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from assembly._blends import Blend
from assembly._planes import Canvas
from assembly.check.measuring import measure
from assembly.check.verdict import problems
from assembly.segments import segments
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, build_timeline
from assembly.transitions import NAMES, TRANSITIONS, Transition, kind_of, resolve, share_at

Floats = npt.NDArray[np.float64]
WIDE, HIGH = 192, 108
MOVING = tuple(name for name in TRANSITIONS if kind_of(name) in ("slide", "push", "wipe"))


class Scenery:
    """A picture that is known between its samples, too: a few soft waves in each plane."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._waves = [self._rng.uniform(-0.05, 0.05, (4, 2)) for _ in range(3)]
        self._levels = self._rng.uniform(80, 170, 3)

    def plane(self, number: int, x: Floats, y: Floats) -> Floats:
        """Levels at places in luma samples."""
        waves = [np.sin(x * a + y * b + n) for n, (a, b) in enumerate(self._waves[number])]
        return np.asarray(self._levels[number] + 14 * sum(waves))

    def canvas(self) -> Canvas:
        canvas = Canvas(WIDE, HIGH)
        for number, plane in enumerate(canvas.planes()):
            plane[:] = np.rint(self.plane(number, *places(number)))
        return canvas


def places(number: int) -> tuple[Floats, Floats]:
    """Middles of a plane's samples, in luma samples."""
    scale = 2 if number else 1
    x = (np.arange(WIDE // scale) + 0.5) * scale
    y = (np.arange(HIGH // scale) + 0.5) * scale
    return x[None, :] + 0 * y[:, None], y[:, None] + 0 * x[None, :]


def reference(
    name: str, number: int, old: Scenery, new: Scenery, through: float, moment: float, frames: int
) -> Floats:
    """A plane of a transition at a moment, from its description."""
    x, y = places(number)
    share = share_at(name, moment)
    below, above = old.plane(number, x, y), new.plane(number, x, y)
    if name == "dissolve":
        return below + share * (above - below)
    if name in ("fade", "fade-white"):
        seen, gone = (below, 2 * moment) if moment < 0.5 else (above, 2 - 2 * moment)
        return seen + share_at(name, gone) * (through - seen)
    kind, _, toward = name.rpartition("-")
    way, along, sign = (WIDE, x, -1) if toward in ("left", "right") else (HIGH, y, -1)
    if toward in ("right", "down"):
        along, sign = way - along, 1
    if kind == "wipe":
        soft = 0.06 * way
        edge = way - share * (way + soft)
        cover = np.clip((along - edge) / soft, 0, 1)
        return below + cover * (above - below)
    gone = share * way
    half = 0.5 / frames
    speed = (share_at(name, moment + half) - share_at(name, moment - half)) * way
    left = gone if kind == "push" else gone / 4
    if speed >= 4:
        gone, left = round(gone / 2) * 2, round(left / 2) * 2

    def moved(scenery: Scenery, by: float) -> Floats:
        across, down = (sign * by, 0.0) if toward in ("left", "right") else (0.0, sign * by)
        # The picture goes one way, so what is looked at goes the other; its sides are repeated.
        scale = 1 if number else 0.5
        in_x = np.clip(x - across, scale, WIDE - scale)
        in_y = np.clip(y - down, scale, HIGH - scale)
        return scenery.plane(number, in_x, in_y)

    edge = way - gone
    size = 2 if number else 1
    cover = np.clip((along + size / 2 - edge) / size, 0, 1)
    under = moved(old, left)
    if kind == "slide":
        black, shadow = (128 if number else 16), round(0.03 * way / size) * size
        end = (min(int(edge / size), way // size - 1) + 1) * size
        near = np.clip((along - (end - shadow)) / shadow, 0, None) * (along < end)
        under = under + 0.3 * near**2 * min(1.0, gone / shadow) * (black - under)
    return under + cover * (moved(new, gone - way) - under)


@pytest.mark.parametrize("frames", [12, 60])
@pytest.mark.parametrize("name", [name for name in TRANSITIONS if name != "cut"])
def test_every_frame_is_what_the_reference_makes_of_the_two_pictures(
    name: Transition, frames: int
) -> None:
    old, new = Scenery(1), Scenery(2)
    through = Canvas(WIDE, HIGH)
    through.paint((30, 120, 140))
    blend = Blend(name, through, frames)
    for number in (*range(0, frames, frames // 6), frames - 1):
        shown = blend.draw(old.canvas(), new.canvas(), number)
        for plane, level in enumerate((30, 120, 140)):
            moment = (number + 0.5) / frames
            meant = reference(name, plane, old, new, level, moment, frames)
            off = np.abs(shown.planes()[plane] - meant)
            assert off.max() <= 2, (number, plane, np.argwhere(off > 2)[:3])
            assert off.mean() <= 0.6


def test_directions_follow_the_reading_unless_they_are_given() -> None:
    assert [resolve(n, False) for n in ("push", "slide", "wipe")] == [
        "push-left", "slide-left", "wipe-right",
    ]  # fmt: skip
    assert [resolve(n, True) for n in ("push", "slide", "wipe")] == [
        "push-right", "slide-right", "wipe-left",
    ]  # fmt: skip
    assert resolve("push-up", True) == "push-up"
    assert resolve("swirl", False) is None
    assert all(resolve(name, False) in TRANSITIONS for name in NAMES)


def plain(number: int, **wishes: object) -> SceneMedia:
    told = {"id": f"s{number}", "picture": f"p{number}", "least_s": 4.0, "motion": "push-in"}
    return SceneMedia.model_validate(told | wishes)


def spec(**wishes: Any) -> FilmSpec:
    look = CaptionLook(font="Source Sans Pro")
    return FilmSpec(title="t", width=WIDE, height=HIGH, look=look, **wishes)


def test_a_scene_of_another_picture_is_encoded_with_its_two_overlaps_only() -> None:
    for name in MOVING:
        scenes = [plain(n) for n in range(6)]
        made = segments(build_timeline(scenes, spec(transition=name)), "e")
        scenes[3] = plain(3, picture="other")
        after = segments(build_timeline(scenes, spec(transition=name)), "e")
        owned = {part.key() for part in made}
        assert [p.blend for p in after if p.key() not in owned] == [name, "body", name]


def test_the_length_of_one_transition_changes_only_what_is_beside_it() -> None:
    scenes = [plain(n) for n in range(6)]
    owned = {part.key() for part in segments(build_timeline(scenes, spec()), "e")}
    scenes[3] = plain(3, transition="wipe", transition_s=1.2)
    film = build_timeline(scenes, spec())
    changed = [p for p in segments(film, "e") if p.key() not in owned]
    assert [p.blend for p in changed] == ["body", "wipe-right", "body"]
    assert changed[1].frames == film.shots[3].overlap == 36


def test_a_fade_goes_through_the_films_dark_and_a_white_one_through_its_light() -> None:
    scenes = [plain(1), plain(2, transition="fade"), plain(3, transition="fade-white")]
    parts = segments(build_timeline(scenes, spec(dark="#101820", light="#fff4e0")), "e")
    through = [part.through for part in parts if part.blend in ("fade", "fade-white")]
    assert through == ["#101820", "#fff4e0"]


@pytest.mark.slow
def test_edges_of_every_kind_are_measured_in_the_finished_film(studio: Any, tmp_path: Path) -> None:
    kinds = [name for name in TRANSITIONS if name != "cut"]
    scenes = [studio.scene(1, 0.6)]
    scenes += [studio.scene(n, 0.6, transition=name) for n, name in enumerate(kinds, 2)]
    timeline = build_timeline(scenes, studio.spec())
    assert [shot.transition for shot in timeline.shots[1:]] == kinds
    film = studio.film(timeline, tmp_path / "film.mp4")
    measured = measure(film, timeline, studio.media, studio.fonts)
    assert problems(measured, timeline) == ()
    assert all(edge.told_apart for edge in measured.sync)
    assert [k for k, e in zip(kinds, measured.sync[1:], strict=True) if abs(e.picture) > 0.5] == []

    # The same film against a cut in which every scene begins three frames sooner.
    shots = [s.model_copy(update={"start": s.start - 3}) for s in timeline.shots[1:]]
    wrong = timeline.model_copy(update={"shots": (timeline.shots[0], *shots)})
    measured = measure(film, wrong, studio.media, studio.fonts)
    assert [round(edge.picture) for edge in measured.sync[1:]] == [3] * len(kinds)


@pytest.mark.slow
def test_a_transition_that_does_not_come_is_found_missing(studio: Any, tmp_path: Path) -> None:
    scenes = [studio.scene(1, 0.6), studio.scene(2, 0.6), studio.scene(3, 0.6)]
    meant = build_timeline(scenes, studio.spec(transition="push"))
    scenes[1] = studio.scene(2, 0.6, picture=scenes[0].picture, motion=meant.shots[1].motion)
    film = studio.film(
        build_timeline(scenes, studio.spec(transition="push")), tmp_path / "film.mp4"
    )
    measured = measure(film, meant, studio.media, studio.fonts)
    assert measured.sync[1].picture is None
    assert any("s02: the picture does not change" in said for said in problems(measured, meant))
