"""Every bad script is refused in one sentence that names the line and what to do."""

# ruff: noqa: E501 - a table reads better with a case on a line

from __future__ import annotations

import pickle
import time
from decimal import Decimal
from pathlib import Path

import pytest

from prompts.errors import Problem, ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.directives import DIRECTIVES
from prompts.reading.front import FRONT_KEYS
from prompts.reading.script import read_script

THEMES_OF_KEYS = f"use one of {', '.join(FRONT_KEYS)}"
PICTURES = "png, jpg, jpeg, webp, svg, bmp, tif, tiff, avif, mp4, m4v, mov, webm, mkv, gif"


def refuse(path: Path) -> list[str]:
    """What reading `path` complains of, with the folder's name taken out."""
    with pytest.raises(ScriptError) as caught:
        read_script(path)
    return str(caught.value).replace(f"{path.parent}/", "").split("\n")


def refuse_text(folder: Path, text: str, name: str = "talk.md") -> list[str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return refuse(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "talk.md:1: this file is empty; write a script, such as # Title and ## scenes"),
        (b" \n\n", "talk.md:1: this file is empty; write a script, such as # Title and ## scenes"),
        (b"\xef\xbb\xbf", "talk.md:1: this file is empty; write a script, such as # Title and ## "
         "scenes"),
        (b"# A\n\n\0", "talk.md:3: this is not a text file; save the script as plain UTF-8 text"),
        (b"# A\n\n## B\nna\xefve\n", "talk.md:4: this line is not UTF-8 text; save the script as "
         "UTF-8"),
        (b"x" * 2_000_001, "talk.md:1: this file has 2.0 MB and a script has at most 2 MB; check "
         "that it is the script"),
        (b"word " * 50_000, "talk.md:1: this script has 250,000 characters; make films of up to "
         "200,000 from it"),
        (b"## A\n" + b"word\n" * 3000, "talk.md:1: this block has over 10,000 characters without "
         "an empty line; split it up"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_script_is_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "talk.md"
    path.write_bytes(data)
    assert refuse(path) == [sentence]


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_bytes(b"## a\n\n- [x](" * 900_000)
    started = time.perf_counter()
    [sentence] = refuse(path)
    assert time.perf_counter() - started < 0.5
    assert "this file has 10.8 MB" in sentence


def test_a_missing_file_a_folder_and_another_kind_of_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    assert refuse(tmp_path / "no.md") == ["no.md:1: there is no such file; check the name"]
    assert refuse(tmp_path / "folder.md") == [
        "folder.md:1: this is a folder; name the script in it"
    ]
    assert refuse(tmp_path / "talk.docx") == [
        'talk.docx:1: ".docx" is not a kind of script; use one of md, markdown, txt, json, yaml, yml'
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# A\n\nWords.\n", "1: this script has no scenes; start each with a line such as ## Heading"),
        ("## A\n\n## B\nWords.\n", "1: this scene says nothing and shows nothing; write its "
         "narration, or @duration: and a time"),
        ("## A\n...!\n", "2: there is nothing to say in this narration; write words"),
        ("## A\n" + "word " * 901, "2: this scene has 901 words; split it into scenes of up to 900"),
        ("## A\n" + "x" * 501, "2: a word here has over 500 characters; take it out"),
        ("## A\nWords.\n" * 201, "401: this script has 201 scenes; make films of up to 200 from it"),
        ("## A\nWords.\n@crad: bar\n", "3: there is no directive @crad; did you mean @card?"),
        ("## A\nWords.\n@jane: hello\n", "3: there is no directive @jane; use one of "
         + ", ".join(f"@{name}" for name in DIRECTIVES)),
        ("## A\nWords.\n@card: pie\n", '3: @card is "pie"; choose one of title, statement, points, '
         "steps, quote, number, comparison, table, bar, line, code, closing"),
        ("## A\nWords.\n@motion: zoom\n", '3: @motion is "zoom"; choose one of auto, none, push-in, '
         "pull-out, pan-left, pan-right, pan-up, pan-down, drift"),
        ("## A\nWords.\n@pause: soon\n", '3: @pause is "soon"; give a time from 0 to 30 seconds, '
         "such as 2s or 800ms"),
        ("## A\nWords.\n@duration: 0\n", '3: @duration is "0"; give a time from 0.5 to 600 seconds, '
         "such as 2s or 800ms"),
        ("## A\nWords.\n@voice:\n", "3: @voice has no value; write one after the colon or take it "
         "out"),
        ("## A\nWords.\n@voice: a\n@voice: b\n", "4: @voice is given twice in this scene; keep one "
         "of the two"),
        ("## A\nWords.\n@card: bar\n", "3: a bar card needs a table; write its rows with | between "
         "the cells"),
        ("## A\nWords.\n@card: line\n", "3: a line card needs a table; write its rows with | between "
         "the cells"),
        ("## A\nWords.\n@card: quote\n", "3: a quote card needs a quotation; write lines that start "
         "with >"),
        ("## A\nWords.\n@card: comparison\n", "3: a comparison card needs two sides; write two ### "
         "headings with a list below each"),
        ("## A\nWords.\n### L\n- a\n", "3: a comparison has two sides and this one has 1; write two "
         "### headings with a list below each"),
        ("## A\nWords.\n### L\n### M\n### R\n", "3: a comparison has two sides and this one has 3; "
         "write two ### headings with a list below each"),
        ("## A\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 1 |\n", "6: this table's header has 2 "
         "cells and this row has 1; give it as many, and leave an empty line below the table"),
        ("## A\n\n| a | b |\n|---|---|\n| 1 | 2 | 3 |\n", "5: this table's header has 2 "
         "cells and this row has 3; give it as many, and leave an empty line below the table"),
        ("## A\n\n| a | b |\n|---|---|\n", "3: this table has no rows; write at least one below its "
         "header"),
        ("## A\n\n| a | b |\n|---|---|\n| x | many |\n\n@card: bar\n", '3: a bar chart cannot draw '
         '"many"; write a number in every column after the first'),
        ("## A\n\n> a\n\nWords.\n\n> b\n", "7: a scene shows one quotation and this is the second; "
         "give it its own scene"),
        ("# A\n\nWords.\n\n- a\n\n## B\nWords.\n", "5: only prose and a picture fit on the title "
         "card; start a scene with ## above this"),
        ("# A\n\n# B\n\n## C\nWords.\n", "3: a script has one # title, above its scenes; start "
         "scenes with ##"),
        ("## A\nWords.\n#### B\n", "3: a heading with 4 # means nothing here; use ## for a scene and "
         "### for one side of a comparison"),
        ("## A\nWords.\n##\n", "3: this heading has no words; write some after the #"),
        (f"{'Long words. ' * 15}\n---\nWords.\n", "1: this heading has 179 characters; shorten it, "
         "or leave an empty line between a paragraph and a line of dashes"),
        ("## A\nWords.\n\n<div>x</div>\n", "4: HTML is neither spoken nor shown; write it in "
         "Markdown or take it out"),
        ("## A\nWords.\n\n<!-- note\n", "4: this comment is not closed; write --> at its end"),
        ("## A\nWords ![x](my bee.png).\n", "2: a picture here is not understood; write "
         "![words](file.png), with < > around a name that has spaces"),
    ],
)  # fmt: skip
def test_a_scene_that_cannot_be_made_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert refuse_text(tmp_path, text)[0] == f"talk.md:{sentence}"


@pytest.mark.parametrize(
    ("front", "sentence"),
    [
        ("tilte: A", '2: there is no setting "tilte"; did you mean title?'),
        ("zzz: A", f'2: there is no setting "zzz"; {THEMES_OF_KEYS}'),
        ("tier: a\naspect: 3:2", '3: aspect is "3:2"; choose one of 16:9, 9:16, 1:1, 4:5'),
        ("speed: fast", '2: speed is "fast"; give a number from 0.5 to 2'),
        ("speed: 9", '2: speed is "9"; give a number from 0.5 to 2'),
        ("captions: maybe", '2: captions is "maybe"; choose one of burned, true, plain, highlight, pop, files, false, none'),
        ("budget: lots", '2: budget is "lots"; give US dollars, such as 2 or "$0.50"'),
        ("budget: -1", '2: budget is "-1"; give US dollars, such as 2 or "$0.50"'),
        ("budget: nan", '2: budget is "nan"; give US dollars, such as 2 or "$0.50"'),
        ("language: english!", '2: language is "english!"; give a language code, such as en or '
         "pt-BR"),
        ("title: [a, b]", '2: "title" is not one line of text; give it a single value'),
        ("title: a\ntitle: b", '3: "title" is given twice; keep one of the two'),
        ("closing: {text: a}", '2: "closing" has no heading; give it heading: and its words'),
        ("brand: Acme", '2: "brand" is "Acme", which is no brand file; name a .toml file, or give it '
         "keys such as name"),
        ("brand: a.toml", '2: there is no file "a.toml"; put it there or correct the name'),
        ("brand:\n  colour: red", '3: there is no "colour" in "brand"; use one of file, name, logo, '
         "primary, accent, background, text, heading_font, body_font, caption_font, theme, voice, speed, "
         "music, captions, loudness, logo_bug, lower_thirds, intro, outro"),
        ("date: yesterday", '2: date is "yesterday"; give a year or a day, such as 2026-11-20'),
        ("deliver: edl", '2: deliver is "edl"; use one of otio, master'),
        ("tags: {a: b}", '2: "tags" is not a list of words; write them with commas between'),
        ("poster: best.jpg", '2: there is no file "best.jpg"; put it there or correct the name'),
        ("poster: [1]", '2: "poster" is not text; give it a single value'),
        ("brand:\n  primary: #fff", '3: primary is ""; give a colour in quotes, such as "#1a2b3c"'),
        ("brand:\n  primary: red", '3: primary is "red"; give a colour in quotes, such as "#1a2b3c"'),
        ("music: no.mp3", '2: there is no file "no.mp3"; put it there or correct the name'),
        ("title: a: b", "2: this is not YAML: mapping values are not allowed here; put quotes "
         "around values with : or #"),
        ("a: &x 1\nb: *x", "3: YAML aliases are not read; write the value out"),
        ("a: !!python/name:os 1", "2: YAML tags are not read; write the plain value"),
        ("a: " + "[" * 20, "2: this is nested too deeply; keep to the documented shape"),
        ("- a", "2: the settings are lines of key: value; write title: and its words first"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_kept_is_refused(
    tmp_path: Path, front: str, sentence: str
) -> None:
    text = f"---\n{front}\n---\n## A\nWords.\n"
    assert refuse_text(tmp_path, text)[0] == f"talk.md:{sentence}"


def test_settings_that_are_not_closed_are_refused(tmp_path: Path) -> None:
    assert refuse_text(tmp_path, "---\ntitle: A\n\n## B\nWords.\n") == [
        "talk.md:1: the settings that start here are not closed; write --- below them"
    ]


def test_two_titles_that_differ_are_refused(tmp_path: Path) -> None:
    assert refuse_text(tmp_path, "---\ntitle: A\n---\n# B\n\n## C\nWords.\n") == [
        "talk.md:4: this title differs from the one in the settings; keep one of them"
    ]


OUTSIDE = (
    "is not a path inside the script's folder; copy the file next to the script and name it from "
    "there, with / between folders"
)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("bea.png", 'there is no file "bea.png"; did you mean bee.png?'),
        ("gone/x.png", 'there is no file "gone/x.png"; put it there or correct the name'),
        ("../secret.png", '"../secret.png" leads out of the script\'s folder; copy the file into '
         "the folder and name it from there"),
        ("link.png", '"link.png" leads out of the script\'s folder; copy the file into the folder '
         "and name it from there"),
        ("pics.png", '"pics.png" is a folder; name a picture or clip in it'),
        ("notes.txt", '"notes.txt" is not a picture or clip that can be read; use one of '
         + PICTURES),
        ("/etc/hosts.png", f'"/etc/hosts.png" {OUTSIDE}'),
        ("~/bee.png", f'"~/bee.png" {OUTSIDE}'),
        ("file:///etc/passwd", f'"file:///etc/passwd" {OUTSIDE}'),
        ("C:/bee.png", f'"C:/bee.png" {OUTSIDE}'),
        ("data:image/png;base64,AA", f'"data:image/png;base64,AA" {OUTSIDE}'),
        ("<>", "the picture or clip has no address; write the file's name"),
        ("x" * 400, f'"{"x" * 80}" cannot be a file\'s name; put the name right'),
        ("https://else.example/a.png", 'pictures are not fetched from "else.example"; save the '
         "picture next to the script, or allow that host"),
        ("http://ok.example/a.png", '"http://ok.example/a.png" is not encrypted; use its https '
         "address"),
        ("https://[bad/a.png", '"https://[bad/a.png" is not an address; put the address right'),
    ],
)  # fmt: skip
def test_a_picture_that_may_not_be_taken_is_refused(
    tmp_path: Path, address: str, sentence: str
) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "script"
    (folder / "pics.png").mkdir(parents=True)
    (folder / "bee.png").write_bytes(b"bee")
    (folder / "notes.txt").write_text("notes")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "talk.md").write_text(f"## A\nWords.\n\n![]({address})\n")
    with pytest.raises(ScriptError) as caught:
        read_script(folder / "talk.md", allow_hosts=frozenset({"ok.example"}))
    assert str(caught.value).replace(f"{folder}/", "") == f"talk.md:4: {sentence}"


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "10.0.0.8", "169.254.169.254",
     "[::1]", "[::ffff:10.0.0.1]", "[fd00::1]"],
)  # fmt: skip
def test_private_addresses_are_refused_even_when_allowed(tmp_path: Path, host: str) -> None:
    path = tmp_path / "talk.md"
    path.write_text(f"## A\nWords. ![](https://{host}/a.png)\n")
    with pytest.raises(ScriptError) as caught:
        read_script(path, allow_hosts=frozenset({host.strip("[]")}))
    assert caught.value.problems[0].problem == (
        f'"https://{host}/a.png" points into a private network'
    )


@pytest.mark.parametrize("extra", ["@visual: presenter", "@prompt: a bee", "@card: quote"])
def test_a_picture_and_a_wish_for_another_are_refused(tmp_path: Path, extra: str) -> None:
    (tmp_path / "bee.png").write_bytes(b"bee")
    name = extra[1:].split(":", maxsplit=1)[0]
    assert refuse_text(tmp_path, f"## A\nWords. ![](bee.png)\n{extra}\n")[0] == (
        f'talk.md:3: this scene has a picture of its own and a "{name}" too; keep one of the two'
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("t.json", '{"title": "A",\n "scenes": [}', "2: this is not JSON: expecting value; put that "
         "place right"),
        ("t.json", "[" * 100_000, "1: this is nested too deeply; keep to the documented shape"),
        ("t.json", "[]", "1: a script in JSON or YAML is a mapping; write title: and its words "
         "first"),
        ("t.json", '{"scenes": [],\n "scenes": ["A b."]}', '2: "scenes" is given twice; keep one of '
         "the two"),
        ("t.json", '{"scenes": "no"}', '1: "scenes" is not a list; write one entry for each scene'),
        ("t.json", '{"scene": []}', '1: there is no setting "scene"; did you mean scenes?'),
        ("t.json", '{"scenes": [\n{"narration": "A",\n"pionts": []}]}', '3: there is no "pionts" in '
         "a scene; did you mean points?"),
        ("t.json", '{"scenes": [\n{"narration": ["A"]}]}', '2: "narration" is not text; give it a '
         "single value"),
        ("t.json", '{"scenes": [\n{"points": "A"}]}', '2: "points" is not a list; write one entry '
         "below the other"),
        ("t.json", '{"scenes": [\n{"narration": "A", "card": "pie"}]}', '2: "card" is "pie"; choose '
         "one of title, statement, points, steps, quote, number, comparison, table, bar, line, "
         "code, closing"),
        ("t.json", '{"scenes": [\n{"narration": "A", "alt": "b"}]}', '2: "alt" stands alone; give '
         'this scene "image" too or take it out'),
        ("t.json", '{"scenes": [\n{"table": {"rows": []}}]}', '2: "table" needs a header and rows; '
         "give it header: and rows:"),
        ("t.yaml", "scenes:\n  - narration: A\n    table: [[a, b], [1]]\n", "3: this table's header "
         "has 2 cells and this row has 1; give it as many, and leave an empty line below the table"),
        ("t.yaml", "scenes:\n  - 1\n  - [a]\n", "3: this scene has no keys; write heading: and "
         "narration:"),
        ("t.yaml", "scenes:\n - &a {narration: A}\n - *a\n", "3: YAML aliases are not read; write "
         "the value out"),
        ("t.yaml", "a: 1\n---\nb: 1\n", "2: a second YAML document starts here; take the `---` out"),
        ("t.yaml", "# nothing\n", "1: a script in JSON or YAML is a mapping; write title: and its "
         "words first"),
    ],
)  # fmt: skip
def test_bad_json_and_yaml_are_refused(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    assert refuse_text(tmp_path, text, name)[0] == f"{name}:{sentence}"


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = "---\naspect: wide\n---\n## A\n## B\nWords. ![](no.png)\n@crad: x\n"
    assert [sentence.split(":")[1] for sentence in refuse_text(tmp_path, text)] == [
        "2", "4", "6", "7",
    ]  # fmt: skip


def test_after_a_hundred_problems_no_more_are_told(tmp_path: Path) -> None:
    assert len(refuse_text(tmp_path, "## A\n@nonsense: x\n" * 150)) == 100


def test_an_error_survives_pickling() -> None:
    problem = Problem(path="a.md", line=3, problem="it is wrong", fix="put it right")
    error = pickle.loads(pickle.dumps(ScriptError((problem,))))
    assert error.problems == (problem,)
    assert str(error) == "a.md:3: it is wrong; put it right"


def test_an_aspect_asked_for_beside_the_script_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_text("## A\nWords.\n")
    with pytest.raises(ScriptError, match='the aspect asked for is "3:2"; choose one of 16:9'):
        plan_storyboard(read_script(path), aspect="3:2", budget_usd=Decimal(1))  # type: ignore[arg-type]


def test_directives_above_an_untitled_script_belong_to_no_scene(tmp_path: Path) -> None:
    assert refuse_text(tmp_path, "@motion: drift\n\n## A\nWords.\n") == [
        "talk.md:1: this scene says nothing and shows nothing; write its narration, or @duration: "
        "and a time"
    ]
