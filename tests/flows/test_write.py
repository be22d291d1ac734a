"""`reelwright write`: documents become a script that can be made, and nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.saying.speech import estimate_s

WORDS = Path(__file__).parents[1] / "words"
NOTES = """# How vaccines work

A vaccine shows the body a harmless part of a germ.

## What the body does

It makes antibodies that fit this part. It keeps a few of the cells that made them.
When the real germ comes, these cells are ready within hours.

## How well it works

Measles once infected almost every child. A vaccine prevents about 97% of all cases today.
The weather was fine that day. Somebody had left a window open.
"""


def write(*words: str) -> Result:
    return CliRunner().invoke(app, ["write", *words])


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "notes.md"
    path.write_text(NOTES, encoding="utf-8")
    return path


def test_a_document_becomes_a_script_with_the_places_of_its_claims(notes: Path) -> None:
    told = write("notes.md")
    assert told.exit_code == 0, told.output
    script = notes.with_name("how-vaccines-work.md")
    text = script.read_text(encoding="utf-8")
    assert "<!-- notes.md:7 -->" in text
    assert "@number: 97% of all cases\n" in text
    assert len(plan_storyboard(read_script(script)).scenes) >= 3
    assert sorted(path.name for path in notes.parent.iterdir()) == [script.name, "notes.md"]


def test_a_topic_with_sources_gives_the_title(notes: Path) -> None:
    assert write("Vaccines, briefly", "--sources", "notes.md").exit_code == 0
    assert read_script(notes.with_name("vaccines-briefly.md")).front.title == "Vaccines, briefly"


def test_a_topic_alone_is_refused_with_what_to_do(notes: Path) -> None:
    told = write("How vaccines work")
    assert told.exit_code == 2
    assert "language model" in told.output
    assert "--sources" in told.output
    assert len(list(notes.parent.iterdir())) == 1


def test_a_length_keeps_the_telling_sentences_and_tells_the_share_left_out(notes: Path) -> None:
    told = write("notes.md", "--length", "25s")
    assert told.exit_code == 0
    assert "% of what is said" in told.output
    board = plan_storyboard(read_script(notes.with_name("how-vaccines-work.md")))
    said = " ".join(scene.narration for scene in board.scenes)
    assert estimate_s(said, "en") <= 25
    assert "vaccine" in said
    assert "window open" not in said


def test_a_script_is_written_over_only_when_asked_to(notes: Path) -> None:
    mine = notes.with_name("mine.md")
    mine.write_text("my own words")
    refused = write("notes.md", "--out", "mine.md")
    assert refused.exit_code == 2
    assert "--force" in refused.output
    assert mine.read_text() == "my own words"
    assert write("notes.md", "--out", "mine.md", "--force").exit_code == 0
    assert mine.read_text() != "my own words"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["notes.md", "--out", "notes.md", "--force"], "is the document itself"),
        (["notes.md", "--out", "x.pdf"], "is written as Markdown"),
        (["notes.md", "--out", "no/x.md"], "there is no folder"),
        (["notes.md", "--out", "folder.md"], "is a folder"),
        (["notes.md", "--length", "soon"], "give 10 seconds or more"),
        (["notes.md", "--language", "German!"], "give a code such as de"),
        (["gone.md"], "there is no such file"),
        (["Bees", "--sources", "gone.pdf"], "there is no such file"),
        (["  "], "there is no topic"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(
    notes: Path, words: list[str], sentence: str
) -> None:
    notes.with_name("folder.md").mkdir()
    told = write(*words)
    assert told.exit_code == 2
    assert sentence in told.output
    assert len(told.output.strip().splitlines()) == 1
    assert notes.read_text(encoding="utf-8") == NOTES


def test_a_length_into_which_no_sentence_fits_is_refused(notes: Path) -> None:
    (notes.parent / "long.txt").write_text("The tenant shall keep the rooms in good order " * 3)
    told = write("long.txt", "--length", "10s")
    assert told.exit_code == 2
    assert "no sentence fits into --length 10s" in told.output


def test_words_that_no_film_can_be_made_of_are_named_by_their_place(notes: Path) -> None:
    (notes.parent / "long.txt").write_text("Title\n\nA " + "x" * 600 + " is here.\n")
    told = write("long.txt")
    assert told.exit_code == 2
    assert "long.txt:3: a word here has over 500 characters" in told.output
    assert not (notes.parent / "title.md").exists()


def test_the_language_is_that_of_the_words(notes: Path) -> None:
    assert write(str(WORDS / "de-brot.txt"), "--out", "brot.md").exit_code == 0
    assert read_script(notes.with_name("brot.md")).front.language == "de"
