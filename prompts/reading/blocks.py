"""A script that has been read: its front matter and its scenes. Frozen data."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from prompts.storyboard import (
    Aspect,
    BrandWords,
    BuildName,
    Captions,
    CardKind,
    Character,
    CodecName,
    Column,
    FillName,
    FrameRate,
    Frozen,
    LowerThird,
    MotionName,
    Polish,
    SizeName,
    SoundCodecName,
    Table,
    TransitionName,
)

DirectedCard = Literal[
    "title", "statement", "points", "steps", "quote", "number", "comparison",
    "table", "bar", "line", "code", "closing",
]  # fmt: skip
"""Card kinds that an editor can ask for; a picture of one's own needs no directive."""

DirectedVisual = Literal["card", "image", "clip", "presenter"]


class Closing(Frozen):
    """The words of the card at the end."""

    heading: str
    text: str = ""


class FrontMatter(Frozen):
    """The settings above the script; `lines` has the line of each key that was given."""

    title: str = ""
    subtitle: str = ""
    slug: str = ""
    aspect: Aspect = "16:9"
    preset: str = ""
    size: SizeName | Literal[""] = ""
    fps: FrameRate | Literal[""] = ""
    codec: CodecName | Literal[""] = ""
    audio_codec: SoundCodecName | Literal[""] = ""
    reframe: bool = False
    tier: str = ""
    image_provider: str = ""
    tts_provider: str = ""
    video_provider: str = ""
    theme: str = ""
    voice: str = ""
    speed: float = 1.0
    style: str = ""
    transition: TransitionName = "auto"
    transition_s: float | None = None
    language: str = "en"
    music: tuple[str, ...] = ()
    music_level_db: float = 0.0
    loudness_lufs: float | None = None
    voice_polish: Polish = "none"
    verify: bool | None = None
    verify_limit: float | None = None
    captions: Captions = "burned"
    budget_usd: Decimal | None = None
    fill: FillName | None = None
    closing: Closing | None = None
    brand: BrandWords = BrandWords()
    characters: tuple[Character, ...] = ()
    author: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    planner: str = ""
    """`rules`, `llm`, or names of language models; empty: the operator's choice."""
    glossary: str = ""
    """Absolute path; empty: `glossary.toml` beside the script, if there is one."""
    date: str = ""
    poster: int | str = ""
    deliver: tuple[str, ...] = ()
    lines: dict[str, int] = Field(default_factory=dict)


class ScriptScene(Frozen):
    """What stands under one heading, sorted by block and without markup.

    narration    paragraphs of prose, an empty line between two
    key_phrase   the first bold phrase of the prose
    image        absolute path or allowed https address of the editor's image or clip
    lines        the line of each block and directive by name
    """

    heading: str = ""
    narration: str = ""
    key_phrase: str = ""
    points: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    quote: str = ""
    attribution: str = ""
    code: str = ""
    code_language: str = ""
    table: Table | None = None
    compare: tuple[Column, ...] = ()
    image: str = ""
    alt: str = ""
    caption: str = ""
    card: CardKind | None = None
    visual: DirectedVisual | None = None
    prompt: str = ""
    motion: MotionName = "auto"
    build: BuildName = "auto"
    pause_s: float | None = None
    transition: TransitionName = "auto"
    transition_s: float | None = None
    lower_third: LowerThird | None = None
    fill: FillName | None = None
    duration_s: float | None = None
    focus: tuple[float, float] | None = None
    voice: str = ""
    image_provider: str = ""
    tts_provider: str = ""
    video_provider: str = ""
    number: str = ""
    text: str = ""
    kicker: str = ""
    line: int = 1
    lines: dict[str, int] = Field(default_factory=dict)

    def is_empty(self) -> bool:
        """Whether nothing at all was written."""
        return not (self.heading or self.lines)


class Script(Frozen):
    """A script as its editor wrote it. `opening` is what stands before the first scene."""

    path: Path
    front: FrontMatter
    opening: ScriptScene
    scenes: tuple[ScriptScene, ...]
