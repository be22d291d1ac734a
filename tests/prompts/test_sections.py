"""Long sections become several scenes, and no word is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.plan import plan_storyboard
from prompts.reading.script import Script, read_script
from prompts.saying.speech import estimate_s
from prompts.sections import part_long_sections

SENTENCE = "The Moon pulls at the sea, and the sea answers with a slow and patient rise, number {}."
LONG = "\n\n".join(" ".join(SENTENCE.format(3 * part + n) for n in range(3)) for part in range(8))


def script(tmp_path: Path, text: str) -> Script:
    path = tmp_path / "tides.md"
    path.write_text(f"---\ntitle: Tides\n---\n\n## Short\nIt rises.\n\n## Long\n{text}\n")
    return read_script(path)


def test_minutes_of_prose_are_scenes_of_sensible_length_in_order(tmp_path: Path) -> None:
    written = script(tmp_path, "@transition: fade\n@pause: 2s\n\n" + LONG)
    parted, [note] = part_long_sections(written)
    first, *rest = parted.scenes[1:]
    parts = [first, *rest]
    assert note.startswith("line 8: ")
    assert f"as {len(parts)} scenes" in note
    assert len(parts) > 8
    assert all(4 <= estimate_s(part.narration, "en") <= 14 for part in parts)
    assert " ".join(part.narration for part in parts).split() == LONG.split()
    assert (first.heading, {part.heading for part in rest}) == ("Long", {""})
    assert (first.transition, {part.transition for part in rest}) == ("fade", {"auto"})
    assert [part.pause_s for part in parts] == [None] * (len(parts) - 1) + [2.0]
    assert parted.scenes[0] == written.scenes[0]
    board = plan_storyboard(parted)
    assert len({scene.visual.card.text for scene in board.scenes[3:]}) == len(rest), "own words"


@pytest.mark.parametrize("own", ["@prompt: the sea", "@card: statement", "- One\n- Two\n"])
def test_what_an_editor_has_shown_in_his_own_way_stays_whole(tmp_path: Path, own: str) -> None:
    written = script(tmp_path, f"{own}\n\n{LONG}")
    assert part_long_sections(written) == (written, ())


def test_a_section_of_half_a_minute_is_one_scene(tmp_path: Path) -> None:
    written = script(tmp_path, LONG[: LONG.index("number 4")] + "number 4.")
    assert part_long_sections(written) == (written, ())


def test_an_edit_in_one_place_changes_few_scenes(tmp_path: Path) -> None:
    before, _ = part_long_sections(script(tmp_path, LONG))
    after, _ = part_long_sections(script(tmp_path, LONG.replace("number 10", "number ten")))
    old, new = ({s.narration for s in film.scenes} for film in (before, after))
    assert len(new - old) == 1
