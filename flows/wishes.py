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
