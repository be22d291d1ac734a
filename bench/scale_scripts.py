"""The films of `bench.scale`: eight scenes of a second, each a picture of 64 pixels and a word."""

from __future__ import annotations

import itertools
from pathlib import Path

SCENES = 8
ASSETS = 2 * SCENES
"""What a film buys: a picture and a narration for each scene."""
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]

_FRONT = """---
title: Film {n}
slug: film-{n}
aspect: "1:1"
fps: 24
transition: cut
captions: files
image_provider: dot
tts_provider: kokoro
---
"""
_SCENE = """
{heading}
@visual: image
@prompt: {n}-{scene}
@motion: none
@pause: 0s
@duration: 1s

{word}.
"""


def write_scripts(folder: Path, films: int, workers: int) -> list[Path]:
    """Scripts in a folder for each worker, no two of which order the same thing."""
    words = map("".join, itertools.product(_SYLLABLES, repeat=3))
    parts = [folder / f"part-{number + 1}" for number in range(workers)]
    for part in parts:
        part.mkdir(parents=True)
    for n in range(1, films + 1):
        scenes = [
            _SCENE.format(n=n, scene=scene, word=next(words), heading=f"## {scene}" * bool(scene))
            for scene in range(SCENES)
        ]
        script = parts[n % workers] / f"film-{n}.md"
        script.write_text(_FRONT.format(n=n) + "".join(scenes))
    return parts
