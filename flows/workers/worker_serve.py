"""`reelwright worker` as a process: opens the model, says where it is, serves until stopped."""

from __future__ import annotations

import socket

import uvicorn

from flows.settings import load_settings
from flows.workers.worker import Asked, open_worker
from flows.workers.worker_http import app_of

SMALL = Asked(prompt="a circle", text="Ready.", width=256, height=256, duration_s=1.0)
STOP_S = 5
"""How long calls that are held may take to end when the worker is stopped."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(name: str, host: str, port: int, at_once: int, warm: bool) -> None:
    """Serves the model called `name` until interrupted. Raises Misconfigured, OSError."""
    settings = load_settings()
    worker = open_worker(name, settings, at_once)
    token = settings.worker_token.get_secret_value()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as taken:
        where = f"http://{host}:{taken.getsockname()[1]}"
        print(f"{name} is made to order at {where} · POST {where}/generate", flush=True)
        if host not in LOOPBACK and not token:
            print("anyone who reaches this machine may order: set WORKER_TOKEN", flush=True)
        app = app_of(worker, token, SMALL if warm else None)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=STOP_S)
        uvicorn.Server(config).run(sockets=[taken])
