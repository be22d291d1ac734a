"""What the script format means, in Markdown."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.storyboard import Card, Column, Table
from tests.prompts.scripts import add_file, card_of, only_scene, plan, write


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
    assert (board.language, board.music, board.captions) == ("pt-BR", (music,), "files")
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
