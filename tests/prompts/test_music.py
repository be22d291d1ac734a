"""Music and loudness in the front matter: files, folders of them, and numbers within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import Storyboard


def plan(folder: Path, front: str) -> Storyboard:
    (folder / "film.md").write_text(f"---\n{front}\n---\n## One\nWords.\n", encoding="utf-8")
    return plan_storyboard(read_script(folder / "film.md"))


def test_a_folder_stands_for_its_pieces_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "bed").mkdir()
    for name in ("b.mp3", "A.wav", "c.opus", "cover.jpg", "d.txt"):
        (tmp_path / "bed" / name).write_bytes(b"x")
    board = plan(tmp_path, "music: bed/")
    assert [Path(piece).name for piece in board.music] == ["A.wav", "b.mp3", "c.opus"]
    assert plan(tmp_path, "music: bed/b.mp3").music == (board.music[1],)
    assert plan(tmp_path, "music: none").music == ()


def test_loudness_and_levels_are_read(tmp_path: Path) -> None:
    board = plan(tmp_path, "loudness: -14\nmusic_level: -4.5\nvoice_polish: gentle")
    assert (board.loudness_lufs, board.music_level_db) == (-14, -4.5)
    assert board.voice_polish == "gentle"
    plain = plan(tmp_path, "title: T")
    assert (plain.loudness_lufs, plain.music_level_db, plain.voice_polish) == (-16, 0, "none")


def test_a_brands_loudness_gives_way_to_the_scripts_own(tmp_path: Path) -> None:
    brand = "brand: {loudness: -23}"
    assert plan(tmp_path, brand).loudness_lufs == -23
    assert plan(tmp_path, brand + "\nloudness: -14").loudness_lufs == -14


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("music: empty", '2: there are 0 pieces of music in the folder "empty"; put 1 to 50 files'),
        ("music: ..", '2: ".." leads out of the script\'s folder'),
        ("music: /etc", '2: "/etc" is not a path inside the script\'s folder'),
        ("music_level: loud", '2: music_level is "loud"; give a number from -20 to 10'),
        ("music_level: 30", '2: music_level is "30"; give a number from -20 to 10'),
        ("loudness: 16", '2: loudness is "16"; give a number from -31 to -9'),
        ("loudness: nan", '2: loudness is "nan"; give a number from -31 to -9'),
        ("voice_polish: hard", '2: voice_polish is "hard"; choose one of none, gentle'),
    ],
)
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, front: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScriptError) as refused:
        plan(tmp_path, front)
    assert told in str(refused.value)
