"""The storyboard as a page: every scene with its picture, words, time, cost and what changes."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError
from pydantic import ValidationError

from assembly.chapters import clock
from assembly.timeline import Timeline
from flows.buying.orders import Prepared
from flows.cli.desk import BAD_INPUT, DONE, guarded, open_home, plain, prepare_all
from flows.edits.changes import Changes, SceneChange, Thing, changes, noun, total
from flows.edits.planning import film_shape, length_s, summary
from flows.film.progress import Tell
from flows.money.amounts import dollars
from flows.pages.html import THUMBNAIL, render, still, thumbnail
from flows.scripts.wishes import Wishes, one_each
from providers.errors import ProviderError
from providers.requests import ImageRequest, Made
from providers.store import Store


class Timed(NamedTuple):
    """When a scene begins, how long it lasts (seconds), and whether a film says so."""

    begins_s: float
    length_s: float
    is_real: bool


def write_storyboard(script: Path, out: Path, wishes: Wishes) -> int:
    """`reelwright storyboard`: a page in the film's folder, whose path is said. Buys nothing."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    ready, worst = prepare_all([script], one_each(wishes), settings, store)
    if worst:
        return worst

    def work(prepared: Prepared) -> Path:
        path = out / prepared.storyboard.slug / "storyboard.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(storyboard_page(prepared, store, out), encoding="utf-8")
        return path

    for prepared in ready:

        def tell(_shown: Tell, one: Prepared = prepared) -> Any:
            path = work(one)
            return lambda: plain(str(path))

        if code := guarded(prepared.storyboard, tell, live=False):
            return code
    return DONE


def storyboard_page(prepared: Prepared, store: Store, out: Path) -> str:
    """The page. What is not owned is drawn where that costs nothing, else told by its prompt."""
    board = prepared.storyboard
    found = changes(prepared, store, out)
    timed = _timed(prepared, found)
    listed = []
    for change, time in zip(found.scenes, timed, strict=True):
        listed.append(_scene(prepared, change, time, found, store))
    length = timed[-1].begins_s + timed[-1].length_s
    return render(
        "storyboard.html",
        {
            "language": board.language,
            "right_to_left": board.language.split("-")[0] in ("ar", "fa", "he", "ur"),
            "title": board.title,
            "subtitle": board.subtitle,
            "shape": f"{prepared.width} / {prepared.height}",
            "format": film_shape(prepared),
            "theme": prepared.theme.name,
            "scenes": listed,
            "length": clock(round(length)),
            "is_real": all(time.is_real for time in timed),
            "to_buy": _about(total(found.missing)),
            "owned": _about(total(found.owned)),
            "summary": summary(found),
            "notes": prepared.notes,
        },
    )


def _timed(prepared: Prepared, found: Changes) -> list[Timed]:
    """Each scene's time: of the last film where it did not change, else estimated."""
    lengths = _lengths(found.last.folder) if found.last else {}
    timed, begins = [], 0.0
    for change, about in zip(found.scenes, length_s(prepared), strict=True):
        is_real = change.was in lengths and not any(t.missing for t in change.things)
        timed.append(Timed(begins, lengths[change.was] if is_real else about, is_real))
        begins += timed[-1].length_s
    return timed


def _lengths(folder: Path) -> dict[str, float]:
    """How long each scene of a film is; nothing where an older version wrote its timeline."""
    try:
        film = Timeline.model_validate_json((folder / "timeline.json").read_bytes())
    except (OSError, ValidationError):
        return {}
    return {shot.scene: shot.frames / film.fps for shot in film.shots}


def _scene(
    prepared: Prepared, change: SceneChange, time: Timed, found: Changes, store: Store
) -> dict[str, Any]:
    scene = change.scene
    burned = {"files": "in files beside the film", "none": "none"}
    captions = burned.get(prepared.storyboard.captions, "burned into the picture")
    return {
        "id": scene.id,
        "heading": scene.heading,
        "narration": scene.narration,
        "begins": clock(round(time.begins_s)),
        "length": f"{time.length_s:.1f} s",
        "is_real": time.is_real,
        "picture": _picture(prepared, change, store),
        "alt": scene.visual.alt or scene.visual.prompt or scene.heading,
        "prompt": scene.visual.prompt or scene.heading or scene.narration,
        "medium": noun(change.things[0]) if change.things else "picture",
        "changes": ", ".join(change.words),
        "why": [reason.sentence for reason in change.reasons],
        "is_owned": not any(thing.missing for thing in change.things),
        "things": [_thing(thing) for thing in change.things],
        "captions": captions if scene.narration else "",
        "verdict": _verdict(change, found),
    }


def _about(usd: Decimal | None) -> str:
    """An amount that is read at a glance: two digits of what is less than a dollar."""
    return dollars(usd if usd is None or usd >= 1 else Decimal(f"{usd:.2g}"))


def _thing(thing: Thing) -> dict[str, str]:
    candidate = thing.candidate
    by = f"{candidate.model}, for {candidate.asked}" if candidate.asked else candidate.model
    cost = total(thing.missing)
    if not thing.missing:
        state = f"{'pinned' if candidate.is_pinned else 'owned'}, {_about(total(thing.parts))}"
    else:
        state = "made here at no cost" if cost == 0 else f"to buy, {_about(cost)}"
    return {"what": noun(thing), "by": by, "state": state}


def _verdict(change: SceneChange, found: Changes) -> str:
    """What the last film's judges said of a scene, where any judged it."""
    if not found.last or not change.was:
        return ""
    told = Counter(j.ruling for j in found.last.receipt.moderation if j.scene == change.was)
    return ", ".join(f"{ruling} ({count})" for ruling, count in told.items())


def _picture(prepared: Prepared, change: SceneChange, store: Store) -> str:
    """A small picture: what is owned, the editor's own, or a card drawn for the page alone."""
    order = change.order
    if order.clip is not None:
        return thumbnail(still(Path(order.clip.source)))
    thing = next((thing for thing in change.things if thing.what == "picture"), None)
    if thing is None:
        return ""
    asset = store.find(thing.parts[0].key)
    if asset is not None:
        return thumbnail(still(store.path(asset.digest)))
    request = thing.parts[0].request
    if not isinstance(request, ImageRequest) or request.card is None:
        return ""
    if request.card.picture:
        own = next((f.source for f in prepared.files if f.digest == request.card.picture), "")
        return thumbnail(still(Path(own))) if own else ""
    return _sketch(prepared, request)


def _sketch(prepared: Prepared, request: ImageRequest) -> str:
    """A card that is not owned, drawn and not kept."""
    try:
        made = asyncio.run(_draw(prepared, request))
        return thumbnail(Image.open(io.BytesIO(made.data or b"")))
    except (ProviderError, OSError, UnidentifiedImageError):
        # Such as a logo that no film has taken in yet: the words stand for the card.
        return ""


async def _draw(prepared: Prepared, request: ImageRequest) -> Made:
    # No larger than the page needs: a card's type is set in shares of its size.
    share = min(1.0, 1.5 * THUMBNAIL / max(request.width, request.height))
    size = {"width": round(request.width * share), "height": round(request.height * share)}
    request = request.model_copy(update=size)
    made = await prepared.providers[request.provider].image(request)
    assert isinstance(made, Made)  # noqa: S101  cards are no orders
    return made
