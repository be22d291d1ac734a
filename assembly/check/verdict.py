"""What is wrong with a measured film, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.check.looks import Stretch
from assembly.check.measuring import Measured
from assembly.timeline import Timeline

_SYNC_FRAMES = 1.0
_LOUDNESS_LU = 0.5
_SOUND_SHORT_S = 0.1


def problems(measured: Measured, timeline: Timeline) -> tuple[str, ...]:
    """One sentence per fault of the film; empty means that it is good. Pure."""
    return (
        *_file(measured, timeline),
        *_sound(measured, timeline),
        *_sync(measured),
        *_picture(measured),
        *_captions(measured, timeline),
    )


def _file(measured: Measured, timeline: Timeline) -> Iterator[str]:
    if measured.frames != timeline.frames:
        yield f"the film has {measured.frames} frames and should have {timeline.frames}"
    shape, asked = (measured.width, measured.height), (timeline.width, timeline.height)
    if shape != asked:
        yield f"the picture is {shape[0]}x{shape[1]} and should be {asked[0]}x{asked[1]}"
    if abs(measured.fps - timeline.fps) > 0.001:
        yield f"the film runs at {measured.fps:g} frames a second and should at {timeline.fps}"
    coded = (measured.video_codec, measured.video_profile, measured.pixel_format)
    asked_for = timeline.encoding
    meant = (asked_for.codec, asked_for.profile, asked_for.pixel_format)
    if coded != meant:
        yield f"the picture is coded as {' '.join(coded)} and should be {' '.join(meant)}"
    colors = {measured.color_primaries, measured.color_transfer, measured.color_matrix}
    if colors != {"bt709"} or measured.color_range != "tv":
        yield "the file does not say that its colours are BT.709 in limited range"
    sound = asked_for.audio
    if not measured.audio_codec.startswith(sound) or measured.sample_rate != 48_000:
        heard = f"{measured.audio_codec} at {measured.sample_rate} Hz"
        yield f"the sound is {heard} and should be {sound} at 48000"
    if not measured.faststart:
        yield "the file's index lies at its end, so it cannot play while it loads"


def _sound(measured: Measured, timeline: Timeline) -> Iterator[str]:
    missing = timeline.duration_s - measured.sound_s
    if missing > _SOUND_SHORT_S:
        yield f"the sound ends {missing:.2f} s before the picture"
    goal = timeline.loudness_lufs
    level, peak = measured.integrated_lufs, measured.true_peak_dbtp
    if level is not None and abs(level - goal) > _LOUDNESS_LU:
        yield f"the film is at {level:.1f} LUFS and should be at {goal:.1f}"
    if peak is not None and peak > timeline.peak_dbtp:
        yield f"the sound peaks at {peak:.1f} dBTP, above the limit of {timeline.peak_dbtp:.1f}"
    for stretch in measured.silent:
        yield f"words are missing: there is no sound {_span(stretch)}"


def _sync(measured: Measured) -> Iterator[str]:
    for edge in measured.sync:
        if edge.told_apart and edge.picture is None:
            yield f"scene {edge.scene}: the picture does not change where the scene begins"
        elif edge.picture is not None and abs(edge.picture) > _SYNC_FRAMES:
            yield f"scene {edge.scene}: the picture changes {_late(edge.picture)}"
        if edge.spoken and edge.speech is None:
            yield f"scene {edge.scene}: its narration is not heard where it should begin"
        elif edge.error is not None and abs(edge.error) > _SYNC_FRAMES:
            yield f"scene {edge.scene}: the words come {_late(edge.error)} for the picture"


def _late(frames: float) -> str:
    return f"{abs(frames):.1f} frames too {'late' if frames > 0 else 'early'}"


def _picture(measured: Measured) -> Iterator[str]:
    for stretch in measured.blank:
        yield f"there is no picture {_span(stretch)}"
    for stretch in measured.frozen:
        yield f"the picture stands still {_span(stretch)} where it should move"
    for scene in measured.other_picture:
        yield f"scene {scene}: another picture is shown than the scene's own"


def _captions(measured: Measured, timeline: Timeline) -> Iterator[str]:
    if not measured.caption_font_found:
        yield f"the caption font {timeline.look.font!r} is not in the fonts folder"
    if measured.captions_too_wide:
        yield f"captions are wider than the frame: numbers {_list(measured.captions_too_wide)}"
    if measured.captions_overlapping:
        yield f"captions overlap in time: numbers {_list(measured.captions_overlapping)}"


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _span(stretch: Stretch) -> str:
    return f"from {stretch.start_s:.2f} s to {stretch.end_s:.2f} s"
