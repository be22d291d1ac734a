"""What a picture model is asked for: the editor's prompt, or one made from the scene's words."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from prompts.storyboard import Frozen, Scene

_HARSH = re.compile(
    r"\b(blood\w*|gor[ey]|kill\w*|dead|death\w*|corpse\w*|weapon\w*|gun\w*|knife|knives|naked|nude"
    r"|violen\w*|wound\w*|drug\w*|war|attack\w*)\b",
    re.IGNORECASE,
)


class Wording(Frozen):
    """How a family of models is spoken to: see `wording.toml`."""

    joins: str
    calm: str
    negative: str


@cache
def wording(family: str) -> Wording:
    """The wording of a family; empty: the plain one. Raises ValueError for one that is unknown."""
    text = Path(__file__).with_name("wording.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    if (family or "plain") not in known:
        raise ValueError(
            f"there is no wording for models of family {family!r}; choose one of {', '.join(known)}"
        )
    return Wording(**known[family or "plain"])


def picture_prompt(scene: Scene, style: str, suffix: str = "", family: str = "") -> str:
    """The prompt for a scene's picture in the words of a model's family.

    `style` is the film's, `suffix` the model's own. Raises ValueError for an unknown family.
    """
    how = wording(family)
    parts = (drawn_words(scene), style, suffix, how.calm)
    return how.joins.join(part.strip(" .,") for part in parts if part)


def drawn_words(scene: Scene) -> str:
    """What a scene wants to see: its prompt, or the words on its card, in the script's language."""
    visual = (scene.original or scene).visual
    return visual.prompt or ". ".join(filter(None, (visual.card.heading, visual.card.text)))


def continued(prompt: str) -> str:
    """The prompt for a clip that goes on where the one made of `prompt` ended."""
    return f"{prompt}. The same place, subject and light as before, the movement goes on"


def soften(prompt: str) -> str:
    """A gentler prompt for one that was refused: harsh words go, a friendly manner is asked for."""
    calm = re.sub(r"\s{2,}", " ", _HARSH.sub("", prompt)).strip(" ,")
    return f"Friendly, family-safe illustration: {calm}"
