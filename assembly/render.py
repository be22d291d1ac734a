"""Segments become files: pictures moved, blended, captioned and encoded once, in one pass."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import av

from assembly._blends import Blend
from assembly._clips import clip_frames
from assembly._encoders import Shown, encode_by_ffmpeg, encode_here, is_here
from assembly._ffmpeg import ffmpeg_version
from assembly._overprint import Overprint
from assembly._planes import OVERSIZE, Canvas, Planes, still, working_planes, yuv_of
from assembly._states import StatePictures
from assembly.builds import moment_at
from assembly.captions.letters import Letters
from assembly.holds import changes
from assembly.motion import MOVES, View
from assembly.segments import Layer, Segment
from assembly.transitions import kind_of, share_at

_AHEAD = 16
"""Frames whose views are prepared together."""

_STILL = 0.06
"""Pixels by which a picture may lag behind its move before it is drawn anew: about what one drawing
is off. It spares the ends of a move, where it hardly goes on from frame to frame.
"""

Media = Callable[[str], Path]
"""Gives the path of a medium by its digest."""


def engine(fonts_dir: Path) -> str:
    """The fingerprint of what renders: FFmpeg, the libraries of it that are used in this process,
    and the fonts that captions may use.
    """
    fonts = hashlib.sha256()
    for path in sorted(p for p in fonts_dir.rglob("*") if p.suffix.lower() in _FONT_FILES):
        fonts.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"ffmpeg {ffmpeg_version()}; av {av.__version__}; fonts {fonts.hexdigest()[:16]}"


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
        starts = changes(segment)
        if is_here(segment):
            letters = Letters(segment, fonts_dir, Path(work))
            frames = drawn(segment, starts, media, letters)
            encode_here(segment, starts, frames, half_made, cancel)
        else:
            frames = drawn(segment, starts, media, None)
            encode_by_ffmpeg(segment, starts, frames, fonts_dir, half_made, cancel)
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name


def drawn(
    segment: Segment, starts: Sequence[int], media: Media, letters: Letters | None
) -> Iterator[Shown]:
    """The segment's frames that begin at `starts`, each with the frames in which it is shown.

    Each is drawn over the one before, after that was taken.
    """
    overprint = Overprint(segment.overlays, media)
    ends = dict(pairwise((*starts, segment.frames)))
    for number, canvas in enumerate(_blended(segment, media)):
        if number in ends:
            overprint.draw(canvas, number)
            if letters is not None:
                letters.draw(canvas, number)
            yield range(number, ends[number]), canvas
            if letters is not None:
                letters.lift()
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
    """One canvas that shows each frame of the segment in turn."""
    canvas = Canvas(segment.width, segment.height)
    stays = segment.blend == "body" or kind_of(segment.blend) in ("push", "slide")
    # Elsewhere something else is laid over the canvas.
    drawn = canvas if stays else Canvas(segment.width, segment.height)
    pictures = _pictures(segment, layer, media)
    shown: tuple[Planes, View] | None = None
    for number in range(segment.frames):
        picture, view = next(pictures), view_at(layer, number)
        if number % _AHEAD == 0 and layer.motion != "none":
            coming = range(number, min(number + _AHEAD, segment.frames))
            drawn.foresee(picture, [view_at(layer, each) for each in coming])
        if shown is None or shown[0] is not picture or drawn.strays(shown[1], view) > _STILL:
            drawn.show(picture, view)
            shown = picture, view
        if drawn is not canvas:
            canvas.copy(drawn)
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
        ends = {moment_at(layer.states, at).state.index for at in (0, segment.frames - 1)}
        states = StatePictures(
            path, lambda rgb: working_planes(rgb, *size, oversize), (size, oversize), ends
        )
        yield from states.frames(layer.states, segment.frames)
        return
    picture = still(path, *size, segment.background, oversize, layer.focus)
    while True:
        yield picture
