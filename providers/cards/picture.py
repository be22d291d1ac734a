"""The editor's own picture: filling the card when its shape allows, framed when not."""

from __future__ import annotations

from PIL import Image, ImageDraw

from providers.cards.color import mix
from providers.cards.sheet import Box, Panel, Picture, Sheet
from providers.cards.stack import Stack, add_block, add_kicker, corner_brand, heading_stack
from providers.requests import CardSpec

_FILLS = 0.72
"""A picture fills the card when at least this share of it stays visible."""


def picture(sheet: Sheet, card: CardSpec) -> None:
    """Raises ValueError when the card came without its picture."""
    image = sheet.picture
    if image is None:
        raise ValueError("the image card has no picture: name its file")
    ratio = (image.width / image.height) / (sheet.width / sheet.height)
    if min(ratio, 1 / ratio) >= _FILLS:
        _filled(sheet, card, image)
    else:
        _framed(sheet, card, image)


def _filled(sheet: Sheet, card: CardSpec, image: Image.Image) -> None:
    """Over the whole card, with the words on a label of the theme's ground."""
    u, safe = sheet.u, sheet.safe
    scale = max(sheet.width / image.width, sheet.height / image.height)
    wide, tall = sheet.width / scale, sheet.height / scale
    across, along = card.focus or (0.5, 0.5)
    left = min(max(0.0, across * image.width - wide / 2), max(0.0, image.width - wide))
    top = min(max(0.0, along * image.height - tall / 2), max(0.0, image.height - tall))
    seen = (left, top, min(left + wide, image.width), min(top + tall, image.height))
    cover = image.resize((sheet.width, sheet.height), Image.Resampling.LANCZOS, seen)
    sheet.upright.append(Picture(cover, Image.new("L", cover.size, 255), 0, 0))
    if not (card.heading or card.text):
        return
    pad = 2.8 * u
    most = safe.width * (0.62 if sheet.wide else 1) - 2 * pad
    x = safe.x0 + pad
    stack = Stack()
    if card.kicker:
        add_kicker(sheet, stack, card.kicker, x, most)
    wide_of = [0.0]
    if card.heading:
        block = sheet.fit(
            "heading", card.heading, "heading", most, safe.height * 0.3, (5.2, 3), 1.1
        )
        add_block(sheet, stack, block, 2.8 * u, x)
        wide_of.append(block.width)
    if card.text:
        block = sheet.fit("text", card.text, "body", most, safe.height * 0.3, (3.8, 2.5), 1.32)
        add_block(sheet, stack, block, 3 * u, x)
        wide_of.append(block.width)
    right = safe.x1 if card.kicker else x + max(wide_of) + pad
    right = min(right, safe.x0 + most + 2 * pad)
    height = stack.height + 2 * pad + 0.6 * u
    label = Box(safe.x0, safe.y1 - height, right, safe.y1)
    ground = sheet.theme.background
    sheet.marks.append(
        Panel(label.x0, label.y0, label.x1, label.y1, ground, radius=min(sheet.radius, 2 * u))
    )
    sheet.marks.append(
        Panel(
            label.x0,
            label.y0 + sheet.radius,
            label.x0 + 0.7 * u,
            label.y1 - sheet.radius,
            sheet.lively,
        )
    )
    stack.place(label.y0 + pad)


def _framed(sheet: Sheet, card: CardSpec, image: Image.Image) -> None:
    """In a frame beside the words, or between heading and caption on a tall card."""
    u, safe = sheet.u, sheet.safe
    corner = corner_brand(sheet)
    words = bool(card.heading or card.text or card.kicker)
    upright = image.width / image.height < 1.25
    top = safe.y0 + (5.5 * u if corner else 0)
    if sheet.wide and words and upright:
        tall = safe.y1 - top
        wide = min(tall * image.width / image.height, safe.width * 0.5)
        held = _mount(sheet, image, Box(safe.x1 - wide, top, safe.x1, safe.y1))
        room = Box(safe.x0, top, held.x0 - 7 * u, safe.y1)
        stack = heading_stack(
            sheet, card.kicker, card.heading, room.width, room.height * 0.6, (7.4, 3.4), room.x0
        )
        if card.text:
            left = room.height - stack.height - 4 * u
            block = sheet.fit("text", card.text, "body", room.width, left, (4.2, 2.6), 1.34)
            color = sheet.muted if card.heading else ""
            add_block(sheet, stack, block, 4 * u, room.x0, color)
        stack.center(room)
        return
    head = heading_stack(
        sheet,
        card.kicker,
        card.heading,
        safe.width,
        safe.height * 0.26,
        (6.2, 3.4),
        safe.x0,
        corner,
    )
    y = head.place(safe.y0) + (5 * u if head.pieces else (5.5 * u if corner else 0))
    below = None
    if card.text:
        below = sheet.fit(
            "text", card.text, "body", safe.width, safe.height * 0.22, (3.8, 2.5), 1.32
        )
    foot = below.full + 3.4 * u if below else 0.0
    held = _mount(sheet, image, Box(safe.x0, y, safe.x1, safe.y1 - foot))
    if below:
        sheet.put(below, safe.x0, held.y1 + 3.4 * u, sheet.muted)


def _mount(sheet: Sheet, image: Image.Image, box: Box) -> Box:
    """Puts the picture into the middle of a box, its corners as round as the theme's."""
    scale = min(box.width / image.width, box.height / image.height)
    size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
    small = image.resize(size, Image.Resampling.LANCZOS)
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    round_by = min(sheet.radius, 3 * sheet.u) * 2
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, size[0] * 2 - 1, size[1] * 2 - 1), round_by, fill=255
    )
    x, y = round((box.x0 + box.x1 - size[0]) / 2), round((box.y0 + box.y1 - size[1]) / 2)
    edge = mix(sheet.theme.background, sheet.theme.text, 0.16)
    line = max(2.0, 0.2 * sheet.u)
    sheet.marks.append(
        Panel(x - line, y - line, x + size[0] + line, y + size[1] + line, edge, radius=round_by / 2)
    )
    sheet.marks.append(Picture(small, mask.reduce(2), x, y))
    return Box(x, y, x + size[0], y + size[1])
