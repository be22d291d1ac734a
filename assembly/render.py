"""Segments become files: pictures moved, blended, captioned and encoded once, in one pass."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ffmpeg

from assembly._blends import Blend
from assembly._clips import clip_frames
from assembly._ffmpeg import ffmpeg_version, run
from assembly._overprint import Overprint
from assembly._planes import OVERSIZE, Canvas, Planes, still, working_planes, yuv_of
from assembly._states import StatePictures
from assembly.captions import to_ass
from assembly.holds import changes, clocks
from assembly.motion import MOVES, View
from assembly.segments import Layer, Segment
from assembly.transitions import kind_of, share_at

Media = Callable[[str], Path]
"""Gives the path of a medium by its digest."""

TICKS = 512
"""Ticks of a segment's clock per frame."""


def engine(fonts_dir: Path) -> str:
    """The fingerprint of what renders: FFmpeg's version and the fonts that captions may use."""
    fonts = hashlib.sha256()
    for path in sorted(p for p in fonts_dir.rglob("*") if p.suffix.lower() in _FONT_FILES):
        fonts.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"ffmpeg {ffmpeg_version()}; fonts {fonts.hexdigest()[:16]}"


_FONT_FILES = (".ttf", ".otf", ".ttc", ".otc")


def render_segment(
    segment: Segment, media: Media, fonts_dir: Path, out: Path, cancel: threading.Event
) -> None:
    """Encodes `segment` to the file `out`: picture only, exactly `segment.frames` frames.

    The file appears whole or not at all. Raises UnreadableMedia for a picture or clip that cannot
    be read, FFmpegError when the encoder fails, Cancelled when `cancel` is set.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".segment-", dir=out.parent) as work:
        half_made = Path(work) / "segment"
        script = Path(work) / "captions.ass"
        if segment.look is not None:
            size = segment.width, segment.height
            script.write_text(to_ass(segment.cues, segment.fps, segment.look, *size), "utf-8")
        frames = _frames(segment, media)
        run(_command(segment, script, fonts_dir, half_made), frames, cancel)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name


def _command(segment: Segment, script: Path, fonts_dir: Path, out: Path) -> list[str]:
    stream: Any = ffmpeg.input(
        "pipe:",
        format="rawvideo",
        pix_fmt="yuv420p",
        s=f"{segment.width}x{segment.height}",
        framerate=segment.fps,
    )
    # The colours are named on the frames before captions are drawn, so white text is video white.
    stream = stream.filter(
        "setparams",
        range="tv",
        color_primaries="bt709",
        color_trc="bt709",
        colorspace="bt709",
    )
    held = clocks(changes(segment))
    for expression in held:
        stream = stream.filter("setpts", expression)
    told = dict(segment.encoder)
    if told["pix_fmt"] != "yuv420p":
        # Captions are drawn as finely as they are kept.
        stream = stream.filter("format", told["pix_fmt"])
    if segment.look is not None:
        stream = stream.filter("ass", filename=str(script), fontsdir=str(fonts_dir))
    if held:
        # Each frame is given again, not copied, until the next one's time.
        stream = stream.filter("fps", segment.fps)
    command: list[str] = stream.output(
        str(out),
        **told,
        **{"frames:v": segment.frames},
        threads=_threads(),
        video_track_timescale=TICKS * segment.fps,
        map_metadata=-1,
        fflags="+bitexact",
    ).get_args()
    return command


def _threads() -> int:
    """A quarter of the machine for each of the four segments that are in work at most.

    Where there are few cores, a second thread for each costs a quarter more time and 50 MB more.
    """
    return max(1, (os.cpu_count() or 2) // 4)


def _frames(segment: Segment, media: Media) -> Iterator[memoryview]:
    """Raw frames of the segment, without those that are held.

    Each is drawn over the one before, after that was written.
    """
    overprint = Overprint(segment.overlays, media)
    fresh = set(changes(segment))
    for number, canvas in enumerate(_blended(segment, media)):
        if number in fresh:
            overprint.draw(canvas, number)
            yield canvas.data
            overprint.lift()


def _blended(segment: Segment, media: Media) -> Iterator[Canvas]:
    """The frames below what stands over them."""
    drawn = [_drawn(segment, layer, media) for layer in segment.layers]
    if segment.blend == "body":
        yield from drawn[0]
        return
    through = Canvas(segment.width, segment.height)
    through.paint(yuv_of(segment.through or segment.background))
    if segment.blend != "opening" and segment.blend != "closing":
        blend = Blend(segment.blend, through, segment.frames)
        for number, (old, new) in enumerate(zip(*drawn, strict=True)):
            yield blend.draw(old, new, number)
        return
    for number in range(segment.frames):
        canvas = next(drawn[0])
        share = share_at("fade", (number + 0.5) / segment.frames)
        if segment.blend == "opening":
            canvas.mix(through, 1 - share)
        else:
            canvas.mix(through, share)
        yield canvas


def _drawn(segment: Segment, layer: Layer, media: Media) -> Iterator[Canvas]:
    """One canvas, drawn anew for each frame of the segment."""
    canvas = Canvas(segment.width, segment.height)
    pictures = _pictures(segment, layer, media)
    shown: tuple[Planes, View] | None = None
    # Elsewhere something else is laid over the canvas.
    stays = segment.blend == "body" or kind_of(segment.blend) in ("push", "slide")
    for number in range(segment.frames):
        picture, view = next(pictures), view_at(layer, number)
        drawn = stays and shown is not None and shown[0] is picture
        if not drawn or shown is None or shown[1] != view:
            canvas.show(picture, view)
        shown = picture, view
        yield canvas


def view_at(layer: Layer, number: int) -> View:
    """What the layer shows in frame `number` of its segment."""
    moment = (layer.first + number) / max(1, layer.total - 1)
    return MOVES[layer.motion].at(min(1.0, max(0.0, moment)))


def _pictures(segment: Segment, layer: Layer, media: Media) -> Iterator[Planes]:
    if layer.kind == "clip":
        yield from clip_frames(layer, segment, media)
        return
    size = segment.width, segment.height
    oversize = 1.0 if layer.motion == "none" else OVERSIZE
    path = media(layer.picture)
    if layer.states:
        states = StatePictures(path, lambda rgb: working_planes(rgb, *size, oversize))
        yield from states.frames(layer.states, segment.frames)
        return
    picture = still(path, *size, segment.background, oversize, layer.focus)
    while True:
        yield picture
