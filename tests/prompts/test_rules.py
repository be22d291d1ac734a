"""The rules planner: every text becomes scenes of sensible length, and no word is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.plan import plan_storyboard
from prompts.planned import LONGEST_S, SHORTEST_S, Block, Plan, Source, find_faults
from prompts.planned_script import write_script
from prompts.reading.script import read_script
from prompts.rules.planner import plan_by_rules, plan_told
from prompts.saying.speech import estimate_s
from prompts.sources.documents import read_source

WORDS = Path(__file__).parents[1] / "words"
TEXTS = sorted(WORDS.iterdir())

WORDS_OF_ALL_KINDS = (
    "the bee Sun of a angle dances comb runs 42% $3 million Dr. e.g. and, first, Second, but; "
    "three: and “light” said? why? so! 光 ある。 ทาง - * # @x: 1. <b> [a] _b_ `c` | \\ ![p](q) … "
    "«oui» No. U.S. *** 😀 water flows downhill because stones roll"
)
WORD = st.sampled_from(WORDS_OF_ALL_KINDS.split(" "))
PARAGRAPH = st.lists(WORD | st.sampled_from([". ", "? ", "! "]), max_size=60).map(" ".join)
BLOCK = st.one_of(
    PARAGRAPH.map(lambda text: Block(kind="prose", place="a.md:1", text=text)),
    PARAGRAPH.map(lambda text: Block(kind="heading", place="a.md:2", text=text[:50])),
    PARAGRAPH.map(lambda text: Block(kind="quote", place="a.md:3", text=text)),
    st.lists(PARAGRAPH.map(lambda t: t[:90]), max_size=12).map(
        lambda items: Block(kind="list", place="a.md:4", items=tuple(items))
    ),
)


def prose(*paragraphs: str) -> Source:
    blocks = [
        Block(kind="prose", place=f"a.txt:{at}", text=text)
        for at, text in enumerate(paragraphs, start=1)
    ]
    return Source(name="a", blocks=tuple(blocks))


def plan(*paragraphs: str, language: str = "en") -> Plan:
    return plan_by_rules([prose(*paragraphs)], language=language)


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_text_becomes_scenes_of_4_to_14_s_with_every_word_in_its_place(
    path: Path, tmp_path: Path
) -> None:
    source = read_source(path)
    made = plan_by_rules([source])
    assert find_faults(made, plan_told([source], made.language)) == []
    assert {made.language, path.name[:2]} == {made.language}
    spoken = [estimate_s(scene.narration(), made.language) for scene in made.scenes]
    whole = sum(spoken) + sum(estimate_s(s.text, made.language) for s in made.opening)
    assert all(s <= LONGEST_S for s in spoken)
    assert all(s >= SHORTEST_S for s in spoken) or whole < 2 * SHORTEST_S
    script = tmp_path / "script.md"
    script.write_text(write_script(made), encoding="utf-8")
    board = plan_storyboard(read_script(script))
    said = "".join(bare(scene.narration) for scene in board.scenes)
    assert said == bare("".join(sentence.text for sentence in made.said()))
    words = (text for b in source.blocks if b.kind == "prose" for text in b.text.split())
    assert [w for w in words if any(map(str.isalnum, w)) and w not in said] == []


def test_there_are_sixty_texts_in_twenty_languages() -> None:
    assert len(TEXTS) >= 60
    assert len({path.name[:2] for path in TEXTS}) >= 20


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(blocks=st.lists(BLOCK, max_size=8), language=st.sampled_from(["en", "de", "ja", "th", "xx"]))
def test_no_sentence_of_generated_prose_is_lost_doubled_or_moved(
    blocks: list[Block], language: str
) -> None:
    source = Source(name="a", blocks=tuple(blocks))
    made = plan_by_rules([source], language=language)
    told = plan_told([source], language)
    assert find_faults(made, told) == []
    said = [text for b in blocks if b.kind != "heading" for text in (b.text, *b.items)]
    assert bare("".join(s.text for s in told)).replace(".", "").replace("。", "") == (
        bare("".join(t for t in said if any(map(str.isalnum, t))))
        .replace(".", "")
        .replace("。", "")
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    blocks=st.lists(BLOCK, max_size=8),
    length_s=st.floats(min_value=10, max_value=120),
)
def test_a_shorter_film_keeps_the_order_and_says_what_it_leaves_out(
    blocks: list[Block], length_s: float
) -> None:
    source = Source(name="a", blocks=tuple(blocks))
    made = plan_by_rules([source], language="en", length_s=length_s)
    told = plan_told([source], "en")
    assert sorted((*made.said(), *made.left_out), key=told.index) == list(told)
    assert [told.index(s) for s in made.said()] == sorted(told.index(s) for s in made.said())
    assert sum(estimate_s(s.text, "en") for s in made.said()) <= length_s


def test_the_same_text_gives_the_same_plan() -> None:
    source = read_source(WORDS / "en-bread.txt")
    assert plan_by_rules([source]) == plan_by_rules([source])


def test_sentences_that_count_up_become_steps() -> None:
    text = "First, mix flour and water. Then knead the dough. Finally, let it rest for an hour."
    [scene] = plan(text).scenes
    assert scene.steps == ("Mix flour and water", "Knead the dough", "Let it rest for an hour")


def test_first_aid_counts_nothing() -> None:
    [scene] = plan(
        "First aid saves many lives every day. Second hand smoke takes some of them."
    ).scenes
    assert not scene.steps


def test_several_things_behind_a_colon_become_points() -> None:
    [scene] = plan(
        "In the oven three things happen: the gas expands, the yeast dies and it sets."
    ).scenes
    assert scene.points == ("The gas expands", "The yeast dies", "It sets")


def test_a_figure_with_its_unit_stands_on_the_card() -> None:
    [scene] = plan(
        "The new line is fast, and it carries about 42% of all goods in the country."
    ).scenes
    assert scene.number == "42% of all goods in the country"


@pytest.mark.parametrize(
    "text",
    [
        "In 1987 the two brothers opened a bakery in the old town by the river.",
        "It takes 3 km to the lake and 5 km to the hut, and the way back is 8 km long.",
        "Chapter 3 tells at length how the old harbour was built and who paid for it.",
    ],
)
def test_years_several_figures_and_bare_ones_make_no_card(text: str) -> None:
    [scene] = plan(text).scenes
    assert not scene.number


def test_a_quotation_stands_on_the_card_with_who_said_it() -> None:
    [scene] = plan("“We would rather close it now than in six months,” said Dana Whitfield.").scenes
    assert scene.quote == "We would rather close it now than in six months"
    assert scene.attribution == "Dana Whitfield"


def test_a_question_opens_a_scene_and_is_its_heading() -> None:
    text = "The moon pulls the water of all seas towards itself, day and night. "
    text += "Why are there two tides? "
    made = plan(text + "The far side bulges, too, because it is pulled less than the earth itself.")
    assert made.scenes[-1].heading == "Why are there two tides?"


def test_a_very_long_sentence_is_parted_where_it_pauses() -> None:
    text = "The tenant shall keep the rooms in order, " * 8 + "and pay."
    made = plan(text)
    assert all(estimate_s(scene.narration(), "en") <= LONGEST_S for scene in made.scenes)
    assert len(made.said()) > 1
    assert all(sentence.text.strip()[-1] in ",." for sentence in made.said())


def test_words_that_look_like_markup_come_out_as_they_are(tmp_path: Path) -> None:
    text = "# a *b* _c_ `d` <e> [f](g) 1. h | i \\ j & k &amp; l ~~m~~ -n"
    awkward = [
        text,
        "@pause: no time for that here",
        "- not an item at all",
        "1986. A good year it was",
    ]
    path = tmp_path / "a.md"
    path.write_text(write_script(plan(*awkward)), encoding="utf-8")
    said = " ".join(scene.narration for scene in plan_storyboard(read_script(path)).scenes)
    assert bare(said) == bare("".join(awkward))


def test_a_plan_that_loses_or_moves_a_sentence_is_found_out() -> None:
    source = prose("The first thing is said here, slowly and at length, for all to hear. " * 3)
    made, told = plan_by_rules([source]), plan_told([source], "en")
    scenes = made.scenes
    assert find_faults(made.model_copy(update={"scenes": scenes[1:], "opening": ()}), told)
    assert find_faults(made, told[:-1])
    empty = scenes[0].model_copy(update={"heading": " "})
    assert find_faults(made.model_copy(update={"scenes": (empty, *scenes[1:])}), told)


def test_a_long_paragraph_of_a_plain_text_script_is_several_scenes(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    sentence = "The lamp was lit again at {} and the old keeper counted every single ship there."
    lines = [sentence.format(word) for word in ("dusk", "nine", "ten", "noon", "dawn")]
    path.write_text("\n".join(lines), encoding="utf-8")
    before = plan_storyboard(read_script(path)).scenes
    assert len(before) == 5
    assert [scene.line for scene in before] == sorted({scene.line for scene in before})
    lines[2] = "Nobody ever knew why the lamp was not lit at all on that night, or who was there."
    path.write_text("\n".join(lines), encoding="utf-8")
    after = plan_storyboard(read_script(path)).scenes
    changed = [a for a, b in zip(after, before, strict=True) if a.narration != b.narration]
    assert len(changed) == 1


def test_a_paragraph_with_directives_is_left_to_its_editor(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("A short thing is said here. " * 20 + "\n@pause: 1s\n", encoding="utf-8")
    assert len(plan_storyboard(read_script(path)).scenes) == 1
