"""Films in other languages: which texts there are, what an answer must hold, and their file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prompts.asking.answers import BadAnswer
from prompts.asking.translation import PartOfIt, fault, read_translation, translation_question
from prompts.errors import ScriptError
from prompts.glossary import Glossary, Term, read_glossary
from prompts.pictures import picture_prompt
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import Storyboard
from prompts.variants import Text, film_texts, joined, reworded
from prompts.words_file import read_words, words_path, write_words

SCRIPT = """---
title: Bread
subtitle: By hand
description: A film about dough.
tags: [yeast, oven]
closing: The end
---

## Something alive
A spoon holds **fifty billion cells**. Dr. Vogel counted 42 of them.

Give them sugar.

## Numbers
| Flour | Grams |
|---|---|
| Rye | 500 |

@lower_third: Ada Vogel | baker

## In code
```python
bake(bread)
```

It runs. See https://example.org now.

## In the dough
- Yeast eats sugar
- Gas rises
"""
NONE = Glossary()


@pytest.fixture
def board(tmp_path: Path) -> Storyboard:
    path = tmp_path / "bread.md"
    path.write_text(SCRIPT, encoding="utf-8")
    return plan_storyboard(read_script(path))


def texts(*words: str) -> tuple[Text, ...]:
    return tuple(Text("s01", 1, "narration", one) for one in words)


def said(*told: tuple[int, str]) -> str:
    return json.dumps({"texts": [{"number": number, "text": text} for number, text in told]})


def test_every_text_is_asked_for_once_and_figures_code_and_names_are_not(board: Storyboard) -> None:
    words = [text.words for text in film_texts(board)]
    assert len(words) == len(set(words))
    assert {"Bread", "By hand", "A film about dough.", "yeast", "The end", "Rye", "Grams"} <= {
        *words
    }
    assert {"A spoon holds fifty billion cells.", "Dr. Vogel counted 42 of them.", "baker"} <= {
        *words
    }
    assert not {"500", "bake(bread)", "Ada Vogel", "https://example.org"} & {*words}


def test_nothing_but_words_changes_and_pictures_are_asked_for_as_before(board: Storyboard) -> None:
    film = reworded(board, "de", lambda text: f"<{text.words}>")
    assert (film.language, film.translated_from) == ("de", "en")
    first, now = board.scenes[1], film.scenes[1]
    assert now.narration == (
        "<A spoon holds fifty billion cells.> <Dr. Vogel counted 42 of them.>\n\n<Give them sugar.>"
    )
    assert now.visual.card.text == "<fifty billion cells>"
    assert picture_prompt(now, "oil", "") == picture_prompt(first, "oil", "")
    assert film.scenes[2].visual.card.table is not None
    assert film.scenes[2].visual.card.table.rows == (("<Rye>", "500"),)
    assert film.scenes[3].visual.card.code == "bake(bread)"
    assert film.scenes[4].narration == "<Yeast eats sugar>. <Gas rises>."
    same = reworded(board, "en", lambda text: text.words)
    plain = {"translated_from": "", "scenes": board.scenes}
    assert same.model_copy(update=plain) == board
    assert [s.model_copy(update={"original": None}) for s in same.scenes] == list(board.scenes)


@pytest.mark.parametrize(
    ("words", "translated", "wrong"),
    [
        ("It is 42 % of 1,500.", "Es sind 42 % von 1.500.", ""),
        ("In 2020, 10 000 came.", "2020 kamen 10.000.", ""),
        ("It is 42 %.", "Es sind 43 %.", "does not hold the figure 42"),
        ("42 and 42", "42 und", "does not hold the figure 42"),
        ("50 million cells", "5000万個の細胞", ""),
        ("42 cells", "４２個の細胞", ""),
        ("It is 1,542.5.", "إنها ١٬٥٤٢٫٥.", ""),
        ("5 cells", "6個の細胞", "does not hold the figure 5"),
        ("Go to https://example.org/a.", "Geh zu https://example.org/a.", ""),
        ("Go to https://example.org/a.", "Geh zur Seite.", "has lost https://example.org/a."),
        ("One", "", "is missing"),
        ("One", "x" * 100, "is far longer than the original"),
        ("It is a very long day here", "It is a very long day here", "is not in de"),
        ("Berlin", "Berlin", ""),
    ],
)
def test_a_translation_that_cannot_stand_for_its_text_is_told(
    words: str, translated: str, wrong: str
) -> None:
    assert fault(words, translated, "de", NONE).rstrip(".") == wrong.rstrip(".")


def test_names_are_kept_to_the_letter_and_terms_in_one_of_their_forms(tmp_path: Path) -> None:
    path = tmp_path / "glossary.toml"
    path.write_text(
        'keep = ["Reelwright"]\n[de]\n"sour dough" = ["Sauerteig", "Sauerteige"]\ndough = "Teig"\n'
        '[de-AT]\ndough = "Teigerl"\n[ja]\ndough = "生地"\n'
    )
    glossary = read_glossary(path, "de")
    assert [t.words for t in glossary.used_in("Sour dough by Reelwright")] == [
        "Reelwright", "sour dough",
    ]  # fmt: skip
    assert fault("Sour dough rises", "Sauerteig geht auf", "de", glossary) == ""
    assert "Teig" in fault("The dough rises", "Das Brot geht auf", "de", glossary)
    assert "Reelwright" in fault("By Reelwright", "Von reelwright", "de", glossary)
    assert glossary.used_in("doughnuts") == ()
    assert Term("dough", ("Teigerl",)) in read_glossary(path, "de-AT").terms
    assert glossary.is_name("Reelwright")
    assert not glossary.is_name("dough")


@pytest.mark.parametrize("text", ["keep = 3\n", "[de]\ndough = 3\n", "de = \n", 'dough = "x"\n'])
def test_a_glossary_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "glossary.toml"
    path.write_text(text)
    with pytest.raises(ScriptError) as wrong:
        read_glossary(path, "de")
    assert str(wrong.value).startswith(f"{path}:1: ")


def test_a_question_numbers_what_is_missing_and_tells_what_is_settled() -> None:
    asked = texts("One day.", "Two days.\n== orders: buy", "Three days.")
    glossary = Glossary((Term("day", ("Tag",)),))
    system, turn = translation_question("A {{ title }}", ("en", "de"), asked, {"One day.": "Ein Tag."}, glossary)  # noqa: E501 # fmt: skip
    assert '- "day" => "Tag"' in system
    assert "   narration: One day. => Ein Tag.\n1| narration: Two days." in turn
    assert "2| narration: Three days." in turn
    assert "A {{ title }}" in turn


def test_an_answer_is_whole_or_says_what_is_good_of_it() -> None:
    asked = texts("One 1", "Two 2")
    good = read_translation(said((1, "Eins\n1"), (2, "Zwei 2")), asked, "de", NONE)
    assert good == {"One 1": "Eins 1", "Two 2": "Zwei 2"}
    with pytest.raises(PartOfIt) as part:
        read_translation(said((1, "Eins 1"), (1, "Eins 1"), (7, "Sieben")), asked, "de", NONE)
    assert part.value.good == {"One 1": "Eins 1"}
    assert part.value.faults == (
        "text 1 is there twice", "text 7 was not asked for", "text 2 is missing",
    )  # fmt: skip
    for nothing in ("", "no", "[]", '{"texts": [{"number": 1}]}', '{"texts": [], "budget": 9}'):
        with pytest.raises(BadAnswer):
            read_translation(nothing, asked, "de", NONE)


def test_what_an_editor_wrote_into_a_file_of_words_stays_to_the_letter(tmp_path: Path) -> None:
    script = tmp_path / "bread.md"
    path = words_path(script, "de")
    assert path.name == "bread.de.toml"
    assert read_words(path).pairs == {}
    write_words(path, "bread.md", texts("One", 'Two "2" \\ \x7f'), {"One": "Eins"})
    write_words(path, "bread.md", texts("One", 'Two "2" \\ \x7f'), {'Two "2" \\ \x7f': "Zwei"})
    assert read_words(path).pairs == {"One": "Eins", 'Two "2" \\ \x7f': "Zwei"}
    edited = path.read_text().replace('"Eins"', '"Ein einziges"  # better')
    edited = edited.replace("\n[[words]]", '\nvoice = "de+f2"\n\n[[words]]', 1)
    path.write_text(edited)
    now = texts("Zero", "One", "Three")
    write_words(path, "bread.md", now, {"Zero": "Null", "Three": ""})
    text = path.read_text()
    assert '"Ein einziges"  # better' in text
    order = [
        text.index(word) for word in ("voice =", "Null", "einziges", "Three", "Not in", "Zwei")
    ]
    assert order == sorted(order)
    assert read_words(path).voice == "de+f2"
    assert "Three" not in read_words(path).pairs
    write_words(path, "bread.md", now, {"Three": "Drei", "One": "Eins"})
    assert "Ein einziges" in path.read_text(), "what is there is not written over"
    assert read_words(path).pairs["Three"] == "Drei"
    assert path.read_text().count("Not in the script") == 1


@pytest.mark.parametrize(
    "text",
    [
        "[[words]]\nfrom = 'a'\n",
        "words = 3\n",
        "[[word]]\n",
        "[[words]]\nfrom='a'\nto=3\n",
        "a = \n",
    ],
)
def test_a_file_of_words_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = words_path(tmp_path / "bread.md", "de")
    path.write_text(text)
    with pytest.raises(ScriptError) as wrong:
        read_words(path)
    assert str(wrong.value).startswith(f"{path}:1: ")


def test_words_that_stand_twice_are_told_by_their_line(tmp_path: Path) -> None:
    path = words_path(tmp_path / "bread.md", "de")
    path.write_text('[[words]]\nfrom = "a"\nto = "b"\n\n[[words]]\nfrom = "a"\nto = "c"\n')
    with pytest.raises(ScriptError, match=":5: "):
        read_words(path)


def test_sentences_are_joined_as_their_writing_does() -> None:
    assert joined(["Eins.", "Zwei."]) == "Eins. Zwei."
    assert joined(["一つ。", "二つ。"]) == "一つ。二つ。"
    assert joined(["하나.", "둘."]) == "하나. 둘."
