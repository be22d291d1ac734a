"""The film of the bench as a MoviePy 2 program: cards that zoom, captions, sound.

Usage: moviepy_film.py FOLDER FONT OUT. FOLDER holds timeline.json and the media it names.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from moviepy import AudioFileClip, CompositeAudioClip, CompositeVideoClip, ImageClip, TextClip, vfx


def main() -> None:
    """Builds the film from the timeline and writes it."""
    folder, font, out = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    told = json.loads((folder / "timeline.json").read_text("utf-8"))
    fps, size = told["fps"], (told["width"], told["height"])
    layers = []
    for order, shot in enumerate(told["shots"]):
        overlap = shot["overlap"] / fps
        length = shot["frames"] / fps + overlap
        start, end = (1.0, 1.06) if shot["motion"] == "push-in" else (1.06, 1.0)
        picture = ImageClip(str(folder / shot["picture"])).with_duration(length)
        fitted = picture.with_effects([vfx.Resize(size)])

        def zoom(t: float, start: float = start, end: float = end, length: float = length) -> float:
            return start + (end - start) * t / length

        effects = [vfx.Resize(zoom)] + ([vfx.CrossFadeIn(overlap)] if order else [])
        begin = max(0.0, shot["start"] / fps - overlap / 2)
        layers.append(fitted.with_effects(effects).with_start(begin).with_position("center"))
    for cue in told["cues"]:
        text = TextClip(
            font=font,
            text="\n".join(cue["lines"]),
            font_size=45,
            color="white",
            bg_color=(0, 0, 0, 158),
            margin=(16, 12),
            text_align="center",
        )
        shown = text.with_start(cue["start"] / fps).with_end(cue["end"] / fps)
        layers.append(shown.with_position(("center", 0.84), relative=True))
    voices = [
        AudioFileClip(str(folder / narration["digest"])).with_start(narration["start"] / 48_000)
        for narration in told["narrations"]
    ]
    film = CompositeVideoClip(layers, size=size).with_duration(told["frames"] / fps)
    film.with_audio(CompositeAudioClip(voices)).write_videofile(
        out,
        fps=fps,
        codec="libx264",
        preset="veryfast",
        audio_codec="aac",
        audio_fps=48_000,
        audio_bitrate="192k",
        threads=os.cpu_count(),
        pixel_format="yuv420p",
        ffmpeg_params=["-crf", "19", "-movflags", "+faststart"],
        logger=None,
    )


if __name__ == "__main__":
    main()
