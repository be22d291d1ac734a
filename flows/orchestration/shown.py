"""What a run shows in the Prefect UI: progress while it works, then receipt, report and poster."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    create_image_artifact,
)
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from flows.film.produce import Result
from flows.film.progress import STAGES, Stage, Step
from flows.money.amounts import dollars
from flows.money.receipt import Receipt
from flows.settings import Settings

SHEET_WIDTH = 640
"""Pixels: the contact sheet stands in the report itself, so it has to be small."""


class ShownProgress:
    """Takes in steps as they are done; what it shows is sent by `send`, at most once a change."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stages: dict[Stage, Step] = {}
        self._id: UUID | None = None
        self._sent = ""

    def __call__(self, step: Step) -> None:
        self._stages[step.stage] = step

    @property
    def percent(self) -> float:
        """Of all pieces that are known by now; new stages come in as the film goes on."""
        total = sum(step.total for step in self._stages.values())
        waiting = len(STAGES) - len(self._stages)
        return 100.0 * sum(s.done for s in self._stages.values()) / max(1, total + waiting)

    def __str__(self) -> str:
        return " · ".join(
            f"{STAGES[stage]} {step.done}/{step.total}" for stage, step in self._stages.items()
        )

    async def send(self) -> None:
        """Sends what is new. What the server cannot take now is sent with the next."""
        told = str(self)
        if told == self._sent:
            return
        if self._id is None:
            made = acreate_progress_artifact(self.percent, artifact_key(self._name), told)
            self._id = await made
        else:
            update = ArtifactUpdate(data=round(self.percent, 1), description=told)
            async with get_client() as client:
                await client.update_artifact(self._id, update)
        self._sent = told


def artifact_key(name: str, kind: str = "progress") -> str:
    """A key of letters, digits and hyphens: all that Prefect takes."""
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-') or 'film'}"


async def publish(result: Result, settings: Settings) -> None:
    """The receipt as a table, the report with its contact sheet, and the poster."""
    seen = film_links(result.folder, settings)
    await acreate_table_artifact(
        key=artifact_key(result.slug, "receipt"),
        table=receipt_rows(result.receipt),
        description=f"**{dollars(result.usd)}** paid, {dollars(result.saved_usd)} owned",
    )
    sheet = await asyncio.to_thread(_small, result.folder / "contact-sheet.jpg")
    await acreate_markdown_artifact(
        key=artifact_key(result.slug, "film"), markdown=_report(result, seen, sheet)
    )
    if poster := seen.get("poster.jpg"):
        told = create_image_artifact(
            image_url=poster, key=artifact_key(result.slug, "poster"), description=result.title
        )
        await told  # type: ignore[misc]


def film_links(folder: Path, settings: Settings) -> dict[str, str]:
    """Where the files of a film can be seen in a browser, by name; empty where they cannot."""
    if not (settings.films_url and settings.films):
        return {}
    with contextlib.suppress(ValueError):
        below = folder.resolve().relative_to(settings.films.resolve())
        base = f"{settings.films_url.rstrip('/')}/{quote(below.as_posix())}"
        return {p.name: f"{base}/{quote(p.name)}" for p in folder.iterdir() if p.is_file()}
    return {}


def receipt_rows(receipt: Receipt) -> list[dict[str, Any]]:
    return [
        {
            "scene": item.scene,
            "what": item.what,
            "state": item.state,
            "model": item.model,
            "quantity": f"{item.quantity} {item.unit}",
            "usd": dollars(item.usd),
            "price from": item.price_source,
        }
        for item in receipt.items
    ]


def _report(result: Result, seen: dict[str, str], sheet: str) -> str:
    measured = result.receipt.measured
    rows = result.receipt.pieces.items()
    pieces = "\n".join(f"| {name} | {count.made} | {count.owned} |" for name, count in rows)
    notes = "".join(f"- {note}\n" for note in result.receipt.notes)
    film = seen.get(result.video.name)
    links = f"**[Watch the film]({film})**" if film else ""
    if "report.html" in seen:
        links += f" · [its whole report]({seen['report.html']})"
    return (
        f"# {result.title}\n\n{links}\n\n`{result.video}`\n\n![contact sheet]({sheet})\n\n"
        f"{result.duration_s:.1f} s, {result.scenes} scenes, {result.size_bytes / 1e6:.1f} MB, "
        f"made in {result.seconds:.1f} s, **{dollars(result.usd)}** "
        f"(owned: {dollars(result.saved_usd)})\n\n"
        f"Loudness {measured['integrated_lufs']} LUFS, "
        f"worst edge {measured['worst_sync_frames']} frames off\n\n{notes}\n"
        f"| piece | made | owned |\n|---|---|---|\n{pieces}\n"
    )


def _small(picture: Path) -> str:
    """A small copy of a picture as a data URL, which the UI shows without asking anyone for it."""
    from PIL import Image

    with Image.open(picture) as opened:
        opened.thumbnail((SHEET_WIDTH, SHEET_WIDTH * 2))
        held = io.BytesIO()
        opened.convert("RGB").save(held, "JPEG", quality=72)
    return f"data:image/jpeg;base64,{base64.b64encode(held.getvalue()).decode()}"
