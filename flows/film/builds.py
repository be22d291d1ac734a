"""When the parts of a card appear: as their words are spoken, or one after another."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from assembly.builds import StateAt
from assembly.timeline import Word
from prompts.storyboard import Card

AHEAD_S = 0.15
"""A part appears so long before its words, as the eye takes longer than the ear."""
COUNT_STEP_S = 2 / 30
"""Each figure of a count is seen so long."""
_SETTLED_S = 1.2
"""All parts are there so long before the scene ends."""
_TRUSTED = 0.34
"""Words match a part when they hold this share of what it says."""
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")


def part_texts(card: Card) -> dict[int, str]:
    """What each part of a card says, by its number from 1, as `providers.cards` counts parts."""
    texts: Sequence[str]
    match card.kind:
        case "points" | "steps":
            texts = card.items or (card.text,)
        case "table" | "bar":
            texts = [" ".join(row) for row in card.table.rows] if card.table else []
        case "line":
            texts = card.table.header[1:] if card.table else []
        case "code":
            texts = card.code.expandtabs(4).strip("\n").split("\n")
        case "comparison":
            texts = [" ".join((column.title, *column.items)) for column in card.columns]
        case "number":
            texts = [card.number, card.text]
        case "quote":
            texts = [card.attribution]
        case _:
            texts = [card.text]
    return dict(enumerate(texts, 1))


def state_times(
    card: Card,
    states: Sequence[dict[str, Any]],
    size: tuple[int, int],
    words: Sequence[Word],
    lead_s: float,
    length_s: float,
) -> tuple[StateAt, ...]:
    """When each state of a card's picture appears, in seconds from the scene's edge.

    `states` are the picture's facts (part, how, box in pixels of `size`), `words` those of the
    narration, which begins `lead_s` after the edge; the scene lasts about `length_s`.
    """
    texts = part_texts(card)
    last = max(texts, default=0)
    parts = sorted({state["part"] for state in states} - {0})
    shown = [part for part in parts if part <= last]
    times = dict(zip(shown, _part_times([texts[p] for p in shown], words), strict=True))
    if not words:
        room_s = max(0.0, length_s - _SETTLED_S - 0.5)
        step_s = min(0.7, room_s / max(1, len(shown)))
        times = {part: 0.5 + step_s * n for n, part in enumerate(shown)}
    else:
        times = {part: lead_s + time - AHEAD_S for part, time in times.items()}
        if shown and (not card.heading or card.kind == "code"):
            # Nothing else stands on the card, or in its panel: it does not wait to be empty.
            times[shown[0]] = min(times[shown[0]], lead_s)
    latest = max(0.2, length_s - _SETTLED_S)
    at = {0: 0.0} | {part: min(max(0.0, time), latest) for part, time in times.items()}
    for part in parts:
        if part not in at:
            at[part] = _whole_at(at[shown[-1]] if shown else 0.0, words, lead_s, length_s)
    made = []
    for number, state in enumerate(states):
        ahead = sum(1 for later in states[number + 1 :] if later["part"] == state["part"])
        time = max(0.0, at[state["part"]] - ahead * COUNT_STEP_S)
        left, top, right, bottom = state["box"]
        wide, high = size
        box = (left / wide, top / high, right / wide, bottom / high)
        shares = tuple(round(share, 5) for share in box)
        made.append(StateAt(at_s=round(time, 4), index=number, how=state["how"], box=shares))
    return tuple(made)


def _whole_at(last_s: float, words: Sequence[Word], lead_s: float, length_s: float) -> float:
    """When a card is seen whole again: after the sentence about its last part."""
    for word in words:
        end_s = lead_s + word.end_s
        if end_s > last_s + 0.6 and word.text.rstrip('"”’»)』」').endswith(_SENTENCE_END):
            return min(end_s + 0.1, max(last_s, length_s - 0.5))
    return max(last_s, length_s - 0.5)


def _part_times(texts: Sequence[str], words: Sequence[Word]) -> list[float]:
    """When each text begins to be spoken of, in seconds of the narration, never decreasing.

    Texts whose words are not heard lie evenly between those that are.
    """
    if not words or not texts:
        return [0.0] * len(texts)
    found = _matched(texts, words)
    end_s = words[-1].end_s
    known = [(-1, 0.0), *((n, t) for n, t in enumerate(found) if t is not None)]
    known.append((len(texts), end_s if len(known) > 1 else 0.75 * end_s))
    times: list[float] = []
    for (before, start_s), (after, stop_s) in pairwise(known):
        if before >= 0:
            times.append(start_s)
        gap = after - before
        times += [start_s + (stop_s - start_s) * n / gap for n in range(1, gap)]
    return times


def _matched(texts: Sequence[str], words: Sequence[Word]) -> list[float | None]:
    """Where in the narration each text's own words are found, in the texts' order; None: nowhere.

    The places are chosen together, so that as much as possible of all texts is found.
    """
    heard = [(stem, n) for n, word in enumerate(words) for stem in _stems(word.text)]
    wanted = [_stems(text) for text in texts]
    common = Counter(stem for stems in wanted for stem in set(stems))
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * (len(heard) + 1)
    for stems in wanted:
        weights = {stem: _weight(stem) / common[stem] for stem in stems}
        total = sum(weights.values())
        reach = 2 * len(stems) + 4
        took: list[tuple[float, tuple[int, ...]]] = []
        for place, (stem, _) in enumerate(heard):
            score = 0.0
            if stem in weights:
                there = {other for other, _ in heard[place : place + reach]}
                score = sum(weight for other, weight in weights.items() if other in there) / total
            before = best[place]
            if score >= _TRUSTED:
                took.append((before[0] + score, (*before[1], place)))
            else:
                took.append((before[0], (*before[1], -1)))
        skipped = [(score, (*places, -1)) for score, places in best]
        # After a text is placed, the next may begin at any later word.
        ahead = [*accumulate([skipped[0], *took], _better)]
        best = [_better(one, two) for one, two in zip(ahead, skipped, strict=True)]
    places = max(best, key=lambda option: option[0])[1]
    return [words[heard[place][1]].start_s if place >= 0 else None for place in places]


def _better(
    one: tuple[float, tuple[int, ...]], two: tuple[float, tuple[int, ...]]
) -> tuple[float, tuple[int, ...]]:
    return two if two[0] > one[0] + 1e-9 else one


def _stems(text: str) -> list[str]:
    """Words without case and endings; pairs of characters where words have no spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    stems: list[str] = []
    for token in _TOKEN.findall(plain):
        if _SPACELESS.search(token):
            stems += [token[n : n + 2] for n in range(max(1, len(token) - 1))]
        else:
            stems.append(token[:5] if len(token) > 5 else token.rstrip("s") or token)
    return stems


def _weight(stem: str) -> float:
    """Short words say little, unless they are numbers."""
    return 0.25 if len(stem) < 4 and not stem[0].isdigit() and stem.isascii() else 1.0
