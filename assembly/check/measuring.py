"""The finished film is looked at and listened to: facts first, then what is wrong with them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from assembly.captions.fonts import caption_measure
from assembly.captions.layout import box_padding, font_size
from assembly.check.listen import WINDOW_S, Heard, listen
from assembly.check.looks import Looks, Stretch, look_at
from assembly.check.memory import Memory
from assembly.check.probe import index_first, probe
from assembly.check.reel import watch
from assembly.check.watch import Expected
from assembly.timeline import Frozen, Timeline

Media = Callable[[str], Path]

_SURE = 0.3


class EdgeSync(Frozen):
    """How picture and words of one scene lie to each other, in frames (later is positive).

    picture  how late the picture changes; None: the edge was looked for and not found
    speech   how late the narration begins; None: it has none, or it was not heard
    error    how late the words are for the picture; None: one of them is missing
    """

    scene: str
    told_apart: bool
    """The scene's picture differs enough from the one before to see the edge."""
    spoken: bool
    picture: float | None
    speech: float | None
    error: float | None


CHECKER = 9
"""Raised whenever the same film would be measured otherwise."""


class Measured(Frozen):
    """What the finished file is. JSON by `model_dump_json()`."""

    version: int = 1
    duration_s: float
    sound_s: float
    frames: int
    size_bytes: int
    width: int
    height: int
    fps: float
    video_codec: str
    video_profile: str
    pixel_format: str
    color_primaries: str
    color_transfer: str
    color_matrix: str
    color_range: str
    audio_codec: str
    sample_rate: int
    faststart: bool
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    sync: tuple[EdgeSync, ...]
    worst_sync_frames: float
    blank: tuple[Stretch, ...]
    """No picture where one is meant."""
    frozen: tuple[Stretch, ...]
    """No motion where it is meant."""
    silent: tuple[Stretch, ...]
    """No sound where words are meant."""
    other_picture: tuple[str, ...]
    """Scenes that show another picture in their middle than the one they were given."""
    caption_font_found: bool
    captions_too_wide: tuple[int, ...]
    """Numbers of captions, from 1, that pass the frame's sides."""
    captions_overlapping: tuple[int, ...]
    """Numbers of captions, from 1, that begin before the one before them ends."""


def _silences(heard: Heard) -> tuple[Stretch, ...]:
    """Where words should sound and do not; quarter seconds that meet are one stretch."""
    found: list[Stretch] = []
    for start_s in (at for told in heard.words for at in told.missing):
        end_s = round(start_s + WINDOW_S, 3)
        if found and abs(found[-1].end_s - start_s) < 0.001:
            found[-1] = Stretch(start_s=found[-1].start_s, end_s=end_s)
        else:
            found.append(Stretch(start_s=round(start_s, 3), end_s=end_s))
    return tuple(found)


def _sync(heard: Heard, looks: Looks, timeline: Timeline) -> tuple[EdgeSync, ...]:
    spoken = {told.scene: told for told in heard.words}
    edges: list[EdgeSync] = []
    for shot in timeline.shots:
        # The first scene's edge is the film's.
        found, told_apart = looks.edges.get(shot.scene, (shot.start, True))
        picture = None if found is None else round(found - shot.start, 3)
        speech: float | None = None
        words = spoken.get(shot.scene)
        if words is not None and words.lag_s is not None and words.sure >= _SURE:
            speech = round(words.lag_s * timeline.fps, 3)
        # Where two scenes show the same, the edge cannot be seen, and nobody can miss it.
        base = picture if told_apart else 0.0
        error = None if base is None or speech is None else round(speech - base, 3)
        edges.append(
            EdgeSync(
                scene=shot.scene,
                told_apart=told_apart,
                spoken=words is not None and words.audible,
                picture=picture,
                speech=speech,
                error=error,
            )
        )
    return tuple(edges)


def _too_wide(timeline: Timeline, measure_line: Callable[[str], float]) -> tuple[int, ...]:
    """Numbers of burned captions, from 1, with a line that passes the frame's sides."""
    size = font_size(timeline.look, timeline.width, timeline.height)
    room = timeline.width - 2 * box_padding(size)
    return tuple(
        number
        for number, cue in enumerate(timeline.burned, 1)
        if any(cue.scale * measure_line(line) > room for line in cue.lines)
    )


def see(
    part: Path, width: int, height: int, cancel: threading.Event | None, memory: Memory
) -> None:
    """Looks at a part that a film will be joined from, so that `memory` knows its pictures then.

    Raises UnreadableMedia, Cancelled.
    """
    for _ in watch(part, width, height, cancel, memory):
        pass


def measure(
    film: Path,
    timeline: Timeline,
    media: Media,
    fonts_dir: Path,
    cancel: threading.Event | None = None,
    memory: Memory | None = None,
) -> Measured:
    """Measures the finished file against its timeline, in one pass through picture and sound.

    Every packet is read; what the same packets showed before is recalled from `memory`.

    Raises UnreadableMedia for a file that is no film, FFmpegError, Cancelled.
    """
    file = probe(film)
    frames = watch(film, timeline.width, timeline.height, cancel, memory)
    with ThreadPoolExecutor(1) as pool, contextlib.closing(frames):
        looking = pool.submit(look_at, frames, timeline, Expected(timeline, media), memory)
        heard = listen(film, timeline, media, file.sound_late_s, cancel, memory)
        looks = looking.result()
    sync = _sync(heard, looks, timeline)
    off = [abs(edge.error) for edge in sync if edge.error is not None]
    off += [abs(edge.picture) for edge in sync if edge.picture is not None]
    measure_line = caption_measure(
        timeline.look, fonts_dir.rglob("*"), timeline.width, timeline.height
    )
    return Measured(
        duration_s=round(file.frames_s, 4),
        sound_s=round(file.sound_s, 4),
        frames=looks.frames,
        size_bytes=film.stat().st_size,
        **file.model_dump(exclude={"frames_s", "sound_s", "sound_late_s"}),
        faststart=index_first(film),
        integrated_lufs=heard.loudness.integrated_lufs,
        true_peak_dbtp=heard.loudness.true_peak_dbtp,
        sync=sync,
        worst_sync_frames=max(off, default=0.0),
        blank=looks.blank,
        frozen=looks.frozen,
        silent=_silences(heard),
        other_picture=looks.other,
        caption_font_found=not timeline.burn_captions or measure_line is not None,
        captions_too_wide=_too_wide(timeline, measure_line) if measure_line else (),
        captions_overlapping=tuple(
            n for n, (a, b) in enumerate(pairwise(timeline.cues), 2) if b.start < a.end
        ),
    )
