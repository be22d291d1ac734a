"""The cut is written and read back with the package that other editors read it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from opentimelineio.opentime import RationalTime

from assembly.errors import UnreadableMedia
from assembly.interchange import Medium, cut, media_names
from assembly.takes import ClipFile
from assembly.timeline import FilmSpec, SceneMedia, Timeline, build_timeline
from tests.assembly.conftest import Studio


@pytest.fixture
def told(tmp_path: Path, studio: Studio) -> tuple[Timeline, Any]:
    """A cut with a still, a looping clip, a fade, a silent scene and music, read back."""
    soundfile.write(tmp_path / "bed.wav", np.zeros((48_000 * 2, 2)), 48_000)
    for name in ("one", "two"):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(24_000 * 3), 24_000)
    scenes = [
        SceneMedia(id="s01", title="A", picture="p1", speech="one.wav", speech_s=3.00002),
        SceneMedia(
            id="s02",
            picture="clip",
            picture_kind="clip",
            least_s=4,
            clips=(ClipFile(digest="clip", seconds=1.5),),
        ),
        SceneMedia(
            id="s03", title="B", picture="p1", speech="two.wav", speech_s=2.9, transition="fade"
        ),
    ]
    spec = FilmSpec(title="Cut", width=320, height=180, look=studio.look, music=("bed.wav",))
    timeline = build_timeline(scenes, spec)
    names = media_names(timeline)
    media = {
        digest: Medium(target=f"media/{name}", path=tmp_path / digest)
        for digest, name in names.items()
    }
    return timeline, otio.adapters.read_from_string(cut(timeline, media), "otio_json")


def test_every_track_is_exactly_as_long_as_the_film(told: tuple[Timeline, Any]) -> None:
    timeline, read = told
    picture, narration, music = read.tracks
    assert [track.kind for track in read.tracks] == ["Video", "Audio", "Audio"]
    assert picture.duration() == RationalTime(timeline.frames, 30)
    assert narration.duration() == RationalTime(timeline.samples, 48_000)
    assert music.duration() == narration.duration()
    assert read.duration().to_seconds() == pytest.approx(timeline.duration_s, abs=1e-9)


def test_clips_lie_end_to_end_at_the_frames_of_their_shots(told: tuple[Timeline, Any]) -> None:
    timeline, read = told
    found = {}
    for item in read.tracks[0].find_clips():
        span = item.trimmed_range_in_parent()
        assert span.duration.rate == 30
        first, length = found.get(item.metadata["reelwright"]["scene"], (None, 0))
        start = int(span.start_time.value) if first is None else first
        found[item.metadata["reelwright"]["scene"]] = (start, length + int(span.duration.value))
    assert found == {shot.scene: (shot.start, shot.frames) for shot in timeline.shots}


def test_a_short_clip_comes_again_within_what_it_holds(told: tuple[Timeline, Any]) -> None:
    _, read = told
    again = [c for c in read.tracks[0].find_clips() if c.name == "s02 clip"]
    assert len(again) > 2
    for item in again:
        assert item.available_range().duration == RationalTime(45, 30)
        assert item.available_range().contains(item.source_range)


@pytest.mark.parametrize("fill", ["loop", "slow", "hold"])
@pytest.mark.parametrize("seconds", [0.4, 1.5, 2.1, 2.9, 7.0])
@pytest.mark.parametrize("count", [1, 2])
def test_however_clips_fill_their_shot_the_track_has_no_gap_and_reads_what_there_is(
    fill: Any, seconds: float, count: int, studio: Studio
) -> None:
    clips = tuple(ClipFile(digest=f"clip{n}", seconds=seconds) for n in range(count))
    moving = {"picture": "clip0", "picture_kind": "clip", "clips": clips, "fill": fill}
    scenes = [
        SceneMedia(id="s01", least_s=3.1, **moving),
        SceneMedia(id="s02", least_s=4, **moving),
    ]
    timeline = build_timeline(scenes, studio.spec())
    media = {name: Medium(target=name, path=Path(name)) for name in media_names(timeline)}
    track = otio.adapters.read_from_string(cut(timeline, media), "otio_json").tracks[0]
    assert track.duration() == RationalTime(timeline.frames, 30)
    for item in track.find_clips():
        span = item.source_range
        assert span.duration.value > 0
        warp = item.effects[0].time_scalar if item.effects else 1
        last = span.start_time.value + (span.duration.value - 1) * warp
        assert 0 <= span.start_time.value <= last < item.available_range().duration.value


def test_transitions_lie_on_their_edges_with_pictures_on_both_sides(
    told: tuple[Timeline, Any],
) -> None:
    timeline, read = told
    track = read.tracks[0]
    edges = {shot.start for shot in timeline.shots}
    found = [
        item
        for item in track
        if isinstance(item, otio.schema.Transition)
        and item.trimmed_range_in_parent().start_time.value + item.in_offset.value in edges
    ]
    assert [t.name for t in found] == [s.transition for s in timeline.shots[1:]]
    assert [t.transition_type for t in found] == ["SMPTE_Dissolve", "Custom_Transition"]
    for transition, shot in zip(found, timeline.shots[1:], strict=True):
        assert transition.in_offset.value == transition.out_offset.value == shot.overlap // 2
        span = transition.trimmed_range_in_parent()
        assert span.start_time.value == shot.start - shot.overlap // 2
    stills = [c for c in track.find_clips() if c.name.endswith("picture")]
    first, last = stills[0], stills[-1]
    assert first.available_range().duration - first.source_range.end_time_exclusive() == (
        found[0].in_offset
    )
    assert last.source_range.start_time == found[1].out_offset


def test_narration_lies_at_its_samples(told: tuple[Timeline, Any]) -> None:
    timeline, read = told
    spans = [c.trimmed_range_in_parent() for c in read.tracks[1].find_clips()]
    assert [(s.start_time.value, s.duration.value, s.start_time.rate) for s in spans] == [
        (n.start, n.samples, 48_000) for n in timeline.narrations
    ]


def test_chapters_are_markers_and_media_are_named_from_the_films_folder(
    told: tuple[Timeline, Any],
) -> None:
    timeline, read = told
    assert [(m.name, m.marked_range.start_time.value) for m in read.tracks.markers] == [
        ("A", 0),
        ("B", timeline.shots[2].start),
    ]
    urls = {c.media_reference.target_url for c in read.find_clips()}
    # The picture that two scenes show is one file.
    assert urls == {
        "media/s01-picture",
        "media/s02-picture",
        "media/s01-speech",
        "media/s03-speech",
        "media/music-1",
    }


def test_a_piece_of_music_that_cannot_be_opened_is_named(tmp_path: Path, studio: Studio) -> None:
    (tmp_path / "bed").write_bytes(b"no music")
    scene = SceneMedia(id="s01", picture="p1", least_s=2)
    timeline = build_timeline([scene], studio.spec(music=("bed",)))
    media = {name: Medium(target=name, path=tmp_path / name) for name in ("p1", "bed")}
    with pytest.raises(UnreadableMedia, match="this sound cannot be read"):
        cut(timeline, media)
