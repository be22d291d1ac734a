"""A sheet with a frame of every scene, to see a whole film at one look."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from itertools import takewhile
from math import log
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from assembly.chapters import clock
from assembly.check.memory import Memory, Oblivion, memory_key
from assembly.check.reel import packets_digest
from assembly.errors import UnreadableMedia
from assembly.timeline import Timeline

_SHEET_WIDTH, _WIDE_SHEET = 1920, 2560
_MANY = 48
"""Scenes from which on the sheet is the wide one."""
_GAP = 20
_LABEL_SHARE = 0.14
"""About what a label takes below a frame, as a share of its width."""
_REORDERED = 3
"""Frames by which one may be decoded before it is shown."""
_GROUND, _INK, _FAINT = "#14161a", "#e6e9ee", "#9aa2ad"

SHEETS = 3
"""Raised whenever the same film would give another sheet."""


def contact_sheet(film: Path, timeline: Timeline, out: Path, memory: Memory | None = None) -> None:
    """Writes a JPEG with a frame of each scene, its id and the time at which it begins.

    Frames that were taken from the same packets before are recalled from `memory`.
    Raises UnreadableMedia for a film that cannot be decoded.
    """
    shots = timeline.shots
    shape = timeline.height / timeline.width
    whole = _SHEET_WIDTH if len(shots) <= _MANY else _WIDE_SHEET
    columns = _columns(len(shots), shape)
    wide = (whole - _GAP * (columns + 1)) // columns
    high = round(wide * shape)
    label = min(26, max(15, wide // 12))
    row = high + round(label * 1.7) + _GAP // 2
    rows = -(-len(shots) // columns)
    top = round(label * 1.7) + _GAP
    sheet = Image.new("RGB", (whole, top + rows * row + _GAP), _GROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(label)
    told = f"{len(shots)} {'scene' if len(shots) == 1 else 'scenes'}"
    lasts = f"{clock(round(timeline.duration_s))}   {timeline.width}x{timeline.height}"
    pen.text((_GAP, _GAP), told, fill=_INK, font=font)
    pen.text((whole - _GAP, _GAP), f"{lasts}   {timeline.fps} fps", _FAINT, font, anchor="ra")
    # Three quarters in, what is built up word by word stands, and captions are still there.
    moments = [shot.start + shot.frames * 3 // 4 for shot in shots]
    known = Oblivion() if memory is None else memory
    found = _frames(film, moments, timeline.fps, (wide, high), known)
    for index, picture in enumerate(found):
        left = _GAP + index % columns * (wide + _GAP)
        upper = top + index // columns * row
        sheet.paste(picture, (left, upper))
        below = upper + high + label // 4
        scene, begins = shots[index].scene, clock(shots[index].start // timeline.fps)
        pen.text((left, below), scene, fill=_INK, font=font)
        pen.text((left + font.getlength(scene + "  "), below), begins, fill=_FAINT, font=font)
    _save(sheet, out)


def _columns(count: int, shape: float) -> int:
    """How many frames of `shape` (height by width) lie side by side in a sheet of about 4 : 3."""

    def badness(columns: int) -> float:
        rows = -(-count // columns)
        tall = rows * (shape + _LABEL_SHARE) / columns
        return abs(log(tall / 0.75)) + (rows * columns - count) / columns

    return min(range(min(count, 2), min(count, 16) + 1), key=badness)


def _frames(
    film: Path, wanted: Sequence[int], fps: int, size: tuple[int, int], memory: Memory
) -> Iterator[Image.Image]:
    """The frames with these numbers in `size`, each found from the key frame before it.

    Which others it leans on is seen from their packets: where those are known, it is recalled.
    """
    try:
        with av.open(str(film)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            # Frames that no other leans on are passed over: half of them.
            context.skip_frame = "NONREF"
            context.thread_count = 1
            assert stream.time_base is not None  # noqa: S101
            about = bytes(context.extradata or b"")
            for number in wanted:
                ticks = round(number / fps / stream.time_base)
                container.seek(ticks, stream=stream)
                until = ticks + round(_REORDERED / fps / stream.time_base)
                packets = [p for p in _packets(container.demux(stream), until) if p.size]
                times = [packet.pts for packet in packets]
                key = memory_key("sheet", about, packets_digest(packets), times, ticks, size)
                kept = memory.recall(key)
                if kept is None:
                    kept = _jpeg(_decoded(context, packets, ticks), size)
                    memory.keep(key, kept)
                yield Image.open(io.BytesIO(kept))
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableMedia(f"{film}: this film cannot be read ({error})") from error


def _packets(packets: Iterator[Any], until: int) -> Iterator[Any]:
    return takewhile(lambda packet: packet.dts is None or packet.dts <= until, packets)


def _decoded(context: Any, packets: Sequence[Any], ticks: int) -> Image.Image:
    """The first frame from `ticks` on, else the last."""
    found = None
    for packet in (*packets, None):
        for frame in context.decode(packet):
            if found is None or found.pts < ticks:
                found = frame
    context.flush_buffers()
    if found is None:
        raise av.InvalidDataError(-1, "there is no frame", None)
    return Image.fromarray(np.asarray(found.to_ndarray(format="rgb24")))


def _jpeg(picture: Image.Image, size: tuple[int, int]) -> bytes:
    kept = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(kept, "JPEG", quality=95, subsampling=0)
    return kept.getvalue()


def _save(picture: Image.Image, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sheet-", dir=out.parent) as work:
        half_made = Path(work) / "sheet.jpg"
        picture.save(half_made, quality=90, optimize=True, progressive=True)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name
