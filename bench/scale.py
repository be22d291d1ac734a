"""Many films unattended: PostgreSQL, a Prefect server, workers of their own, the lab as vendors.

First the same films without Prefect, as many commands at once as there are workers; then through
Prefect; then, with --kill-every, once more while a worker is killed (kill -9, with all it started)
every so many seconds. Films have eight scenes of a second each, at 64x64: no scene is shorter.
PostgreSQL does not wait for its disk.

Run: python -m bench.scale [--scripts 1000] [--workers 4] [--concurrency 2] [--kill-every 20]
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

# Tests and lab are not installed: they lie beside this folder.
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.scale_runs import Gone, Sample, directly, through_prefect
from bench.scale_scripts import ASSETS
from flows.money.ledger import NANO
from tests.flows.postgres import Server, running, whole_programs
from tests.lab.server import Lab

out = Console(highlight=False, width=118)


def postgresql() -> Path:
    """The programs of PostgreSQL. Ends where there are none that Prefect can use."""
    found = whole_programs()
    if found is None:
        raise SystemExit("no PostgreSQL with pg_trgm: install postgresql")
    return found


def rows(run: Gone, lab: Lab, films: int) -> Iterator[tuple[str, str]]:
    """What came of one way of making all films."""
    yield "films done", f"{run.done} of {films}"
    yield "wall seconds", f"{run.wall_s:.0f}"
    yield "films a minute", f"{60 * run.done / run.wall_s:.1f}"
    for role in run.samples[-1].processor_s:
        whole, later = run.samples[-1].processor_s[role], slope(run.samples, role)
        yield f"processor seconds, {role}", f"{whole:.1f} ({later:.2f} a film after the first)"
    yield "most memory of a worker's process, MB", " · ".join(memory(run.samples))
    yield "charges on the lab's bill", f"{len(lab.bill.charges)} (one an asset: {ASSETS * films})"
    yield "bought twice", str(len(lab.bill.doubles()))
    yield "bill, and what the ledger says", f"${lab.bill.usd:.6f}, ${run.paid_usd:.6f}"
    yield "calls listed as unknown", str(run.unknown)
    yield "lock errors, 503, full queues in the logs", f"{len(run.complaints)}"
    yield "connections to PostgreSQL, at most", str(max(s.connections for s in run.samples))


def slope(samples: list[Sample], role: str) -> float:
    """Processor seconds a film takes, once everything has started."""
    first = next((s for s in samples if s.done), samples[0])
    films = samples[-1].done - first.done
    return (samples[-1].processor_s[role] - first.processor_s[role]) / films if films else 0.0


def memory(samples: list[Sample]) -> Iterator[str]:
    """The largest process in each quarter of the films."""
    films = samples[-1].done
    for quarter in range(4):
        low, high = quarter * films / 4, (quarter + 1) * films / 4
        held = [s.most_mb for s in samples if low < s.done <= high]
        yield f"{max(held, default=0):.0f}"


def report(title: str, run: Gone, lab: Lab, films: int) -> bool:
    """Prints what came of it; True when every film is there and nothing was bought twice."""
    table = Table(title, "", show_lines=False)
    for name, figure in (*rows(run, lab, films), *run.told):
        table.add_row(name, figure)
    out.print(table)
    for line in run.complaints[:5]:
        out.print(f"  {line}")
    # The ledger counts in billionths of a dollar and rounds each charge up.
    rounded = (run.paid_usd - lab.bill.usd) * NANO
    # What a kill left unknown counts at its quote, though it may never have been charged.
    is_exact = rounded >= 0 and (run.unknown > 0 or rounded <= len(lab.bill.charges))
    return run.done == films and not lab.bill.doubles() and is_exact


def compare(plain: Gone, run: Gone) -> None:
    """What Prefect adds."""
    alone, films = slope(plain.samples, "workers"), slope(run.samples, "workers")
    server = slope(run.samples, "Prefect's server")
    base = alone + slope(plain.samples, "PostgreSQL")
    whole = films + server + slope(run.samples, "PostgreSQL")
    out.print(
        f"Prefect: {whole - base:.2f} of {whole:.2f} processor seconds a film "
        f"({100 * (whole - base) / whole:.0f} %): {films - alone:.2f} in the workers, {server:.2f} "
        f"in its server; wall {run.wall_s / plain.wall_s:.2f} x"
    )


def main() -> int:
    """Makes all films in each way; 1 when one is missing or was paid for twice."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--scripts", type=int, default=1000)
    told.add_argument("--workers", type=int, default=4)
    told.add_argument("--concurrency", type=int, default=2, help="films at once in each worker")
    told.add_argument("--kill-every", type=float, default=0.0, metavar="S")
    told.add_argument("--only", choices=("directly", "prefect", "kills"), action="append")
    told.add_argument("--work", type=float, default=0.2, help="seconds that a vendor takes")
    told.add_argument("--folder", type=Path, help="keeps films and logs there; must be empty")
    asked = told.parse_args()
    # Whoever ends it is told what was seen so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ways = asked.only or ["directly", "prefect", *(["kills"] if asked.kill_every else [])]
    size = asked.scripts, asked.workers, asked.concurrency
    held, came = True, dict[str, Gone]()
    times = {"latency_s": 0.02, "queue_s": 0.05, "work_s": asked.work}
    with tempfile.TemporaryDirectory(prefix="reelwright-scale-") as root, \
            running(postgresql()) as postgres, Lab(**times) as lab:  # fmt: skip
        for way in ways:
            lab.reset()
            folder = (asked.folder or Path(root)) / way
            came[way] = _made(way, size, folder, postgres, lab, asked.kill_every or 20.0)
            held &= report(f"{way}: {size[0]} films, {size[1]} workers", came[way], lab, size[0])
    if "directly" in came and "prefect" in came:
        compare(came["directly"], came["prefect"])
    return 0 if held else 1


def _made(
    way: str, size: tuple[int, int, int], folder: Path, postgres: Server, lab: Lab, every_s: float
) -> Gone:
    postgres.execute(f"CREATE DATABASE ledger_{way}")
    if way == "directly":
        return directly(size, folder, postgres, lab, f"ledger_{way}")
    postgres.execute(f"CREATE DATABASE prefect_{way}")
    between_s = every_s if way == "kills" else None
    return through_prefect(
        size, folder, postgres, lab, f"ledger_{way}", f"prefect_{way}", between_s
    )


if __name__ == "__main__":
    sys.exit(main())
