"""What a picture model is asked for: the editor's prompt, or one made from the scene's words."""

from __future__ import annotations

import re

from prompts.storyboard import Scene

_CALM = "no text, no letters, no watermark, the lower fifth of the picture quiet"
NEGATIVE = "text, letters, watermark, logo, signature, frame, blurry, distorted, extra fingers"
"""What a picture must not hold, for models that take a negative prompt."""
_HARSH = re.compile(
    r"\b(blood\w*|gor[ey]|kill\w*|dead|death\w*|corpse\w*|weapon\w*|gun\w*|knife|knives|naked|nude"
    r"|violen\w*|wound\w*|drug\w*|war|attack\w*)\b",
    re.IGNORECASE,
)


def picture_prompt(scene: Scene, style: str, suffix: str = "") -> str:
    """The prompt for a scene's picture; `style` is the film's, `suffix` the model family's."""
    parts = (drawn_words(scene), style, suffix, _CALM)
    return ", ".join(part.strip(" .,") for part in parts if part)


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
