"""Figures as the editor writes them, and the card that shows one of them large."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from providers.cards.sheet import Arc, Box, Panel, Role, Sheet
from providers.cards.stack import add_block, corner_brand, heading_stack
from providers.cards.wrap import Block
from providers.requests import CardSpec

_SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "t": 1e12, "tn": 1e12, "trillion": 1e12,
}  # fmt: skip
_COMMA_DECIMALS = {
    "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "da", "fi", "nb", "no", "sv", "ru", "tr", "uk",
    "id", "el", "hu", "ro", "bg", "sk", "sl", "hr", "vi",
}  # fmt: skip
_HANGING = "$,;|()[]/gjpqyQ"
_FIGURE = re.compile(r"^([^\d+\-−–(]*)([+\-−–(]?)([^\d]{0,6}?)(\d[\d.,'’\u00a0\u202f ]*)([^\d]*)$")
_COUNTED = re.compile(r"\d(?:[\d.,'’\u00a0\u202f ]*\d)?")


@dataclass(frozen=True)
class Figure:
    """A number with the words around it; `value` includes the scale ("3.5M" is 3,500,000)."""

    value: float
    prefix: str
    suffix: str


def read_figure(cell: str, language: str = "en") -> Figure | None:
    """The number in a cell such as "$1,200", "42 %", "3.5M", "−4" or "(7)"; None if there is none.

    A single point or comma before exactly three digits separates thousands, unless it is the
    language's decimal mark.
    """
    found = _FIGURE.match(cell.strip())
    if not found:
        return None
    before, sign, between, digits, after = (part.strip() for part in found.groups())
    value = _plain(digits.replace("’", "'"), language)
    if value is None:
        return None
    scale, suffix = 1.0, after.rstrip(")").strip()
    word = re.match(r"[A-Za-z]+", suffix)
    if word:
        name = word.group()
        # A small "m" alone is metres and "t" tonnes; after a currency they are millions, trillions.
        if name.lower() in _SCALES and (before + between or name not in ("m", "t", "b")):
            scale = _SCALES[name.lower()]
            suffix = suffix[word.end() :].strip()
    negative = sign in ("-", "−", "–", "(")
    prefix = (before + between).strip(" ~≈+")
    return Figure(-value * scale if negative else value * scale, prefix, suffix)


def _plain(digits: str, language: str) -> float | None:
    digits = re.sub(r"['\u00a0\u202f ]", "", digits).rstrip(".,")
    comma_decimals = language.partition("-")[0].lower() in _COMMA_DECIMALS
    if "." in digits and "," in digits:
        decimal = max(".,", key=digits.rfind)
    elif digits.count(",") == 1 or digits.count(".") == 1:
        mark = "," if "," in digits else "."
        thousands = len(digits.partition(mark)[2]) == 3 and mark == (".,"[not comma_decimals])
        decimal = "" if thousands else mark
    else:
        decimal = ""
    for mark in ".,":
        digits = digits.replace(mark, "." if mark == decimal else "")
    try:
        return float(digits)
    except ValueError:
        return None


def number(sheet: Sheet, card: CardSpec) -> None:
    """A figure as large as the card allows; a share of a hundred also as a ring."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    shown = card.number or card.heading
    heading = card.heading if card.number else ""
    figure = read_figure(shown, sheet.language)
    is_share = (
        figure is not None and figure.suffix == "%" and not figure.prefix
        and 0 <= figure.value <= 100 and len(shown) <= 6
    )  # fmt: skip
    if is_share and figure is not None:
        _share(sheet, card, shown, heading, figure.value, corner)
        return
    head = heading_stack(
        sheet, card.kicker, heading, safe.width, safe.height * 0.3, (5.6, 3.2), safe.x0, corner
    )
    label = None
    if card.text:
        wide = safe.width * (0.8 if sheet.wide else 1)
        label = sheet.fit("text", card.text, "body", wide, safe.height * 0.34, (5.2, 2.8), 1.3)
    taken = head.height + 7 * u + (label.full + 9.4 * u if label else 0)
    most = 2 if " " in shown and not sheet.wide else 1
    # A dollar sign rises over the figures and it, commas and brackets hang below them.
    rises, hangs = (
        0.08 * any(c in "$|()[]/" for c in shown),
        0.2 * any(c in _HANGING for c in shown),
    )
    room = (safe.height - taken) / (1 + 1.5 * (rises + hangs))
    is_mono = sheet.theme.numeral_font == sheet.theme.mono_font
    role = _role(shown) if is_mono else "display"
    block = sheet.fit("number", shown, role, safe.width, room, (46, 8), 1.0, most)
    color = sheet.theme.primary
    block = _counted(block, sheet.counted)
    add_block(sheet, head, block, 7 * u + rises * block.type.size, safe.x0, color, part=1)
    if label:
        bar = 0.7 * u

        def rule(top: float) -> None:
            with sheet.part(2):
                sheet.marks.append(Panel(safe.x0, top, safe.x0 + 12 * u, top + bar, sheet.lively))

        head.add(4.6 * u + hangs * block.type.size, bar, rule)
        add_block(sheet, head, label, 4 * u, safe.x0, part=2)
    head.center(safe)


def _role(shown: str) -> Role:
    return "display" if re.search(r"\d[.,]\d", shown) else "numeral"


def _share(
    sheet: Sheet, card: CardSpec, shown: str, heading: str, percent: float, corner: float
) -> None:
    """A ring filled to the figure that stands in it."""
    safe, u = sheet.safe, sheet.u
    top = safe.y0 + (5.5 * u if corner and sheet.wide else 0)
    area = Box(safe.x0, top, safe.x1, safe.y1)
    if sheet.wide:
        outer = min(area.height / 2, 34 * u)
        x, y = area.x1 - outer, area.y0 + area.height / 2
        words = Box(area.x0, area.y0, area.x1 - 2 * outer - 8 * u, area.y1)
    else:
        part = {"square": 0.22, "portrait": 0.245}.get(sheet.shape, 0.26)
        outer = min(safe.width / 2, safe.height * part, 36 * u)
        x, y = safe.x0 + safe.width / 2, safe.y1 - outer
        words = Box(safe.x0, safe.y0, safe.x1, safe.y1 - 2 * outer - 5 * u)
    head = heading_stack(
        sheet, card.kicker, heading, words.width, words.height * 0.6, (7.4, 3.4), words.x0,
        0 if sheet.wide else corner,
    )  # fmt: skip
    if card.text:
        room = words.height - head.height - 4 * u
        label = sheet.fit("text", card.text, "body", words.width, room, (4.8, 2.6), 1.32)
        add_block(sheet, head, label, 4 * u, words.x0, sheet.muted if heading else "", part=2)
    if sheet.wide:
        head.center(words)
    else:
        spare = max(0.0, words.height - head.height)
        head.place(words.y0 + spare * 0.35)
        y -= spare * 0.3
    inner = outer * 0.76
    sheet.marks.append(Arc(x, y, inner, outer, sheet.theme.primary, opacity=0.16))
    with sheet.part(1):
        _ring(sheet, x, y, inner, outer, percent * sheet.counted)
    if sheet.theme.numeral_font == sheet.theme.mono_font:
        # A typewriter's space is as wide as a digit.
        shown = shown.replace(" ", "")
    block = sheet.fit(
        "number", shown, _role(shown), inner * 1.62, inner, (outer * 0.62 / u, 5), 1.0, 1
    )
    with sheet.part(1):
        block = _counted(block, sheet.counted)
        sheet.put(block, x, y - block.height / 2, sheet.ink, align="middle")


def can_count(shown: str) -> bool:
    """Whether a figure can be counted up to: one number, and not a year."""
    numbers = _COUNTED.findall(shown)
    year = len(shown.strip()) == 4 and shown.strip().isdigit() and 1000 <= int(shown) <= 2100
    return len(numbers) == 1 and any(digit in "123456789" for digit in numbers[0]) and not year


def count(shown: str, share: float) -> str:
    """`shown` with its number at `share` (0 to 1) of its value, in the editor's own spelling."""

    def at(found: re.Match[str]) -> str:
        written = found[0]
        digits = [sign for sign in written if sign.isdigit()]
        value = round(int("".join(digits)) * share)
        decimal = re.search(r"[.,](\d{1,2}|\d{4,})$", written)
        left = list(str(value).zfill(len(decimal[1]) + 1 if decimal else 1))
        out: list[str] = []
        for sign in reversed(written):
            if not left:
                break
            out.append(left.pop() if sign.isdigit() else sign)
        return "".join(reversed(out))

    return _COUNTED.sub(at, shown, count=1)


def _counted(block: Block, share: float) -> Block:
    return replace(block, lines=tuple(count(line, share) for line in block.lines))


def _ring(sheet: Sheet, x: float, y: float, inner: float, outer: float, percent: float) -> None:
    """The filled piece of the ring, with round ends."""
    color = sheet.theme.visible_series[0]
    sheet.marks.append(Arc(x, y, inner, outer, color, sweep=3.6 * percent))
    if 0 < percent < 100:
        middle, thick = (inner + outer) / 2, (outer - inner) / 2
        for degrees in (0.0, 3.6 * percent):
            angle = math.radians(degrees - 90)
            end = (x + math.cos(angle) * middle, y + math.sin(angle) * middle)
            sheet.marks.append(Arc(*end, 0, thick, color))
