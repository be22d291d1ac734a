"""Frames that look like the one before are not sent, and nobody can see it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from assembly import render
from assembly.builds import State
from assembly.captions.cues import CaptionLook, CaptionStyle, Cue, CueWord
from assembly.captions.letters import Letters
from assembly.holds import changes, clocks
from assembly.overlays import Drawing, Overlay
from assembly.segments import Layer, Segment

WHOLE = (0.0, 0.0, 1.0, 1.0)
STATES = (
    State(start=0, frames=0, index=0, how="cut", box=WHOLE),
    State(start=14, frames=9, index=1, how="fade", box=WHOLE),
    State(start=40, frames=12, index=2, how="right", box=(0.1, 0.2, 0.9, 0.6)),
)
WORDS = tuple(
    CueWord(text=text, line=0, start=30 + 7 * n, end=35 + 7 * n, until=37 + 7 * n)
    for n, text in enumerate(("Four", " words", " are", " said"))
)
CUES = (
    Cue(start=3, end=21, lines=("Before it",), begun=2),
    Cue(start=30, end=61, lines=("Four words are said",), words=WORDS),
)


def built_card(folder: Path) -> str:
    """A card in three states, as an animated PNG whose default image is the last of them."""
    rng = np.random.default_rng(5)
    states = [Image.fromarray(rng.integers(40, 200, (12, 20, 3), dtype=np.uint8)) for _ in range(3)]
    large = [state.resize((320, 180), Image.Resampling.BICUBIC) for state in states]
    told = {"save_all": True, "append_images": large, "default_image": True}
    large[-1].save(folder / "card.png", **told)
    return "card.png"


def card_segment(style: CaptionStyle, folder: Path, fps: int = 30) -> Segment:
    stamp = np.zeros((180, 320, 4), np.uint8)
    stamp[20:60, 20:100, (0, 3)] = 200
    Image.fromarray(stamp).save(folder / "name.png")
    name = Drawing(picture="name.png", left=20, top=20, width=80, height=40)
    layer = Layer(
        picture=built_card(folder), kind="still", motion="none", first=0, total=1, states=STATES
    )
    return Segment(
        engine="e", width=320, height=180, fps=fps, frames=90, blend="body", layers=(layer,),
        background="#000000", cues=CUES, look=CaptionLook(font="Source Sans Pro", style=style),
        overlays=(Overlay(drawing=name, start=50, end=75, enter=6, leave=5, uncovers="left"),),
    )  # fmt: skip


def drawn(
    segment: Segment, starts: tuple[int, ...], folder: Path, fonts: Path
) -> list[npt.NDArray[np.uint8]]:
    """Every frame as the encoder is given it, when those that begin at `starts` are drawn."""
    letters = Letters(segment, fonts, folder)
    return [
        np.frombuffer(canvas.data, np.uint8).reshape(-1, segment.width).copy()
        for numbers, canvas in render.drawn(segment, starts, folder.joinpath, letters)
        for _ in numbers
    ]


def decoded(segment: Segment, folder: Path, fonts: Path) -> list[npt.NDArray[np.uint8]]:
    out = folder / "segment.mp4"
    render.render_segment(segment, folder.joinpath, fonts, out, threading.Event())
    with av.open(str(out)) as film:
        frames = [
            (frame.time, frame.to_ndarray(format="yuv420p")) for frame in film.decode(video=0)
        ]
    times = [n / segment.fps for n in range(segment.frames)]
    assert [time for time, _ in frames] == pytest.approx(times)
    return [frame for _, frame in frames]


@pytest.mark.parametrize(
    ("style", "fps"), [("plain", 30), ("highlight", 25), ("pop", 30), ("highlight", 60)]
)
def test_a_held_frame_is_the_frame_that_would_have_been_sent(
    studio: Any, tmp_path: Path, style: CaptionStyle, fps: int
) -> None:
    segment = card_segment(style, tmp_path, fps)
    starts = changes(segment)
    assert len(starts) < 75, "too few are held for this to tell anything"
    held = drawn(segment, starts, tmp_path, studio.fonts)
    sent = drawn(segment, tuple(range(segment.frames)), tmp_path, studio.fonts)
    assert len(held) == len(sent)
    unlike = [
        n for n, (a, b) in enumerate(zip(held, sent, strict=True)) if not np.array_equal(a, b)
    ]
    assert unlike == []
    # In the file, too: nothing that changes comes a frame too early or too late.
    seen = decoded(segment, tmp_path, studio.fonts)
    for number, frame in enumerate(seen):
        near = [
            np.abs(frame.astype(int) - other).mean() for other in sent[max(0, number - 1) :][:3]
        ]
        assert near[min(number, 1)] <= min(near) + 0.25, number


def test_only_frames_in_which_something_happens_are_told_as_changed(tmp_path: Path) -> None:
    segment = card_segment("highlight", tmp_path)
    still = segment.model_copy(update={"overlays": (), "look": None, "cues": ()})
    built = {0, *range(14, 24), *range(40, 53), 89}
    assert set(changes(still)) == built
    spoken = {3, 21, 30, 61, *(n for word in WORDS for n in (word.start, word.until))}
    assert set(changes(segment)) == built | spoken | {*range(50, 57), *range(70, 76)}
    moving = still.model_copy(
        update={"layers": (still.layers[0].model_copy(update={"motion": "drift"}),)}
    )
    assert changes(moving) == tuple(range(90))


def test_many_holds_are_told_in_expressions_that_ffmpeg_takes(tmp_path: Path, studio: Any) -> None:
    words = tuple(
        CueWord(text=f" {n}", line=0, start=4 * n, end=4 * n + 4, until=4 * n + 4)
        for n in range(150)
    )
    cue = Cue(start=0, end=600, lines=("Many words",), words=words)
    segment = card_segment("highlight", tmp_path).model_copy(
        update={"cues": (cue,), "overlays": (), "frames": 600}
    )
    assert len(clocks(changes(segment))) == 3
    assert len(decoded(segment, tmp_path, studio.fonts)) == 600
