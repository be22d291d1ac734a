"""Drafts: what is owned already or costs nothing, so that a quick look is free."""

from __future__ import annotations

from flows.buying.foresight import as_owned, owning
from flows.buying.orders import Candidate, Prepared, SceneOrder
from providers.store import Store


def without_buying(prepared: Prepared, store: Store) -> Prepared:
    """The film with only what is owned or free, and a note on what stands in for the rest.

    A scene always has its card, and a narration the voice of this machine, which cost nothing.
    """

    def is_at_hand(candidate: Candidate) -> bool:
        return as_owned(prepared, candidate, store).is_owned

    def at_hand(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        found = []
        for candidate in candidates:
            if is_at_hand(candidate) or prepared.quote_of((candidate,)) == 0:
                found.append(candidate)
            elif candidate.softer and candidate.made_of is None:
                gentler = candidate._replace(requests=candidate.softer)
                if all(part.is_owned for part in owning(prepared, gentler.requests, store)):
                    found.append(gentler)
        return tuple(found)

    kept = tuple(
        order._replace(picture=at_hand(order.picture), speech=at_hand(order.speech))
        for order in prepared.orders
    )
    notes = []
    for what, stand_in in (("picture", "cards"), ("speech", "this machine's voice")):
        missing = [
            before.scene.id
            for before, after in zip(prepared.orders, kept, strict=True)
            if getattr(before, what)[:1] and _first(before, what) != _first(after, what)
        ]
        if missing:
            notes.append(f"draft: {stand_in} for what is not owned in {', '.join(missing)}")
    return prepared._replace(orders=kept, notes=(*prepared.notes, *notes))


def _first(order: SceneOrder, what: str) -> str:
    candidates: tuple[Candidate, ...] = getattr(order, what)
    return candidates[0].model if candidates else ""
