"""What the next film changes of the last one: scene by scene, what is bought for it, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from flows.buying.foresight import Part, chosen_of, owning
from flows.buying.orders import Candidate, Prepared, SceneOrder
from flows.edits.last_film import LastFilm, last_film
from flows.edits.matching import known, match
from flows.edits.reasons import EXPLAINS, Reason, film_reasons, request_reasons, scene_reasons
from prompts.storyboard import Scene
from providers.requests import AnyRequest
from providers.store import Store

What = Literal["picture", "still", "speech", "file"]
_EVERYWHERE = {
    "shape", "size", "frame rate", "codec", "reframe", "theme", "captions", "caption font",
    "accent",
}  # fmt: skip
"""What every frame of a film depends on, by its word."""
_PARTS = {
    "voice": ("speech",), "speed": ("speech",), "who speaks": ("speech",),
    "style": ("picture", "still",), "who makes its picture": ("picture", "still",),
    "who makes its clip": ("picture",), "tier": ("picture", "still", "speech"),
    "language": ("picture", "still", "speech"),
}  # fmt: skip
"""Settings of a film by their word, and what they matter to."""


_ONLY: dict[What, set[str]] = {
    "picture": {"prompt", "visual", "who makes its picture", "who makes its clip"},
    "still": {"prompt", "visual", "who makes its picture"},
    "speech": {"voice", "who speaks"},
    "file": set(),
}
"""What a scene says of one thing alone, by its word: it matters where that thing changes."""
_OURS = {"engine", "not in the store"}
"""Reasons that no word of a script can explain."""


class Thing(NamedTuple):
    """A picture, what it is made of, a narration or a file as the next film will have it."""

    scene: str
    what: What
    candidate: Candidate
    parts: tuple[Part, ...]

    @property
    def missing(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.is_owned)


class SceneChange(NamedTuple):
    """A scene, which one of the last film it was ("" for a new one), and why it changes."""

    order: SceneOrder
    was: str
    reasons: tuple[Reason, ...]
    things: tuple[Thing, ...]

    @property
    def scene(self) -> Scene:
        return self.order.scene

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons as words, each once."""
        return tuple(dict.fromkeys(reason.word for reason in self.reasons))


class Changes(NamedTuple):
    """All that the next film changes. `last` is None where there is no film yet."""

    last: LastFilm | None
    scenes: tuple[SceneChange, ...]
    gone: tuple[Scene, ...]
    """Scenes of the last film that the next one does not have."""
    film: tuple[Reason, ...]
    files: tuple[Thing, ...]

    def parts(self) -> dict[str, Part]:
        """Everything that the film is made of by its key: what scenes share counts once."""
        things = [*self.files, *(thing for scene in self.scenes for thing in scene.things)]
        return {part.key: part for thing in things for part in thing.parts}

    @property
    def missing(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts().values() if not part.is_owned)

    @property
    def owned(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts().values() if part.is_owned)


def changes(prepared: Prepared, store: Store, out: Path) -> Changes:
    """What making the film now changes of the last one below `out`. Reads; buys nothing."""
    last = last_film(prepared.storyboard, out)
    orders = prepared.orders
    old = last.storyboard.scenes if last else ()
    before = match([known(s) for s in old], [known(s) for s in prepared.storyboard.scenes])
    film = tuple(film_reasons(last.storyboard, prepared.storyboard)) if last else ()
    scenes = []
    for order, at in zip(orders, before, strict=True):
        things = tuple(_things(prepared, order, store))
        was = None if at is None else old[at]
        reasons = _reasons(order, was, things, last, film, store)
        scenes.append(SceneChange(order, was.id if was else "", reasons, things))
    kept = {at for at in before if at is not None}
    gone = tuple(scene for at, scene in enumerate(old) if at not in kept)
    files = tuple(
        Thing("film", "file", Candidate("files", "", (file,)), owning(prepared, (file,), store))
        for file in prepared.files
    )
    return Changes(last, tuple(scenes), gone, film, files)


def total(parts: Iterable[Part]) -> Decimal | None:
    """What parts cost together; None as soon as one price is not known."""
    spent = Decimal(0)
    for part in parts:
        if part.usd is None:
            return None
        spent += part.usd
    return spent


def _things(prepared: Prepared, order: SceneOrder, store: Store) -> Iterator[Thing]:
    wanted: tuple[tuple[What, tuple[Candidate, ...]], ...] = (
        ("picture", order.picture),
        ("speech", order.speech),
    )
    for what, candidates in wanted:
        if candidates:
            chosen = chosen_of(prepared, candidates, store)
            yield Thing(order.scene.id, what, chosen.candidate, chosen.parts)
            if chosen.still is not None:
                still = chosen.still
                yield Thing(order.scene.id, "still", still.candidate, still.parts)


def _reasons(
    order: SceneOrder,
    was: Scene | None,
    things: tuple[Thing, ...],
    last: LastFilm | None,
    film: tuple[Reason, ...],
    store: Store,
) -> tuple[Reason, ...]:
    if last is None:
        return ()
    if was is None:
        return (Reason("new", "the scene is new"),)
    found = scene_reasons(was, order.scene)
    for thing in things:
        old = last.keys(was.id, thing.what)
        if old == tuple(part.key for part in thing.parts):
            # Such as the prompt of a picture that is pinned, or of a scene that shows its card.
            found = [reason for reason in found if reason.word not in _ONLY[thing.what]]
            if thing.missing:
                told = f"the {noun(thing)} that was made of it is not in the store any more"
                found.append(Reason("not in the store", told))
            continue
        if thing.candidate.is_pinned:
            found = [reason for reason in found if reason.word not in _ONLY[thing.what]]
        asked = list(_asked_differently(order, thing, old, store))
        if {reason.word for reason in asked} <= _OURS:
            found += asked
            continue
        found += [r for r in film if thing.what in _PARTS.get(r.word, ())]
        words = {reason.word for reason in (*found, *film)}
        found += [r for r in asked if not {r.word, *EXPLAINS.get(r.word, ())} & words]
    found += [reason for reason in film if reason.word in _EVERYWHERE]
    return tuple(dict.fromkeys(found))


def _asked_differently(
    order: SceneOrder, thing: Thing, old: tuple[str, ...], store: Store
) -> Iterator[Reason]:
    """Why a thing is not what the last film had, by the requests for both."""
    if not old:
        yield Reason(noun(thing), f"the last film had no {noun(thing)} for it")
        return
    earlier = [asset.request if (asset := store.find(key)) else None for key in old]
    candidates = order.speech if thing.what == "speech" else order.picture
    for candidate in (thing.candidate, *candidates):
        if [_tree(r) for r in candidate.softer] == earlier:
            told = "was refused as it stood, and made of a gentler prompt: it is asked for again"
            yield Reason("refused", f"the {noun(thing)} {told}")
            return
        if candidate != thing.candidate and [_tree(r) for r in candidate.requests] == earlier:
            told = f"{candidate.model} made the last film's {noun(thing)} in place of another"
            yield Reason("model", f"{told}: {thing.candidate.model} is asked again")
            return
    now = [_tree(part.request) for part in thing.parts]
    if len(now) != len(earlier):
        yield Reason("length", f"it is made in {len(now)} parts instead of {len(earlier)}")
        return
    for key, part, before, after in zip(old, thing.parts, earlier, now, strict=True):
        if key == part.key:
            continue
        if before is None:
            yield Reason(
                "not in the store", f"the last film's {noun(thing)} is gone from the store"
            )
        elif before == after:
            told = f"{thing.candidate.model} on this machine changed, or its fonts or voices did"
            yield Reason("engine", told)
        else:
            yield from request_reasons(before, after)


def _tree(request: AnyRequest) -> dict[str, Any]:
    return request.model_dump(mode="json")


def noun(thing: Thing) -> str:
    """What a thing is called: a card is not bought, a clip moves."""
    if thing.what == "speech":
        return "narration"
    if thing.what == "still":
        return "still"
    if thing.candidate.model == "cards":
        return "card"
    return "clip" if thing.candidate.requests[0].capability == "video" else "picture"
