"""The timeline: a film in integer frames. Versioned JSON; media are named by digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat
from math import ceil
from typing import Literal

from assembly.builds import State, plan_states
from assembly.captions.bidi import is_right_to_left
from assembly.captions.cueing import Span, pop_cues, scene_cues, stage_for
from assembly.captions.cues import Area, CaptionLook, Cue, Frozen, Word
from assembly.captions.tokens import Measure
from assembly.encoding import Encoding
from assembly.focus import Focus
from assembly.motion import MOVES, automatic
from assembly.overlays import Overlay, Stay, logo_overlays, name_area, name_overlay
from assembly.scenes import LEAD_S, PAUSE_S, FilmSpec, SceneMedia
from assembly.takes import After, Fill, Take, plan_takes
from assembly.transitions import LONGEST_S, NAMES, USUAL_S, Transition, kind_of, resolve

__all__ = [
    "LEAD_S", "PAUSE_S", "Area", "CaptionLook", "Cue", "FilmSpec", "Frozen", "Narration",
    "SceneMedia", "Shot", "Timeline", "Word", "build_timeline",
]  # fmt: skip

SAMPLE_RATE = 48_000
"""Samples a second of the one sound track."""


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
    through: str = ""
    """What a fade passes through, `#rrggbb`."""
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
    overlays: tuple[Overlay, ...] = ()
    """What stands over the scenes: the logo, and names."""
    reach: int
    """Half of the film's usual transition: stills move so many frames beyond their shot."""
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
    through = {"fade": spec.dark, "fade-white": spec.light}
    lengths = [end - start for start, end in pairwise(edges)]
    for index, scene in enumerate(scenes):
        moving = scene.motion
        if moving == "auto":
            # A card that builds itself has motion enough, and its type stays sharp at rest.
            resting = scene.picture_kind == "clip" or scene.states
            moving = "none" if resting else automatic(scene.asked or scene.picture, before)
        if moving not in MOVES:
            raise ValueError(
                f"scene {scene.id}: no motion is called {moving!r}; choose of: auto, "
                + ", ".join(MOVES)
            )
        wished = spec.transition if scene.transition == "auto" else scene.transition
        transition = _resolved(wished, spec, f"scene {scene.id}")
        overlap = 0
        if index:
            shorter = min(lengths[index - 1], lengths[index])
            wished_s = spec.transition_s if scene.transition_s is None else scene.transition_s
            overlap = min(2 * _reach(transition, wished_s, spec.fps), shorter // 3 // 2 * 2)
        start = None if scene.clip_start_s is None else round(scene.clip_start_s * spec.fps)
        yield Shot(
            scene=scene.id,
            title=scene.title,
            picture=scene.picture,
            kind=scene.picture_kind,
            motion=moving,
            start=edges[index],
            frames=lengths[index],
            transition=transition if overlap else "cut",
            overlap=overlap,
            through=through.get(transition, "") if overlap else "",
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


def _stays(shots: Sequence[Shot], opening: int, closing: int) -> tuple[Stay, ...]:
    halves = [opening, *(shot.overlap // 2 for shot in shots[1:]), closing]
    return tuple(
        Stay(start=shot.start, end=shot.start + shot.frames, before=before, after=after)
        for shot, before, after in zip(shots, halves[:-1], halves[1:], strict=True)
    )


def _resolved(wished: str, spec: FilmSpec, whose: str) -> Transition:
    found = resolve(wished, is_right_to_left(spec.language))
    if found is None:
        raise ValueError(
            f"{whose}: no transition is called {wished!r}; choose of: auto, {', '.join(NAMES)}"
        )
    return found


def _reach(transition: str, wished_s: float | None, fps: int) -> int:
    """Half of a transition's frames."""
    usual_s = USUAL_S[kind_of(transition)]
    length_s = usual_s if wished_s is None or not usual_s else min(wished_s, LONGEST_S)
    return round(length_s * fps / 2)


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
    size = spec.width, spec.height
    bare = tuple(_shots(scenes, spec, edges))
    seen_on = [*(shot.overlap // 2 for shot in bare[1:]), 0]
    shots = tuple(map(_filled, scenes, bare, seen_on, repeat(spec.fps)))
    look = spec.look.model_copy(update={"right_to_left": is_right_to_left(spec.language)})
    told = (look, spec.fps, size, spec.language, measure)
    plain, pop = stage_for("plain", *told), stage_for("pop", *told)
    ramp = round(0.4 * spec.fps)
    opening, closing = (min(ramp, shots[end].frames // 3) for end in (0, -1))
    stays = _stays(shots, opening, closing)
    names: list[Overlay | None] = [
        name_overlay(scene.name, stay, scene.name_s, spec.fps, look.right_to_left)
        if scene.name is not None
        else None
        for scene, stay in zip(scenes, stays, strict=True)
    ]
    logos: tuple[Overlay, ...] = ()
    if spec.logo is not None:
        shown = [scene.has_logo for scene in scenes]
        logos = logo_overlays(spec.logo, spec.logo_opacity, stays, shown)
    clear_of_logo = [] if spec.logo is None else [spec.logo.area(*size)]
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
        span = Span(edges[index], end - seen_on[index], end, start / SAMPLE_RATE)
        clear = [*scene.keep_clear, *(clear_of_logo if scene.has_logo else ())]
        if (name := names[index]) is not None:
            clear.append(name_area(name, stays[index], spec.fps, size))
        captions = scene_cues(scene.words, span, plain, clear)
        cues += captions
        if spec.look.style == "pop":
            pops += pop_cues(captions, span, pop, clear)
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
        opening=opening,
        closing=closing,
        overlays=(*logos, *(name for name in names if name is not None)),
        reach=_reach(_resolved(spec.transition, spec, "the film"), spec.transition_s, spec.fps),
        music=spec.music,
        music_level_db=spec.music_level_db,
        voice_polish=spec.voice_polish,
        loudness_lufs=spec.loudness_lufs,
        peak_dbtp=spec.peak_dbtp,
        encoding=spec.encoding,
    )
