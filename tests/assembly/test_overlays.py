"""Logos and names over scenes: what they look like, when they stand there, and what they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assembly._overprint import Overprint
from assembly._planes import Canvas
from assembly.captions.layout import band
from assembly.check.measuring import measure
from assembly.check.verdict import problems
from assembly.errors import UnreadableMedia
from assembly.overlays import Drawing, Overlay, cut_overlays
from assembly.segments import Segment, segments
from assembly.timeline import (
    CaptionLook,
    FilmSpec,
    SceneMedia,
    Timeline,
    Word,
    build_timeline,
)

WIDE, HIGH = 320, 180
PLACE = Drawing(picture="logo.png", left=240, top=12, width=60, height=24)
NAME = Drawing(picture="name.png", left=20, top=130, width=120, height=30)


def draw(path: Path, drawing: Drawing, color: tuple[int, int, int], cover: int = 255) -> None:
    """A drawing with soft sides, on a transparent frame."""
    pixels = np.zeros((HIGH, WIDE, 4), np.uint8)
    inside = pixels[
        drawing.top : drawing.top + drawing.height, drawing.left : drawing.left + drawing.width
    ]
    inside[..., :3] = color
    inside[..., 3] = np.linspace(0, cover, drawing.width).astype(np.uint8)
    Image.fromarray(pixels).save(path / drawing.picture)


def scene(number: int, **wishes: object) -> SceneMedia:
    told = {
        "id": f"s{number}", "picture": f"p{number}", "speech": f"a{number}", "speech_s": 6.0,
        "words": (Word(text="Some words", start_s=0, end_s=5),), "motion": "push-in",
    }  # fmt: skip
    return SceneMedia.model_validate(told | wishes)


def film(scenes: list[SceneMedia], **wishes: Any) -> Timeline:
    look = CaptionLook(font="Source Sans Pro")
    return build_timeline(scenes, FilmSpec(title="t", width=WIDE, height=HIGH, look=look, **wishes))


def changed(before: Timeline, after: Timeline) -> list[tuple[str, str]]:
    """Blend and first picture of the segments of `after` that `before` does not have."""
    owned = {part.key() for part in segments(before, "e")}
    made = [part for part in segments(after, "e") if part.key() not in owned]
    return [(part.blend, part.layers[0].picture) for part in made]


def test_a_drawing_is_laid_over_the_frame_by_its_cover_and_taken_off_again(tmp_path: Path) -> None:
    draw(tmp_path, PLACE, (255, 255, 255), 200)
    overlay = Overlay(drawing=PLACE, start=0, end=9, opacity=0.5)
    canvas = Canvas(WIDE, HIGH)
    canvas.paint((60, 90, 160))
    printed = Overprint([overlay], lambda name: tmp_path / name)
    printed.draw(canvas, 4)
    share = np.linspace(0, 200, 60).astype(np.uint8) / 255 * 0.5
    seen = canvas.y[12:36, 240:300]
    assert np.abs(seen - (60 + share * (235 - 60))).max() <= 1
    outside = canvas.y.copy()
    outside[12:36, 240:300] = 60
    assert (outside == 60).all()
    half = share.reshape(-1, 2).mean(1)
    assert np.abs(canvas.u[6:18, 120:150] - (90 + half * (128 - 90))).max() <= 1
    printed.lift()
    assert [plane.min() == plane.max() for plane in canvas.planes()] == [True] * 3


def test_a_name_is_uncovered_from_its_side_and_fades_away(tmp_path: Path) -> None:
    draw(tmp_path, NAME, (255, 255, 255))
    for side, order in (("left", 1), ("right", -1)):
        told = {"drawing": NAME, "start": 2, "end": 30, "enter": 10, "leave": 5, "uncovers": side}
        printed = Overprint([Overlay.model_validate(told)], lambda name: tmp_path / name)
        lit = []
        for frame in (0, 1, 6, 20, 27, 29, 30):
            canvas = Canvas(WIDE, HIGH)
            canvas.paint((16, 128, 128))
            printed.draw(canvas, frame)
            lit.append(canvas.y[140, 20:140].astype(int)[::order])
            printed.lift()
        assert lit[0].max() == lit[1].max() == lit[6].max() == 16
        assert lit[2][100:].max() == 16 < lit[2][30]
        assert lit[3].max() > lit[4].max() > lit[5].max() > 16


def test_only_what_is_seen_of_an_overlay_decides() -> None:
    whole = Overlay(drawing=PLACE, start=100, end=400, enter=12, leave=12)
    (inside,) = cut_overlays([whole], 150, 200)
    assert (inside.start, inside.end, inside.enter, inside.leave) == (0, 50, 0, 0)
    (begins,) = cut_overlays([whole], 90, 150)
    assert (begins.start, begins.end, begins.enter, begins.leave) == (10, 60, 12, 0)
    assert cut_overlays([whole], 0, 100) == cut_overlays([whole], 400, 500) == ()


def test_a_logo_changes_the_segments_in_which_it_is_seen_and_no_others() -> None:
    scenes = [scene(n, has_logo=n not in (0, 3)) for n in range(4)]
    plain, marked = film(scenes), film(scenes, logo=PLACE)
    assert changed(plain, marked) == [
        ("dissolve", "p0"), ("body", "p1"), ("dissolve", "p1"), ("body", "p2"), ("dissolve", "p2"),
    ]  # fmt: skip


def test_a_scene_put_in_leaves_the_logo_over_others_as_it_was() -> None:
    scenes = [scene(n) for n in range(5)]
    before = film(scenes, logo=PLACE)
    after = film([*scenes[:2], scene(9), *scenes[2:]], logo=PLACE)
    assert changed(before, after) == [("dissolve", "p1"), ("body", "p9"), ("dissolve", "p9")]


def test_a_name_changes_the_body_of_its_scene_alone() -> None:
    scenes = [scene(n) for n in range(4)]
    before = film(scenes)
    scenes[2] = scene(2, name=NAME)
    after = film(scenes)
    assert changed(before, after) == [("body", "p2")]
    (shown,) = after.overlays
    shot = after.shots[2]
    assert shown.start == shot.start + 15
    assert shown.end == shown.start + 120


def test_a_name_is_gone_before_its_scene_is() -> None:
    (shown,) = film([scene(1, speech_s=1.5, name=NAME), scene(2)]).overlays
    parts = segments(film([scene(1, speech_s=1.5, name=NAME), scene(2)]))
    assert [part.blend for part in parts if part.overlays] == ["body"]
    assert shown.end - shown.start >= 30


def test_captions_make_way_for_a_name_while_it_stands_there() -> None:
    words = tuple(Word(text=f"word{n}", start_s=n / 2, end_s=n / 2 + 0.4) for n in range(20))
    wishes = {"words": words, "speech_s": 10.0}
    bare, told = film([scene(1, **wishes)]), film([scene(1, name=NAME, **wishes)])
    (shown,) = told.overlays
    top = NAME.top / HIGH
    for cue, usual in zip(told.cues, bare.cues, strict=True):
        meets = cue.start < shown.end and cue.end > shown.start
        bottom = band(cue, told.look, WIDE, HIGH)[1]
        assert bottom <= top if meets else cue == usual


@pytest.mark.slow
def test_a_film_with_logo_and_names_passes_its_check(studio: Any, tmp_path: Path) -> None:
    draw(studio.folder, PLACE, (250, 240, 80))
    draw(studio.folder, NAME, (240, 240, 240))
    scenes = [studio.scene(n, 1.6, has_logo=n > 1, motion="none") for n in range(1, 5)]
    scenes[2] = studio.scene(3, 3.0, name=NAME, transition="push")
    timeline = build_timeline(scenes, studio.spec(logo=PLACE))
    made = studio.film(timeline, tmp_path / "film.mp4")
    measured = measure(made, timeline, studio.media, studio.fonts)
    assert problems(measured, timeline) == ()


def test_a_drawing_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableMedia, match="this drawing cannot be read"):
        Overprint([Overlay(drawing=PLACE, start=0, end=9)], lambda name: tmp_path / name)


def test_a_segment_with_overlays_survives_json_with_its_key() -> None:
    for part in segments(film([scene(1, name=NAME), scene(2)], logo=PLACE)):
        assert Segment.model_validate_json(part.model_dump_json()).key() == part.key()
