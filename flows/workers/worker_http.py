"""The worker's doors: POST /generate, GET and DELETE /jobs/ID, /files/DIGEST, /health."""

from __future__ import annotations

import hmac
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import DEVNULL, PIPE
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from flows.workers.worker import Asked, KeyTaken, NoRoom, Shown, Worker, stored
from providers._patience import off_loop
from providers.errors import Misconfigured

BUSY_S = 5
"""What Retry-After says when no more orders are taken."""
SMI = ("nvidia-smi", "--query-gpu=name,memory.total,memory.used",
       "--format=csv,noheader,nounits")  # fmt: skip
SMI_S = 5.0


def app_of(worker: Worker, token: str = "", warm: Asked | None = None) -> FastAPI:
    """The application. With a `token`, callers send it as `Authorization: Bearer`; health is open.

    `warm` is made when the application starts, so that the model is loaded before the first order.
    """

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        if warm is not None:
            await worker.take("warm", warm)
        yield
        await worker.stop()

    def known(authorization: Annotated[str, Header()] = "") -> None:
        if token and not hmac.compare_digest(authorization, f"Bearer {token}"):
            raise HTTPException(401, "this worker asks for its token")

    app = FastAPI(title="Reelwright worker", lifespan=living, docs_url=None, redoc_url=None)
    inside = [Depends(known)]

    @app.post("/generate", dependencies=inside)
    async def generate(
        asked: Asked,
        request: Request,
        idempotency_key: Annotated[str, Header(max_length=200)] = "",
        prefer: Annotated[str, Header()] = "",
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        try:
            order = await worker.take(idempotency_key or uuid.uuid4().hex, asked)
        except KeyTaken as taken:
            raise HTTPException(422, str(taken)) from taken
        except NoRoom as full:
            raise HTTPException(429, str(full), {"Retry-After": str(BUSY_S)}) from full
        except Misconfigured as wrong:
            raise HTTPException(422, str(wrong)) from wrong
        if "respond-async" in prefer and order.status in ("queued", "running"):
            return JSONResponse(_told(order), 202)
        return _answer(worker, await worker.ended(order.id), accept)

    @app.get("/jobs/{key}", dependencies=inside)
    async def job(key: str) -> Response:
        return JSONResponse(_told(_known(worker, key)))

    @app.delete("/jobs/{key}", dependencies=inside)
    async def drop(key: str) -> Response:
        _known(worker, key)
        worker.drop(key)
        return JSONResponse(_told(worker.show(key)))

    @app.get("/files/{digest}", dependencies=inside)
    async def file(digest: str) -> Response:
        if not stored(worker, digest):
            raise HTTPException(404, "there is no such file")
        return FileResponse(worker.store.path(digest))

    @app.get("/health")
    async def health() -> dict[str, Any]:
        counts = worker.counts()
        return {
            "status": "ready", "model": worker.model.name, "capability": worker.model.capability,
            "queue": counts["queued"], "running": counts["running"],
            "succeeded": counts["succeeded"], "failed": counts["failed"],
            "gpus": await off_loop(_gpus),
        }  # fmt: skip

    return app


def _known(worker: Worker, key: str) -> Shown:
    try:
        return worker.show(key)
    except KeyError:
        raise HTTPException(404, "there is no such order") from None


def _answer(worker: Worker, order: Shown, accept: str) -> Response:
    """The file itself, or where JSON is asked for, what is known of it; 502 when it failed."""
    if order.asset is None:
        return JSONResponse(_told(order), 422 if order.refused else 502)
    if "application/json" in accept:
        return JSONResponse(_told(order))
    head = {"X-Job-Id": order.id, "X-Seconds": str(order.seconds)}
    path = worker.store.path(order.asset.digest)
    return FileResponse(path, media_type=order.asset.media_type, headers=head)


def _told(order: Shown) -> dict[str, Any]:
    told: dict[str, Any] = {"id": order.id, "status": order.status, "seconds": order.seconds}
    if order.status == "queued":
        told["position"] = order.position
    if order.error:
        told |= {"error": order.error, "refused": order.refused}
    if order.asset is not None:
        told |= {"url": f"/files/{order.asset.digest}", "media_type": order.asset.media_type,
                 "facts": order.asset.facts}  # fmt: skip
    return told


def _gpus() -> list[Any]:
    """Memory of the GPUs; empty where there is no `nvidia-smi`."""
    try:
        told = subprocess.run(SMI, stdout=PIPE, stderr=DEVNULL, timeout=SMI_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return device_memory(told.decode(errors="replace"))


def device_memory(told: str) -> list[dict[str, Any]]:
    """GPUs by what `nvidia-smi` says of them: name, MiB in all and in use."""
    gpus: list[dict[str, Any]] = []
    for line in told.splitlines():
        name, *numbers = (part.strip() for part in line.split(","))
        if len(numbers) == 2 and all(number.isdigit() for number in numbers):
            total, used = map(int, numbers)
            gpus.append({"name": name, "total_mib": total, "used_mib": used})
    return gpus
