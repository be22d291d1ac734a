"""How written words are said, and which part of the speech each of them became."""

# ruff: noqa: E501 - a table reads better with a case on a line

from __future__ import annotations

import pytest

from prompts.saying.speech import estimate_s, spoken

ENGLISH = [
    ("3,000 people", "three thousand people"),
    ("3.5 and 1,000,000 and 10 000", "three point five and one million and ten thousand"),
    ("12345678901234567", "one two three four five six seven eight nine zero one two three four five six seven"),
    ("agent 007", "agent zero zero seven"),
    ("in 1884 and in October 1582,", "in eighteen eighty-four and in October fifteen eighty-two,"),
    ("1884 tickets in 1905 (1920)", "one thousand eight hundred and eighty-four tickets in nineteen oh-five (nineteen twenty)"),
    ("1500 people", "one thousand five hundred people"),
    ("the 1990s and the '90s", "the nineteen nineties and the nineties"),
    ("in her 20s after 20s", "in her twenties after twenty seconds"),
    ("1939–45", "nineteen thirty-nine to forty-five"),
    ("$4.50, $0.01 and $1", "four dollars and fifty cents, one cent and one dollar"),
    ("€20 or £3m", "twenty euros or three million pounds"),
    ("$3 million.", "three million dollars."),
    ("$5–10 or $5-$10", "five to ten dollars or five to ten dollars"),
    ("-$5", "minus five dollars"),
    ("+20€", "plus twenty euros"),
    ("42% or 42 %", "forty-two percent or forty-two percent"),
    ("the 1st, 22nd and 3rd", "the first, twenty-second and third"),
    ("10–20 km", "ten to twenty kilometres"),
    ("10 – 20 people", "ten to twenty people"),
    ("at 14:30, 9:05 and 14:00", "at fourteen thirty, nine oh five and fourteen hundred"),
    ("at 2:00 pm or 5 pm", "at two P M or five P M"),
    ("1/2, 3/4, 5/8 and 2½", "one half, three quarters, five eighths and two and a half"),
    ("open 24/7", "open twenty-four seven"),
    ("-5 °C to −5°C", "minus five degrees Celsius to minus five degrees Celsius"),
    ("1 km, 80 km/h, 12 m².", "one kilometre, eighty kilometres per hour, twelve square metres."),
    ("5kg, 3 ms, 16GB, 2 kWh, 100px", "five kilograms, three milliseconds, sixteen gigabytes, two kilowatt hours, one hundred pixels"),
    ("5 in 10", "five in ten"),
    ("3x faster, 10k users", "three times faster, ten thousand users"),
    ("a 10-year-old", "a ten-year-old"),
    ("16:9", "sixteen to nine"),
    ("10^6 and 10⁻³ and x²", "ten to the power of six and ten to the power of minus three and x squared"),
    ("May 3, 2024", "May third, twenty twenty-four"),
    ("3 May 2024", "the third of May twenty twenty-four"),
    ("2024-05-12", "May twelfth, twenty twenty-four"),
    ("Dr. Smith, e.g. here, etc.", "Doctor Smith, for example here, et cetera."),
    ("St. James on Main St. is", "Saint James on Main Street is"),
    ("No. 5 vs. approx. 6", "number five versus approximately six"),
    ("No. That is all.", "No. That is all."),
    ("example.com/docs.", "example dot com slash docs."),
    ("https://www.foo-bar.org/a_b?x=1", "foo dash bar dot org slash a underscore b x one"),
    ("mail a.b@example.com", "mail a dot b at example dot com"),
    ("hi 😀 there 🎉!", "hi there"),
    ("R&D & A + B = C", "R and D and A plus B equals C"),
    ("D × 2 ± 1 → E", "D times two plus or minus one to E"),
    ("#5 #tag @name", "number five hashtag tag at name"),
    ("NASA uses AI", "NASA uses A I"),
    ("CO₂, MP3 and COVID-19", "C O two, MP three and COVID-nineteen"),
    ("all day — and word—word", "all day, and word, word"),
    ("wait… what", "wait... what"),
    ("“Quoted”, *he* said", "Quoted, he said"),
    ("version 1.2.3", "version one point two point three"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_english_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written, "en").text == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Am 3. Mai 1984", "Am dritten Mai neunzehnhundertvierundachtzig"),
        ("de", "4,50 € und 1.000.000 km", "vier Euro fünfzig und eine Million Kilometer"),
        ("de-AT", "um 14:30 Uhr, z.B. 3,5 %", "um vierzehn Uhr dreißig, zum Beispiel drei Komma fünf Prozent"),
        ("de", "1 km bzw. Nr. 5", "ein Kilometer beziehungsweise Nummer fünf"),
        ("fr", "Le 1er mai, 4,50 €", "Le premier mai, quatre euros cinquante"),
        ("fr", "1 000 000 km à 14:30", "un million kilomètres à quatorze heures trente"),
        ("fr", "M. Dupont, n° 5", "Monsieur Dupont, numéro cinq"),
        ("es", "4,50 € y 3,5 %", "cuatro euros con cincuenta y tres coma cinco por ciento"),
        ("es", "80 km/h en la 3ª", "ochenta kilómetros por hora en la tercera"),
        ("it", "3,5 su example.com 😀", "tre virgola cinque su example punto com"),
        ("ja", "3つ", "三つ"),
        ("xx", "3 cats, 16:9, 10–20 at example.com", "3 cats, 16:9, 10–20 at example dot com"),
        ("zh", "光速是每秒30万公里。", "光速是每秒30万公里。"),
    ],
)  # fmt: skip
def test_other_languages_have_words_of_their_own(language: str, written: str, said: str) -> None:
    assert spoken(written, language).text == said


def parts(narration: str, language: str = "en") -> list[tuple[str, str]]:
    said = spoken(narration, language)
    return [(token.written, said.text[token.start : token.end]) for token in said.tokens]


def test_each_written_word_knows_what_is_said_for_it() -> None:
    assert parts("It weighs 5 kg, not $3 million 😀 — Dr. No.") == [
        ("It", "It"), ("weighs", "weighs"), ("5", "five"), ("kg,", "kilograms,"), ("not", "not"),
        ("$3", "three"), ("million", "million dollars,"), ("😀", ""), ("—", ""),
        ("Dr.", "Doctor"), ("No.", "No."),
    ]  # fmt: skip


def test_words_that_change_places_are_said_by_the_first() -> None:
    assert parts("1 000 000 Bäume, 4,50 €", "de") == [
        ("1", "eine Million"), ("000", ""), ("000", ""), ("Bäume,", "Bäume,"),
        ("4,50", "vier Euro fünfzig"), ("€", ""),
    ]  # fmt: skip


def test_writing_without_spaces_is_cut_so_that_captions_can_follow() -> None:
    assert [written for written, _ in parts("他说“你好”，走了30次。", "zh")] == [
        "他", "说", "“你", "好”，", "走", "了", "30", "次。",
    ]  # fmt: skip
    assert [written for written, _ in parts("ท้องฟ้าสีฟ้า ใช่", "th")] == [
        "ท้องฟ้า", "สีฟ้า", "ใช่",
    ]  # fmt: skip


def test_paragraphs_are_said_on_lines_of_their_own() -> None:
    assert spoken("One.\n\n😀 Two\nthree.", "en").text == "One.\nTwo three."


def test_nothing_is_said_for_nothing() -> None:
    assert spoken("", "en").tokens == ()
    assert spoken("😀 — …", "en").text == ""


def test_the_estimate_counts_numbers_as_they_are_said() -> None:
    assert estimate_s("one two three four five six seven eight", "en") == pytest.approx(3.08)
    assert estimate_s("$1,234", "en") == pytest.approx(2.69)
    assert estimate_s("光速是每秒三十万公里", "zh") == pytest.approx(2.0, abs=0.1)
    assert estimate_s("", "en") == 0
