"""Drafts: what is owned already or costs nothing, so that a quick look is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.money import total_usd
from flows.orders import Candidate, SceneOrder
from providers.base import Provider
from providers.buying import key_of
from providers.store import Store


def without_buying(
    orders: Sequence[SceneOrder], providers: Mapping[str, Provider], store: Store
) -> tuple[tuple[SceneOrder, ...], tuple[str, ...]]:
    """The orders with only what is owned or free, and a sentence on what stands in for the rest.

    A scene always has its card, and a narration the voice of this machine, which cost nothing.
    """

    def is_owned(candidate: Candidate) -> bool:
        return all(store.find(key_of(providers[r.provider], r)) for r in candidate.requests)

    def at_hand(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        found = []
        for candidate in candidates:
            gentler = candidate._replace(requests=candidate.softer) if candidate.softer else None
            quoted = (providers[r.provider].quote(r) for r in candidate.requests)
            if is_owned(candidate) or total_usd(line for lines in quoted for line in lines) == 0:
                found.append(candidate)
            elif gentler and is_owned(gentler):
                found.append(gentler)
        return tuple(found)

    kept = tuple(
        order._replace(picture=at_hand(order.picture), speech=at_hand(order.speech))
        for order in orders
    )
    notes = []
    for what, stand_in in (("picture", "cards"), ("speech", "this machine's voice")):
        missing = [
            before.scene.id
            for before, after in zip(orders, kept, strict=True)
            if getattr(before, what)[:1] and _first(before, what) != _first(after, what)
        ]
        if missing:
            notes.append(f"draft: {stand_in} for what is not owned in {', '.join(missing)}")
    return kept, tuple(notes)


def _first(order: SceneOrder, what: str) -> str:
    candidates: tuple[Candidate, ...] = getattr(order, what)
    return candidates[0].model if candidates else ""
