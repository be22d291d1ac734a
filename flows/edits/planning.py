"""The storyboard as a table, what changes, why, and what it costs: `reelwright plan`."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.buying.orders import Prepared, SceneOrder
from flows.cli.desk import BAD_INPUT, DONE, open_home, plain, prepare_all, say
from flows.edits.changes import Changes, SceneChange, changes, noun, total
from flows.edits.forecast import Forecast, forecast
from flows.edits.matching import scene_index
from flows.money.amounts import dollars
from flows.scripts.lengths import scene_seconds
from flows.scripts.presets import too_long
from flows.scripts.wishes import Wishes, one_each
from prompts.errors import ScriptError


def show_plan(
    script: Path,
    wishes: Wishes,
    out: Path = Path("films"),
    explain: str = "",
    as_json: bool = False,
) -> int:
    """`reelwright plan`: what changes of the last film, what it costs, and with `explain` why."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = prepare_all([script], one_each(wishes), settings, store)
    if worst:
        return worst
    try:
        chosen = [scene_index(p.storyboard, explain) if explain else None for p in ready]
    except ScriptError as wrong:
        return say(str(wrong), BAD_INPUT)
    for prepared, at in zip(ready, chosen, strict=True):
        found = changes(prepared, store, out)
        if as_json:
            coming = forecast(prepared, found, store)
            print(json.dumps(told(prepared, found, coming), ensure_ascii=False), flush=True)
        elif at is not None:
            for line in explanation(found.scenes[at], found):
                plain(line)
        else:
            _show_table(prepared, found)
            for line in summary(found):
                plain(line)
            if line := _segments(forecast(prepared, found, store)):
                plain(line)
            tell_notes(prepared)
    return DONE


def summary(found: Changes) -> list[str]:
    """What changes and what it costs, in a few lines."""
    return [_what_changes(found), _what_it_costs(found)]


def explanation(change: SceneChange, found: Changes) -> list[str]:
    """Why a scene is made again, and what is bought for it, a line each."""
    lines = [f"{change.scene.id} {change.scene.heading}".rstrip()]
    if found.last is None:
        lines.append("  there is no film of this script yet")
    elif not change.reasons:
        lines.append(f"  nothing changed; it was {change.was}")
    lines += [f"  {reason.sentence}" for reason in change.reasons]
    for thing in change.things:
        name = f"{noun(thing)} by {thing.candidate.model}"
        cost = total(thing.missing)
        if not thing.missing:
            lines.append(f"  {name}: owned, {dollars(total(thing.parts))}")
        elif cost == 0:
            lines.append(f"  {name}: made here, at no cost")
        else:
            lines.append(f"  {name}: to buy, {dollars(cost)}")
    return lines


def told(prepared: Prepared, found: Changes, coming: Forecast) -> dict[str, Any]:
    """The plan as JSON: amounts in USD, null where a price is not known."""
    return {
        "title": prepared.storyboard.title,
        "slug": prepared.storyboard.slug,
        "last_film": str(found.last.folder) if found.last else None,
        "to_buy_usd": _number(total(found.missing)),
        "owned_usd": _number(total(found.owned)),
        "to_make": [part.key for part in found.missing],
        "owned": len(found.owned),
        "segments": {
            "total": coming.total, "owned": coming.owned, "to_encode": list(coming.to_encode),
        },
        "film": [reason.sentence for reason in found.film],
        "taken_out": [scene.id for scene in found.gone],
        "scenes": [
            {
                "id": change.scene.id,
                "heading": change.scene.heading,
                "was": change.was or None,
                "changes": list(change.words),
                "why": [reason.sentence for reason in change.reasons],
                "things": [
                    {
                        "what": noun(thing),
                        "model": thing.candidate.model,
                        "owned": not thing.missing,
                        "usd": _number(total(thing.missing or thing.parts)),
                    }
                    for thing in change.things
                ],
            }
            for change in found.scenes
        ],
    }  # fmt: skip


def _what_changes(found: Changes) -> str:
    if found.last is None:
        return f"no film of it yet: all {_count(len(found.scenes), 'scene')} are new"
    changed = [change for change in found.scenes if change.reasons]
    settings = f"; of the film: {', '.join(r.word for r in found.film)}" if found.film else ""
    gone = f"; {_count(len(found.gone), 'scene')} taken out" if found.gone else ""
    if not changed:
        return f"no scene changes{settings}{gone}"
    by_words = sorted(changed, key=lambda change: [c.words for c in changed].index(change.words))
    groups = [
        f"{_listed([change.scene.id for change in group])} ({', '.join(words)})"
        for words, group in groupby(by_words, key=lambda change: change.words)
    ]
    verb = "changes" if len(changed) == 1 else "change"
    which = ", ".join(groups)
    return f"{len(changed)} of {_count(len(found.scenes), 'scene')} {verb}: {which}{settings}{gone}"


def _what_it_costs(found: Changes) -> str:
    things = {
        tuple(part.key for part in thing.missing): thing
        for change in found.scenes
        for thing in change.things
        if thing.missing
    }
    bought = Counter(noun(t) for t in things.values() if total(t.missing) != 0)
    drawn = Counter(noun(t) for t in things.values() if total(t.missing) == 0)
    drawn.update("file" for thing in found.files if thing.missing)
    lines = []
    if bought:
        lines.append(f"to buy: {_counts(bought)}, {dollars(total(found.missing))}")
    if drawn:
        lines.append(f"to make here at no cost: {_counts(drawn)}")
    if not lines:
        lines.append("nothing to buy")
    worth = dollars(total(found.owned))
    return "; ".join([*lines, f"owned: {_count(len(found.owned), 'item')}, {worth}"])


def _segments(coming: Forecast) -> str:
    if not coming.total:
        return ""
    open_yet = coming.total - coming.owned - len(coming.to_encode)
    lines = [f"segments: {coming.owned} of {coming.total} owned"]
    if coming.to_encode:
        lines.append(f"{len(coming.to_encode)} certain to be encoded")
    if open_yet > 0:
        lines.append(f"{open_yet} depend on what is not made yet")
    return ", ".join(lines)


def _counts(of: Counter[str]) -> str:
    return ", ".join(_count(number, name) for name, number in of.items())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _number(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)


def _show_table(prepared: Prepared, found: Changes) -> None:
    board = prepared.storyboard
    table = Table(
        title=Text(f"{board.title} · {film_shape(prepared)} · theme {prepared.theme.name}"),
        caption_justify="left",
    )
    for heading, justify in (
        ("scene", "left"), ("shows", "left"), ("said by", "left"), ("heading", "left"),
        ("narration", "left"), ("about", "right"), ("costs", "right"), ("now", "left"),
    ):  # fmt: skip
        folds = {"heading": 7, "narration": 8, "now": 8}.get(heading)
        table.add_column(
            heading,
            justify=justify,  # type: ignore[arg-type]
            no_wrap=folds is None,
            min_width=folds,
        )
    for change, length in zip(found.scenes, length_s(prepared), strict=True):
        order, scene = change.order, change.scene
        cost = _sum([prepared.quote_of(c) for c in (order.picture, order.speech) if c])
        shows = _shows(order)
        table.add_row(
            scene.id, shows, order.speech[0].model if order.speech else "", Text(scene.heading),
            Text(_short(scene.narration)), f"{length:.1f} s", dollars(cost), _now(change),
        )  # fmt: skip
    total = prepared.quote_usd()
    table.caption = (
        f"{len(board.scenes)} scenes, about {sum(length_s(prepared)):.0f} s; "
        f"made anew it costs {dollars(total)}"
    )
    Console(highlight=False).print(table)


def _now(change: SceneChange) -> str:
    """What is still to be had for a scene, or that all of it is owned."""
    missing = [thing for thing in change.things if thing.missing]
    told = [f"{'buys' if total(t.missing) != 0 else 'makes'} {noun(t)}" for t in missing]
    return ", ".join(told) or "owned"


def film_shape(prepared: Prepared) -> str:
    """The film's aspect, size, rate and codec in a few words."""
    board, shape = prepared.storyboard, prepared.format
    return f"{board.aspect} {shape.width}x{shape.height} {shape.fps} fps {shape.encoding.codec}" + (
        f" · {board.preset}" if board.preset else ""
    )


def tell_notes(prepared: Prepared, indent: str = "") -> None:
    longer = too_long(prepared.storyboard.preset, sum(length_s(prepared)))
    for note in (*prepared.notes, *filter(None, [longer])):
        plain(f"{indent}note: {note}")


def length_s(prepared: Prepared) -> list[float]:
    return [scene_seconds(order.scene, prepared.storyboard) for order in prepared.orders]


def _shows(order: SceneOrder) -> str:
    """The kind of card, or who makes the picture."""
    if order.clip is not None:
        return "own clip"
    first = order.picture[0]
    return order.scene.visual.card.kind if first.model == "cards" else first.model


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
