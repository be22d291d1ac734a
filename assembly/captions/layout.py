"""Where captions stand and how large they are: pure geometry, shared by burning and checking."""

from __future__ import annotations

from collections.abc import Iterable

from assembly.captions.cues import Area, CaptionLook, Cue

_POP, _POP_UPRIGHT = 1.75, 2.1
"""How much larger than a plain caption the words of style "pop" are."""
_TOP, _BOTTOM = 0.05, 0.96
"""Captions never leave this part of the frame's height."""
_CLEARANCE = 0.02
"""Share of the height kept between a caption and what it stays clear of."""


def is_upright(width: int, height: int) -> bool:
    """A frame that is seen on a phone held upright, with the app's buttons over its foot."""
    return width / height < 0.75


def line_limit(width: int, height: int) -> int:
    """Columns that a caption line may take in a frame of this shape."""
    shape = width / height
    return 42 if shape >= 1.4 else 32 if shape >= 0.75 else 24


def font_size(look: CaptionLook, width: int, height: int) -> int:
    """Height of a caption line in pixels; larger in an upright frame, which is seen on a phone."""
    upright = is_upright(width, height)
    larger = 1.3 if upright else 1.0
    if look.style == "pop":
        larger *= _POP_UPRIGHT if upright else _POP
    # libass counts ascent and descent into the size: so it takes some 15 % more.
    return max(8, round(1.15 * look.size * min(width, height) * larger))


def side_margin(width: int) -> int:
    """Pixels kept free at the left and right of a caption."""
    return round(0.04 * width)


def box_padding(size: int) -> int:
    """Pixels of box (or of contour) around caption text of `size`."""
    return max(2, round(0.26 * size))


def line_room(look: CaptionLook, width: int, height: int) -> int:
    """Pixels that a caption line may take."""
    return width - 2 * side_margin(width) - 2 * box_padding(font_size(look, width, height))


def foot_margin(width: int, height: int) -> int:
    """Pixels below captions at the foot of the frame."""
    return round((0.06 if width >= height else 0.07) * height)


def block_height(cue: Cue, look: CaptionLook, width: int, height: int) -> float:
    """Height of a caption with its box, as a share of the frame's height."""
    size = font_size(look, width, height)
    return (len(cue.lines) * size + 2 * box_padding(size)) / height


def usual_middle(cue: Cue, look: CaptionLook, width: int, height: int) -> float:
    """Where the middle of a caption stands when nothing is in its way, as a share of the height."""
    if is_upright(width, height):
        return 0.74
    size = font_size(look, width, height)
    return 1 - (foot_margin(width, height) + len(cue.lines) * size / 2) / height


def band(cue: Cue, look: CaptionLook, width: int, height: int) -> tuple[float, float]:
    """Top and bottom of a caption with its box, as shares of the frame's height."""
    middle = usual_middle(cue, look, width, height) if cue.y is None else cue.y
    half = block_height(cue, look, width, height) / 2
    return middle - half, middle + half


def keep_clear(cue: Cue, areas: Iterable[Area], look: CaptionLook, width: int, height: int) -> Cue:
    """The caption, moved to the nearest place that covers none of `areas`: above them, at best.

    Where there is no such place it stays at its usual one.
    """
    side = side_margin(width) / width
    taken = [
        (area.top - _CLEARANCE, area.bottom + _CLEARANCE)
        for area in areas
        if area.left < 1 - side and area.right > side
    ]
    half = block_height(cue, look, width, height) / 2
    usual = usual_middle(cue, look, width, height)
    above = sorted((top - half for top, _ in taken), reverse=True)
    below = sorted(bottom + half for _, bottom in taken)
    for middle in (usual, *above, *below):
        inside = middle - half >= _TOP and middle + half <= _BOTTOM
        free = all(
            middle + half <= top + 1e-9 or middle - half >= bottom - 1e-9 for top, bottom in taken
        )
        if free and (inside or middle == usual):
            return cue if middle == usual else cue.model_copy(update={"y": round(middle, 4)})
    return cue
