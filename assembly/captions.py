"""Captions as files: SubRip, WebVTT and ASS, all from the same cues."""

from __future__ import annotations

from collections.abc import Sequence

from assembly.timeline import CaptionLook, Cue

_JOINER = "\u2060"
"""WORD JOINER: no width, no ink. Between two signs it keeps them from being read as markup."""


def _clock(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{thousandths:03d}"


def _span(cue: Cue, fps: int, point: str) -> str:
    start, end = (round(frame * 1000 / fps) for frame in (cue.start, cue.end))
    return f"{_clock(start, point)} --> {_clock(end, point)}"


def to_srt(cues: Sequence[Cue], fps: int) -> str:
    """The cues as SubRip text. Signs that players read as tags are kept apart from what follows."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        text = "\n".join(cue.lines)
        for sign in "<{":
            text = text.replace(sign, sign + _JOINER)
        text = text.replace("-->", f"--{_JOINER}>")
        blocks.append(f"{number}\n{_span(cue, fps, ',')}\n{text}\n")
    return "\n".join(blocks)


def to_vtt(cues: Sequence[Cue], fps: int) -> str:
    """The cues as WebVTT, with `&`, `<` and `>` as character references.

    Source: https://www.w3.org/TR/webvtt1/ (cue text; "-->" may not stand in a payload).
    """
    blocks = ["WEBVTT\n"]
    for cue in cues:
        text = "\n".join(cue.lines)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_span(cue, fps, '.')}\n{text}\n")
    return "\n".join(blocks)


def font_size(look: CaptionLook, width: int, height: int) -> int:
    """Height of a caption line in pixels; larger in an upright frame, which is seen on a phone."""
    upright = 1.3 if width / height < 0.75 else 1.0
    # libass counts ascent and descent into the size: so it takes some 15 % more.
    return max(8, round(1.15 * look.size * min(width, height) * upright))


def side_margin(width: int) -> int:
    """Pixels kept free at the left and right of a caption."""
    return round(0.04 * width)


def box_padding(size: int) -> int:
    """Pixels of box around caption text of `size`."""
    return max(2, round(0.26 * size))


def _ass_color(color: str, opacity: float = 1.0) -> str:
    red, green, blue = color[1:3], color[3:5], color[5:7]
    return f"&H{round((1 - opacity) * 255):02X}{blue}{green}{red}".upper()


def _ass_clock(frame: int, fps: int) -> str:
    # Half a frame early: the hundredths of ASS cannot name a frame, but they can stand between two.
    hundredths = max(0, round((frame - 0.5) * 100 / fps))
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}.{hundredths:02d}"


def _ass_text(lines: Sequence[str]) -> str:
    """Lines as literal text: nothing in them can start an override block or an escape."""
    safe = (
        line.replace("\\", "\\" + _JOINER).replace("{", "\\{").replace("}", "\\}") for line in lines
    )
    return "\\N".join(safe)


def to_ass(cues: Sequence[Cue], fps: int, look: CaptionLook, width: int, height: int) -> str:
    """The cues as an ASS script for a frame of `width` x `height` pixels.

    BorderStyle 4 is libass's own: one box of the shadow's colour behind the whole caption, the
    shadow's depth around it. Upright frames carry captions above the buttons of phone apps.
    """
    size = font_size(look, width, height)
    side = side_margin(width)
    upright = width / height < 0.75
    foot = round((0.06 if width >= height else 0.07) * height)
    placed = f"{{\\an5\\pos({width // 2},{round(0.74 * height)})}}" if upright else ""
    family = look.font.replace(",", " ").strip()
    style = (
        f"Style: Caption,{family},{size},{_ass_color(look.color)},{_ass_color(look.color)},"
        f"{_ass_color(look.box)},{_ass_color(look.box, look.box_opacity)},"
        f"{-1 if look.bold else 0},0,0,0,100,100,0,0,4,0,{box_padding(size)},2,"
        f"{side},{side},{foot},1"
    )
    events = [
        f"Dialogue: 0,{_ass_clock(cue.start, fps)},{_ass_clock(cue.end, fps)},Caption,,0,0,0,,"
        f"{placed}{_ass_text(cue.lines)}"
        for cue in cues
    ]
    return "\n".join(
        [
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {width}",
            f"PlayResY: {height}",
            "WrapStyle: 2",
            "ScaledBorderAndShadow: yes",
            "YCbCr Matrix: TV.709",
            "",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
            "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
            "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
            style,
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            *events,
            "",
        ]
    )
