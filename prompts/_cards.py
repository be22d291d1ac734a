"""Chooses the card of a scene from its blocks, and the words on it."""

from __future__ import annotations

import re

from prompts.reading.blocks import ScriptScene
from prompts.storyboard import Card, CardKind

_AMOUNT = re.compile(r"(?:[-−+~≈<>]\s?)?(?:[A-Z]{0,3}[$€£¥₹]\s?)?\d[\d.,:/'’]*(?: \d{3}\b)*\S*")
_UNIT_AFTER = re.compile(
    r"(?:%|‰|°[CF]?|[$€£¥₹]|k|m|bn|thousand|million|billion|trillion|percent|per cent|"
    r"in \d+|of \d+|out of \d+|Mio\.?|Mrd\.?|millions?|milliards?|millones|"
    r"[kmcµn]?m[²³]?|km/h|mph|[kmµ]?g|[kMGT]?B|[kMG]?Hz|[kM]?Wh?|ms|s|h|min)(?=\s|$)"
)
_SENTENCE = re.compile(r".+?(?:[.!?…](?=\s|$)|[。！？]|$)", re.DOTALL)
_LONGEST_STATEMENT = 140
_FINAL = ".!?…。！？।:;"


def choose_kind(scene: ScriptScene) -> CardKind:
    """The card that the editor asked for, or else the one for the most telling block."""
    if scene.card:
        return scene.card
    blocks: tuple[tuple[object, CardKind], ...] = (
        (scene.number, "number"),
        (scene.compare, "comparison"),
        (scene.code, "code"),
        (scene.table, "table"),
        (scene.quote, "quote"),
        (scene.steps, "steps"),
        (scene.points, "points"),
    )
    return next((kind for block, kind in blocks if block), "statement")


def make_card(scene: ScriptScene, kind: CardKind) -> Card:
    """A card of `kind` with the words that such a card shows."""
    card = Card(kind=kind, heading=scene.heading, kicker=scene.kicker, text=scene.text)
    match kind:
        case "statement":
            return card.model_copy(update={"text": _statement(scene)})
        case "points":
            return card.model_copy(update={"items": scene.points or scene.steps})
        case "steps":
            return card.model_copy(update={"items": scene.steps or scene.points})
        case "quote":
            return card.model_copy(update={"text": scene.quote, "attribution": scene.attribution})
        case "number":
            number, label = split_number(scene.number)
            return card.model_copy(update={"number": number, "text": label or scene.text})
        case "comparison":
            return card.model_copy(update={"columns": scene.compare})
        case "table" | "bar" | "line":
            return card.model_copy(update={"table": scene.table})
        case "code":
            return card.model_copy(
                update={"code": scene.code, "code_language": scene.code_language}
            )
        case "image":
            return card.model_copy(update={"text": scene.caption or scene.text})
        case _:
            return card


def speak_card(card: Card) -> str:
    """What is said over a card whose scene has no prose; empty for one that is only looked at."""
    match card.kind:
        case "points" | "steps":
            return " ".join(_sentence(item) for item in card.items)
        case "quote":
            return " ".join(_sentence(words) for words in (card.text, card.attribution) if words)
        case "number":
            return _sentence(f"{card.number} {card.text}".strip())
        case "comparison":
            return " ".join(
                _sentence(f"{column.title}: {', '.join(column.items)}" if column.items
                          else column.title)
                for column in card.columns
            )  # fmt: skip
        case _:
            return ""


def reading_s(card: Card) -> float:
    """Seconds that a silent card stays: three words a second and two to find one's way, 4 to 12."""
    words = [card.heading, card.text, card.code, card.attribution, *card.items]
    for row in card.table.rows if card.table else ():
        words.extend(row)
    count = len(" ".join(words).split())
    return float(min(12, max(4, round(2 + count / 3))))


def split_number(written: str) -> tuple[str, str]:
    """The figure and its label: `42 % of all falls` is `42 %` and `of all falls`."""
    match = _AMOUNT.match(written)
    end = match.end() if match else len(written.split(" ", 1)[0])
    while unit := _UNIT_AFTER.match(written, end + 1):
        end = unit.end()
    return written[:end].rstrip(":,"), written[end:].strip(" :—–-")


def _statement(scene: ScriptScene) -> str:
    """The line below the heading; without a heading, the first sentence stands alone."""
    words = scene.text or scene.key_phrase
    if words or scene.heading:
        return words
    match = _SENTENCE.match(scene.narration)
    sentence = " ".join(match[0].split()) if match else ""
    if len(sentence) <= _LONGEST_STATEMENT:
        return sentence
    return sentence[:_LONGEST_STATEMENT].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _sentence(words: str) -> str:
    if words[-1] in _FINAL:
        return words
    return words + ("。" if "\u3040" <= words[-1] <= "\u9fff" else ".")
