"""What is owned of what a film wants, and which way of having a thing will be tried. Buys nothing.

What is made of other things is known as far as these are owned: then by its own key, else by what
it is quoted as.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from flows.buying.orders import Candidate, Come, MadeOf, Prepared
from flows.film.heard import again
from flows.film.listening import NOBODY, owned_times
from flows.film.recordings import piece_key
from flows.film.voices import voice_key
from flows.money.amounts import total_usd
from providers.buying import key_of
from providers.errors import Failed
from providers.requests import AnyRequest, FileRequest
from providers.store import Store


class Part(NamedTuple):
    """One request of a thing: its key, whether the store has it, and its price or bill in USD."""

    key: str
    request: AnyRequest
    is_owned: bool
    usd: Decimal | None


class Chosen(NamedTuple):
    """The way in which a thing will be had, and the still that it is made of, if any."""

    candidate: Candidate
    parts: tuple[Part, ...]
    still: Chosen | None = None

    @property
    def every(self) -> tuple[Part, ...]:
        """What has to be owned for it."""
        return (*(self.still.parts if self.still else ()), *self.parts)

    @property
    def is_owned(self) -> bool:
        return all(part.is_owned for part in self.every)


def owning(prepared: Prepared, requests: tuple[AnyRequest, ...], store: Store) -> tuple[Part, ...]:
    """The requests with what the store knows of them."""
    parts = []
    for request in requests:
        key = key_of(prepared.providers[request.provider], request)
        bill = store.bill_of(key)
        usd = total_usd(prepared.quote(request) if bill is None else bill)
        parts.append(Part(key, request, bill is not None, usd))
    return tuple(parts)


def chosen_of(prepared: Prepared, candidates: tuple[Candidate, ...], store: Store) -> Chosen:
    """The candidate that will be tried first and can deliver, as far as can be told beforehand."""
    tried = candidates[:1] if prepared.strict else candidates
    for candidate in tried:
        chosen = as_owned(prepared, candidate, store)
        if chosen.is_owned or all(
            _has_key(prepared, one.candidate) or all(part.is_owned for part in one.parts)
            for one in (chosen, chosen.still)
            if one is not None
        ):
            return chosen
    return as_owned(prepared, candidates[0], store)


def as_owned(prepared: Prepared, candidate: Candidate, store: Store) -> Chosen:
    """One candidate with what the store has of it; it still says what it is made of."""
    others = candidate.made_of
    if others is None:
        return Chosen(candidate, owning(prepared, candidate.requests, store))
    still = chosen_of(prepared, others.stills, store) if others.stills else None
    found: list[Chosen] = []
    for come in _come(prepared, others, still, store):
        try:
            asked = others.asked(come)
        except Failed:
            continue
        now = candidate._replace(requests=asked.requests, softer=asked.softer)
        found.append(Chosen(now, owning(prepared, now.requests, store), still))
    quoted = Chosen(candidate, owning(prepared, candidate.requests, store), still)
    return next((one for one in found if one.is_owned), found[0] if found else quoted)


def said_for(prepared: Prepared, others: MadeOf, store: Store) -> list[tuple[str, float]]:
    """The voices that a thing may be made to: (digest, seconds), none where none is owned yet."""
    chosen = chosen_of(prepared, others.speech, store)
    candidates = [chosen.candidate]
    listening = prepared.listening or NOBODY
    if listening.verify and not isinstance(chosen.candidate.requests[0], FileRequest):
        # What was heard to say other words was made again, and may be what the film has.
        candidates.append(again(chosen.candidate))
    found = []
    for candidate in candidates:
        digests = list(_spoken(prepared, candidate, others, store))
        voice = store.find(voice_key(digests)) if all(digests) else None
        if voice is not None:
            found.append((voice.digest, float(voice.facts["duration_s"])))
    return found


def _come(prepared: Prepared, others: MadeOf, still: Chosen | None, store: Store) -> Iterator[Come]:
    """What has come of that which a thing is made of; nothing while something is missing."""
    picture = ""
    if still is not None:
        asset = store.find(still.parts[0].key)
        if asset is None:
            return
        picture = asset.digest
    if not others.speech:
        yield Come(picture)
        return
    for digest, seconds in said_for(prepared, others, store):
        yield Come(picture, digest, seconds)


def _spoken(
    prepared: Prepared, candidate: Candidate, others: MadeOf, store: Store
) -> Iterator[str]:
    """Digests of the parts of a narration in their order; "" for one that is not owned."""
    for request in candidate.requests:
        if isinstance(request, FileRequest):
            yield _recorded(prepared, request, others.scene, store)
        else:
            asset = store.find(key_of(prepared.providers[request.provider], request))
            yield asset.digest if asset else ""


def _recorded(prepared: Prepared, request: FileRequest, scene: str, store: Store) -> str:
    """Digest of a scene's part of a recording, or "" where it was not cut yet."""
    listening = prepared.listening or NOBODY
    for reading in listening.readings:
        if reading.digest == request.digest and scene in (own for own, _ in reading.texts):
            whole = "\n".join(text for _, text in reading.texts)
            told = (reading.digest, reading.seconds, whole, prepared.storyboard.language)
            try:
                words = owned_times(store, listening, *told)
            except LookupError:
                return ""
            piece = store.find(piece_key(reading, scene, words))
            return piece.digest if piece else ""
    return ""


def _has_key(prepared: Prepared, candidate: Candidate) -> bool:
    provider = prepared.providers[candidate.requests[0].provider]
    model = provider.models.get(candidate.requests[0].model)
    return model is None or provider.has_access(model)


def lacking(prepared: Prepared, store: Store) -> tuple[str, ...]:
    """What is missing on this machine before it can make what is not owned, a sentence each."""
    told: dict[str, None] = {}
    for _, _, candidates in prepared.wanted():
        for candidate in candidates:
            model = prepared.catalog.models.get(candidate.model)
            is_here = model is not None and model.machine == "here"
            if not is_here or as_owned(prepared, candidate, store).is_owned:
                break
            why = prepared.providers[model.provider].lacks(model) if model else ""
            if not why:
                break
            told[why] = None
    return tuple(told)
