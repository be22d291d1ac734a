"""The words of a film, passage by passage, as they are judged: said, shown, or to be drawn."""

from __future__ import annotations

from typing import NamedTuple

from flows.film.glyphs import card_texts
from flows.film.work import hash_text
from prompts.storyboard import Scene, Storyboard
from providers.requests import CardSpec

FILM = "film"
"""Where words belong that no scene has to itself."""


IN_SCRIPT = (
    "title", "description", "style of pictures", "narration", "words on screen", "picture prompt",
)  # fmt: skip
"""What passages of a script are; a picture is none."""
TAKE = "prompt of a take"
"""What an editor asks another take to show."""


class Passage(NamedTuple):
    """Some words of a film. `scene` None: they belong to all of it; `where` names their line."""

    scene: Scene | None
    number: int
    """Of the scene, from 1; 0 for the film."""
    what: str
    where: str
    text: str
    is_prompt: bool = False

    @property
    def place(self) -> str:
        return self.scene.id if self.scene else FILM

    @property
    def subject(self) -> str:
        """What an approval is bound to: exactly these words, and whether they are to be drawn."""
        return hash_text(f"{'prompt' if self.is_prompt else 'words'}\n{self.text}")


def scene_number(scene: str) -> int:
    """4 for `s04`; 0 for what is no scene."""
    number = scene.removeprefix("s")
    return int(number) if number.isdecimal() else 0


def passages(board: Storyboard) -> tuple[Passage, ...]:
    """Every passage that has words, in film order."""
    shown = "\n".join((board.title, board.subtitle))
    published = "\n".join((board.description, *board.tags))
    told = [
        Passage(None, 0, "title", "title", shown.strip()),
        Passage(None, 0, "description", "description", published.strip()),
        Passage(None, 0, "style of pictures", "style", board.style, is_prompt=True),
    ]
    for scene in board.scenes:
        number = scene_number(scene.id)
        card = CardSpec.model_validate(scene.visual.card.model_dump())
        third = scene.lower_third
        texts = [*card_texts(card), *((third.name, third.role) if third else ())]
        on_screen = "\n".join(text for text in texts if text)
        told += [
            Passage(scene, number, "narration", "narration", scene.narration),
            Passage(scene, number, "words on screen", "heading", on_screen),
            Passage(scene, number, "picture prompt", "prompt", scene.visual.prompt, is_prompt=True),
        ]
    return tuple(passage for passage in told if passage.text)
