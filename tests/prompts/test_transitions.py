"""What a script says of transitions and of who is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import LowerThird, Storyboard


def plan(folder: Path, scene: str, front: str = "") -> Storyboard:
    path = folder / "film.md"
    path.write_text(f"---\ntitle: Film\n{front}---\n## One\nWords.\n{scene}\n", encoding="utf-8")
    return plan_storyboard(read_script(path))


def refused(folder: Path, scene: str, front: str = "") -> str:
    with pytest.raises(ScriptError) as caught:
        plan(folder, scene, front)
    return str(caught.value).replace(f"{folder}/", "")


def test_a_scene_says_how_it_begins_and_how_long_that_takes(tmp_path: Path) -> None:
    one = plan(tmp_path, "@transition: Wipe-Up 600ms").scenes[1]
    assert (one.transition, one.transition_s) == ("wipe-up", 0.6)
    two = plan(tmp_path, "@transition: push").scenes[1]
    assert (two.transition, two.transition_s) == ("push", None)


def test_a_film_says_how_its_scenes_begin(tmp_path: Path) -> None:
    board = plan(tmp_path, "", "transition: slide\ntransition_length: 0.8s\n")
    assert (board.transition, board.transition_s) == ("slide", 0.8)
    assert board.scenes[1].transition == "auto"


@pytest.mark.parametrize(
    ("scene", "front", "told"),
    [
        ("@transition: swirl", "", 'film.md:6: @transition is "swirl"; choose one of auto, cut, '),
        ("@transition: push 9s", "", 'film.md:6: the length in @transition is "9s"; give a time '),
        ("@transition: cut 1s", "", "film.md:6: a cut has no length; take the time out, or "),
        ("", "transition: star\n", 'film.md:3: transition is "star"; choose one of auto, cut, '),
        ("", "transition_length: 5s\n", 'film.md:3: transition_length is "5s"; give a time from '),
        ("@lower_third: | Pilot", "", 'film.md:6: @lower_third is "| Pilot"; write a name, or '),
        ("@lower_third: A | B | C", "", 'film.md:6: @lower_third is "A | B | C"; write a name'),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_line(
    tmp_path: Path, scene: str, front: str, told: str
) -> None:
    assert refused(tmp_path, scene, front).startswith(told)


def test_who_is_seen_has_a_name_and_perhaps_a_role(tmp_path: Path) -> None:
    both = plan(tmp_path, "@lower_third: **Ada** Lovelace | Mathematician").scenes[1]
    assert both.lower_third == LowerThird(name="Ada Lovelace", role="Mathematician")
    assert plan(tmp_path, "@lower_third: Ada").scenes[1].lower_third == LowerThird(name="Ada")
    assert plan(tmp_path, "").scenes[1].lower_third is None


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_text(
        "title: Film\nscenes:\n  - heading: One\n    narration: Words.\n"
        "    transition: push 0.3s\n    lower_third: Ada | Pilot\n"
    )
    scene = plan_storyboard(read_script(path)).scenes[1]
    assert (scene.transition, scene.transition_s) == ("push", 0.3)
    assert scene.lower_third == LowerThird(name="Ada", role="Pilot")
