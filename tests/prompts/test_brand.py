"""Brands: a file that a team shares, the script's own words over it, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import BrandEnd, LogoBug, LowerThirds, Storyboard

BODY = "\n# A title\n\nHello.\n\n## A scene\n\nWords are said.\n"
BRAND = """name = "Acme"
primary = "#123456"
accent = "#abc"
heading_font = "Manrope"
theme = "midnight"
voice = "en-gb"
speed = 1.1
captions = "pop"
loudness = -14

[logo_bug]
corner = "bottom-left"
opacity = 0.5

[lower_thirds]
side = "right"

[outro]
heading = "Thank you"
duration = "2s"
"""


def board(folder: Path, front: str, usual: Path | None = None) -> Storyboard:
    (folder / "talk.md").write_text(f"---\n{front}\n---\n{BODY}" if front else BODY)
    return plan_storyboard(read_script(folder / "talk.md", brand_file=usual))


def refused(folder: Path, brand: str) -> list[str]:
    (folder / "brand.toml").write_text(brand)
    with pytest.raises(ScriptError) as caught:
        board(folder, "brand: brand.toml")
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_brand_file_says_what_the_script_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "brand.toml").write_text(BRAND)
    made = board(tmp_path, "brand: brand.toml\nvoice: fr")
    brand = made.brand
    assert (brand.name, brand.primary, brand.accent) == ("Acme", "#123456", "#aabbcc")
    assert (made.theme, made.voice, made.speed, made.captions) == ("midnight", "fr", 1.1, "pop")
    assert (brand.heading_font, made.loudness_lufs) == ("Manrope", -14)
    assert board(tmp_path, "brand: brand.toml\nloudness: -23").loudness_lufs == -23
    assert brand.logo_bug == LogoBug(corner="bottom-left", opacity=0.5)
    assert brand.lower_thirds == LowerThirds(side="right")
    assert brand.outro == BrandEnd(heading="Thank you", duration_s=2)
    assert (brand.places["accent"].path, brand.places["accent"].line) == (
        str(tmp_path / "brand.toml"),
        3,
    )


def test_the_script_wins_over_the_file_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "brand.toml").write_text(BRAND)
    brand = board(tmp_path, 'brand:\n  file: brand.toml\n  accent: "#ff0000"').brand
    assert (brand.primary, brand.accent, brand.name) == ("#123456", "#ff0000", "Acme")
    assert brand.places["accent"].path == str(tmp_path / "talk.md")


def test_the_operators_brand_is_taken_unless_the_script_names_its_own_or_none(
    tmp_path: Path,
) -> None:
    team = tmp_path / "team"
    team.mkdir()
    (team / "house.toml").write_text(BRAND)
    (tmp_path / "own.toml").write_text('name = "Own"')
    told = {
        front: board(tmp_path, front, team / "house.toml").brand.name
        for front in ("", "author: A", "brand: own.toml", "brand: none")
    }
    assert told == {"": "Acme", "author: A": "Acme", "brand: own.toml": "Own", "brand: none": ""}
    over = board(tmp_path, "brand:\n  name: Mine", team / "house.toml").brand
    assert (over.name, over.primary) == ("Mine", "#123456")


def test_intro_and_outro_are_scenes_without_a_chapter(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").write_bytes(b"clip")
    (tmp_path / "brand.toml").write_text('intro = "in.mp4"\noutro = "Bye"\nname = "Acme"')
    scenes = board(tmp_path, "brand: brand.toml").scenes
    assert [scene.heading for scene in scenes] == ["", "A title", "A scene", ""]
    assert (scenes[0].visual.kind, scenes[0].visual.file) == ("file", str(tmp_path / "in.mp4"))
    assert (scenes[0].narration, scenes[0].motion, scenes[0].duration_s) == ("", "none", None)
    assert (scenes[3].visual.card.kind, scenes[3].visual.card.heading) == ("closing", "Bye")
    assert scenes[3].duration_s == 3


def test_files_of_a_brand_lie_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "logo.png").write_bytes(b"logo")
    (tmp_path / "team" / "brand.toml").write_text('logo = "logo.png"')
    made = board(tmp_path, "brand: team/brand.toml")
    assert made.brand.logo == str(tmp_path / "team" / "logo.png")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("name = ", "brand.toml:1: this is not TOML: invalid value; put it right"),
        ('name = "A"\nname = "B"', "2: this is not TOML: cannot overwrite a value; put it right"),
        ('name = "A"\ncolour = "red"', '2: there is no "colour" in "brand"; use one of name, logo'),
        ('\n\naccent = "mint"', '3: accent is "mint"; give a colour in quotes, such as "#1a2b3c"'),
        ("loudness = 4", 'brand.toml:1: loudness is "4"; give a number from -31 to -9'),
        ('logo = "x.png"', 'brand.toml:1: there is no file "x.png"; put it there'),
        ('body_font = "x.woff2"', 'there is no file "x.woff2"; put it there or correct the name'),
        ('music = "../bed.mp3"', "leads out of the script's folder"),
        ('[logo_bug]\n\ncorner = "middle"', '3: corner is "middle"; choose one of top-left, top-r'),
        ("[logo_bug]\nsize = 2", '2: size is "2"; give a number from 0.03 to 0.3'),
        ("logo_bug = 3", '1: "logo_bug" needs keys of its own; give it corner, size, opacity'),
        ('outro = "logo.pn"', '1: there is no file "logo.pn"; put it there or correct the name'),
        ('[intro]\ntext = "Hi"', '1: "intro" has no clip and no heading; give it one of the two'),
        ('[outro]\nheading = "A"\nduration = "soon"', '3: duration is "soon"; give a time'),
        ("speed = 9", '1: speed is "9"; give a number from 0.5 to 2'),
        ("name = [1]", '1: "name" is not one line of text; give it a single value'),
        ("a" * 300_000, "1: this brand file is too large; keep it under 200000 bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_brand_is_told_with_its_line(
    tmp_path: Path, written: str, told: str
) -> None:
    assert any(told in problem for problem in refused(tmp_path, written)), refused(
        tmp_path, written
    )


def test_a_brand_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"gone\.toml:1: this brand file cannot be opened"):
        board(tmp_path, "", tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(ScriptError, match=r"latin\.toml:1: this brand file is not UTF-8 text"):
        board(tmp_path, "brand: latin.toml")


def test_what_is_said_for_publishing_is_read(tmp_path: Path) -> None:
    front = (
        "author: A. Moon\ndate: 2026-11-20\nposter: 2\ndeliver: otio\ntags: [sea, '#moon', sea]\n"
        "description: |\n  One  line.\n  Another.\n\n  A paragraph."
    )
    made = board(tmp_path, front)
    assert (made.author, made.date, made.poster) == ("A. Moon", "2026-11-20", 2)
    assert (made.tags, made.deliver) == (("sea", "moon"), ("otio",))
    assert made.description == "One line.\nAnother.\n\nA paragraph."
