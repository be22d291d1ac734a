"""A real Cog server from its wheel, without Docker."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[2]
TARGET = "tests/lab/cog_predictor.py:Predictor"
SETTLED = ("READY", "SETUP_FAILED", "DEFUNCT")


@contextlib.contextmanager
def cog_server(log: Path, patience_s: float = 30.0, **env: str) -> Iterator[str]:
    """The address of a server that runs `cog_predictor`; every run is a line in `log`.

    Its worker is started as "python" from PATH: with another one it would stay in STARTING.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = {"COG_PREDICT_TYPE_STUB": TARGET, "PORT": str(port), "PATH": path,
            "COG_LOG": str(log), "PYTHONPATH": str(ROOT)}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"],
        cwd=ROOT, env=os.environ | told | env, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base, until = f"http://127.0.0.1:{port}", time.monotonic() + patience_s
    try:
        while _status(base) not in SETTLED:
            if time.monotonic() > until or process.poll() is not None:
                raise TimeoutError("the Cog server did not become ready")
            time.sleep(0.05)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def _status(base: str) -> str:
    with contextlib.suppress(httpx2.TransportError):
        return str(httpx2.get(f"{base}/health-check").json()["status"])
    return ""
