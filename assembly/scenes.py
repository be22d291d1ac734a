"""What a timeline is made of: the scenes with all that they bring, and the shape of the film."""

from __future__ import annotations

from typing import Literal

from assembly.builds import StateAt
from assembly.captions.cues import Area, CaptionLook, Frozen, Word
from assembly.encoding import Encoding
from assembly.focus import Focus
from assembly.overlays import Drawing
from assembly.takes import ClipFile, Fill

LEAD_S, PAUSE_S = 0.25, 0.45
"""Time on screen before a narration, and after it when the script says nothing."""


class SceneMedia(Frozen):
    """What a scene brings to the timeline: its picture, its narration and the editor's wishes."""

    id: str
    title: str = ""
    picture: str
    """Digest of the still or clip."""
    picture_kind: Literal["still", "clip"] = "still"
    states: tuple[StateAt, ...] = ()
    """When the picture's states appear, for a card that builds itself; its first one at 0."""
    motion: str = "auto"
    asked: str = ""
    """What the picture was asked for: by it "auto" is chosen, so that it is known before the
    picture is there. Empty: by the picture itself.
    """
    transition: str = "auto"
    """A name of `assembly.transitions`, also without its direction."""
    transition_s: float | None = None
    """None: as the film has it."""
    speech: str = ""
    """Digest of the narration's audio file, or empty for a silent scene."""
    speech_s: float = 0.0
    words: tuple[Word, ...] = ()
    lead_s: float = LEAD_S
    """Time on screen before the narration starts."""
    pause_s: float = PAUSE_S
    """Time on screen after it ends."""
    least_s: float = 0.0
    """The scene lasts at least this long."""
    keep_clear: tuple[Area, ...] = ()
    """What captions must not cover: lower thirds, a presenter's face."""
    clip_start_s: float | None = None
    """When the clip starts to run, from the scene's edge (a speaking face: `lead_s`).

    None: as soon as the first of it is seen.
    """
    clips: tuple[ClipFile, ...] = ()
    """For a clip: it and those that go on from it, `picture` first; `fill` says what comes then."""
    fill: Fill = "loop"
    focus: Focus | None = None
    """The point around which the picture is cut to the film's shape; None: what it is about."""
    has_logo: bool = True
    """The film's logo, if any, stands over the scene."""
    name: Drawing | None = None
    """The name of someone who is seen, drawn as a lower third."""
    name_s: float = 4.0
    """How long it stays, at most."""


class FilmSpec(Frozen):
    """The shape of the film."""

    title: str
    width: int
    height: int
    fps: int = 30
    language: str = "en"
    burn_captions: bool = True
    look: CaptionLook
    transition: str = "dissolve"
    """What "auto" means."""
    transition_s: float | None = None
    """None: as long as each kind usually lasts."""
    background: str = "#000000"
    """What the film comes from and goes to, `#rrggbb`."""
    dark: str = "#000000"
    light: str = "#ffffff"
    """What a fade and a fade to white go through."""
    logo: Drawing | None = None
    """Over all scenes that do not decline it."""
    logo_opacity: float = 1.0
    music: tuple[str, ...] = ()
    """Digests of music files, played one after another."""
    music_level_db: float = 0.0
    """How much louder than usual the music is."""
    voice_polish: bool = False
    """Narrations go through a gentle compressor and a de-esser."""
    loudness_lufs: float = -16.0
    peak_dbtp: float = -1.0
    encoding: Encoding = Encoding()
