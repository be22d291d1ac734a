"""What a command line or a form wishes over the script. Light enough to import for help."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Wishes(NamedTuple):
    """What is wished of a film. Empty means: as the script says."""

    tier: str = ""
    aspect: str = ""
    theme: str = ""
    voice: str = ""
    captions: str = ""
    budget_usd: Decimal | None = None
    strict: bool = False
    """No falling back: the first choice makes it or the film is not made."""
    image_provider: str = ""
    tts_provider: str = ""
    video_provider: str = ""
    batch: str = ""
    """Films of one name share `batch_budget_usd`."""
    batch_budget_usd: Decimal | None = None
    otio: bool = False
    """A cut for editing programs beside the film, whatever the script says."""
    loudness_lufs: float | None = None
    size: str = ""
    fps: str = ""
    codec: str = ""
    audio_codec: str = ""
    encoder: str = ""
    """`cpu`, `nvenc`, or `auto`: NVIDIA's where it works."""
    preset: str = ""
    aspects: str = ""
    """All aspects that are made in one run, with commas; `aspect` is this film's."""
    reframe: bool = False
    draft: bool = False
    """Small, quick, and for nothing: what is not owned is drawn and spoken on this machine."""
    master: bool = False
    planner: str = ""
    """Who plans scenes and pictures: `rules`, `llm`, or names of language models."""
    language: str = ""
    """Of this film, or with commas of several; empty: the script's own."""
    front: tuple[tuple[str, str], ...] = ()
    """Settings by name that replace those of the script's front matter, such as a table's row."""


def one_each(wishes: Wishes) -> list[Wishes]:
    """The wishes of each film, where several shapes or languages are wished for with commas."""
    languages = [part.strip() for part in wishes.language.split(",") if part.strip()] or [""]
    each = [wishes._replace(language=language) for language in dict.fromkeys(languages)]
    several = list(dict.fromkeys(filter(None, wishes.aspect.split(","))))
    if len(several) < 2:
        return each
    aspects = ",".join(several)
    return [one._replace(aspect=aspect, aspects=aspects) for one in each for aspect in several]
