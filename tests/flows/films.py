"""Small films for tests: the real pipeline at 256x144."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = """---
title: Tides
closing: The end
---

## Why the sea moves
The Moon pulls at the sea. It rises twice a day.

## In numbers
- Two high tides
- Two low tides

Every tide has its time.
"""


def reelwright(*told: str | Path, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a person would, in a folder and with a store of the test's own."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("REELWRIGHT_", "PREFECT_"))
    }
    environment |= {
        "REELWRIGHT_HOME": str(home),
        "REELWRIGHT_MODELS": str(home / "models.toml"),
        "REELWRIGHT_SHORT_SIDE": "144",
        **env,
    }
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-P", "-m", "flows", *map(str, told)],
        capture_output=True, text=True, env=environment, cwd=home, check=False,
    )  # fmt: skip


def make(script: Path, home: Path, *told: str, **env: str) -> dict[str, Any]:
    """Makes one film and returns what `--json` says of it."""
    done = reelwright("make", script, "--out", home / "films", "--json", *told, home=home, **env)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    told_back: dict[str, Any] = json.loads(line)
    return told_back


def receipt(film: dict[str, Any]) -> dict[str, Any]:
    """The receipt that lies beside a film."""
    read: dict[str, Any] = json.loads(
        (Path(film["video"]).parent / "receipt.json").read_text(encoding="utf-8")
    )
    return read
