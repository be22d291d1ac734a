"""What happens once a film has ended, done or not: it is delivered, and others are told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.delivery.copies import send_film
from flows.delivery.folder import write_receipt
from flows.delivery.webhooks import State, tell
from flows.moderation.approvals import AwaitingApproval
from flows.money.amounts import OverBudget
from flows.money.receipt import Delivery, Receipt
from flows.settings import Settings
from prompts.storyboard import Storyboard


async def sent_out(folder: Path, receipt: Receipt, settings: Settings) -> Receipt:
    """Delivers a finished film and tells of it; the receipt with what came of both.

    Nothing is raised: what could not be delivered is noted, and tried again by the next run.
    """
    sent = await send_film(folder, receipt, settings)
    base = sent[0].to if sent and sent[0].state != "failed" else str(folder.resolve())
    told = {
        **_film(receipt.slug, receipt.title, receipt.script),
        "run": receipt.run,
        "usd": _usd(receipt.usd),
        "saved_usd": _usd(receipt.saved_usd),
        "links": {"folder": base, "video": f"{base}/video.mp4", "report": f"{base}/report.html"},
        "receipt": receipt.model_dump(mode="json"),
    }
    event = f"{folder.resolve()}\n{receipt.film_digest}\n{base}"
    sent += await tell(settings, "done", event, told)
    if not sent:
        return receipt
    notes = [_note(one) for one in sent if one.state == "failed"]
    full = receipt.model_copy(update={"delivered": sent, "notes": (*receipt.notes, *notes)})
    write_receipt(folder, full)
    return full


async def tell_ended(board: Storyboard, ended: Exception, run: str, settings: Settings) -> None:
    """Tells that a film was not made, and why."""
    state: State = "failed"
    if isinstance(ended, OverBudget):
        state = "stopped by budget"
    elif isinstance(ended, AwaitingApproval):
        state = "waiting for approval"
    told = {**_film(board.slug, board.title, board.source), "run": run, "reason": str(ended)}
    await tell(settings, state, run, told)


def _film(slug: str, title: str, script: str) -> dict[str, Any]:
    return {"slug": slug, "title": title, "script": script}


def _usd(amount: Decimal) -> float:
    return float(round(amount, 6))


def _note(sent: Delivery) -> str:
    return f"not delivered to {sent.to}: {sent.why}; the next run tries again"
