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
from tests.flows.quotes import EXAMPLES, TIERS, quote_and_buy
from tests.flows.storm import weather
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


def storm(folder: Path, seed: int, things: int) -> bool:
    """Buys through a storm of random faults; True when all of it adds up."""
    began = time.monotonic()
    with Lab(probability=0.3, seed=seed) as lab:
        left = weather(lab, folder, things)
        violations = len(lab.violations)
        # The storm passes, and the same command runs again: only what is missing is bought.
        lab.faults.clear()
        later = weather(lab, folder, things)
    bill = sum((a.charged_usd for a in left.accounts), Decimal(0))
    known = [a for a in left.accounts if a.is_priced]
    settled = sum((s for a in known for s in a.settled if s), Decimal(0))
    lost = sum((u for a in known for u in a.unknown), Decimal(0))
    table = Table("a storm", "", title=f"three calls in ten go wrong, seed {seed}")
    for name, figure in (
        ("things ordered", len(left.accounts)),
        ("calls, and how many went wrong", f"{left.calls}, {sum(left.faults.values())}"),
        ("delivered", sum(a.is_delivered for a in left.accounts)),
        ("reported with a sentence", len(left.reported)),
        ("delivered when the same is run again in calm weather",
         sum(a.is_delivered for a in later.accounts)),
        ("the lab's bill", f"${bill:.6f}"),
        ("of it for vendors whose prices are known",
         f"${sum((a.charged_usd for a in known), Decimal(0)):.6f}"),
        ("settled in the ledger for these", f"${settled:.6f}"),
        ("listed as unknown for these, at their quotes", f"${lost:.6f}"),
        ("calls listed as unknown", sum(len(a.unknown) for a in left.accounts)),
        *((f"charged although {fault}", f"{count}: ${usd:.6f}")
          for fault, (count, usd) in sorted(left.spoiled().items())),
        ("accounts that do not add up", len(left.problems) + len(later.problems)),
        ("broken contracts, keys sent to a file host", violations),
        ("seconds", round(time.monotonic() - began)),
    ):  # fmt: skip
        table.add_row(name, str(figure))
    out.print(table)
    for problem in (*left.problems, *later.problems):
        out.print(f"  {problem}")
    return not left.problems and not later.problems and not violations


def quotes(folder: Path) -> bool:
    """Plans and buys the examples at every tier; True when each is within two percent."""
    table = Table("film", "tier", "planned", "charged", "off", title="quotes")
    worst = Decimal(0)
    with Lab() as lab:
        for tier in TIERS:
            for script in sorted(EXAMPLES.glob("*.md")):
                film = quote_and_buy(script, tier, lab, folder / tier / script.stem)
                worst = max(worst, abs(film.off))
                told = f"${film.quote_usd}", f"${film.bill_usd:.6f}", f"{film.off:+.2%}"
                table.add_row(film.script, tier, *told)
    out.print(table)
    out.print(f"the worst is {worst:.2%} off")
    return worst < Decimal("0.02")


def main() -> int:
    """Runs what is named, or everything; 1 when a promise was broken."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("what", nargs="*", choices=["kills", "storm", "quotes", []])
    told.add_argument("--seed", type=int, default=1)
    told.add_argument("--kills", type=int, default=100)
    told.add_argument("--things", type=int, default=500)
    args = told.parse_args()
    what = args.what or ["kills", "storm", "quotes"]
    held = True
    with tempfile.TemporaryDirectory() as folder:
        if "kills" in what:
            held &= kills(Path(folder) / "kills", args.seed, args.kills)
        if "storm" in what:
            held &= storm(Path(folder) / "storm", args.seed, args.things)
        if "quotes" in what:
            held &= quotes(Path(folder) / "quotes")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
