"""The films that the bench makes: still cards that move, burned captions, speech-like sound."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image, ImageDraw, ImageFont

from assembly.captions.cues import CaptionLook
from assembly.sound.samples import read_samples
from assembly.timeline import SAMPLE_RATE, FilmSpec, SceneMedia, Timeline, Word, build_timeline

WIDTH, HEIGHT, FPS = 1920, 1080, 30
MOVES = ("push-in", "pull-out")
SENTENCE = (
    "A short sentence tells what the card shows, and the next one says why it matters; "
    "then there is a moment to look."
)


def fonts_dir() -> Path:
    """The folder of the family that the captions are set in."""
    found = find_spec("font_source_sans_pro")
    if found is None or found.submodule_search_locations is None:
        raise SystemExit("the font package font-source-sans-pro is missing: run make fast first")
    return Path(found.submodule_search_locations[0]) / "files"


def card(number: int, folder: Path) -> str:
    """A card as the film shows them: a soft ground, a heading, lines of text, a shape."""
    path = folder / f"card{number}.png"
    if path.exists():
        return path.name
    wide, high = round(WIDTH * 1.08), round(HEIGHT * 1.08)
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    shade = across / wide * 0.6 + down / high * 0.4
    tints = np.random.default_rng(number).integers(20, 90, (2, 3))
    ground = tints[0] + (tints[1] - tints[0]) * shade[..., None]
    image = Image.fromarray(ground.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    bold = ImageFont.truetype(str(fonts_dir() / "SourceSansPro-Bold.ttf"), wide // 18)
    plain = bold.font_variant(size=wide // 36)
    draw.text((wide * 0.09, high * 0.16), f"The {number + 1}. thing to know", "#ffffff", bold)
    for line in range(4):
        top = high * (0.36 + 0.09 * line)
        draw.ellipse([wide * 0.09, top + 14, wide * 0.09 + 24, top + 38], fill="#ffc857")
        draw.text((wide * 0.12, top), f"One point of several, number {line + 1}", "#e6e6e6", plain)
    draw.rounded_rectangle(
        [wide * 0.66, high * 0.32, wide * 0.9, high * 0.68], 40, fill="#2e86ab", outline="#ffffff"
    )
    image.save(path)
    return path.name


def speech(number: int, seconds: float, folder: Path) -> str:
    """Tones and breath in syllables, as a voice at 24 kHz has them; kept as narrations are."""
    moments = np.arange(round(seconds * 24_000)) / 24_000
    pitch = 110 + 12 * np.sin(2 * np.pi * 0.4 * moments)
    phase = 2 * np.pi * np.cumsum(pitch) / 24_000
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    breath = np.random.default_rng(number).normal(0, 0.15, len(moments))
    syllables = np.clip(np.sin(2 * np.pi * 2.1 * moments) + 0.5, 0, 1)
    name = f"speech{number}.wav"
    soundfile.write(folder / name, 0.15 * (voice + breath) * syllables, 24_000)
    soundfile.write(folder / name, read_samples(folder / name)[0], SAMPLE_RATE)
    return name


def script(
    seconds: float,
    folder: Path,
    scenes: int = 8,
    moves: tuple[str, ...] = MOVES,
    changed: tuple[int, ...] = (),
    music: tuple[str, ...] = (),
) -> Timeline:
    """The film in integer frames; `changed` scenes show a card that no other film has.

    Eight cards come round again, so that long films are soon prepared.
    """
    spoken = seconds / scenes - 0.7
    words = SENTENCE.split()
    step = spoken / len(words)

    def told(scene: int) -> tuple[Word, ...]:
        # Each scene's captions are its own: scenes that are equal would be encoded once.
        own = [f"{scene + 1}.", *words[1:-1], f"{scene + 1}."]
        return tuple(
            Word(text=word, start_s=i * step, end_s=(i + 0.9) * step) for i, word in enumerate(own)
        )

    heard = [speech(number, spoken, folder) for number in range(scenes)]
    cards = [card(number, folder) for number in (*range(8), *(100 + n for n in changed))]
    shown = [cards[8 + changed.index(n)] if n in changed else cards[n % 8] for n in range(scenes)]
    media = [
        SceneMedia(
            id=f"s{number}",
            title=f"Part {number + 1}",
            picture=shown[number],
            motion=moves[number % len(moves)],
            speech=heard[number],
            speech_s=spoken,
            words=told(number),
        )
        for number in range(scenes)
    ]
    look = CaptionLook(font="Source Sans Pro")
    spec = FilmSpec(title="Bench", width=WIDTH, height=HEIGHT, fps=FPS, look=look, music=music)
    return build_timeline(media, spec)


def chords(folder: Path, pitch: float) -> str:
    """A minute of music at `pitch` hertz."""
    moments = np.arange(60 * 44_100) / 44_100
    tones = sum(0.1 * np.sin(2 * np.pi * pitch * k * moments) for k in (1, 1.26, 1.5, 2))
    soundfile.write(folder / f"music{pitch:.0f}.wav", tones, 44_100)
    return f"music{pitch:.0f}.wav"
