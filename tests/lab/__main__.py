"""Starts the lab by hand: python -m tests.lab [--port 8600] [--seed 1] [--faults 0.3]"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from tests.lab.server import Lab


def main() -> None:
    """Prints the environment variables that point at the lab, and stays until interrupted."""
    told = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    told.add_argument("--port", type=int, default=8600, help="first of three ports; 0: free ones")
    told.add_argument("--seed", type=int, default=1, help="decides which calls go wrong")
    told.add_argument("--faults", type=float, default=0.0, help="share of calls that go wrong")
    told.add_argument("--latency", type=float, default=0.3, help="seconds before every answer")
    told.add_argument("--work", type=float, default=2.0, help="seconds that a job runs")
    told.add_argument("--bill", type=Path, help="file to which every charge is added (JSON lines)")
    args = told.parse_args()
    lab = Lab(
        probability=args.faults, seed=args.seed, port=args.port, bill_path=args.bill,
        latency_s=args.latency, queue_s=args.work / 2, work_s=args.work, retry_after_s=1,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt), lab:
        for name, value in lab.urls.items():
            print(f"export {name}='{value}'")
        print(
            f"# bill: {lab.bench.url}/lab/bill  (also /lab/requests, /lab/violations)", flush=True
        )
        lab.wait()


if __name__ == "__main__":
    main()
