"""The code card: a panel, line numbers, and light colouring by the kinds of words."""

from __future__ import annotations

from pygments import lex  # type: ignore[import-untyped]
from pygments.lexers import TextLexer, get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import Token  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from providers.cards.color import legible, mix
from providers.cards.sheet import LEAST, Box, Panel, Sheet, Words
from providers.cards.stack import corner_brand, heading_stack
from providers.cards.text import Type, advance, cap_height
from providers.cards.wrap import TooLong
from providers.requests import CardSpec

Piece = tuple[str, str]
"""Text and its colour."""
_LEADING = 1.5


def code(sheet: Sheet, card: CardSpec) -> None:
    """The listing as the editor wrote it; lines that are too long continue, indented, below."""
    safe, u = sheet.safe, sheet.u
    corner = corner_brand(sheet)
    heading = card.heading or (card.text if not card.code else "")
    head = heading_stack(
        sheet, card.kicker or card.code_language, heading, safe.width, safe.height * 0.26,
        (6, 3.2), safe.x0, corner,
    )  # fmt: skip
    listing = card.code.expandtabs(4).strip("\n")
    if not listing:
        head.center(safe)
        return
    top = safe.y0 + head.height + (5 * u if head.pieces else 0)
    caption = None
    if card.text and card.heading:
        caption = sheet.fit("text", card.text, "body", safe.width, 12 * u, (3.4, 2.5), 1.3)
    below = caption.full + 3.4 * u if caption else 0.0
    area = Box(safe.x0, top, safe.x1, safe.y1 - below)
    pad = 3.4 * u
    lines = _colored(sheet, listing, card.code_language)
    inner = Box(area.x0 + pad, area.y0 + pad, area.x1 - pad, area.y1 - pad)
    type_, gutter, rows = _fit(sheet, lines, inner)
    step = type_.size * _LEADING
    tall = step * (len(rows) - 1) + cap_height(type_) + 2 * pad
    shift = max(0.0, area.height - tall) * 0.4
    head.place(safe.y0 + shift * 0.7)
    held = Box(area.x0, area.y0 + shift, area.x1, area.y0 + shift + tall)
    ground = _ground(sheet)
    sheet.upright.append(
        Panel(held.x0, held.y0, held.x1, held.y1, ground, radius=min(sheet.radius, 2.4 * u))
    )
    y = held.y0 + pad + cap_height(type_)
    quiet = legible(mix(ground, _plain(ground), 0.5), (ground,))
    for number, label, pieces in rows:
        with sheet.part(number):
            if label:
                x = inner.x0 + gutter - 2 * u - advance(label, type_)
                sheet.upright.append(Words(label, type_, x, y, quiet, (ground,), "code", ""))
            x = inner.x0 + gutter
            for text, color in pieces:
                if text.strip():
                    sheet.upright.append(Words(text, type_, x, y, color, (ground,), "code", ""))
                x += advance(text, type_)
        y += step
    if caption:
        sheet.put(caption, safe.x0, held.y1 + 3.4 * u, sheet.muted)


def _ground(sheet: Sheet) -> str:
    """Code stands on a dark panel; on dark themes on a darker one."""
    theme = sheet.theme
    return (
        mix(theme.background, "#000000", 0.45) if theme.dark else mix(theme.text, "#000000", 0.15)
    )


def _plain(ground: str) -> str:
    return legible("#f4f4f2", (ground,))


def _colored(sheet: Sheet, listing: str, language: str) -> list[list[Piece]]:
    """The listing's lines as coloured pieces."""
    ground, theme = _ground(sheet), sheet.theme
    plain = _plain(ground)
    colors = {
        Token.Comment: mix(ground, plain, 0.58),
        Token.Keyword: theme.series[0] if theme.dark else mix(theme.series[0], "#ffffff", 0.45),
        Token.Literal.String: theme.series[2]
        if theme.dark
        else mix(theme.series[2], "#ffffff", 0.45),
        Token.Literal.Number: theme.series[3],
        Token.Name.Function: theme.series[1]
        if theme.dark
        else mix(theme.series[1], "#ffffff", 0.3),
        Token.Name.Class: theme.series[1] if theme.dark else mix(theme.series[1], "#ffffff", 0.3),
        Token.Name.Decorator: theme.series[4],
        Token.Name.Tag: theme.series[0] if theme.dark else mix(theme.series[0], "#ffffff", 0.45),
        Token.Operator: mix(ground, plain, 0.75),
    }
    try:
        lexer = get_lexer_by_name(language, stripnl=False) if language else TextLexer(stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    lines: list[list[Piece]] = [[]]
    for kind, text in lex(listing, lexer):
        while kind not in colors and kind.parent is not None:
            kind = kind.parent
        color = legible(colors.get(kind, plain), (ground,))
        for n, part in enumerate(text.split("\n")):
            if n:
                lines.append([])
            if part:
                lines[-1].append((part, color))
    while lines and not lines[-1]:
        lines.pop()
    return lines


Row = tuple[int, str, list[Piece]]
"""Which line of the listing it belongs to (from 1), its label, and its pieces."""


def _fit(sheet: Sheet, lines: list[list[Piece]], box: Box) -> tuple[Type, float, list[Row]]:
    """The largest type in which the listing fits, the width of the numbers, and the rows.

    Lines are continued only when the type would become smaller than a comfortable size.
    """
    u = sheet.u
    size, comfortable, smallest = 3.7, 2.9, LEAST * 100
    digits = len(str(len(lines))) if len(lines) > 2 else 0
    longest = max(sum(len(text) for text, _ in line) for line in lines)
    while True:
        type_ = sheet.type("mono", size * u)
        glyph = advance("0", type_)
        gutter = digits * glyph + (2 * u if digits else 0)
        per = int((box.width - gutter) / glyph)
        rows = _continued(lines, per, bool(digits))
        tall = type_.size * _LEADING * (len(rows) - 1) + cap_height(type_)
        if (longest <= per or size <= comfortable) and tall <= box.height:
            return type_, gutter, rows
        if size <= smallest:
            raise TooLong(f"code with {len(lines)} lines", tall / box.height - 1)
        size = max(smallest, size * 0.96)


def _continued(lines: list[list[Piece]], per: int, numbered: bool) -> list[Row]:
    """Rows of at most `per` characters; a continued line is indented by four more."""
    rows: list[Row] = []
    for n, line in enumerate(lines):
        label = str(n + 1) if numbered else ""
        whole = "".join(text for text, _ in line)
        indent = min(len(whole) - len(whole.lstrip()) + 4, per // 2)
        row: list[Piece] = []
        used = 0
        for text, color in line:
            while text:
                taken, text = text[: per - used], text[per - used :]
                row.append((taken, color))
                used += len(taken)
                if text:
                    rows.append((n + 1, label, row))
                    label, row, used = "", [(" " * indent, color)], indent
                    text = text.lstrip()
        rows.append((n + 1, label, row))
    return rows
