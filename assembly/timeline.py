"""The timeline: a film in integer frames. Versioned JSON; media are named by digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat
from math import ceil
from typing import Literal

from assembly._bidi import is_right_to_left
from assembly._cueing import Span, pop_cues, scene_cues, stage_for
from assembly._tokens import Measure
from assembly.builds import State, StateAt, plan_states
from assembly.cues import Area, CaptionLook, Cue, Frozen, Word
from assembly.encoding import Encoding
from assembly.focus import Focus
from assembly.motion import MOVES, automatic
from assembly.takes import After, ClipFile, Fill, Take, plan_takes

__all__ = [
    "Area", "CaptionLook", "Cue", "FilmSpec", "Frozen", "Narration", "SceneMedia", "Shot",
    "Timeline", "Word", "build_timeline",
]  # fmt: skip

SAMPLE_RATE = 48_000
"""Samples a second of the one sound track."""

LEAD_S, PAUSE_S = 0.25, 0.45
"""Time on screen before a narration, and after it when the script says nothing."""


class SceneMedia(Frozen):
    """What a scene brings to the timeline: its picture, its narration and the editor's wishes."""

    id: str
    title: str = ""
    picture: str
    """Digest of the still or clip."""
    picture_kind: Literal["still", "clip"] = "still"
    states: tuple[StateAt, ...] = ()
    """When the picture's states appear, for a card that builds itself; its first one at 0."""
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
    keep_clear: tuple[Area, ...] = ()
    """What captions must not cover: lower thirds, a presenter's face."""
    clip_start_s: float | None = None
    """When the clip starts to run, from the scene's edge (a speaking face: `lead_s`).

    None: as soon as the first of it is seen.
    """
    clips: tuple[ClipFile, ...] = ()
    """For a clip: it and those that go on from it, `picture` first; `fill` says what comes then."""
    fill: Fill = "loop"
    focus: Focus | None = None
    """The point around which the picture is cut to the film's shape; None: what it is about."""


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
    music: tuple[str, ...] = ()
    """Digests of music files, played one after another."""
    music_level_db: float = 0.0
    """How much louder than usual the music is."""
    voice_polish: bool = False
    """Narrations go through a gentle compressor and a de-esser."""
    loudness_lufs: float = -16.0
    peak_dbtp: float = -1.0
    encoding: Encoding = Encoding()


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
    states: tuple[State, ...] = ()
    """Of a picture that builds itself, in frames from `start`."""
    focus: Focus | None = None


class Narration(Frozen):
    """Speech on the sound track: `samples` samples at 48 kHz from sample `start`."""

    scene: str
    digest: str
    start: int
    samples: int


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
    pops: tuple[Cue, ...] = ()
    """The same words as burned in style "pop"; empty in other styles."""
    burn_captions: bool
    look: CaptionLook
    background: str
    opening: int
    """Frames in which the first shot appears from the background."""
    closing: int
    """Frames in which the last shot disappears into it."""
    reach: int
    """Half of the longest transition: stills move so many frames before and after their shot."""
    music: tuple[str, ...]
    music_level_db: float
    voice_polish: bool
    loudness_lufs: float
    peak_dbtp: float
    encoding: Encoding = Encoding()

    @property
    def burned(self) -> tuple[Cue, ...]:
        """The captions in the picture, if any."""
        if not self.burn_captions:
            return ()
        return self.pops if self.look.style == "pop" else self.cues

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
            # A card that builds itself has motion enough, and its type stays sharp at rest.
            resting = scene.picture_kind == "clip" or scene.states
            moving = "none" if resting else automatic(scene.picture, before)
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
            states=plan_states(scene.states, spec.fps, lengths[index]),
            focus=scene.focus,
        )
        before = moving


def _filled(scene: SceneMedia, shot: Shot, leaving: int, fps: int) -> Shot:
    """The shot with its clip's takes; `leaving` frames of it are seen after its end."""
    if shot.kind == "still":
        return shot
    if not scene.clips:
        raise ValueError(f"scene {scene.id}: nobody said how long its clip is")
    # A face that speaks cannot go round: it holds still when it has ended.
    fill: Fill = scene.fill if shot.clip_start is None else "hold"
    begun = -shot.overlap // 2 if shot.clip_start is None else shot.clip_start
    takes, after = plan_takes(scene.clips, fps, shot.frames - begun + leaving, fill)
    return shot.model_copy(update={"takes": takes, "after": after})


def _reach(spec: FilmSpec) -> int:
    return round(spec.transition_s * spec.fps / 2)


def build_timeline(
    scenes: Sequence[SceneMedia], spec: FilmSpec, measure: Measure | None = None
) -> Timeline:
    """Lays scenes end to end on a film of whole frames. Pure.

    `measure` tells how many pixels a line takes in the type of plain captions, so that none is too
    long for the frame; without it columns are counted.

    A scene lasts `ceil(seconds * fps)` frames; narration starts at the sample that is `lead_s`
    after its scene's edge frame. Raises ValueError for no scenes, an odd frame size, or a name of a
    motion or transition that does not exist.
    """
    if not scenes:
        raise ValueError("a film needs at least one scene")
    if spec.width % 2 or spec.height % 2 or min(spec.width, spec.height) < 16:
        raise ValueError(f"a frame of {spec.width}x{spec.height} cannot be: use even numbers")
    edges = _edges(scenes, spec.fps)
    bare = tuple(_shots(scenes, spec, edges))
    seen_on = [*(shot.overlap // 2 for shot in bare[1:]), 0]
    shots = tuple(map(_filled, scenes, bare, seen_on, repeat(spec.fps)))
    look = spec.look.model_copy(update={"right_to_left": is_right_to_left(spec.language)})
    told = (look, spec.fps, (spec.width, spec.height), spec.language, measure)
    plain, pop = stage_for("plain", *told), stage_for("pop", *told)
    narrations: list[Narration] = []
    cues: list[Cue] = []
    pops: list[Cue] = []
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
        span = Span(edges[index], end - leaving, end, start / SAMPLE_RATE)
        shown = scene_cues(scene.words, span, plain, scene.keep_clear)
        cues += shown
        if spec.look.style == "pop":
            pops += pop_cues(shown, span, pop, scene.keep_clear)
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
        pops=tuple(pops),
        burn_captions=spec.burn_captions,
        look=look,
        background=spec.background,
        opening=min(ramp, shots[0].frames // 3),
        closing=min(ramp, shots[-1].frames // 3),
        reach=_reach(spec),
        music=spec.music,
        music_level_db=spec.music_level_db,
        voice_polish=spec.voice_polish,
        loudness_lufs=spec.loudness_lufs,
        peak_dbtp=spec.peak_dbtp,
        encoding=spec.encoding,
    )
