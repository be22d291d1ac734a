"""Captions as an ASS script: what libass burns into the picture, and the file beside the film."""

from __future__ import annotations

from collections.abc import Sequence

from assembly.captions.bidi import directed
from assembly.captions.cues import CaptionLook, Cue
from assembly.captions.layout import (
    box_padding,
    font_size,
    foot_margin,
    is_upright,
    side_margin,
    usual_middle,
)

JOINER = "\u2060"
"""WORD JOINER: no width, no ink. Between two signs it keeps them from being read as markup."""

GROW_S, _SMALL = 0.13, 0.86
"""How long words of style "pop" grow, and from which share of their size."""


def _ass_color(color: str, opacity: float = 1.0) -> str:
    red, green, blue = color[1:3], color[3:5], color[5:7]
    return f"&H{round((1 - opacity) * 255):02X}{blue}{green}{red}".upper()


def _hundredths(frame: int, fps: int) -> int:
    # Half a frame early: the hundredths of ASS cannot name a frame, but they can stand between two.
    return max(0, round((frame - 0.5) * 100 / fps))


def _ass_clock(frame: int, fps: int) -> str:
    seconds, hundredths = divmod(_hundredths(frame, fps), 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}.{hundredths:02d}"


def _literal(text: str) -> str:
    """Text as libass shows it: nothing in it can start an override block or an escape.

    The empty block behind a brace is for players that do not know the escape: they take it alone
    for a block, and none of the words.
    """
    return text.replace("\\", "\\" + JOINER).replace("{", "\\{{}")


def to_ass(
    cues: Sequence[Cue],
    fps: int,
    look: CaptionLook,
    width: int,
    height: int,
    rows: range | None = None,
) -> str:
    """The cues as an ASS script for a frame of `width` x `height` pixels, or `rows` of it alone.

    BorderStyle 4 is libass's own: one box of the shadow's colour behind the whole caption, the
    shadow's depth around it. Encoding -1 lays out a caption's parts in its own direction, from the
    left or from the right. Upright frames carry captions above the buttons of phone apps.
    """
    rows = range(height) if rows is None else rows
    events = [
        f"Dialogue: 0,{_ass_clock(cue.start, fps)},{_ass_clock(cue.end, fps)},Caption,,0,0,0,,"
        f"{_placed(cue, look, width, height, rows.start)}{_text(cue, fps, look)}"
        for cue in cues
    ]
    return "\n".join(
        [
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {width}",
            f"PlayResY: {len(rows)}",
            "WrapStyle: 2",
            "ScaledBorderAndShadow: yes",
            "YCbCr Matrix: TV.709",
            "",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
            "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
            "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
            _style(look, width, height, rows.stop),
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            *events,
            "",
        ]
    )


def _style(look: CaptionLook, width: int, height: int, bottom: int) -> str:
    size = font_size(look, width, height)
    family = look.font.replace(",", " ").strip()
    if look.style == "pop":
        # A contour of the box's colour: large words need no box.
        contour = f"1,{size * 0.07:.1f},0"
        back = _ass_color(look.box, 0.55)
    else:
        contour = f"4,0,{box_padding(size)}"
        back = _ass_color(look.box, look.box_opacity)
    side, foot = side_margin(width), max(0, foot_margin(width, height) - (height - bottom))
    return (
        f"Style: Caption,{family},{size},{_ass_color(look.color)},{_ass_color(look.color)},"
        f"{_ass_color(look.box)},{back},{-1 if look.bold else 0},0,0,0,100,100,0,0,{contour},2,"
        f"{side},{side},{foot},-1"
    )


def _placed(cue: Cue, look: CaptionLook, width: int, height: int, top: int) -> str:
    """Where a caption stands when it is not at the foot of the frame."""
    if cue.y is None and not is_upright(width, height) and look.style != "pop":
        return ""
    middle = usual_middle(cue, look, width, height) if cue.y is None else cue.y
    return f"{{\\an5\\pos({width // 2},{round(middle * height) - top})}}"


def _text(cue: Cue, fps: int, look: CaptionLook) -> str:
    if look.style == "plain" or not cue.words:
        lines = [_literal(directed(line, look.right_to_left)) for line in cue.lines]
    else:
        lines = _told(cue, fps, look)
    return (_grown(cue, fps) if look.style == "pop" else "") + "\\N".join(lines)


def _grown(cue: Cue, fps: int) -> str:
    """Words come up from a little smaller than they are; a caption seen before goes on with it."""
    whole, end_ms = 100 * cue.scale, round(GROW_S * 1000)
    # An event starts on a hundredth of a second, its growth half a frame before its first frame.
    past_ms = _begin_ms(cue, fps) - round((cue.start - cue.begun - 0.5) * 1000 / fps)
    if past_ms >= end_ms:
        return f"{{\\fscx{whole:.2f}\\fscy{whole:.2f}}}"
    first = whole * (_SMALL + (1 - _SMALL) * max(0, past_ms) / end_ms)
    return (
        f"{{\\fscx{first:.2f}\\fscy{first:.2f}"
        f"\\t({max(0, -past_ms)},{end_ms - past_ms},\\fscx{whole:.2f}\\fscy{whole:.2f})}}"
    )


def _begin_ms(cue: Cue, fps: int) -> int:
    """When the event of a caption starts, from which its changes are timed."""
    return 10 * _hundredths(cue.start, fps)


def _told(cue: Cue, fps: int, look: CaptionLook) -> list[str]:
    """The lines with each word in the accent colour while it is spoken.

    All is one event whose colours change: its layout is made once, so nothing in it moves.
    """
    begin_ms = _begin_ms(cue, fps)
    lines = [""] * len(cue.lines)
    for word in cue.words:
        on, off = (
            max(0, round((frame - 0.5) * 1000 / fps) - begin_ms)
            for frame in (word.start, word.until)
        )
        base, accent = (
            f"\\1c{_ass_color(c)[:2]}{_ass_color(c)[4:]}&" for c in (look.color, look.accent)
        )
        first, steps = base, f"\\t({on},{on},{accent})\\t({off},{off},{base})"
        if word.start <= cue.start:
            first, steps = accent, f"\\t({off},{off},{base})"
        if word.until <= word.start:
            first, steps = base, ""
        text = word.text if lines[word.line] else directed(word.text.lstrip(), look.right_to_left)
        lines[word.line] += f"{{{first}{steps}}}{_literal(text)}"
    return lines
