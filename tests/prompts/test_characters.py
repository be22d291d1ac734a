"""Characters of a script: read strictly, found by name, told to prompts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from prompts.characters import described, in_scene
from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script

SCRIPT = """---
title: Friends
characters:
  Mia: a girl with red hair
  Otto:
    words: an old fox
    picture: otto.png
---

## Mia goes out
She walks.

## In the wood
Nobody is here but the trees.

@prompt: Otto and Mia below a tree
"""


def written(folder: Path, text: str) -> Path:
    Image.new("RGB", (80, 80), "orange").save(folder / "otto.png")
    path = folder / "script.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_character_is_in_the_scenes_that_name_it(tmp_path: Path) -> None:
    board = plan_storyboard(read_script(written(tmp_path, SCRIPT)))
    mia, otto = board.characters
    assert (mia.words, mia.picture) == ("a girl with red hair", "")
    assert otto.picture == str(tmp_path / "otto.png")
    seen = [in_scene(scene, board) for scene in board.scenes]
    assert seen == [(), (mia,), (mia, otto)]
    assert described(seen[2]) == "Mia is a girl with red hair, Otto is an old fox"


def test_part_of_a_word_is_no_name(tmp_path: Path) -> None:
    text = SCRIPT.replace("Otto and Mia below", "the motto of Miami on")
    board = plan_storyboard(read_script(written(tmp_path, text)))
    assert in_scene(board.scenes[2], board) == ()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("characters: Mia", '"characters" is no list of names'),
        ("characters:\n  Otto:\n    picture: gone.png", 'there is no file "gone.png"'),
        ("characters:\n  Otto:\n    word: a fox", 'there is no "word" in "Otto"'),
        ("characters:\n  Otto: [a, b]", '"Otto" has no words'),
        ("characters:\n  Otto:\n    words: ''", '"Otto" has no words of use'),
    ],
)
def test_what_is_no_character_is_refused_with_its_line(
    tmp_path: Path, wrong: str, told: str
) -> None:
    path = written(tmp_path, f"---\ntitle: T\n{wrong}\n---\n\n## One\nHello there.\n")
    with pytest.raises(ScriptError, match=told) as refused:
        read_script(path)
    assert all(problem.line >= 3 for problem in refused.value.problems)
