"""The report of a film as a page: the film, its receipt, its figures, and what fell back."""

from __future__ import annotations

from typing import Any

from assembly.chapters import clock
from assembly.timeline import Timeline
from flows.money.amounts import dollars
from flows.money.receipt import Receipt, ReceiptItem
from flows.pages.html import render


def report_page(receipt: Receipt, timeline: Timeline, video: str) -> str:
    """The page; its film and sheet are the files `video` and `contact-sheet.jpg` beside it."""
    measured = receipt.measured
    codec = f"{measured['video_codec']} and {measured['audio_codec']}"
    shape = f"{timeline.width}x{timeline.height}, {timeline.fps} frames a second, {codec}"
    return render(
        "report.html",
        {
            "language": timeline.language,
            "right_to_left": timeline.look.right_to_left,
            "title": receipt.title,
            "shape": f"{timeline.width} / {timeline.height}",
            "format": shape,
            "at": f"{receipt.at:%Y-%m-%d %H:%M} UTC",
            "seconds": f"{receipt.seconds:.0f}",
            "run": receipt.run,
            "video": video,
            "problems": receipt.problems,
            "figures": _figures(receipt, timeline),
            "notes": receipt.notes,
            "edge_names": ("picture", "words", "words to picture"),
            "edges": _edges(receipt, timeline),
            "items": [_item(item) for item in receipt.items],
            "pieces": _pieces(receipt),
            "software": ", ".join(f"{name} {told}" for name, told in receipt.software.items()),
        },
    )


def _figures(receipt: Receipt, timeline: Timeline) -> list[tuple[str, str]]:
    measured = receipt.measured
    lufs, peak = measured["integrated_lufs"], measured["true_peak_dbtp"]
    return [
        (clock(round(timeline.duration_s)), f"{_count(len(timeline.shots), 'scene')}"),
        (dollars(receipt.usd), f"paid; owned: {dollars(receipt.saved_usd)}"),
        (f"{measured['worst_sync_frames']:.2f} frames", "worst edge, words to picture"),
        ("silent" if lufs is None else f"{lufs:.1f} LUFS".replace("-", "−"), "loudness"),
        ("–" if peak is None else f"{peak:.1f} dBTP".replace("-", "−"), "true peak"),
        (f"{measured['size_bytes'] / 1e6:.1f} MB", "the film's file"),
    ]


def _edges(receipt: Receipt, timeline: Timeline) -> list[dict[str, Any]]:
    shots = {shot.scene: shot for shot in timeline.shots}
    return [
        {
            "scene": edge["scene"],
            "heading": shots[edge["scene"]].title,
            "begins": clock(shots[edge["scene"]].start // timeline.fps),
            "figures": [_off(edge[name], timeline.fps) for name in ("picture", "speech", "error")],
        }
        for edge in receipt.measured["sync"]
        if edge["scene"] in shots
    ]


def _off(frames: float | None, fps: int) -> str:
    if frames is None:
        return "–"
    return f"{frames:+.2f} ({frames / fps * 1000:+.1f} ms)".replace("-", "−") if frames else "0"


def _item(item: ReceiptItem) -> dict[str, str]:
    return {
        "scene": item.scene,
        "what": item.what,
        "by": f"{item.model}, for {item.asked}" if item.asked else item.model,
        "state": item.state,
        "quantity": f"{item.quantity.normalize():f} {item.unit}",
        "usd": dollars(item.usd),
        "price": " · ".join(filter(None, (item.price_source, item.price_checked))),
    }


def _pieces(receipt: Receipt) -> str:
    told = (f"{name}: {c.made} made, {c.owned} owned" for name, c in receipt.pieces.items())
    return "; ".join(told)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
