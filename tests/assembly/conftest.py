"""Small pictures, noise that stands for speech, and films made of them."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageDraw

from assembly.join import join
from assembly.render import engine, render_segment
from assembly.segments import segments
from assembly.sound.mix import mix
from assembly.tags import FilmTags
from assembly.timeline import CaptionLook, FilmSpec, SceneMedia, Timeline, Word, build_timeline


class Studio:
    """Makes media in a folder and films of them; a medium's digest is its file name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = importlib.util.find_spec("font_source_sans_pro")
        assert found is not None
        assert found.submodule_search_locations is not None
        self.fonts = Path(found.submodule_search_locations[0]) / "files"
        self.look = CaptionLook(font="Source Sans Pro")

    def media(self, digest: str) -> Path:
        return self.folder / digest

    def picture(self, number: int, width: int = 346, height: int = 194) -> str:
        """A card-like picture: a ground of its own colour and some shapes."""
        path = self.folder / f"p{number}-{width}x{height}.png"
        if not path.exists():
            rng = np.random.default_rng(number)
            ground = tuple(int(v) for v in rng.integers(20, 120, 3))
            image = Image.new("RGB", (width, height), ground)
            draw = ImageDraw.Draw(image)
            for _ in range(9):
                x, y = int(rng.integers(0, width * 3 // 4)), int(rng.integers(0, height * 2 // 3))
                color = tuple(int(v) for v in rng.integers(60, 255, 3))
                draw.rectangle([x, y, x + width // 6, y + height // 8], fill=color)
            image.save(path)
        return path.name

    def speech(self, number: int, seconds: float, rate: int = 24_000) -> str:
        """Noise in syllables: it sounds from the first sample on and is like no other number's."""
        path = self.folder / f"s{number}-{seconds:g}-{rate}.wav"
        if not path.exists():
            rng = np.random.default_rng(1000 + number)
            moments = np.arange(round(seconds * rate)) / rate
            syllables = np.clip(np.cos(2 * np.pi * 2.3 * moments) + 0.4, 0, 1)
            soundfile.write(path, rng.normal(0, 0.12, len(moments)) * syllables, rate)
        return path.name

    def scene(self, number: int, seconds: float = 1.2, **wishes: Any) -> SceneMedia:
        words = ("Scene", f"{number}", "says", "a", "few", "words.")
        step = seconds / len(words)
        told = tuple(
            Word(text=word, start_s=i * step, end_s=(i + 0.9) * step)
            for i, word in enumerate(words)
        )
        return SceneMedia(
            **{
                "id": f"s{number:02d}",
                "title": f"Part {number}",
                "picture": self.picture(number),
                "speech": self.speech(number, seconds) if seconds else "",
                "speech_s": seconds,
                "words": told if seconds else (),
                **wishes,
            }
        )

    def spec(self, **wishes: Any) -> FilmSpec:
        return FilmSpec(
            **{"title": "A film", "width": 320, "height": 180, "look": self.look, **wishes}
        )

    def film(self, timeline: Timeline, out: Path, tags: FilmTags | None = None) -> Path:
        """Renders, mixes and joins: the whole of this package, as the pipeline uses it."""
        never = threading.Event()
        parts = segments(timeline, engine(self.fonts))
        files = [out.parent / f"{part.key()}.mp4" for part in parts]

        def make(order: int) -> None:
            render_segment(parts[order], self.media, self.fonts, files[order], never)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(make, range(len(parts))))
        mix(timeline, self.media, out.parent / "sound.mp4", never)
        join(files, out.parent / "sound.mp4", timeline, out, never, tags)
        return out


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def small_film(
    studio: Studio, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Timeline, Callable[[str], Path]]:
    """Four scenes with a cut, a dissolve and a fade; about eight seconds."""
    scenes = [
        studio.scene(1, 1.6, motion="push-in"),
        studio.scene(2, 1.4, transition="dissolve"),
        studio.scene(3, 1.2, transition="fade"),
        studio.scene(4, 1.3, transition="cut"),
    ]
    timeline = build_timeline(scenes, studio.spec())
    film = studio.film(timeline, tmp_path_factory.mktemp("film") / "film.mp4")
    return film, timeline, studio.media
