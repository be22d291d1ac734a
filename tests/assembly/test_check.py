"""A good film passes, and each kind of wrong film is told apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from assembly._ffmpeg import run
from assembly.check.measuring import Measured, measure
from assembly.check.verdict import problems
from assembly.errors import UnreadableMedia
from assembly.sheets import contact_sheet
from assembly.timeline import Cue, Timeline

Film = tuple[Path, Timeline, Callable[[str], Path]]
pytestmark = pytest.mark.slow


@pytest.fixture
def told(studio: Any, small_film: Film) -> Callable[..., tuple[str, ...]]:
    def look(film: Path, timeline: Timeline | None = None) -> tuple[str, ...]:
        known = timeline or small_film[1]
        return problems(measure(film, known, small_film[2], studio.fonts), known)

    return look


def spoiled(film: Path, out: Path, *args: str) -> Path:
    run(["-i", str(film), *args, "-movflags", "+faststart", str(out)])
    return out


RECODE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "copy")


def test_a_good_film_has_no_problems(studio: Any, small_film: Film) -> None:
    film, timeline, media = small_film
    measured = measure(film, timeline, media, studio.fonts)
    assert problems(measured, timeline) == ()
    assert measured.frames == timeline.frames
    assert measured.faststart
    assert measured.worst_sync_frames <= 0.6
    assert all(edge.told_apart and edge.error is not None for edge in measured.sync)
    assert Measured.model_validate_json(measured.model_dump_json()) == measured


@pytest.mark.parametrize("frames", [3, -3])
def test_sound_that_is_three_frames_off_is_reported(
    small_film: Film, told: Any, tmp_path: Path, frames: int
) -> None:
    shift = "adelay=100:all=1" if frames > 0 else "atrim=start=0.1,asetpts=PTS-STARTPTS"
    wrong = spoiled(small_film[0], tmp_path / "w.mp4", "-c:v", "copy", "-af", shift, "-b:a", "192k")
    found = [p for p in told(wrong) if "the words come" in p]
    assert len(found) == 4
    assert all(f"3.0 frames too {'late' if frames > 0 else 'early'}" in p for p in found[:1])


def test_a_picture_that_comes_late_is_reported(small_film: Film, told: Any, tmp_path: Path) -> None:
    late = "tpad=start=4:start_mode=clone,trim=end_frame=227"
    wrong = spoiled(small_film[0], tmp_path / "w.mp4", "-vf", late, *RECODE)
    found = told(wrong)
    assert sum("the picture changes 4." in p or "the picture changes 3." in p for p in found) == 3


def test_a_black_hole_is_reported(small_film: Film, told: Any, tmp_path: Path) -> None:
    hole = "drawbox=t=fill:color=black:enable='between(n,20,32)'"
    found = told(spoiled(small_film[0], tmp_path / "w.mp4", "-vf", hole, *RECODE))
    assert [p for p in found if "no picture" in p] == ["there is no picture from 0.67 s to 1.10 s"]


def test_a_picture_that_hangs_is_reported(small_film: Film, told: Any, tmp_path: Path) -> None:
    hang = "loop=loop=40:size=1:start=14,trim=end_frame=227,setpts=N/30/TB"
    found = told(spoiled(small_film[0], tmp_path / "w.mp4", "-vf", hang, *RECODE))
    assert any("stands still" in p for p in found)


def test_a_hole_in_the_sound_is_reported(small_film: Film, told: Any, tmp_path: Path) -> None:
    mute = "volume=0:enable='between(t,2.7,3.5)'"
    wrong = spoiled(small_film[0], tmp_path / "w.mp4", "-c:v", "copy", "-af", mute, "-b:a", "192k")
    assert any("words are missing" in p for p in told(wrong))


def test_a_film_that_ends_too_soon_is_reported(small_film: Film, told: Any, tmp_path: Path) -> None:
    wrong = spoiled(small_film[0], tmp_path / "w.mp4", "-t", "5", *RECODE)
    found = told(wrong)
    assert any("frames and should have" in p for p in found)
    assert any("narration is not heard" in p for p in found)


def test_a_loud_film_without_an_index_in_front_is_reported(
    small_film: Film, told: Any, tmp_path: Path
) -> None:
    wrong = tmp_path / "w.mp4"
    run(["-i", str(small_film[0]), "-c:v", "copy", "-af", "volume=5dB", "-b:a", "192k", str(wrong)])
    found = " ".join(told(wrong))
    assert "LUFS and should be at -16.0" in found
    assert "index lies at its end" in found


def test_another_picture_in_a_scene_is_reported(studio: Any, small_film: Film, told: Any) -> None:
    film, timeline, _ = small_film
    shots = list(timeline.shots)
    shots[1] = shots[1].model_copy(update={"picture": studio.picture(50)})
    found = told(film, timeline.model_copy(update={"shots": tuple(shots)}))
    assert "scene s02: another picture is shown than the scene's own" in found


def test_captions_that_overlap_or_leave_the_frame_are_reported(small_film: Film, told: Any) -> None:
    film, timeline, _ = small_film
    cues = (Cue(start=0, end=40, lines=("W" * 60,)), Cue(start=30, end=50, lines=("fine",)))
    found = told(film, timeline.model_copy(update={"cues": cues}))
    assert "captions are wider than the frame: numbers 1" in found
    assert "captions overlap in time: numbers 2" in found


def test_a_missing_caption_font_is_reported(small_film: Film, told: Any) -> None:
    film, timeline, _ = small_film
    look = timeline.look.model_copy(update={"font": "Nowhere Sans"})
    found = told(film, timeline.model_copy(update={"look": look}))
    assert "the caption font 'Nowhere Sans' is not in the fonts folder" in found


def test_what_is_no_film_is_refused(told: Any, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film" * 99)
    with pytest.raises(UnreadableMedia, match=r"film\.mp4"):
        told(tmp_path / "film.mp4")


def test_the_sheet_shows_every_scene_of_the_film(
    studio: Any, small_film: Film, tmp_path: Path
) -> None:
    film, timeline, media = small_film
    contact_sheet(film, timeline, tmp_path / "sheet.jpg")
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    assert sheet is not None
    # Two columns, twenty pixels between; captions cover the foot of each frame.
    wide = (sheet.shape[1] - 60) // 2
    high = round(wide * 9 / 16)
    places = set()
    for shot in timeline.shots:
        own = cv2.resize(cv2.imread(str(media(shot.picture))), (wide, high))[: high * 2 // 3]  # type: ignore[arg-type]
        match = cv2.matchTemplate(sheet, own, cv2.TM_SQDIFF_NORMED)
        least, _, place, _ = cv2.minMaxLoc(match)
        assert least < 0.1
        places.add((place[0] // (wide // 2), place[1] // (high // 2)))
    assert len(places) == len(timeline.shots)
