"""Layouts of cards: margins, legibility, breaks and directions."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.cards.cards import CardLayout, check_card, draw_card, layout_card
from providers.cards.themes import contrast, load_theme, theme_names
from providers.requests import Brand, CardColumn, CardSpec, CardTable

SIZES = {"16:9": (2074, 1166), "9:16": (1166, 2074), "1:1": (1166, 1166), "4:5": (1166, 1458)}
CAPTION_ZONE = {"16:9": 0.21, "9:16": 0.30, "1:1": 0.22, "4:5": 0.24}
PYTHON = "def retry(call, times=3):\n    for n in range(times):\n        return call()  # once"

SHORT = {
    "title": CardSpec(kind="title", heading="Gravity"),
    "statement": CardSpec(kind="statement", heading="Nobody reads the terms."),
    "points": CardSpec(kind="points", heading="Why", items=("It is cheap", "It is fast")),
    "steps": CardSpec(kind="steps", heading="How", items=("Mix", "Bake", "Eat")),
    "quote": CardSpec(kind="quote", text="Less is more."),
    "number": CardSpec(kind="number", number="62 %", text="of all homes"),
    "comparison": CardSpec(
        kind="comparison",
        columns=(
            CardColumn(title="Gas", items=("Burns",)),
            CardColumn(title="Heat", items=("Moves",)),
        ),
    ),
    "table": CardSpec(
        kind="table",
        table=CardTable(header=("Year", "Cost"), rows=(("2023", "$9"), ("2024", "$7"))),
    ),
    "bar": CardSpec(
        kind="bar", table=CardTable(header=("Year", "Cost"), rows=(("2023", "9"), ("2024", "7")))
    ),
    "line": CardSpec(
        kind="line", table=CardTable(header=("Year", "Cost"), rows=(("2023", "9"), ("2024", "7")))
    ),
    "code": CardSpec(kind="code", code="print('hello')", code_language="python"),
    "image": CardSpec(kind="image", text="A picture"),
    "closing": CardSpec(kind="closing", heading="Thank you"),
}
LONG = {
    "title": CardSpec(
        kind="title",
        kicker="Energy, explained",
        heading="How a heat pump takes warmth out of freezing air and carries it into your home",
        text="A film about the machine that moves heat instead of making it, and what it costs.",
    ),
    "statement": CardSpec(
        kind="statement",
        kicker="The idea",
        heading="Moving heat that is already there costs far less than making new heat from fuel",
        text="One unit of electricity brings three units of warmth indoors, even on a winter day.",
    ),
    "points": CardSpec(
        kind="points",
        kicker="3 of 8",
        heading="Reasons to switch before the winter comes",
        items=tuple(f"{word} reason is told in a sentence of fair length" for word in
                    ("The first", "The second", "The third", "The fourth", "The fifth")),
    ),
    "steps": CardSpec(
        kind="steps",
        kicker="The cycle",
        heading="Five steps that go round and round",
        items=("Outside air warms a cold liquid until it boils", "A compressor squeezes the gas",
               "The hot gas gives its warmth to your radiators", "It expands and cools down",
               "The cold liquid flows outside again"),
    ),
    "quote": CardSpec(
        kind="quote",
        kicker="History",
        text="“The greenest kilowatt-hour is the one you never have to produce, and the cheapest "
        "machine is the one that somebody else has already thrown away.”",
        attribution="Someone with a long name, professor of many things at a university",
    ),
    "number": CardSpec(
        kind="number", kicker="Last year", heading="Heat pumps sold in all of Europe",
        number="3.5 million", text="Enough to replace the gas that Belgium burns in a winter.",
    ),
    "comparison": CardSpec(
        kind="comparison", kicker="Side by side", heading="A boiler or a heat pump?",
        columns=(
            CardColumn(title="Gas boiler", items=("Burns fuel in the house", "90 % at best",
                                                  "Needs a chimney and a gas line")),
            CardColumn(title="Heat pump", items=("Moves heat from outside", "300 % and more",
                                                 "Needs some space outdoors")),
        ),
    ),
    "table": CardSpec(
        kind="table", kicker="Costs", heading="What a year of heating costs in each system",
        table=CardTable(
            header=("System", "Install", "Per year", "CO₂ (t)"),
            rows=tuple((f"System number {n}", f"${n},800", "$2,640", "4.9") for n in range(1, 7)),
        ),
    ),
    "bar": CardSpec(
        kind="bar", kicker="Market", heading="Sales have tripled in the last five years",
        table=CardTable(
            header=("Region", "2023", "2024"),
            rows=(("North America", "$1.2M", "$1.9M"), ("Europe", "$900K", "$1.4M"),
                  ("Asia Pacific", "$700K", "$1.1M"), ("Africa", "−$50K", "$250K")),
        ),
    ),
    "line": CardSpec(
        kind="line", kicker="Prices", heading="Solar power fell below coal within ten years",
        table=CardTable(
            header=("Year", "Solar power", "Coal", "Wind"),
            rows=tuple((str(2010 + n), f"${378 - 21 * n}", f"${111 + n}", f"${135 - 8 * n}")
                       for n in range(11)),
        ),
    ),
    "code": CardSpec(kind="code", kicker="Python", heading="A retry", code_language="python",
                     code=PYTHON + "\nvalue = call_something_with(a_long_name, another_name)" * 4),
    "image": CardSpec(kind="image", kicker="Outside", heading="The outdoor unit",
                      text="A fan draws air over a coil that is colder than the air around it."),
    "closing": CardSpec(kind="closing", kicker="Thank you for watching",
                        heading="Try it in your own home this winter", text="example.org/heat"),
}  # fmt: skip


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "wide.png"
    Image.linear_gradient("L").resize((1600, 900)).convert("RGB").save(path)
    return path


def lay(
    card: CardSpec, theme: str = "daylight", aspect: str = "16:9", captions: bool = True,
    picture: Path | None = None, brand: Brand | None = None, language: str = "en",
) -> CardLayout:  # fmt: skip
    width, height = SIZES[aspect]
    return layout_card(
        card, load_theme(theme), width, height, brand or Brand(), language, captions, picture
    )


def assert_in_safe_area(laid: CardLayout, aspect: str, captions: bool) -> None:
    below = CAPTION_ZONE[aspect] if captions else 0.08
    for words in laid.words:
        box = words.box
        assert box.x0 >= 0.08 * laid.width, words
        assert box.x1 <= 0.92 * laid.width, words
        assert box.y0 >= 0.08 * laid.height, words
        assert box.y1 <= (1 - below) * laid.height, words
        if laid.hero:
            hero = laid.hero
            assert box.x1 <= hero.x0 or box.x0 >= hero.x1 or box.y0 >= hero.y1, words


def assert_apart(laid: CardLayout) -> None:
    for one, other in combinations(laid.words, 2):
        a, b = one.box, other.box
        deep = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if one.field == other.field or "“" in (one.text, other.text):
            continue
        assert min(deep) <= 1, (one, other)


@pytest.mark.parametrize("kind", SHORT)
def test_words_stay_in_the_safe_area_of_every_shape(kind: str, picture: Path) -> None:
    for aspect in SIZES:
        laid = lay(LONG[kind], "daylight", aspect, True, picture)
        assert_in_safe_area(laid, aspect, True)
        assert_apart(laid)


@pytest.mark.slow
@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("theme", theme_names())
def test_short_and_long_words_stay_in_the_safe_area(theme: str, aspect: str, picture: Path) -> None:
    for card in (*SHORT.values(), *LONG.values()):
        laid = lay(card, theme, aspect, True, picture)
        assert laid.words
        assert_in_safe_area(laid, aspect, True)
        assert_apart(laid)


@pytest.mark.parametrize("aspect", SIZES)
def test_without_captions_the_lower_part_is_used_but_the_margin_stays(
    aspect: str, picture: Path
) -> None:
    for card in LONG.values():
        laid = lay(card, "paper", aspect, False, picture)
        assert_in_safe_area(laid, aspect, False)
    lowest = {
        captions: max(words.box.y1 for words in lay(LONG["table"], "paper", aspect, captions).words)
        for captions in (True, False)
    }
    assert lowest[False] > lowest[True]


@pytest.mark.parametrize("theme", theme_names())
def test_all_type_is_large_enough_and_stands_out_from_its_ground(theme: str, picture: Path) -> None:
    for card in LONG.values():
        for words in lay(card, theme, "9:16", True, picture).words:
            assert words.type.size >= 0.0239 * 1166
            assert min(contrast(words.color, ground) for ground in words.on) >= 4.5


def drawn_ground(laid: CardLayout) -> np.ndarray:
    """The card without its words, as bytes."""
    from providers.cards.cards import paint

    bare = [mark for mark in laid.marks if mark not in laid.words]
    changed = {**laid.__dict__, "marks": tuple(bare)}
    return np.asarray(paint(CardLayout(**changed)))


@pytest.mark.slow
@pytest.mark.parametrize("theme", theme_names())
def test_words_are_legible_on_what_is_really_painted_behind_them(theme: str) -> None:
    for kind in ("title", "statement", "points", "comparison", "table", "closing"):
        laid = lay(LONG[kind], theme)
        ground = drawn_ground(laid)
        for words in laid.words:
            box = words.box
            behind = ground[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)].reshape(-1, 3)
            colors = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in behind[::7]}
            worst = sorted(contrast(words.color, color) for color in colors)
            # Hairlines of the drafting grid and single stars may pass behind a letter.
            assert worst[len(worst) // 20] >= 4.4, (words, worst[0])


def test_a_heading_that_is_far_too_long_is_refused_with_the_field_and_the_excess() -> None:
    card = CardSpec(kind="points", heading="A word after another " * 60, items=("One",))
    with pytest.raises(ValueError, match=r"card's heading is too long .* shorten by about \d+ %"):
        check_card(card, load_theme("paper"), *SIZES["16:9"], Brand(), "en", True)


def test_a_list_that_is_too_long_names_the_point() -> None:
    items = ("Short", "A long story without an end, " * 40)
    with pytest.raises(ValueError, match="point 2 is too long"):
        lay(CardSpec(kind="points", heading="Why", items=items))


def test_too_many_points_are_refused_as_a_list() -> None:
    items = tuple(f"Point number {n} of far too many" for n in range(40))
    with pytest.raises(ValueError, match="list of points is too long"):
        lay(CardSpec(kind="points", heading="Why", items=items))


def test_large_headings_break_into_lines_of_like_length() -> None:
    laid = lay(
        CardSpec(kind="statement", heading="Moving heat is cheaper than making it"), aspect="9:16"
    )
    widths = [words.box.x1 - words.box.x0 for words in laid.words]
    assert len(widths) >= 2
    assert min(widths) > 0.5 * max(widths)


def test_figures_in_a_table_end_at_one_edge() -> None:
    laid = lay(LONG["table"])
    ends = {round(words.box.x1, -1) for words in laid.words if words.text.startswith("$2,640")}
    starts = [words.x for words in laid.words if words.text.startswith("System number")]
    assert len(ends) == 1
    assert max(starts) - min(starts) < 1
    installs = [words for words in laid.words if words.text.endswith(",800")]
    assert max(w.box.x1 for w in installs) - min(w.box.x1 for w in installs) < 4


def test_a_right_to_left_card_is_mirrored() -> None:
    arabic = CardSpec(kind="points", heading="الطاقة", items=("الشمس", "الرياح"))
    laid = lay(arabic, language="ar")
    latin = lay(CardSpec(kind="points", heading="Energy", items=("Sun", "Wind")))
    heading = max(laid.words, key=lambda words: words.type.size).box
    assert heading.x1 == pytest.approx(laid.safe.x1, abs=12)
    assert max(latin.words, key=lambda words: words.type.size).box.x0 < laid.width / 3
    assert all(words.box.x0 >= 0.08 * laid.width for words in laid.words)


def test_listings_are_never_mirrored() -> None:
    card = CardSpec(kind="code", heading="برنامج", code=PYTHON, code_language="python")
    laid = lay(card, language="ar")
    code = [words for words in laid.words if words.field == "code"]
    assert min(words.box.x0 for words in code) < laid.width / 4


def test_a_character_that_no_font_has_is_named() -> None:
    with pytest.raises(ValueError, match=r"no installed font has \U0003134A \(U\+3134A\); install"):
        lay(CardSpec(kind="title", heading="A \U0003134a"))


def test_an_image_card_without_its_picture_says_so() -> None:
    with pytest.raises(ValueError, match="no picture"):
        lay(SHORT["image"])


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "picture.png"
    text.write_text("not a picture")
    with pytest.raises(ValueError, match="no picture that can be read"):
        lay(SHORT["image"], picture=text)


def test_a_picture_of_the_cards_shape_fills_it_and_another_is_framed(picture: Path) -> None:
    filled = draw_card(
        SHORT["image"], load_theme("paper"), *SIZES["16:9"], Brand(), "en", True, picture
    )
    framed = draw_card(
        SHORT["image"], load_theme("paper"), *SIZES["9:16"], Brand(), "en", True, picture
    )
    assert filled.getpixel((1000, 4)) == pytest.approx((0, 0, 0), abs=6)
    assert framed.getpixel((600, 4)) == pytest.approx((246, 239, 226), abs=12)


def test_a_logo_and_a_brand_colour_are_drawn(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (300, 100), (0, 200, 0, 255)).save(logo)
    brand = Brand(name="Northwind", primary="#7a1fa2")
    image = draw_card(
        SHORT["closing"], load_theme("daylight"), 1166, 1166, brand, "en", True, None, logo
    )
    colors = {color for _, color in image.getcolors(1 << 20) or []}
    assert (0, 200, 0) in colors
    assert image.getpixel((3, 3)) == pytest.approx((0x7A, 0x1F, 0xA2), abs=3)


def test_two_cards_of_one_film_have_different_ground() -> None:
    one, other = (
        drawn_ground(lay(CardSpec(kind="points", heading=word), "midnight"))
        for word in ("One", "Two")
    )
    assert (one != other).any()


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("kind", ["points", "comparison"])
def test_words_are_set_smaller_before_they_are_torn(kind: str, aspect: str) -> None:
    items = ("Light crosses one atmosphere", "Incomprehensibilities everywhere")
    card = CardSpec(kind="points", heading="Noon", items=items)
    if kind == "comparison":
        sides = (CardColumn(title="At noon", items=items), CardColumn(title="Dusk", items=items))
        card = CardSpec(kind="comparison", columns=sides)
    words = {word for line in lay(card, aspect=aspect).words for word in line.text.split()}
    assert {word for item in items for word in item.split()} <= words
