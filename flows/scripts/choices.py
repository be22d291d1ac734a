"""Who chooses what: the command line, the script, the environment, `.env`, the tier."""

from __future__ import annotations

from typing import NamedTuple

from flows.scripts.wishes import Wishes
from flows.settings import Settings, env_name, origin
from prompts.storyboard import Storyboard
from providers.catalog import Catalog
from providers.models import Capability

SWITCHES: dict[str, Capability] = {
    "image_provider": "image",
    "tts_provider": "speech",
    "video_provider": "video",
}
"""The switches that choose models, by their names in scripts and settings, and what they make."""

ORDER = "command line, scene, front matter, environment, .env, tier"
"""Who is heard first."""


class Choice(NamedTuple):
    """What a switch says and who set it; `line` is the front matter's, 0 when it was not there."""

    value: str
    where: str
    line: int = 0


def choose(board: Storyboard | None, wishes: Wishes, settings: Settings) -> dict[str, Choice]:
    """The film's tier, and the switches that someone set."""
    told = {name: _told(name, board, wishes, settings) for name in ("tier", *SWITCHES)}
    chosen = {name: choice for name, choice in told.items() if choice is not None}
    return {"tier": Choice(settings.tier, "default")} | chosen


def complete(chosen: dict[str, Choice], catalog: Catalog) -> dict[str, Choice]:
    """The same, with what the tier chooses where no one else does.

    Raises Misconfigured for a tier that does not exist.
    """
    by = chosen["tier"]
    tier = catalog.tier(by.value)
    usual = {
        name: Choice(getattr(tier, made), f"tier {tier.name}", by.line)
        for name, made in SWITCHES.items()
    }
    return usual | chosen


def _told(name: str, board: Storyboard | None, wishes: Wishes, settings: Settings) -> Choice | None:
    """What someone says about a switch; None when no one does."""
    if told := getattr(wishes, name):
        return Choice(told, "--" + SWITCHES.get(name, name))
    if board is not None and (told := getattr(board, name)):
        return Choice(told, "front matter", board.lines.get(name, 1))
    if (told := getattr(settings, name)) and (where := origin(settings, name)):
        return Choice(told, f"{env_name(name)} in {where}")
    return None
