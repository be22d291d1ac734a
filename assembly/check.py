"""The finished film is looked at and listened to: facts first, then what is wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assembly._caption_layout import box_padding, font_size
from assembly._fonts import caption_measure
from assembly._listen import WINDOW_S, Heard, listen
from assembly._probe import index_first, probe
from assembly._sync import picture_edge
from assembly._watch import Expected, watch
from assembly.timeline import Frozen, Shot, Timeline

Media = Callable[[str], Path]

_SURE = 0.3


class Stretch(Frozen):
    """A part of the film, in seconds from its start."""

    start_s: float
    end_s: float


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


CHECKER = 4
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


def _stretches(marked: npt.NDArray[np.bool_], unit_s: float, least: int) -> tuple[Stretch, ...]:
    """Runs of at least `least` marks, each mark `unit_s` long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return tuple(
        Stretch(start_s=round(float(a * unit_s), 3), end_s=round(float(b * unit_s), 3))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a >= least
    )


def _bodies(timeline: Timeline) -> list[tuple[Shot, int, int]]:
    """Each shot with the frames in which it alone is seen, whole."""
    ends = [s.start - s.overlap // 2 for s in timeline.shots[1:]]
    ends.append(timeline.frames - timeline.closing)
    return [
        (shot, shot.start + (shot.overlap // 2 if index else timeline.opening), end)
        for index, (shot, end) in enumerate(zip(timeline.shots, ends, strict=True))
    ]


def _looks(
    seen: npt.NDArray[np.uint8], timeline: Timeline, expected: Expected
) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...], tuple[str, ...]]:
    """Blank and frozen stretches, and scenes with another picture than theirs."""
    mask = expected.free()
    spread = seen[:, mask].std(axis=1) if len(seen) else np.zeros(0)
    blank = np.zeros(timeline.frames, np.bool_)
    frozen = np.zeros(timeline.frames, np.bool_)
    other: list[str] = []
    step = timeline.fps
    for shot, begin, end in _bodies(timeline):
        stop = min(end, len(seen))
        middle = (begin + end) // 2
        known = expected.at(shot, middle)
        if known is None or middle >= len(seen):
            continue
        for first, until in _holds(shot, begin, stop):
            # A card that builds itself has less to see at first.
            least = _least_contrast([expected.at(shot, n) for n in (first, until - 1)], mask)
            if least >= 3:
                blank[first:until] = spread[first:until] < 0.25 * least
        contrast = float(known[mask].std())
        if contrast >= 3:
            shown = seen[middle].astype(np.float32)[mask]
            if float(spread[middle]) >= 0.25 * contrast and (
                np.corrcoef(shown, known[mask])[0, 1] < 0.6
            ):
                other.append(shot.scene)
        if shot.motion != "none":
            for frame in range(begin, stop - step, max(1, step // 6)):
                meant = _change(expected.at(shot, frame), expected.at(shot, frame + step), mask)
                moved = _change(seen[frame], seen[frame + step], mask)
                frozen[frame : frame + step] |= meant >= 5 and moved <= 0.3 * meant
    return (
        _stretches(blank, 1 / timeline.fps, 2),
        _stretches(frozen, 1 / timeline.fps, 2),
        (tuple(other)),
    )


def _holds(shot: Shot, begin: int, end: int) -> list[tuple[int, int]]:
    """The frames from `begin` until `end`, parted where the picture's states begin."""
    starts = [shot.start + state.start for state in shot.states]
    edges = [begin, *(start for start in starts if begin < start < end), end]
    return list(pairwise(edges)) if end > begin else []


def _least_contrast(
    pictures: Sequence[npt.NDArray[np.generic] | None], mask: npt.NDArray[np.bool_]
) -> float:
    return min(float(picture[mask].std()) for picture in pictures if picture is not None)


def _change(
    one: npt.NDArray[np.generic] | None,
    two: npt.NDArray[np.generic] | None,
    mask: npt.NDArray[np.bool_],
) -> float:
    """The greatest difference in brightness between two small frames."""
    if one is None or two is None:
        return 0.0
    return float(np.abs(one.astype(np.float32) - two.astype(np.float32))[mask].max())


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


def _sync(
    seen: npt.NDArray[np.uint8], heard: Heard, timeline: Timeline, expected: Expected
) -> tuple[EdgeSync, ...]:
    spoken = {told.scene: told for told in heard.words}
    edges: list[EdgeSync] = []
    for before, shot in pairwise((None, *timeline.shots)):
        assert shot is not None  # noqa: S101
        picture: float | None = 0.0
        told_apart = True
        if before is not None:
            found, told_apart = picture_edge(seen, before, shot, expected)
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


def measure(
    film: Path,
    timeline: Timeline,
    media: Media,
    fonts_dir: Path,
    cancel: threading.Event | None = None,
) -> Measured:
    """Measures the finished file against its timeline, in one decode of picture and sound.

    Raises UnreadableMedia for a file that is no film, FFmpegError, Cancelled.
    """
    file = probe(film)
    expected = Expected(timeline, media)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch, film, timeline.width, timeline.height, cancel)
        heard = listen(film, timeline, media, file.sound_late_s, cancel)
        seen = watching.result()
    sync = _sync(seen, heard, timeline, expected)
    off = [abs(edge.error) for edge in sync if edge.error is not None]
    off += [abs(edge.picture) for edge in sync if edge.picture is not None]
    blank, frozen, other = _looks(seen, timeline, expected)
    measure_line = caption_measure(
        timeline.look, fonts_dir.rglob("*"), timeline.width, timeline.height
    )
    return Measured(
        duration_s=round(file.frames_s, 4),
        sound_s=round(file.sound_s, 4),
        frames=len(seen),
        size_bytes=film.stat().st_size,
        **file.model_dump(exclude={"frames_s", "sound_s", "sound_late_s"}),
        faststart=index_first(film),
        integrated_lufs=heard.loudness.integrated_lufs,
        true_peak_dbtp=heard.loudness.true_peak_dbtp,
        sync=sync,
        worst_sync_frames=max(off, default=0.0),
        blank=blank,
        frozen=frozen,
        silent=_silences(heard),
        other_picture=other,
        caption_font_found=not timeline.burn_captions or measure_line is not None,
        captions_too_wide=_too_wide(timeline, measure_line) if measure_line else (),
        captions_overlapping=tuple(
            n for n, (a, b) in enumerate(pairwise(timeline.cues), 2) if b.start < a.end
        ),
    )
