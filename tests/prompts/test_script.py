"""What the script format means, in Markdown first and then in its other forms."""

# ruff: noqa: E501 - a table reads better with a case on a line

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from prompts.plan import plan_storyboard
from prompts.script import Script, read_script
from prompts.storyboard import Card, Column, Scene, Storyboard, Table


def write(folder: Path, text: str, name: str = "talk.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, name: str = "talk.md") -> Script:
    return read_script(write(folder, text, name))


def plan(folder: Path, text: str, name: str = "talk.md", **asked: Any) -> Storyboard:
    return plan_storyboard(read(folder, text, name), **asked)


def only_scene(folder: Path, body: str) -> Scene:
    [scene] = plan(folder, f"## Heading\n\n{body}\n").scenes
    return scene


def card_of(folder: Path, body: str) -> Card:
    return only_scene(folder, body).visual.card


def add_file(folder: Path, name: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    return str(path.resolve())


def test_prose_is_narration_and_headings_start_scenes(tmp_path: Path) -> None:
    board = plan(
        tmp_path, "# Bees\n\nHello.\n\n## One\n\nFirst\nline.\n\nSecond.\n\n## Two\n\nEnd.\n"
    )
    assert [(scene.id, scene.heading, scene.narration, scene.line) for scene in board.scenes] == [
        ("s01", "Bees", "Hello.", 1),
        ("s02", "One", "First line.\n\nSecond.", 5),
        ("s03", "Two", "End.", 12),
    ]
    assert board.scenes[1].lines == {"narration": 7}


def test_the_title_card_comes_first_and_speaks_the_preamble(tmp_path: Path) -> None:
    board = plan(tmp_path, "---\nsubtitle: A life\n---\n# Bees\n\nHello.\n\n## One\n\nWords.\n")
    title = board.scenes[0]
    assert title.visual.card == Card(kind="title", heading="Bees", text="A life")
    assert (title.narration, title.duration_s, title.line) == ("Hello.", None, 4)


def test_a_title_card_without_preamble_is_silent_for_three_seconds(tmp_path: Path) -> None:
    title = plan(tmp_path, "# Bees\n\n## One\n\nWords.\n").scenes[0]
    assert (title.narration, title.duration_s) == ("", 3.0)


def test_text_before_the_first_scene_of_an_untitled_script_is_a_scene(tmp_path: Path) -> None:
    board = plan(tmp_path, "Hello.\n\n## One\n\nWords.\n", name="busy-bees.md")
    assert [scene.visual.card.kind for scene in board.scenes] == ["statement", "statement"]
    assert board.title == "busy bees"


def test_a_closing_card_ends_the_film_when_asked_for(tmp_path: Path) -> None:
    front = "---\nclosing:\n  heading: Thanks\n  text: See you\n---\n"
    closing = plan(tmp_path, front + "## One\n\nWords.\n").scenes[-1]
    assert closing.visual.card == Card(kind="closing", heading="Thanks", text="See you")
    assert (closing.narration, closing.duration_s, closing.line) == ("", 4.0, 2)


@pytest.mark.parametrize(
    ("written", "narration"),
    [
        ("**bold**, *italic* and `code`", "bold, italic and code"),
        ("see [the docs](https://a.example/x)", "see the docs"),
        ("one<br>two", "one two"),
        ("said <!-- never this --> aloud", "said aloud"),
        ("@jane said hello", "@jane said hello"),
        (r"5 \* 3 and snake_case_name", "5 * 3 and snake_case_name"),
        ("    indented prose", "indented prose"),
    ],
)
def test_markup_is_removed_from_narration(tmp_path: Path, written: str, narration: str) -> None:
    assert only_scene(tmp_path, written).narration == narration


def test_comments_are_heard_by_nobody_and_may_hold_directives(tmp_path: Path) -> None:
    scene = only_scene(tmp_path, "Words.\n\n<!--\n@card: quote\nNot this.\n-->\n")
    assert (scene.narration, scene.visual.card.kind) == ("Words.", "statement")


def test_a_list_becomes_points_on_the_card(tmp_path: Path) -> None:
    scene = only_scene(tmp_path, "Words.\n\n- **One**\n- Two\n  - Three\n")
    assert scene.visual.card == Card(
        kind="points", heading="Heading", items=("One", "Two", "Three")
    )
    assert scene.narration == "Words."


def test_a_numbered_list_becomes_steps(tmp_path: Path) -> None:
    assert card_of(tmp_path, "1. Do\n2. Check").kind == "steps"


def test_a_quotation_ends_with_its_attribution(tmp_path: Path) -> None:
    card = card_of(tmp_path, "> To be,\n> or not.\n> — Hamlet")
    assert (card.kind, card.text, card.attribution) == ("quote", "To be, or not.", "Hamlet")


def test_a_fenced_block_is_code_on_screen_and_keeps_what_looks_like_a_directive(
    tmp_path: Path,
) -> None:
    card = card_of(tmp_path, "Words.\n\n```css\n@media: x\n  a\n```")
    assert (card.kind, card.code, card.code_language) == ("code", "@media: x\n  a", "css")


@pytest.mark.parametrize(("directive", "kind"), [("", "table"), ("@card: bar", "bar"),
                                                 ("@card: line", "line")])  # fmt: skip
def test_a_table_is_a_table_or_a_chart(tmp_path: Path, directive: str, kind: str) -> None:
    card = card_of(tmp_path, f"Words.\n\n| Year | Sum |\n|---|--:|\n| 1 | **2** |\n{directive}")
    assert card.kind == kind
    assert card.table == Table(header=("Year", "Sum"), rows=(("1", "2"),))


def test_two_subheadings_are_a_comparison(tmp_path: Path) -> None:
    card = card_of(tmp_path, "Words.\n\n### Left\n\n- a\n- b\n\n### Right\n\nMore words.")
    assert card.columns == (Column(title="Left", items=("a", "b")), Column(title="Right"))
    assert card.kind == "comparison"


@pytest.mark.parametrize(
    ("written", "number", "label"),
    [
        ("42 % of all falls", "42 %", "of all falls"),
        ("$3.5 million saved", "$3.5 million", "saved"),
        ("1 in 4 adults", "1 in 4", "adults"),
        ("10 000 km of pipe", "10 000 km", "of pipe"),
        ("5.9× as much", "5.9×", "as much"),
        ("Half of us", "Half", "of us"),
        ("7", "7", ""),
    ],
)
def test_a_number_card_parts_the_figure_from_its_label(
    tmp_path: Path, written: str, number: str, label: str
) -> None:
    card = card_of(tmp_path, f"@number: {written}")
    assert (card.kind, card.number, card.text) == ("number", number, label)


def test_a_picture_of_ones_own_fills_the_scene(tmp_path: Path) -> None:
    path = add_file(tmp_path, "pics/my bee.png")
    scene = only_scene(tmp_path, 'Words. ![A bee](<pics/my bee.png> "At work")')
    assert (scene.visual.kind, scene.visual.file, scene.visual.alt) == ("file", path, "A bee")
    assert scene.visual.card == Card(kind="image", heading="Heading", text="At work")
    assert (scene.narration, scene.lines["image"]) == ("Words.", 3)


def test_a_clip_of_ones_own_keeps_a_card_to_fall_back_on(tmp_path: Path) -> None:
    add_file(tmp_path, "bee.mp4")
    visual = only_scene(tmp_path, "Words.\n\n![](bee.mp4)").visual
    assert (visual.kind, visual.card.kind) == ("file", "statement")


def test_a_picture_may_come_from_an_allowed_host(tmp_path: Path) -> None:
    path = write(tmp_path, "## A\n\nWords. ![](https://img.example/a.png?x=1)\n")
    board = plan_storyboard(read_script(path, allow_hosts=frozenset({"img.example"})))
    assert board.scenes[0].visual.file == "https://img.example/a.png?x=1"


@pytest.mark.parametrize(
    ("directives", "kind"),
    [("", "card"), ("@prompt: a bee", "image"), ("@visual: clip\n@prompt: a bee", "clip"),
     ("@visual: presenter", "presenter"), ("@visual: card", "card")],
)  # fmt: skip
def test_a_directive_chooses_the_visual(tmp_path: Path, directives: str, kind: str) -> None:
    assert only_scene(tmp_path, f"Words.\n{directives}\n").visual.kind == kind


def test_directives_set_the_rest_of_a_scene(tmp_path: Path) -> None:
    scene = only_scene(
        tmp_path,
        "@motion: pan-left\n@pause: 800ms\nWords\n@transition: fade\n@duration: 1.5 s\n"
        "- a\n@voice: anna\n@kicker: Part *one*\n@text: Below\n",
    )
    assert (scene.motion, scene.transition, scene.voice) == ("pan-left", "fade", "anna")
    assert (scene.pause_s, scene.duration_s, scene.narration) == (0.8, 1.5, "Words")
    card = scene.visual.card
    assert (card.kicker, card.text, card.items) == ("Part one", "Below", ("a",))
    assert scene.lines == {
        "motion": 3, "pause": 4, "narration": 5, "transition": 6, "duration": 7, "points": 8,
        "voice": 9, "kicker": 10, "text": 11,
    }  # fmt: skip


def test_directives_before_the_first_scene_belong_to_the_title_card(tmp_path: Path) -> None:
    title = plan(tmp_path, "# Bees\n@motion: drift\n@duration: 5\n## One\nWords.\n").scenes[0]
    assert (title.motion, title.duration_s) == ("drift", 5.0)


def test_the_first_bold_phrase_stands_on_a_statement_card(tmp_path: Path) -> None:
    assert card_of(tmp_path, "It is **very blue** and **big**.").text == "very blue"


@pytest.mark.parametrize(
    ("blocks", "kind"),
    [
        ("@number: 5 bees\n### A\n### B\n", "number"),
        ("### A\n### B\n\n```\nx\n```\n", "comparison"),
        ("```\nx\n```\n| a |\n|---|\n| 1 |\n", "code"),
        ("| a |\n|---|\n| 1 |\n\n> q\n", "table"),
        ("> q\n\n1. a\n", "quote"),
        ("1. a\n\n- b\n", "steps"),
        ("1. a\n\n- b\n\n@card: points\n", "points"),
        ("- a\n\n@card: statement\n", "statement"),
    ],
)
def test_of_several_blocks_the_most_telling_is_shown(
    tmp_path: Path, blocks: str, kind: str
) -> None:
    assert card_of(tmp_path, f"Words.\n\n{blocks}").kind == kind


@pytest.mark.parametrize(
    ("blocks", "narration"),
    [
        ("- One\n- Two!\n", "One. Two!"),
        ("> To be\n> — Hamlet\n", "To be. Hamlet."),
        ("@number: 42 % of falls\n", "42 % of falls."),
        ("### A\n\n- x\n- y\n\n### B\n", "A: x, y. B."),
        ("| a |\n|---|\n| 1 |\n", ""),
        ("```\nx\n```\n", ""),
        ("- 蜂\n", "蜂。"),
    ],
)
def test_a_scene_without_prose_speaks_its_card_unless_it_is_only_looked_at(
    tmp_path: Path, blocks: str, narration: str
) -> None:
    scene = only_scene(tmp_path, blocks)
    assert scene.narration == narration
    assert (scene.duration_s is None) == bool(narration)


def test_front_matter_sets_the_film(tmp_path: Path) -> None:
    music = add_file(tmp_path, "tune.mp3")
    logo = add_file(tmp_path, "logo.png")
    board = plan(
        tmp_path,
        "---\n"
        "title: 1984\nslug: Nineteen!\naspect: 9:16\ntier: best\ntheme: paper\nvoice: anna\n"
        "speed: 1.1\nstyle: calm\nlanguage: pt_BR\nmusic: tune.mp3\ncaptions: false\n"
        'budget: "$0.50"\nauthor: Me\nsubtitle:\n'
        'brand: {name: Acme, logo: logo.png, primary: "#AbC", accent: "#010203"}\n'
        "---\n## One\nWords.\n",
    )
    assert (board.title, board.slug, board.aspect, board.tier) == (
        "1984",
        "nineteen",
        "9:16",
        "best",
    )
    assert (board.theme, board.voice, board.speed, board.style) == ("paper", "anna", 1.1, "calm")
    assert (board.language, board.music, board.captions) == ("pt-BR", music, "files")
    assert board.budget_usd == Decimal("0.50")
    brand = board.brand
    assert (brand.name, brand.logo, brand.primary) == ("Acme", logo, "#aabbcc")
    assert board.scenes[0].visual.card.attribution == "Me"
    assert board.lines["aspect"] == 4


def test_what_is_asked_for_beside_the_script_wins(tmp_path: Path) -> None:
    board = plan(
        tmp_path,
        "---\naspect: 1:1\ntheme: paper\nbudget: 3\n---\n## One\nWords.\n",
        aspect="9:16",
        theme="signal",
        tier="best",
        voice="anna",
        captions="files",
        budget_usd=Decimal(0),
    )
    assert (board.aspect, board.theme, board.tier, board.voice) == (
        "9:16",
        "signal",
        "best",
        "anna",
    )
    assert (board.captions, board.budget_usd) == ("files", Decimal(0))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Why is the sky blue?", "why-is-the-sky-blue"),
        ("Crème brûlée & Öl, straße", "creme-brulee-ol-strasse"),
        ("Don't panic", "dont-panic"),
        ("空はなぜ青い", "空はなぜ青い"),
        ("Почему небо синее", "почему-небо-синее"),
        ("../../etc", "etc"),
        ("..", "film"),
        ("🎉", "film"),
        ("word " * 30, "-".join(["word"] * 12)),
    ],
)
def test_the_slug_is_a_safe_name(tmp_path: Path, title: str, slug: str) -> None:
    assert plan(tmp_path, f"# {title}\n\n## One\n\nWords.\n").slug == slug


def test_paragraphs_of_plain_text_are_scenes(tmp_path: Path) -> None:
    text = "Busy bees\n\nThey fly far\nand wide. Then home.\n@pause: 1\n\nThey * sleep *.\n"
    board = plan(tmp_path, text, name="bees.txt")
    assert [scene.narration for scene in board.scenes] == [
        "", "They fly far and wide. Then home.", "They * sleep *.",
    ]  # fmt: skip
    assert board.title == "Busy bees"
    assert board.scenes[1].visual.card == Card(kind="statement", text="They fly far and wide.")
    assert (board.scenes[1].pause_s, board.scenes[1].line) == (1.0, 3)


def test_a_first_line_with_a_full_stop_is_no_title(tmp_path: Path) -> None:
    board = plan(tmp_path, "Bees fly.\n\nThey sleep.\n", name="bees.txt")
    assert (board.title, len(board.scenes)) == ("bees", 2)


MARKDOWN = """\
---
title: Bees
theme: paper
budget: 0.5
closing: Thanks
---

Hello.

@motion: drift

## Points

They **fly** far.

And back.

- One
- Two

@pause: 800ms

## Steps

1. Do
2. Check

## Quote

> To be
> — Hamlet

## Code

```py
print(1)
```

## Table

Look.

| a | b |
|---|---|
| 1 | 2 |

@card: bar

## Number

@number: 42 % of it

## Compare

### L

- x

### R

- y

## Picture

![A bee](bee.png "At work")

@duration: 2

## Words

It is **blue**.

@prompt: a sky
@visual: clip
@voice: anna
@text: Below
@kicker: Above
@transition: cut
"""

YAML = """\
title: Bees
theme: paper
budget: 0.5
closing: Thanks
opening:
  narration: Hello.
  motion: drift
scenes:
  - heading: Points
    narration: |
      They **fly** far.

      And back.
    points: [One, Two]
    pause: 800ms
  - heading: Steps
    steps:
      - Do
      - Check
  - {heading: Quote, quote: To be, attribution: Hamlet}
  - heading: Code
    code: print(1)
    code_language: py
  - heading: Table
    narration: Look.
    table: {header: [a, b], rows: [[1, 2]]}
    card: bar
  - heading: Number
    number: 42 % of it
  - heading: Compare
    compare:
      - title: L
        items: [x]
      - title: R
        items: [y]
  - heading: Picture
    image: bee.png
    alt: A bee
    caption: At work
    duration: 2
  - heading: Words
    narration: It is **blue**.
    prompt: a sky
    visual: clip
    voice: anna
    text: Below
    kicker: Above
    transition: cut
"""

JSON = """\
{"title": "Bees", "theme": "paper", "budget": 0.5, "closing": {"heading": "Thanks", "text": null},
\t"opening": {"narration": "Hello.", "motion": "drift"},
\t"scenes": [
 {"heading": "Points", "narration": "They **fly** far.\\n\\nAnd back.", "points": ["One", "Two"],
  "pause": "800ms"},
 {"heading": "Steps", "steps": ["Do", "Check"]},
 {"heading": "Quote", "quote": "To be", "attribution": "Hamlet"},
 {"heading": "Code", "code": "print(1)", "code_language": "py"},
 {"heading": "Table", "narration": "Look.", "table": [["a", "b"], [1, 2]], "card": "bar"},
 {"heading": "Number", "number": "42 % of it"},
 {"heading": "Compare", "compare": [{"title": "L", "items": ["x"]}, {"title": "R", "items": ["y"]}]},
 {"heading": "Picture", "image": "bee.png", "alt": "A bee", "caption": "At work", "duration": 2},
 {"heading": "Words", "narration": "It is **blue**.", "prompt": "a sky", "visual": "clip",
  "voice": "anna", "text": "Below", "kicker": "Above", "transition": "cut"}]}
"""


def without_lines(board: Storyboard) -> Storyboard:
    scenes = tuple(scene.model_copy(update={"line": 1, "lines": {}}) for scene in board.scenes)
    return board.model_copy(update={"scenes": scenes, "lines": {}, "source": ""})


def test_markdown_yaml_and_json_that_say_the_same_are_the_same_film(tmp_path: Path) -> None:
    add_file(tmp_path, "bee.png")
    film = without_lines(plan(tmp_path, MARKDOWN))
    assert len(film.scenes) == 11
    assert without_lines(plan(tmp_path, YAML, name="talk.yaml")) == film
    assert without_lines(plan(tmp_path, JSON, name="talk.json")) == film


def test_plain_text_and_markdown_that_say_the_same_are_the_same_film(tmp_path: Path) -> None:
    text = plan(
        tmp_path, "---\ntheme: paper\n---\nBees\n\n@motion: drift\n\nThey fly.\n", "talk.txt"
    )
    scenes = '{"title": "Bees", "theme": "paper", "opening": {"motion": "drift"},'
    data = plan(tmp_path, scenes + ' "scenes": ["They fly."]}', "talk.json")
    assert without_lines(text) == without_lines(data)


def test_scenes_in_yaml_and_json_know_their_lines(tmp_path: Path) -> None:
    add_file(tmp_path, "bee.png")
    yaml = read(tmp_path, YAML, "talk.yaml")
    assert (yaml.front.lines["theme"], yaml.scenes[0].line) == (2, 9)
    assert yaml.scenes[0].lines == {"narration": 10, "points": 14, "pause": 15}
    json = read(tmp_path, JSON, "talk.json")
    assert (json.front.lines["title"], json.scenes[0].line) == (1, 4)
    assert json.scenes[0].lines == {"narration": 4, "points": 4, "pause": 5}


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_bytes(b"\xef\xbb\xbf---\r\ntitle: Bees\r\n---\r\n## One\r\nTwo\r\nlines.\r\n")
    script = read_script(path)
    assert (script.front.title, script.scenes[0].narration) == ("Bees", "Two lines.")
    assert script.scenes[0].line == 4
