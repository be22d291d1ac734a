"""The storyboard: what each scene says and shows, before anything is made. Frozen data."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Aspect = Literal["16:9", "9:16", "1:1", "4:5"]
SizeName = Literal["720p", "1080p", "1440p", "2160p"]
"""Pixels of the shorter side."""
FrameRate = Literal["24", "25", "30", "50", "60"]
CodecName = Literal["h264", "hevc", "av1"]
SoundCodecName = Literal["aac", "opus"]
VisualKind = Literal["card", "image", "clip", "presenter", "file"]
CardKind = Literal[
    "title", "statement", "points", "steps", "quote", "number", "comparison",
    "table", "bar", "line", "code", "image", "closing",
]  # fmt: skip
MotionName = Literal[
    "auto", "none", "push-in", "pull-out", "pan-left", "pan-right", "pan-up", "pan-down", "drift"
]
BuildName = Literal["auto", "none"]
TransitionName = Literal[
    "auto", "cut", "dissolve", "fade", "fade-white",
    "slide", "slide-left", "slide-right", "slide-up", "slide-down",
    "push", "push-left", "push-right", "push-up", "push-down",
    "wipe", "wipe-left", "wipe-right", "wipe-up", "wipe-down",
]  # fmt: skip
FillName = Literal["loop", "slow", "extend"]
"""How a clip fills a scene that is longer: again from the start, slower, or by further clips."""


class Frozen(BaseModel):
    """Immutable, closed data."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """One side of a comparison."""

    title: str
    items: tuple[str, ...] = ()


class Table(Frozen):
    """Cells as the editor wrote them. For charts the first column names the bars or x positions."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Card(Frozen):
    """The on-screen text of a scene; which fields are used depends on `kind`."""

    kind: CardKind
    heading: str = ""
    kicker: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    attribution: str = ""
    number: str = ""
    columns: tuple[Column, ...] = ()
    table: Table | None = None
    code: str = ""
    code_language: str = ""


class Visual(Frozen):
    """What a scene shows. The card is always there: it is also the fallback for the other kinds.

    file    absolute path (or allowed https address) of the editor's own image or clip, as resolved
    alt     the words that stand for it
    """

    kind: VisualKind
    card: Card
    prompt: str = ""
    file: str = ""
    alt: str = ""


class LowerThird(Frozen):
    """The name of someone who is seen, and what they are."""

    name: str
    role: str = ""


class Character(Frozen):
    """Someone who is seen in several pictures, and is to look the same in all of them.

    words     what is seen of them, for prompts
    picture   absolute path of the editor's picture of them; `digest` is its digest, once taken in
    """

    name: str
    words: str = ""
    picture: str = ""
    digest: str = ""
    line: int = 1


def is_recording(voice: str) -> bool:
    """Whether a voice is the path of a sound file, not a name: `prompts.reading.files` finds it."""
    return Path(voice).is_absolute() and bool(Path(voice).suffix)


class Scene(Frozen):
    """One scene. Seconds are floats here; frames exist only on the timeline."""

    id: str
    """`s01`, `s02`, ... in order."""
    heading: str
    narration: str
    """As the editor wrote it (markup removed): what captions show. May be empty."""
    visual: Visual
    voice: str = ""
    """A voice's name, or the absolute path of a recording; empty: the storyboard's own."""
    image_provider: str = ""
    """Names of models with commas, tried in order, as in the storyboard's own; empty: its own."""
    tts_provider: str = ""
    video_provider: str = ""
    motion: MotionName = "auto"
    build: BuildName = "auto"
    """Whether the parts of the scene's card appear as their words are spoken."""
    transition: TransitionName = "auto"
    """How this scene begins."""
    transition_s: float | None = None
    """How long that takes; None: as the film has it."""
    lower_third: LowerThird | None = None
    """Who is seen."""
    is_bare: bool = False
    """Nothing stands over it: it is what a brand's films begin or end with."""
    fill: FillName | None = None
    """None: as the film does it."""
    pause_s: float | None = None
    """Silence after the narration; None: the pipeline's usual breathing space."""
    duration_s: float | None = None
    """The least time on screen, when the editor gave one (or for scenes without narration)."""
    focus: tuple[float, float] | None = None
    """The point around which its picture is cut to the film's shape; None: what it is about."""
    line: int = 1
    """The line of the script at which the scene begins."""
    lines: dict[str, int] = {}
    """Line of each directive and block by name ("prompt", "image", ...), for messages."""
    original: Scene | None = None
    """In a film in another language: the scene in the script's own words, which pictures are made
    of and an editor's choices know."""


Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
Side = Literal["left", "right"]


class LogoBug(Frozen):
    """The brand's logo, small in a corner of every scene."""

    corner: Corner = "top-right"
    size: float = 0.08
    """Its height as a share of the frame's shorter side."""
    opacity: float = 0.85


class LowerThirds(Frozen):
    """How the names of those who are seen are shown, where a scene gives one."""

    side: Side | None = None
    """None: where a line of the film's language begins."""
    seconds: float = 4.0
    """How long each stays."""


class BrandEnd(Frozen):
    """What every film of a brand begins or ends with: a clip or picture, or the words of a card."""

    clip: str = ""
    """Absolute path of a clip, which plays whole and without its sound, or of a picture."""
    heading: str = ""
    text: str = ""
    duration_s: float | None = None
    """None: as long as the clip lasts, or 3 s."""


class Place(Frozen):
    """A line of the script or of a brand file, for messages."""

    path: str
    line: int


class BrandWords(Frozen):
    """An organisation's brand. Colours are `#rrggbb` or empty; logo is an absolute path."""

    name: str = ""
    primary: str = ""
    accent: str = ""
    background: str = ""
    text: str = ""
    logo: str = ""
    heading_font: str = ""
    """A family's name or the absolute path of a font file; so for all three."""
    body_font: str = ""
    caption_font: str = ""
    loudness_lufs: float | None = None
    logo_bug: LogoBug | None = None
    lower_thirds: LowerThirds | None = None
    intro: BrandEnd | None = None
    outro: BrandEnd | None = None
    places: dict[str, Place] = {}
    """Where each key was written."""


Captions = Literal["burned", "plain", "highlight", "pop", "files", "none"]
"""Burned into the picture in the theme's style or in one of three, only as files, or not at all."""


Polish = Literal["none", "gentle"]


class Storyboard(Frozen):
    """A film in words."""

    version: Literal[1] = 1
    slug: str
    title: str
    source: str
    """Absolute path of the script."""
    scenes: tuple[Scene, ...]
    subtitle: str = ""
    aspect: Aspect = "16:9"
    picture_aspect: Aspect | Literal[""] = ""
    """The aspect that pictures are bought in; empty: the film's own."""
    preset: str = ""
    """The place that the film is made for; empty: none in particular."""
    size: SizeName | Literal[""] = ""
    """Empty: the operator's choice; so for the frame rate and the codecs."""
    fps: FrameRate | Literal[""] = ""
    codec: CodecName | Literal[""] = ""
    audio_codec: SoundCodecName | Literal[""] = ""
    reframe: bool = False
    """Pictures are bought once, in the script's own aspect, and cut for the others."""
    tier: str = ""
    image_provider: str = ""
    """Names of models with commas, tried in order; empty: the operator's choice."""
    tts_provider: str = ""
    video_provider: str = ""
    theme: str = ""
    voice: str = ""
    """A voice's name, or the absolute path of one recording of all that it says."""
    speed: float = 1.0
    style: str = ""
    transition: TransitionName = "auto"
    """How scenes begin that say nothing of it; auto: as the theme has it."""
    transition_s: float | None = None
    language: str = "en"
    translated_from: str = ""
    """The script's own language, where the film is in another one; empty: it is in its own."""
    voices_speak: str = ""
    """The language that its voices were named for, where that is another one."""
    glossary: str = ""
    """Absolute path of the names and terms that other languages keep or map."""
    music: tuple[str, ...] = ()
    """Absolute paths of pieces of music, in the order in which they are played."""
    music_level_db: float = 0.0
    """How much louder than usual the music is."""
    loudness_lufs: float = -16.0
    voice_polish: Polish = "none"
    verify: bool | None = None
    """Whether what was made is heard back; None: as the operator says."""
    verify_limit: float | None = None
    """The share of words that may be heard otherwise than they are written."""
    """Gentle: narrations go through a compressor and a de-esser."""
    captions: Captions = "burned"
    budget_usd: Decimal | None = None
    fill: FillName | None = None
    """None: the program's choice."""
    brand: BrandWords = BrandWords()
    characters: tuple[Character, ...] = ()
    author: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    date: str = ""
    """A year or a day, as the editor gave it."""
    poster: int | str = ""
    """Number of a scene, or absolute path of a picture; empty: the best there is."""
    deliver: tuple[str, ...] = ()
    """What is delivered beside the usual: `otio`, `master`."""
    lines: dict[str, int] = {}
    """Line of each front-matter key (and "title") in the script, for messages."""
