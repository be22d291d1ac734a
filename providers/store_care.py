"""Housekeeping of a store, in a folder or a bucket: what is in it, what can go, what is damaged.

Safe while films are made. What is in use is told by the age of receipts, which whoever finds one
sets back; a receipt goes before its bytes, and both only while nobody holds their key.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pydantic import ValidationError

from providers.shelves import Entry, Folder
from providers.store import Asset, Store, digest_of, object_name, receipt_name
from providers.store_shared import LIVING

DAY_S = 86400.0
YOUNG_S = 3600.0
"""Bytes without a receipt are left alone for so long: someone may be about to write it."""
READERS = 16
"""Receipts read at once, for the sake of buckets."""

_OWN = re.compile(r"([as])\d+-\w+")
_OWN_KINDS = {"a": "sound", "s": "segment"}
"""What begins the keys of tracks and segments, before the number of who made them."""

Tell = Callable[[int, int], None]
"""Is told how many of how many files were looked at."""


class Thing(NamedTuple):
    """A receipt with its place; `asset` is None for one that cannot be read."""

    key: str
    entry: Entry
    asset: Asset | None

    @property
    def kind(self) -> str:
        return kind_of(self.asset) if self.asset else "unreadable"


class Cleared(NamedTuple):
    """What was taken away, or would be: things and bytes by kind; what is left, and why."""

    gone: Counter[str]
    freed_bytes: Counter[str]
    left_bytes: int
    needed_bytes: int
    """Bytes of what was used within the days that are kept."""
    busy: int
    """Things that were in use when they were to go."""


class Verified(NamedTuple):
    """What was found when every object was read: how many, and those that are damaged or gone."""

    objects: int
    size: int
    damaged: tuple[str, ...]
    missing: int
    """Receipts whose bytes are not there: they count as not owned."""


def kind_of(asset: Asset) -> str:
    """What a thing is, in a word: image, speech, video, segment, film ..."""
    if told := asset.request.get("capability"):
        return str(told)
    own = _OWN.fullmatch(asset.key)
    return _OWN_KINDS[own[1]] if own else asset.key.partition("-")[0]


def things(store: Store) -> list[Thing]:
    """All receipts, whatever their age. Raises StoreUnusable."""

    def read(entry: Entry) -> Thing:
        key = entry.name.removeprefix("requests/").removesuffix(".json")
        try:
            return Thing(key, entry, Asset.model_validate_json(store.shelf.read(entry.name) or b""))
        except ValidationError:
            return Thing(key, entry, None)

    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(read, store.shelf.entries("requests")))


def sizes(store: Store) -> dict[str, tuple[int, int]]:
    """(things, bytes) by kind; bytes that several share count with the first. The largest first."""
    objects = {entry.name: entry.size for entry in store.shelf.entries("objects")}
    count, size = Counter[str](), Counter[str]()
    for thing in things(store):
        count[thing.kind] += 1
        if thing.asset:
            size[thing.kind] += objects.pop(object_name(thing.asset.digest), 0)
    if objects:
        count["unclaimed"], size["unclaimed"] = len(objects), sum(objects.values())
    return {kind: (n, size[kind]) for kind, n in sorted(count.items(), key=lambda k: -size[k[0]])}


def clear_up(
    store: Store, keep_days: float, most_bytes: int | None, is_dry: bool = False
) -> Cleared:
    """Takes away what nobody used for `keep_days`, oldest first, as far as the store is too large.

    `most_bytes` None: all of it. What people said and what is ordered stay whatever their age.
    """
    since = time.time() - keep_days * DAY_S
    objects = {entry.name: entry for entry in store.shelf.entries("objects")}
    claims: defaultdict[str, int] = defaultdict(int)
    known = things(store)
    for thing in known:
        if thing.asset:
            claims[object_name(thing.asset.digest)] += 1
    ordered = {e.name.split("/")[1].rpartition(".")[0] for e in store.shelf.entries("jobs")}
    stay = [t for t in known if _stays(t, since, ordered)]
    needed = {object_name(t.asset.digest) for t in stay if t.asset}
    kept = {thing.key for thing in stay}
    old = sorted((t for t in known if t.key not in kept), key=lambda t: t.entry.used_at)
    total = sum(entry.size for entry in objects.values())
    count, freed, busy = Counter[str](), Counter[str](), 0
    for name in [n for n, e in objects.items() if not claims[n] and _is_left(e)]:
        count["unclaimed"] += 1
        freed["unclaimed"] += objects[name].size
        if not is_dry:
            store.shelf.retire(name, time.time() - YOUNG_S)
    for thing in old:
        if most_bytes is not None and total - freed.total() <= most_bytes:
            break
        if not is_dry and not _retired(store, thing, since):
            busy += 1
            continue
        count[thing.kind] += 1
        name = object_name(thing.asset.digest) if thing.asset else ""
        claims[name] -= 1
        if name in objects and claims[name] == 0:
            freed[thing.kind] += objects[name].size
            if not is_dry and store.shelf.entry(receipt_name(thing.key)) is None:
                store.shelf.remove(name)
                store.forget(name.rpartition("/")[2])
    needed_bytes = sum(objects[name].size for name in needed if name in objects)
    return Cleared(count, freed, total - freed.total(), needed_bytes, busy)


def verify_all(store: Store, tell: Tell = lambda done, of: None) -> Verified:
    """Reads every object; what is not what its name says is put aside and counts as not owned."""
    entries = list(store.shelf.entries("objects"))
    damaged: list[str] = []
    for number, entry in enumerate(entries, 1):
        digest = entry.name.rpartition("/")[2]
        if _digest(store, entry.name) not in (digest, None):
            store.shelf.move(entry.name, f"quarantine/{digest}")
            store.forget(digest)
            damaged.append(digest)
        tell(number, len(entries))
    there = {entry.name for entry in entries} - {object_name(digest) for digest in damaged}
    told, missing = [], 0
    for thing in things(store):
        if thing.asset and thing.asset.digest in damaged:
            told.append(f"{thing.kind} {thing.asset.digest[:12]} by {thing.asset.model}")
        elif thing.asset and object_name(thing.asset.digest) not in there:
            missing += 1
    unclaimed = len(damaged) - len({line.split()[1] for line in told})
    told += [f"{unclaimed} without a receipt"] if unclaimed else []
    return Verified(len(entries), sum(e.size for e in entries), tuple(told), missing)


def _stays(thing: Thing, since: float, ordered: Iterable[str]) -> bool:
    return thing.entry.used_at > since or thing.key in ordered or thing.key.startswith(LIVING)


def _is_left(entry: Entry) -> bool:
    return time.time() - entry.used_at > YOUNG_S


def _retired(store: Store, thing: Thing, since: float) -> bool:
    """Takes a receipt away, if nobody makes that thing or found it meanwhile."""
    with store.if_free(thing.key) as free:
        return free and store.shelf.retire(thing.entry.name, since)


def _digest(store: Store, name: str) -> str | None:
    """The digest of what lies there; None when it went meanwhile."""
    if isinstance(store.shelf, Folder):
        try:
            return digest_of(store.shelf.path(name))
        except FileNotFoundError:
            return None
    with store.scratch() as path:
        return digest_of(path) if store.shelf.fetch(name, path) else None
