"""The timeline: a film in integer frames. Versioned JSON; media are named by digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assembly._phrases import phrases
from assembly.motion import MOVES, automatic
from assembly.takes import After, ClipFile, Fill, Take, plan_takes

SAMPLE_RATE = 48_000
"""Samples a second of the one sound track."""


class Frozen(BaseModel):
    """Immutable, closed data."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(Frozen):
    """A written word and when it is heard, in seconds from the start of its narration."""

    text: str
    start_s: float
    end_s: float


LEAD_S, PAUSE_S = 0.25, 0.45
"""Time on screen before a narration, and after it when the script says nothing."""


class SceneMedia(Frozen):
    """What a scene brings to the timeline: its picture, its narration and the editor's wishes."""

    id: str
    title: str = ""
    picture: str
    """Digest of the still or clip."""
    picture_kind: Literal["still", "clip"] = "still"
    motion: str = "auto"
    transition: str = "auto"
    speech: str = ""
    """Digest of the narration's audio file, or empty for a silent scene."""
    speech_s: float = 0.0
    words: tuple[Word, ...] = ()
    lead_s: float = LEAD_S
    """Time on screen before the narration starts."""
    pause_s: float = PAUSE_S
    """Time on screen after it ends."""
    least_s: float = 0.0
    """The scene lasts at least this long."""
    clip_start_s: float | None = None
    """When the clip starts to run, from the scene's edge (a speaking face: `lead_s`).

    None: as soon as the first of it is seen.
    """
    clips: tuple[ClipFile, ...] = ()
    """For a clip: it and those that go on from it, `picture` first; `fill` says what comes then."""
    fill: Fill = "loop"


class CaptionLook(Frozen):
    """How captions are burned. Colours are `#rrggbb`, `size` a share of the frame's short side."""

    font: str
    """Family name as libass finds it in the fonts folder."""
    size: float = 0.045
    color: str = "#ffffff"
    box: str = "#000000"
    box_opacity: float = 0.62
    bold: bool = True


class FilmSpec(Frozen):
    """The shape of the film."""

    title: str
    width: int
    height: int
    fps: int = 30
    language: str = "en"
    burn_captions: bool = True
    look: CaptionLook
    transition: Literal["cut", "dissolve", "fade"] = "dissolve"
    """What "auto" means."""
    transition_s: float = 0.4
    background: str = "#000000"
    """What a fade goes through, `#rrggbb`."""
    music: str = ""
    """Digest of a music file, or empty."""
    loudness_lufs: float = -16.0
    peak_dbtp: float = -1.0


Transition = Literal["cut", "dissolve", "fade"]


class Shot(Frozen):
    """A scene on the film: its picture from frame `start` on, for `frames` frames."""

    scene: str
    title: str
    picture: str
    kind: Literal["still", "clip"]
    motion: str
    """A name of `assembly.motion.MOVES`; "auto" is already resolved."""
    start: int
    frames: int
    transition: Transition
    """How the shot begins."""
    overlap: int
    """Frames of that transition: even, half before `start` and half after; 0 for a cut."""
    clip_start: int | None
    """The frame, from `start`, at which a clip starts to run; None: when it is first seen."""
    takes: tuple[Take, ...] = ()
    after: After = "hold"


class Narration(Frozen):
    """Speech on the sound track: `samples` samples at 48 kHz from sample `start`."""

    scene: str
    digest: str
    start: int
    samples: int


class Cue(Frozen):
    """A caption on screen from frame `start` until (without) frame `end`; one or two lines."""

    start: int
    end: int
    lines: tuple[str, ...]


class Timeline(Frozen):
    """A film in integer frames, ready to be made. JSON by `model_dump_json()`."""

    version: Literal[1] = 1
    title: str
    language: str
    width: int
    height: int
    fps: int
    frames: int
    shots: tuple[Shot, ...]
    narrations: tuple[Narration, ...]
    cues: tuple[Cue, ...]
    burn_captions: bool
    look: CaptionLook
    background: str
    opening: int
    """Frames in which the first shot appears from the background."""
    closing: int
    """Frames in which the last shot disappears into it."""
    reach: int
    """Half of the longest transition: stills move so many frames before and after their shot."""
    music: str
    loudness_lufs: float
    peak_dbtp: float

    @property
    def duration_s(self) -> float:
        """Length of the film in seconds."""
        return self.frames / self.fps

    @property
    def samples(self) -> int:
        """Length of the sound track in samples."""
        return round(self.frames * SAMPLE_RATE / self.fps)


SHORTEST_S = 1.0
"""No scene is on screen for less."""

_LINGER_S = 0.35
_JOIN_S = 0.4


def line_limit(width: int, height: int) -> int:
    """Columns that a caption line may take in a frame of this shape."""
    shape = width / height
    return 42 if shape >= 1.4 else 32 if shape >= 0.75 else 24


def _edges(scenes: Sequence[SceneMedia], fps: int) -> list[int]:
    """The first frame of each scene, and the end: whole frames are carried over the film.

    A scene's length is rounded up by itself, so that it does not depend on the scenes before it,
    and its sound is placed from its edge frame, so that what this adds never adds up.
    """
    edges = [0]
    for scene in scenes:
        # A silent scene has nothing to lead to or to breathe after.
        spoken_s = scene.lead_s + scene.speech_s + scene.pause_s if scene.speech else scene.pause_s
        length_s = max(spoken_s, scene.least_s, SHORTEST_S)
        edges.append(edges[-1] + ceil(round(length_s * fps, 6)))
    return edges


def _shots(scenes: Sequence[SceneMedia], spec: FilmSpec, edges: Sequence[int]) -> Iterable[Shot]:
    moving = before = ""
    lengths = [end - start for start, end in pairwise(edges)]
    for index, scene in enumerate(scenes):
        moving = scene.motion
        if moving == "auto":
            moving = "none" if scene.picture_kind == "clip" else automatic(scene.picture, before)
        if moving not in MOVES:
            raise ValueError(
                f"scene {scene.id}: no motion is called {moving!r}; choose of: auto, "
                + ", ".join(MOVES)
            )
        wanted = spec.transition if scene.transition == "auto" else scene.transition
        if wanted not in ("cut", "dissolve", "fade"):
            raise ValueError(
                f"scene {scene.id}: no transition is called {wanted!r}; "
                "choose of: auto, cut, dissolve, fade"
            )
        overlap = 0
        if index and wanted != "cut":
            shorter = min(lengths[index - 1], lengths[index])
            overlap = min(2 * _reach(spec), shorter // 3 // 2 * 2)
        start = None if scene.clip_start_s is None else round(scene.clip_start_s * spec.fps)
        takes, after = _takes(
            scene, spec, lengths[index], -overlap // 2 if start is None else start
        )
        yield Shot(
            scene=scene.id,
            title=scene.title,
            picture=scene.picture,
            kind=scene.picture_kind,
            motion=moving,
            start=edges[index],
            frames=lengths[index],
            transition=wanted if overlap else "cut",
            overlap=overlap,
            clip_start=start,
            takes=takes,
            after=after,
        )
        before = moving


def _takes(
    scene: SceneMedia, spec: FilmSpec, frames: int, start: int
) -> tuple[tuple[Take, ...], After]:
    if scene.picture_kind == "still":
        return (), "hold"
    if not scene.clips:
        raise ValueError(f"scene {scene.id}: nobody said how long its clip is")
    # The longest transition is counted, so that a clip does not depend on the scene after it.
    fill: Fill = scene.fill if scene.clip_start_s is None else "hold"
    return plan_takes(scene.clips, spec.fps, frames - start + _reach(spec), fill)


def _reach(spec: FilmSpec) -> int:
    return round(spec.transition_s * spec.fps / 2)


def _cues(
    scene: SceneMedia, fps: int, limit: int, speech_start_s: float, end: int, quiet_end: int
) -> list[Cue]:
    """Captions of one scene until frame `end`; its last transition begins at `quiet_end`."""
    spoken = phrases(
        [(w.text, speech_start_s + w.start_s, speech_start_s + w.end_s) for w in scene.words],
        limit,
        end / fps,
    )
    if not spoken:
        return []
    starts = [min(round(phrase.start_s * fps), end - 1) for phrase in spoken]
    last = round(spoken[-1].end_s * fps)
    short = quiet_end - starts[-1] < SHORTEST_S * fps
    starts.append(end if short or last > quiet_end else quiet_end)
    cues: list[Cue] = []
    for order, phrase in enumerate(spoken):
        start, until = starts[order], starts[order + 1]
        # Long enough to be read at 20 columns a second, as far as there is room.
        columns = sum(len(line) for line in phrase.lines)
        wish_s = max(phrase.end_s + _LINGER_S, phrase.start_s + max(SHORTEST_S, columns / 20))
        stop = round(wish_s * fps)
        if order + 1 < len(spoken) and until - stop < _JOIN_S * fps:
            stop = until
        if (stop := min(stop, until)) > start:
            cues.append(Cue(start=start, end=stop, lines=phrase.lines))
    return cues


def build_timeline(scenes: Sequence[SceneMedia], spec: FilmSpec) -> Timeline:
    """Lays scenes end to end on a film of whole frames. Pure.

    A scene lasts `ceil(seconds * fps)` frames; narration starts at the sample that is `lead_s`
    after its scene's edge frame. Raises ValueError for no scenes, an odd frame size, or a name of a
    motion or transition that does not exist.
    """
    if not scenes:
        raise ValueError("a film needs at least one scene")
    if spec.width % 2 or spec.height % 2 or min(spec.width, spec.height) < 16:
        raise ValueError(f"a frame of {spec.width}x{spec.height} cannot be: use even numbers")
    edges = _edges(scenes, spec.fps)
    shots = tuple(_shots(scenes, spec, edges))
    limit = line_limit(spec.width, spec.height)
    narrations: list[Narration] = []
    cues: list[Cue] = []
    for index, scene in enumerate(scenes):
        if not scene.speech:
            continue
        start = round((edges[index] / spec.fps + scene.lead_s) * SAMPLE_RATE)
        samples = round(scene.speech_s * SAMPLE_RATE)
        narrations.append(
            Narration(scene=scene.id, digest=scene.speech, start=start, samples=samples)
        )
        end = edges[index + 1]
        leaving = shots[index + 1].overlap // 2 if index + 1 < len(shots) else 0
        cues += _cues(scene, spec.fps, limit, start / SAMPLE_RATE, end, end - leaving)
    ramp = round(0.4 * spec.fps)
    return Timeline(
        title=spec.title,
        language=spec.language,
        width=spec.width,
        height=spec.height,
        fps=spec.fps,
        frames=edges[-1],
        shots=shots,
        narrations=tuple(narrations),
        cues=tuple(cues),
        burn_captions=spec.burn_captions,
        look=spec.look,
        background=spec.background,
        opening=min(ramp, shots[0].frames // 3),
        closing=min(ramp, shots[-1].frames // 3),
        reach=_reach(spec),
        music=spec.music,
        loudness_lufs=spec.loudness_lufs,
        peak_dbtp=spec.peak_dbtp,
    )
