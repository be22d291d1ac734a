"""What the commands of the store do: `store`, `store gc`, `store verify`; and `limits`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from rich.progress import Progress

from flows.cli.desk import BAD_INPUT, BUG, DONE, err, open_home, plain, say
from flows.money.amounts import LedgerUnusable
from flows.settings import load_settings
from flows.sharing.lanes import lane_states
from providers.catalog import load_catalog
from providers.errors import Misconfigured
from providers.shelves import StoreUnusable
from providers.store import Store
from providers.store_care import clear_up, sizes, verify_all

T = TypeVar("T")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def show_store() -> int:
    """What is in the store, by kind."""

    def work(store: Store) -> int:
        found = sizes(store)
        for kind, (count, size) in found.items():
            plain(f"{kind:12} {count:8} {told_size(size):>10}")
        total = sum(size for _, size in found.values())
        plain(f"{'together':12} {sum(n for n, _ in found.values()):8} {told_size(total):>10}")
        plain(f"in {store.shelf.shown}")
        return DONE

    return _with_store(work)


def clear_store(keep_days: int, max_size: str, is_dry: bool) -> int:
    """Takes away what no film of the last days used, as far as the store is too large."""
    most_bytes = size_of(max_size) if max_size else None
    if max_size and most_bytes is None:
        return say(f"--max-size is {max_size!r}; write a size such as 50GB or 800MB", BAD_INPUT)

    def work(store: Store) -> int:
        done = clear_up(store, keep_days, most_bytes, is_dry)
        would = "would be " if is_dry else ""
        for kind, count in done.gone.most_common():
            plain(f"{kind:12} {count:8} {told_size(done.freed_bytes[kind]):>10} {would}freed")
        freed, left = told_size(done.freed_bytes.total()), told_size(done.left_bytes)
        needed = told_size(done.needed_bytes)
        plain(f"{freed} {would}freed, {left} left, {needed} used in the last {keep_days} days")
        if done.busy:
            plain(f"{done.busy} were in use just now and stay")
        if most_bytes is not None and done.left_bytes > most_bytes:
            plain(
                f"that is more than {max_size}: films of the last {keep_days} days need it; "
                "keep fewer days (--keep-days) to free more"
            )
        return DONE

    return _with_store(work)


def verify_store() -> int:
    """Reads everything in the store; 1 when something was damaged."""

    def work(store: Store) -> int:
        with Progress(console=err, transient=True, disable=not err.is_terminal) as shown:
            bar = shown.add_task("reading", total=None)
            done = verify_all(store, lambda n, of: shown.update(bar, completed=n, total=of))
        for line in done.damaged:
            say(f"damaged: {line}; put aside, it is bought or made again when it is needed", BUG)
        if done.missing:
            plain(f"{done.missing} receipts have lost their bytes: they count as not owned")
        whole = done.objects - len(done.damaged)
        plain(f"{whole} of {done.objects} objects are whole ({told_size(done.size)} read)")
        return BUG if done.damaged else DONE

    return _with_store(work)


def show_limits() -> int:
    """The limits of all providers, and how they stand."""
    try:
        settings = load_settings()
        states = lane_states(settings, load_catalog(settings.models))
    except (Misconfigured, LedgerUnusable, OSError) as wrong:
        return say(str(wrong), BAD_INPUT)
    plain(f"{'provider':20} {'out now':>8} {'at once':>8} {'a minute':>9}")
    for name, limit, used, quiet_s in states:
        quiet = f"  asks for quiet: {quiet_s:.0f} s more" if quiet_s else ""
        most = f"{limit.at_once or 'any':>8} {limit.per_minute or 'any':>9}"
        plain(f"{name:20} {used if limit.at_once else '-':>8} {most}{quiet}")
    return DONE


def size_of(told: str) -> int | None:
    """Bytes of `50GB`, `1.5 T` or `800 MiB`; None for anything else."""
    found = re.fullmatch(r"([\d.]+)\s*([KMGT]?)(i?)B?", told.strip(), re.IGNORECASE)
    try:
        number = float(found[1]) if found else None
    except ValueError:
        return None
    if found is None or number is None:
        return None
    unit = found[2].upper()
    scale = 1024 ** ("KMGT".find(unit) + 1) if found[3] and unit else _UNITS[unit]
    return int(number * scale)


def told_size(size: int) -> str:
    """Bytes as people say them: 812 kB, 3.4 GB."""
    amount, units = float(size), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 1000 and unit != "TB":
        amount, unit = amount / 1000, next(units)
    return f"{amount:.0f} {unit}" if unit in ("B", "kB") else f"{amount:.1f} {unit}"


def _with_store(work: Callable[[Store], int]) -> int:
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    try:
        return work(opened[1])
    except (StoreUnusable, LedgerUnusable) as wrong:
        return say(str(wrong), BAD_INPUT)
    except OSError as wrong:
        return say(f"the store cannot be read: {wrong}", BUG)
