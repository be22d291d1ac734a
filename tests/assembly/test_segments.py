from __future__ import annotations

from collections import Counter

from assembly.segments import Segment, segments
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, Word, build_timeline

SPEC = FilmSpec(title="t", width=320, height=180, look=CaptionLook(font="Source Sans Pro"))


def scene(number: int, **wishes: object) -> SceneMedia:
    told = {
        "id": f"s{number}",
        "title": f"Scene {number}",
        "picture": f"p{number}",
        "speech": f"a{number}",
        "speech_s": 3.0 + number / 10,
        "words": (Word(text=f"Words {number}", start_s=0, end_s=1),),
        "motion": "push-in",
    }
    return SceneMedia.model_validate({**told, **wishes})


def film(scenes: list[SceneMedia]) -> Timeline:
    return build_timeline(scenes, SPEC)


def keys(scenes: list[SceneMedia]) -> Counter[str]:
    return Counter(part.key() for part in segments(film(scenes), "e"))


def changed(before: list[SceneMedia], after: list[SceneMedia]) -> list[str]:
    """Blends of the segments of `after` that `before` has not."""
    owned = set(keys(before))
    return [p.blend for p in segments(film(after), "e") if p.key() not in owned]


SCENES = [scene(i) for i in range(8)]


def test_another_picture_changes_its_body_and_the_overlaps_beside_it() -> None:
    after = [*SCENES[:3], scene(3, picture="other"), *SCENES[4:]]
    assert changed(SCENES, after) == ["dissolve", "body", "dissolve"]


def test_other_words_in_a_caption_change_one_body() -> None:
    words = (Word(text="Different", start_s=0, end_s=1),)
    after = [*SCENES[:3], scene(3, words=words), *SCENES[4:]]
    assert changed(SCENES, after) == ["body"]


def test_a_scene_put_in_encodes_itself_and_its_two_overlaps_only() -> None:
    after = [*SCENES[:4], scene(99), *SCENES[4:]]
    assert changed(SCENES, after) == ["dissolve", "body", "dissolve"]


def test_a_scene_put_in_first_leaves_all_bodies_but_the_opening_as_they_were() -> None:
    # The old first scene now begins with a dissolve, which is shorter than the opening.
    after = [scene(99), *SCENES]
    assert changed(SCENES, after) == ["opening", "body", "dissolve", "body"]


def test_a_scene_with_automatic_motion_leaves_far_scenes_alone() -> None:
    before = [scene(i, motion="auto") for i in range(30)]
    after = [*before[:10], scene(77, motion="auto"), *before[10:]]
    assert len(changed(before, after)) <= 5


def test_names_titles_and_places_are_no_part_of_a_key() -> None:
    renamed = [s.model_copy(update={"id": f"x{i}", "title": "?"}) for i, s in enumerate(SCENES)]
    assert keys(SCENES) == keys(renamed)
    told = segments(film(SCENES), "e")[3].model_dump_json()
    assert "s1" not in told
    assert "Scene" not in told


def test_another_engine_is_another_key() -> None:
    one, two = (segments(film(SCENES), engine)[0] for engine in ("ffmpeg 8", "ffmpeg 9"))
    assert one.key() != two.key()


def test_captions_that_are_not_burned_are_no_part_of_the_picture() -> None:
    quiet = build_timeline(SCENES, SPEC.model_copy(update={"burn_captions": False}))
    assert quiet.cues
    assert all(not part.cues and part.look is None for part in segments(quiet))


def test_a_segment_survives_json_with_its_key() -> None:
    for part in segments(film(SCENES)):
        assert Segment.model_validate_json(part.model_dump_json()).key() == part.key()


def test_motion_goes_on_through_overlaps_without_a_jump() -> None:
    firsts: dict[str, int] = {}
    for part in segments(film(SCENES)):
        for layer in part.layers:
            if layer.picture in firsts:
                assert layer.first == firsts[layer.picture]
            firsts[layer.picture] = layer.first + part.frames
