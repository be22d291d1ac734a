"""The money promises at full scale, bought from the lab: kills, a storm of faults, and quotes.

kills    a batch of 12 scripts at tiers 1 to 3 is killed (SIGKILL, the whole process group) at
         random instants and started again until it is done; the films are compared with those of
         an undisturbed run, the lab's bill with the ledger
storm    500 things are bought while three calls in ten go wrong at random
quotes   what `plan` says of the examples at every tier, against the lab's bill for the same

Run: .venv/bin/python bench/promises.py [kills] [storm] [quotes] [--seed 1] [--kills 100]
Figures come with their seed: the same seed kills and spoils at the same moments, as far as the
machine is equally fast.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

# Tests and lab are not installed: they lie beside this folder.
sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.flows.drill import Drilled, run_batch, write_scripts
from tests.lab.server import Lab

SCRIPTS = 12
out = Console(highlight=False, width=110)


def kills(folder: Path, seed: int, wanted: int) -> bool:
    """Kills batches until `wanted` starts were killed; True when every promise held."""
    scripts = write_scripts(folder / "scripts", SCRIPTS)
    chance, rounds, began = random.Random(seed), list[Drilled](), time.monotonic()
    with Lab(latency_s=0.4, queue_s=0.2, work_s=0.4) as lab:
        calm = run_batch(scripts, folder / "calm", lab, 0, chance)
        once, looked = lab.bill.usd, 0
        while (done := sum(r.kills for r in rounds)) < wanted:
            lab.reset()
            home = folder / f"round-{len(rounds) + 1}"
            rounds.append(run_batch(scripts, home, lab, wanted - done, chance))
            looked += sum(seen.route == "list" for seen in lab.requests)
            out.print(f"  round {len(rounds)}: {rounds[-1].kills} kills, bill ${lab.bill.usd:.6f}")
    orders = [order for r in rounds for order in r.orders]
    unknown = sum(o.unknown for o in orders)
    strange = [o for r in rounds for o in r.unlisted]
    same = sum(r.films == calm.films for r in rounds)
    again = {v: sum(r.charged_again(v) for r in rounds) for v in ("replicate", "openai")}
    table = Table("killed batches", "", title=f"kill -9, seed {seed}")
    for name, figure in (
        ("kills", sum(r.kills for r in rounds)),
        ("batches of 12 films, tiers 1 to 3", len(rounds)),
        ("things bought", len(orders)),
        ("asynchronous orders (Replicate) charged twice", again["replicate"]),
        ("searches for an order whose answer was lost", looked),
        ("synchronous calls (OpenAI) charged twice, all in flight at a kill", again["openai"]),
        ('calls listed as "outcome unknown"', unknown),
        ("their price", f"${sum((o.unknown_usd for o in orders), Decimal(0)):.6f}"),
        ("charged more often than listed", len(strange)),
        ("bill of an undisturbed batch", f"${once:.6f}"),
        ("batches whose 12 films are the undisturbed run's, byte for byte", same),
        ("seconds", round(time.monotonic() - began)),
    ):
        table.add_row(name, str(figure))
    out.print(table)
    return again["replicate"] == 0 and not strange and same == len(rounds)


def main() -> int:
    """Runs what is named, or everything; 1 when a promise was broken."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("what", nargs="*", choices=["kills", "storm", "quotes", []])
    told.add_argument("--seed", type=int, default=1)
    told.add_argument("--kills", type=int, default=100)
    args = told.parse_args()
    what = args.what or ["kills", "storm", "quotes"]
    held = True
    with tempfile.TemporaryDirectory() as folder:
        if "kills" in what:
            held &= kills(Path(folder) / "kills", args.seed, args.kills)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
