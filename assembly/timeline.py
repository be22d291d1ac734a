"""The timeline: a film in integer frames. Versioned JSON; media are named by digest, never by path."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

SAMPLE_RATE = 48_000
"""Samples a second of the one sound track."""


class Frozen(BaseModel):
    """Immutable, closed data."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(Frozen):
    """A written word and when it is heard, in seconds from the start of its narration."""

    text: str
    start_s: float
    end_s: float


class SceneMedia(Frozen):
    """What a scene brings to the timeline: its picture, its narration and the editor's wishes."""

    id: str
    title: str = ""
    picture: str
    """Digest of the still or clip."""
    picture_kind: Literal["still", "clip"] = "still"
    motion: str = "auto"
    transition: str = "auto"
    speech: str = ""
    """Digest of the narration's audio file, or empty for a silent scene."""
    speech_s: float = 0.0
    words: tuple[Word, ...] = ()
    lead_s: float = 0.25
    """Time on screen before the narration starts."""
    pause_s: float = 0.45
    """Time on screen after it ends."""
    least_s: float = 0.0
    """The scene lasts at least this long."""


class CaptionLook(Frozen):
    """How captions are burned. Colours are `#rrggbb`. `size` is a share of the frame's short side."""

    font: str
    """Family name as libass finds it in the fonts folder."""
    size: float = 0.045
    color: str = "#ffffff"
    box: str = "#000000"
    box_opacity: float = 0.62
    bold: bool = True


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
    music: str = ""
    """Digest of a music file, or empty."""
    loudness_lufs: float = -16.0
    peak_dbtp: float = -1.0
