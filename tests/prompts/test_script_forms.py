"""Plain text, YAML and JSON mean what Markdown means."""

# ruff: noqa: E501 - a table reads better with a case on a line

from __future__ import annotations

from pathlib import Path

from prompts.reading.script import read_script
from prompts.storyboard import Card, Storyboard
from tests.prompts.scripts import add_file, plan, read


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
