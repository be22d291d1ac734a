"""The places that films go to, each with what it asks for: `reelwright presets`."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from prompts.storyboard import Aspect, Captions, CodecName, FrameRate, SizeName, SoundCodecName

NAMES = ("youtube", "shorts", "reels", "tiktok", "linkedin", "web", "archive")


class Preset(BaseModel):
    """What a film for one place is like; None where the place leaves it open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    aspect: Aspect | None = None
    size: SizeName | None = None
    fps: FrameRate | None = None
    codec: CodecName | None = None
    audio_codec: SoundCodecName | None = None
    captions: Captions | None = None
    loudness_lufs: float | None = None
    most_kbps: int | None = None
    deliver: tuple[str, ...] = ()
    longest_s: float | None = None
    longest: str = ""
    source: str
    read: str
    """The day on which the source was last looked up, or "not confirmed"."""
    why: dict[str, str] = {}


@functools.cache
def presets() -> dict[str, Preset]:
    """All presets by name, in the order of `NAMES`."""
    told = tomllib.loads((Path(__file__).parent / "presets.toml").read_text(encoding="utf-8"))
    return {name: Preset.model_validate(told[name]) for name in NAMES}


def too_long(name: str, seconds: float) -> str:
    """One sentence when a film of `seconds` is longer than its place takes; else empty."""
    preset = presets().get(name)
    if preset is None or preset.longest_s is None or seconds <= preset.longest_s:
        return ""
    return f"the film lasts {_minutes(seconds)} and {preset.longest}; shorten it or split it up"


def show_presets() -> int:
    """`reelwright presets`: what each is, and where its figures come from."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in ("preset", "for", "shape", "coded as", "sound", "captions", "longest"):
        table.add_column(heading)
    for name, preset in presets().items():
        shape = " ".join(filter(None, (preset.aspect, preset.size)))
        rate = f" ≤ {preset.most_kbps / 1000:g} Mbit/s" if preset.most_kbps else ""
        coded = f"{preset.codec or ''}{rate}" + (f", {preset.fps} fps" if preset.fps else "")
        longest = _minutes(preset.longest_s) if preset.longest_s else ""
        loud = f"{preset.audio_codec} {preset.loudness_lufs:g} LUFS"
        extra = ", master" if "master" in preset.deliver else ""
        table.add_row(
            name, preset.about, shape, coded + extra, loud, preset.captions or "", longest
        )
    console = Console(highlight=False)
    console.print(table)
    for name, preset in presets().items():
        console.print(f"{name}: {preset.source} (read: {preset.read})", markup=False)
        for key, why in preset.why.items():
            console.print(f"  {key}: {why}", markup=False)
    return 0


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d} min"
