from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assembly._ffmpeg import run
from assembly.captions.cues import CaptionLook, CaptionStyle, Cue, cut_cues
from assembly.captions.files import to_ass
from assembly.captions.layout import band
from assembly.segments import segments
from assembly.timeline import FilmSpec, SceneMedia, Timeline, build_timeline
from providers.cards.fonts import caption_font_files
from tests.assembly.caption_rules import scene_of

LOOK = CaptionLook(font="DejaVu Sans", color="#ffffff", accent="#ff0000", box="#0000ff")
SAID = "The word that is being spoken takes a colour, and nothing else in the picture moves."
SIZE = (480, 270)


def film(
    style: CaptionStyle, look: CaptionLook = LOOK, said: str = SAID, tag: str = "en"
) -> Timeline:
    scene = scene_of(1, said, tag, 5.0)
    shown = look.model_copy(update={"style": style})
    spec = FilmSpec(title="t", width=SIZE[0], height=SIZE[1], look=shown, language=tag)
    return build_timeline([scene], spec)


def burn(cues: tuple[Cue, ...], made: Timeline, frames: int, folder: Path) -> npt.NDArray[np.uint8]:
    """Frames with the captions over grey, as RGB."""
    for file in caption_font_files(made.look.font):
        shutil.copy(file, folder)
    (folder / "c.ass").write_text(to_ass(cues, made.fps, made.look, *SIZE), "utf-8")
    told = run(
        [
            "-f", "lavfi", "-i", f"color=gray:s={SIZE[0]}x{SIZE[1]}:r={made.fps},format=gbrp",
            "-vf", f"ass=filename={folder}/c.ass:fontsdir={folder}", "-frames:v", str(frames),
            "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:",
        ]
    )  # fmt: skip
    return np.frombuffer(told.data, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "tag"), [(SAID, "en"), ("يُقاس الزمن بإطارات iPhone كاملة.", "ar")]
)
def test_nothing_moves_while_words_take_their_colour(said: str, tag: str, tmp_path: Path) -> None:
    """With the accent in the colour of the others, every frame is the plain caption's."""
    same = LOOK.model_copy(update={"accent": LOOK.color})
    plain, told = film("plain", said=said, tag=tag), film("highlight", same, said, tag)
    shown = burn(plain.burned, plain, plain.frames, tmp_path)
    assert (burn(told.burned, told, told.frames, tmp_path) == shown).all()


@pytest.mark.slow
def test_just_the_word_being_spoken_has_the_accents_colour(tmp_path: Path) -> None:
    made = film("highlight")
    shown = burn(made.burned, made, made.frames, tmp_path).astype(int)
    red = (shown[..., 0] > 180) & (shown[..., 1] < 90) & (shown[..., 2] < 90)
    cue = made.burned[0]
    lefts = []
    for word in cue.words:
        if word.line == 0:
            columns = np.flatnonzero(red[(word.start + word.end) // 2].any(axis=0))
            lefts.append((columns[0], columns[-1]))
    assert all(one[1] < two[0] for one, two in pairwise(lefts))
    assert not red[cue.words[-1].end + 12 : cue.end].any()
    assert not red[: cue.words[0].start].any()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["plain", "highlight", "pop"])
def test_a_caption_cut_between_two_segments_is_the_same_caption(
    style: CaptionStyle, tmp_path: Path
) -> None:
    made = film(style)
    shown = burn(made.burned, made, made.frames, tmp_path)
    for cut in (made.burned[-2].start + 2, made.burned[-2].end - 3):
        parts = [
            burn(cut_cues(made.burned, start, end, style), made, end - start, tmp_path)
            for start, end in ((0, cut), (cut, made.frames))
        ]
        apart = np.abs(np.concatenate(parts).astype(int) - shown)
        # Times in milliseconds round otherwise: the edges of growing letters.
        assert apart.max() <= (80 if style == "pop" else 0)
        assert apart.mean() < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("style", ["plain", "highlight", "pop"])
def test_captions_are_burned_where_they_are_said_to_be(style: CaptionStyle, tmp_path: Path) -> None:
    made = film(style)
    shown = burn(made.burned, made, made.frames, tmp_path).astype(int)
    for cue in made.burned:
        rows = np.flatnonzero((np.abs(shown[cue.end - 1] - shown[0]) > 20).any(axis=(1, 2)))
        top, bottom = (share * SIZE[1] for share in band(cue, made.look, *SIZE))
        assert top - 2 <= rows[0] < rows[-1] <= bottom + 2
        assert shown[cue.start].max() > shown[0].max() > 0


def scenes() -> list[SceneMedia]:
    silent = SceneMedia(id="q", picture="q", least_s=3.0, motion="push-in")
    spoken = [scene_of(n, SAID, "en", 5.0, motion="push-in") for n in range(3)]
    return [spoken[0], silent, spoken[1], silent.model_copy(update={"id": "r"}), spoken[2]]


def keys(burned: bool, style: CaptionStyle) -> dict[str, bool]:
    spec = FilmSpec(
        title="t", width=SIZE[0], height=SIZE[1], burn_captions=burned,
        look=LOOK.model_copy(update={"style": style}),
    )  # fmt: skip
    return {part.key(): bool(part.cues) for part in segments(build_timeline(scenes(), spec))}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((True, "plain"), (True, "highlight")),
        ((True, "highlight"), (True, "pop")),
        ((True, "plain"), (False, "plain")),
    ],
)
def test_another_style_is_encoded_again_just_where_captions_show(
    before: tuple[bool, CaptionStyle], after: tuple[bool, CaptionStyle]
) -> None:
    old, new = keys(*before), keys(*after)
    assert {key for key, captioned in old.items() if not captioned} <= set(new)
    assert all(key not in new for key, captioned in old.items() if captioned)
    assert sum(old.values()) >= 4
    assert len(old) > 6


def test_when_words_are_said_is_no_part_of_a_plain_segment() -> None:
    slower = [
        scene.model_copy(
            update={
                "words": tuple(
                    w.model_copy(update={"end_s": w.end_s - 0.02}) if n % 4 == 1 else w
                    for n, w in enumerate(scene.words)
                )
            }
        )
        for scene in scenes()
    ]
    spec = FilmSpec(title="t", width=SIZE[0], height=SIZE[1], look=LOOK)
    told = [[p.key() for p in segments(build_timeline(s, spec))] for s in (scenes(), slower)]
    assert told[0] == told[1]
