"""What a script says about the shape of its film."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import Storyboard


def board(tmp_path: Path, front: str = "", scene: str = "") -> Storyboard:
    path = tmp_path / "talk.md"
    path.write_text(f"---\ntitle: T\n{front}\n---\n\n## One\nSome words.\n{scene}\n", "utf-8")
    return plan_storyboard(read_script(path))


def test_shape_settings_are_read(tmp_path: Path) -> None:
    told = "size: 2160p\nfps: 60\ncodec: HEVC\naudio_codec: opus\nreframe: yes\npreset: YouTube"
    read = board(tmp_path, told + "\ndeliver: master")
    assert (read.size, read.fps, read.codec, read.audio_codec) == ("2160p", "60", "hevc", "opus")
    assert read.reframe
    assert read.preset == "youtube"
    assert read.deliver == ("master",)


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("size: 4k", 'size is "4k"; choose one of 720p, 1080p, 1440p, 2160p'),
        ("fps: 29.97", 'fps is "29.97"; choose one of 24, 25, 30, 50, 60'),
        ("codec: vp9", 'codec is "vp9"; choose one of h264, hevc, av1'),
        ("audio_codec: mp3", 'audio_codec is "mp3"; choose one of aac, opus'),
        ("reframe: maybe", 'reframe is "maybe"; choose one of true, false'),
    ],
)
def test_a_shape_that_does_not_exist_is_one_sentence_with_its_line(
    front: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ScriptError) as refused:
        board(tmp_path, front)
    assert str(refused.value).endswith(f"talk.md:3: {told}")


@pytest.mark.parametrize(
    ("given", "point"),
    [
        ("0.3 0.5", (0.3, 0.5)),
        ("30%, 50%", (0.3, 0.5)),
        ("1 0", (1.0, 0.0)),
        ("left", (0.2, 0.5)),
        ("top right", (0.8, 0.2)),
        ("Bottom-Left", (0.2, 0.8)),
        ("middle", (0.5, 0.5)),
    ],
)
def test_a_focus_is_two_shares_or_words(
    given: str, point: tuple[float, float], tmp_path: Path
) -> None:
    assert board(tmp_path, "", f"\n@focus: {given}").scenes[1].focus == pytest.approx(point)


@pytest.mark.parametrize(
    "given",
    ["1.5 0.5", "0.5", "-0.1 0.5", "left right", "sideways", "30 50", "nan 0.5", "0.5 0.5 0"],
)
def test_a_focus_outside_the_picture_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"talk.md:9: @focus is .* give shares"):
        board(tmp_path, "", f"\n@focus: {given}")
