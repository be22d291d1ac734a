"""The daily summary of costs as a scheduled flow: a chart and a table in the Prefect UI."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from typing import Annotated, Any
from xml.sax.saxutils import escape

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.money.amounts import LedgerUnusable
from flows.money.costs import sums_by
from flows.money.ledger import Ledger
from flows.settings import load_settings
from providers.errors import Misconfigured

WIDTH, HEIGHT, FOOT = 720, 220, 26
"""Pixels of the chart, and of the line below it."""


@flow(name="daily-costs", validate_parameters=True, persist_result=False)
async def daily_costs(days: Annotated[int, Field(ge=1, le=366)] = 30) -> State[Any]:
    """Shows what was spent, day by day and by provider.

    Args:
        days: How many days back it looks; days are those of UTC.
    """
    today = dt.datetime.now(dt.UTC).date()
    first = today - dt.timedelta(days=days - 1)
    try:
        by_day, by_provider = await asyncio.to_thread(_sums, first.isoformat())
    except (Misconfigured, LedgerUnusable) as wrong:
        return Failed(message=str(wrong), data=wrong)
    spent = {row["day"]: float(row["usd"]) for row in by_day}
    every = [(first + dt.timedelta(days=n)).isoformat() for n in range(days)]
    shown = [(day, spent.get(day, 0.0)) for day in every]
    total = sum(usd for _, usd in shown)
    # It runs just after midnight: the day that has ended is what people want to hear of.
    ended = spent.get((today - dt.timedelta(days=1)).isoformat(), 0.0)
    now = spent.get(today.isoformat(), 0.0)
    told = f"${ended:.2f} yesterday, ${now:.2f} today so far, ${total:.2f} in {days} days"
    chart = base64.b64encode(bar_chart(shown).encode()).decode()
    rows = "".join(
        f"| {row['provider']} | {row['bought']} | {row['usd']:.2f} | {row['saved_usd']:.2f} |\n"
        for row in by_provider
    )
    table = f"| provider | bought | USD | saved by owning, USD |\n|---|---|---|---|\n{rows}"
    text = f"# {told}\n\n![USD a day](data:image/svg+xml;base64,{chart})\n\n{table}"
    await acreate_markdown_artifact(key="daily-costs", markdown=text)
    return Completed(message=told)


def bar_chart(shown: list[tuple[str, float]]) -> str:
    """Bars of USD by day as an SVG; the highest is named."""
    most = max((usd for _, usd in shown), default=0.0)
    step = WIDTH / max(1, len(shown))
    parts = []
    for n, (day, usd) in enumerate(shown):
        tall = 0.0 if most == 0 else (HEIGHT - 2 * FOOT) * usd / most
        where = f'x="{n * step + 1:.1f}" y="{HEIGHT - FOOT - tall:.1f}"'
        shape = f'{where} width="{max(1.0, step - 2):.1f}" height="{tall:.1f}"'
        parts.append(f'<rect {shape} fill="#2563eb"><title>{escape(day)} ${usd:.2f}</title></rect>')
    text = 'font-family="sans-serif" font-size="13" fill="#64748b"'
    named = [(4, FOOT - 8, f"${most:.2f}")]
    if shown:
        named += [(4, HEIGHT - 8, shown[0][0]), (WIDTH - 80, HEIGHT - 8, shown[-1][0])]
    words = "".join(f'<text x="{x}" y="{y}" {text}>{escape(w)}</text>' for x, y, w in named)
    ground = (
        f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT - FOOT}" y2="{HEIGHT - FOOT}" stroke="#cbd5e1"/>'
    )
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    body = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}{ground}{words}</svg>'


def _sums(first: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with Ledger(load_settings().ledger_url()) as ledger:
        return sums_by(ledger, "day", first), sums_by(ledger, "provider", first)
