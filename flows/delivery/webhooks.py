"""Telling others: a signed POST for every film that ended, sent again until someone takes it.

Headers and signature are those of https://www.standardwebhooks.com. What nobody took lies in
`outbox` below the home folder, and is tried again by every later run of this machine.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from flows.money.receipt import Delivery
from flows.settings import Settings

State = Literal["done", "stopped by budget", "waiting for approval", "failed"]
PAUSES_S = (1.0, 4.0)
"""Waits before a message of this run is sent again; then it is left to the next run."""
PATIENCE_S = 15.0
KEPT_S = 7 * 86400.0
"""How long a message that nobody takes is tried, and one that was taken is remembered."""
MOST_OLD = 20
"""Messages of earlier runs that one run tries."""


async def tell(
    settings: Settings, state: State, event: str, told: dict[str, Any]
) -> tuple[Delivery, ...]:
    """Posts that a film ended in `state`; what came of it. Raises nothing.

    `event` is the same for what is the same: it was taken once and is not sent again.
    """
    if not settings.webhook:
        return ()
    at = datetime.now(UTC)
    to = settings.webhook.partition("?")[0]
    number = "msg_" + hashlib.sha256(f"{state}\n{event}".encode()).hexdigest()[:32]
    outbox = settings.home / "outbox"
    taken = outbox / "taken" / number
    try:
        if taken.exists():
            return (Delivery(to=to, state="unchanged", at=at),)
        message = outbox / f"{number}.json"
        await asyncio.to_thread(_put, message, _body(state, at, told))
        why = await _send(settings, message, PAUSES_S)
        await _send_old(settings, outbox, message)
    except OSError as wrong:
        why = f"{outbox}: {wrong.strerror or wrong}"
    state_of_it: Literal["failed", "delivered"] = "failed" if why else "delivered"
    return (Delivery(to=to, state=state_of_it, why=why, at=at),)


def signature(secret: str, number: str, at_s: int, body: bytes) -> str:
    """The value of `webhook-signature`; a secret that begins with `whsec_` is base64."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        with contextlib.suppress(binascii.Error):
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    told = f"{number}.{at_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


async def _send(settings: Settings, message: Path, pauses_s: tuple[float, ...]) -> str:
    """Sends one message until it is taken; empty, or why it was not."""
    body = await asyncio.to_thread(message.read_bytes)
    why = await _post(settings, message.stem, body)
    for pause_s in pauses_s:
        if not why:
            break
        await asyncio.sleep(pause_s)
        why = await _post(settings, message.stem, body)
    if not why:
        await asyncio.to_thread(_taken, message)
    return why


async def _send_old(settings: Settings, outbox: Path, mine: Path) -> None:
    """Tries what earlier runs could not send, once each, the oldest first."""
    waiting = sorted(outbox.glob("msg_*.json"), key=lambda path: path.stat().st_mtime)
    for message in [path for path in waiting if path != mine][:MOST_OLD]:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - message.stat().st_mtime > KEPT_S:
                message.unlink()
            elif await _send(settings, message, ()):
                return


async def _post(settings: Settings, number: str, body: bytes) -> str:
    """Sends once; empty when it was taken, else why not."""
    import httpx2

    at_s = int(time.time())
    head = {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(at_s),
    }
    if settings.webhook_secret:
        head["webhook-signature"] = signature(settings.webhook_secret, number, at_s, body)
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
            answer = await client.post(settings.webhook, content=body, headers=head)
    except (httpx2.HTTPError, httpx2.InvalidURL) as wrong:
        return f"it cannot be reached ({type(wrong).__name__})"
    return "" if 200 <= answer.status_code < 300 else f"it answered {answer.status_code}"


def _body(state: State, at: datetime, told: dict[str, Any]) -> bytes:
    kind = "film." + state.replace(" ", "_")
    message = {"type": kind, "timestamp": at.isoformat(), "data": {"state": state, **told}}
    return json.dumps(message, ensure_ascii=False).encode()


def _put(message: Path, body: bytes) -> None:
    message.parent.mkdir(parents=True, exist_ok=True)
    beside = message.with_name(f".{message.name}.{secrets.token_hex(4)}")
    beside.write_bytes(body)
    beside.replace(message)


def _taken(message: Path) -> None:
    folder = message.parent / "taken"
    folder.mkdir(exist_ok=True)
    (folder / message.stem).touch()
    message.unlink(missing_ok=True)
    for old in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > KEPT_S:
                Path(old.path).unlink()
