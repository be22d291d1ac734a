"""The cut as an OpenTimelineIO timeline, so that an editor can go on with it and its media."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import Clip, ExternalReference, Gap, Marker, Track, Transition

from assembly.chapters import chapters
from assembly.errors import UnreadableMedia
from assembly.takes import Take
from assembly.timeline import SAMPLE_RATE, Shot, Timeline

CAPTIONS = "captions.srt"
"""Where the captions lie beside the timeline; OpenTimelineIO has no track for words."""


@dataclass(frozen=True)
class Medium:
    """A file of the cut: its path relative to the film's folder; `path` is where it can be read."""

    target: str
    path: Path


def cut(timeline: Timeline, media: dict[str, Medium]) -> str:
    """The film as OpenTimelineIO's JSON: one picture track, narration, music, chapter markers.

    `media` names every digest of the timeline. Pictures are cut in frames of the film, sound in
    samples at 48 kHz; every track is as long as the film, with gaps where it holds nothing. What
    OpenTimelineIO has no words for (camera moves, captions, ducking) is metadata.
    Raises UnreadableMedia for a file that cannot be opened.
    """
    told = otio.schema.Timeline(name=timeline.title)
    told.global_start_time = RationalTime(0, timeline.fps)
    told.metadata["reelwright"] = {
        "width": timeline.width,
        "height": timeline.height,
        "fps": timeline.fps,
        "language": timeline.language,
        "captions": CAPTIONS,
        "loudness_lufs": timeline.loudness_lufs,
        "opening_frames": timeline.opening,
        "closing_frames": timeline.closing,
    }
    told.tracks.append(_picture_track(timeline, media))
    told.tracks.append(_narration_track(timeline, media))
    if timeline.music:
        pieces = [media[digest] for digest in timeline.music]
        told.tracks.append(_music_track(timeline, pieces))
    for chapter in chapters(timeline):
        span = _span(chapter.start, chapter.end - chapter.start, timeline.fps)
        told.tracks.markers.append(Marker(name=chapter.title, marked_range=span, color="GREEN"))
    return str(told.to_json_string(indent=1))


def _picture_track(timeline: Timeline, media: dict[str, Medium]) -> Track:
    track = Track(name="Picture", kind=otio.schema.TrackKind.Video)
    ends = [shot.overlap // 2 for shot in timeline.shots[1:]] + [0]
    for shot, after in zip(timeline.shots, ends, strict=True):
        before = shot.overlap // 2
        if shot.overlap:
            track.append(_transition(shot, timeline))
        track.extend(_shot(shot, timeline.fps, media, before, after))
    return track


def _transition(shot: Shot, timeline: Timeline) -> Transition:
    """A dissolve is one in every editor; what else there is goes by its own name."""
    kinds = otio.schema.TransitionTypes
    half = RationalTime(shot.overlap // 2, timeline.fps)
    return Transition(
        name=shot.transition,
        transition_type=kinds.SMPTE_Dissolve if shot.transition == "dissolve" else kinds.Custom,
        in_offset=half,
        out_offset=half,
        metadata={
            "reelwright": {
                "transition": shot.transition,
                "color": shot.through or timeline.background,
            }
        },
    )


def _shot(
    shot: Shot, fps: int, media: dict[str, Medium], before: int, after: int
) -> Iterator[Clip | Transition]:
    """What the shot shows: its still, or its clips with the dissolves from one to the next."""
    note = {"scene": shot.scene, "heading": shot.title, "motion": shot.motion}
    if shot.kind == "still":
        # A still has as many frames as are asked of it: its own, and those under transitions.
        whole = _span(0, before + shot.frames + after, fps)
        part = _span(before, shot.frames, fps)
        yield _clip(f"{shot.scene} picture", media[shot.picture], whole, part, note)
        return
    first = before if shot.clip_start is None else max(0, -shot.clip_start)
    end, begins, from_here = first + shot.frames, 0, first
    for take, dissolve, is_last in _runs(shot):
        cut_at = end if is_last else min(end, begins + take.lasting - dissolve + dissolve // 2)
        whole = _span(0, take.frames, fps)
        name, medium = f"{shot.scene} clip", media[take.picture]
        runs_until = min(cut_at, begins + take.lasting) if is_last else cut_at
        if runs_until > from_here:
            at = (from_here - begins) * take.frames // take.lasting
            clip = _clip(name, medium, whole, _span(at, runs_until - from_here, fps), note)
            if take.lasting != take.frames:
                slower = take.frames / take.lasting
                clip.effects.append(otio.schema.LinearTimeWarp("slow", time_scalar=slower))
            yield clip
        if is_last and cut_at > max(runs_until, from_here):
            held = _span(take.frames - 1, cut_at - max(runs_until, from_here), fps)
            clip = _clip(name, medium, whole, held, note)
            clip.effects.append(otio.schema.FreezeFrame())
            yield clip
        from_here, begins = max(from_here, cut_at), begins + take.lasting - dissolve
        if from_here >= end:
            return
        # A dissolve that began before the shot is the transition's; one cut short by it is left.
        if dissolve and cut_at > first and begins + dissolve <= end:
            halves = (dissolve // 2, dissolve - dissolve // 2)
            yield Transition(
                name="dissolve",
                transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                in_offset=RationalTime(halves[0], fps),
                out_offset=RationalTime(halves[1], fps),
            )


def _runs(shot: Shot) -> Iterator[tuple[Take, int, bool]]:
    """(take, frames of its dissolve into the next, whether nothing follows), rounds included."""
    for number in itertools.count():
        for index, take in enumerate(shot.takes):
            is_last = shot.after == "hold" and index == len(shot.takes) - 1
            yield take, 0 if is_last else take.dissolve, is_last
        if shot.after == "hold" or number > shot.frames:
            return


def _narration_track(timeline: Timeline, media: dict[str, Medium]) -> Track:
    track = Track(name="Narration", kind=otio.schema.TrackKind.Audio)
    at = 0
    for spoken in timeline.narrations:
        _rest(track, spoken.start - at)
        whole = _span(0, spoken.samples, SAMPLE_RATE)
        note = {"scene": spoken.scene}
        track.append(_clip(f"{spoken.scene} speech", media[spoken.digest], whole, whole, note))
        at = spoken.start + spoken.samples
    _rest(track, timeline.samples - at)
    return track


def _music_track(timeline: Timeline, pieces: list[Medium]) -> Track:
    """The bed's pieces one after the other; how they were faded and ducked stays in the film."""
    track = Track(name="Music", kind=otio.schema.TrackKind.Audio)
    lengths = [max(1, round(_sound_s(medium) * SAMPLE_RATE)) for medium in pieces]
    at = 0
    for medium, length in itertools.cycle(zip(pieces, lengths, strict=True)):
        part = _span(0, min(length, timeline.samples - at), SAMPLE_RATE)
        track.append(_clip("music", medium, _span(0, length, SAMPLE_RATE), part, {}))
        at += length
        if at >= timeline.samples:
            break
    return track


def _rest(track: Track, samples: int) -> None:
    if samples > 0:
        track.append(Gap(source_range=_span(0, samples, SAMPLE_RATE)))


def _clip(
    name: str, medium: Medium, whole: TimeRange, part: TimeRange, note: dict[str, Any]
) -> Clip:
    reference = ExternalReference(target_url=medium.target, available_range=whole)
    reference.name = Path(medium.target).name
    return Clip(
        name=name, media_reference=reference, source_range=part, metadata={"reelwright": note}
    )


def _span(start: int, length: int, rate: int) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(length, rate))


def _sound_s(medium: Medium) -> float:
    try:
        with av.open(str(medium.path)) as container:
            stream = container.streams.audio[0]
            if stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base)
            return (container.duration or 0) / av.time_base
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableMedia(f"{medium.path}: this sound cannot be read ({error})") from error


def media_names(timeline: Timeline) -> dict[str, str]:
    """A file name, without its ending, per digest: by the first scene that shows or says it."""
    told = [(shot.picture, f"{shot.scene}-picture") for shot in timeline.shots]
    for shot in timeline.shots:
        told += [(take.picture, f"{shot.scene}-clip-{n}") for n, take in enumerate(shot.takes, 1)]
    told += [(spoken.digest, f"{spoken.scene}-speech") for spoken in timeline.narrations]
    told += [(digest, f"music-{n}") for n, digest in enumerate(timeline.music, 1)]
    names: dict[str, str] = {}
    for digest, name in told:
        names.setdefault(digest, name)
    return names
