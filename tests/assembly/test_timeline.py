from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.motion import MOVES
from assembly.segments import segments
from assembly.takes import ClipFile
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, build_timeline


def spec(**wishes: Any) -> FilmSpec:
    look = CaptionLook(font="Source Sans Pro")
    return FilmSpec(**{"title": "t", "width": 320, "height": 180, "look": look, **wishes})


def spoken(number: int, seconds: float, **wishes: Any) -> SceneMedia:
    told = {"id": f"s{number}", "picture": f"p{number}", "speech": f"a{number}"}
    clips = (ClipFile(digest=f"p{number}", seconds=2.0),)
    return SceneMedia(**{**told, "speech_s": seconds, "clips": clips, **wishes})


def test_a_scenes_length_does_not_depend_on_the_scenes_before_it() -> None:
    # 1.7437 s is 52.3 frames: edges rounded from summed seconds would make some scenes 52, some 53.
    before = build_timeline([spoken(i, 1.0437) for i in range(40)], spec())
    scenes = [spoken(i, 3.21 if i == 4 else 1.0437) for i in range(40)]
    after = build_timeline(scenes, spec())
    changed = [
        i
        for i, (old, new) in enumerate(zip(before.shots, after.shots, strict=True))
        if old.frames != new.frames
    ]
    assert changed == [4]


def test_words_stay_with_their_picture_however_long_the_film_is() -> None:
    film = build_timeline([spoken(i, 1.0437) for i in range(600)], spec())
    for shot, narration in zip(film.shots, film.narrations, strict=True):
        assert abs(narration.start / 48_000 - shot.start / 30 - 0.25) < 1 / 48_000
        spare_s = (shot.start + shot.frames) / 30 - (narration.start + narration.samples) / 48_000
        assert spare_s + 1 / 48_000 >= 0.45
        assert spare_s < 0.45 + 1 / 30 + 1 / 48_000


def test_narration_starts_at_the_sample_that_follows_from_its_scenes_edge_frame() -> None:
    film = build_timeline([spoken(i, 1.234, lead_s=0.3) for i in range(7)], spec(fps=24))
    for shot, narration in zip(film.shots, film.narrations, strict=True):
        assert narration.start == round((shot.start / 24 + 0.3) * 48_000)


@pytest.mark.parametrize(("speech_s", "least_s", "seconds"), [(0.1, 0, 1), (1, 4, 4), (3, 1, 3.7)])
def test_a_scene_lasts_as_long_as_its_words_and_at_least_as_long_as_asked(
    speech_s: float, least_s: float, seconds: float
) -> None:
    film = build_timeline([spoken(1, speech_s, least_s=least_s)], spec())
    assert film.frames == round(seconds * 30)


def test_a_scene_without_words_lasts_as_long_as_asked() -> None:
    film = build_timeline([SceneMedia(id="a", picture="p", least_s=2.5)], spec())
    assert (film.frames, film.narrations, film.cues) == (75, (), ())


def test_a_transition_takes_no_more_than_a_third_of_the_shorter_scene() -> None:
    scenes = [spoken(1, 5), spoken(2, 0.2), spoken(3, 5)]
    film = build_timeline(scenes, spec(transition_s=2.0))
    assert [shot.overlap for shot in film.shots] == [0, 10, 10]


def test_neighbours_move_differently_when_the_film_chooses() -> None:
    film = build_timeline([spoken(i, 1) for i in range(60)], spec())
    assert all(one.motion != two.motion for one, two in pairwise(film.shots))
    assert {shot.motion for shot in film.shots} <= set(MOVES)


def test_a_clip_keeps_its_own_movement_when_the_film_chooses() -> None:
    film = build_timeline([spoken(1, 1, picture_kind="clip")], spec())
    assert film.shots[0].motion == "none"


def test_the_timeline_survives_json() -> None:
    film = build_timeline([spoken(1, 1.5), spoken(2, 2.5)], spec())
    assert Timeline.model_validate_json(film.model_dump_json()) == film


@pytest.mark.parametrize(
    ("scenes", "shape", "told"),
    [
        ([], {}, "at least one scene"),
        ([spoken(1, 1)], {"width": 321}, "321x180"),
        ([spoken(1, 1, motion="spin")], {}, "s1: no motion is called 'spin'"),
        ([spoken(1, 1, transition="swirl")], {}, "s1: no transition is called 'swirl'"),
    ],
)
def test_what_cannot_be_a_film_is_refused_in_one_sentence(
    scenes: list[SceneMedia], shape: dict[str, int], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        build_timeline(scenes, spec(**shape))


scenes_of_any_kind = st.lists(
    st.builds(
        spoken,
        st.integers(0, 5),
        st.floats(0, 9),
        transition=st.sampled_from(["auto", "cut", "dissolve", "fade-white", "push", "wipe-up"]),
        picture_kind=st.sampled_from(["still", "clip"]),
        least_s=st.floats(0, 3),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(scenes_of_any_kind, st.sampled_from([24, 25, 30, 60]), st.floats(0, 3))
def test_segments_add_up_to_the_film_whatever_the_scenes(
    scenes: list[SceneMedia], fps: int, transition_s: float
) -> None:
    film = build_timeline(scenes, spec(fps=fps, transition_s=transition_s))
    parts = segments(film)
    assert sum(part.frames for part in parts) == film.frames
    assert all(part.frames > 0 for part in parts)
    assert sum(part.blend == "body" for part in parts) == len(scenes)
