"""Names and logos as they are drawn: in every theme and shape, on either side, on any ground."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from providers.cards.cards import check_lower_third, overlay_sheet
from providers.cards.overlays import lay_lower_third, paint_logo, paint_lower_third
from providers.cards.sheet import Sheet
from providers.cards.themes import contrast, load_theme, theme_names
from providers.requests import Brand, OverlaySpec

SHAPES = ((640, 360), (360, 640), (360, 360), (360, 450))
ADA = OverlaySpec(kind="lower_third", name="Ada Lovelace", role="Mathematician")


def sheet(spec: OverlaySpec, theme: str, size: tuple[int, int], **brand: str) -> Sheet:
    return overlay_sheet(spec, load_theme(theme), *size, Brand(**brand), "en")


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("theme", theme_names())
def test_a_name_lies_in_the_frame_and_can_be_read(theme: str, size: tuple[int, int]) -> None:
    empty = sheet(ADA, theme, size)
    laid = lay_lower_third(empty, ADA)
    image, box = paint_lower_third(empty, laid)
    assert image.size == size
    assert image.getbbox() is not None
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    assert box.x0 <= left < right <= box.x1
    assert box.y0 <= top < bottom <= box.y1
    assert all(edge % 2 == 0 for edge in (box.x0, box.y0, box.x1, box.y1))
    assert all(contrast(w.color, on) >= 4.5 for w in laid.words for on in w.on)
    for words in laid.words:
        ground = laid.panel if words.text == ADA.name else laid.strip
        assert ground is not None
        assert ground.x0 < words.box.x0 < words.box.x1 < ground.x1
        assert ground.y0 < words.box.y0 < words.box.y1 < ground.y1


def test_a_name_stands_where_its_lines_begin_unless_a_side_is_given() -> None:
    def middle(**told: str) -> float:
        spec = ADA.model_copy(update=told)
        panel = lay_lower_third(sheet(spec, "paper", SHAPES[0]), spec).panel
        return (panel.x0 + panel.x1) / 2

    assert middle() < 320 < middle(side="right")
    assert middle(name="עדה לאבלייס", role="מתמטיקאית") > 320 > middle(name="עדה", side="left")


def test_a_name_keeps_above_a_logo_at_the_foot() -> None:
    raised = ADA.model_copy(update={"foot": 0.1})
    low, high = (lay_lower_third(sheet(s, "paper", SHAPES[2]), s) for s in (ADA, raised))
    assert high.strip is not None
    assert low.strip is not None
    assert high.strip.y1 < 360 * 0.87 < low.strip.y1


def test_a_name_that_is_too_long_is_refused() -> None:
    spec = ADA.model_copy(update={"name": "Someone with a Name " * 5})
    with pytest.raises(ValueError, match="lower third is too long to be read on screen: shorten"):
        check_lower_third(spec, load_theme("paper"), *SHAPES[0], Brand(), "en")


def logo(color: str) -> Image.Image:
    made = Image.new("RGBA", (200, 80))
    ImageDraw.Draw(made).ellipse((0, 0, 198, 78), fill=color)
    return made


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
@pytest.mark.parametrize("size", SHAPES)
def test_a_logo_stands_in_its_corner(corner: str, size: tuple[int, int]) -> None:
    spec = OverlaySpec.model_validate({"kind": "logo", "corner": corner, "size": 0.1})
    image, box = paint_logo(sheet(spec, "daylight", size), spec, logo("#c02010"))
    drawn = image.getbbox()
    assert drawn is not None
    assert (drawn[0] > size[0] / 2, drawn[1] > size[1] / 2) == (
        corner.endswith("right"), corner.startswith("bottom"),
    )  # fmt: skip
    assert box.x0 <= drawn[0] < drawn[2] <= box.x1 <= size[0]
    assert abs(drawn[3] - drawn[1] - 0.1 * min(size)) <= 2


@pytest.mark.parametrize(
    ("color", "over_pictures", "has_plate"),
    [("#fbf8f3", False, True), ("#2148c7", False, True), ("#ff9040", False, False),
     ("#ff9040", True, True)],
)  # fmt: skip
def test_a_logo_that_would_be_hard_to_see_gets_a_plate(
    color: str, over_pictures: bool, has_plate: bool
) -> None:
    spec = OverlaySpec(kind="logo", over_pictures=over_pictures)
    image, _ = paint_logo(sheet(spec, "daylight", SHAPES[0]), spec, logo(color))
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    # The logo is an ellipse: only a plate reaches toward the corners.
    corner = np.asarray(image)[top + (bottom - top) // 8, left + (right - left) // 10, 3]
    assert (corner > 128) == has_plate
