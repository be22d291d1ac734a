"""A film's words in another language: which texts it has, and the storyboard with them replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from prompts._cards import speak_card
from prompts._spaceless import SPACELESS
from prompts.sentences import cut_sentences
from prompts.storyboard import Card, Column, Scene, Storyboard, Table

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\S+\.(?:com|org|net|io|dev)(?:/\S*)?")


class Text(NamedTuple):
    """Some words of a film: the scene that they stand in first, its line, and what they are."""

    scene: str
    line: int
    what: str
    words: str


Say = Callable[[Text], str]


def film_texts(board: Storyboard) -> tuple[Text, ...]:
    """Every text that is to be translated, each once, in film order; narration by sentence."""
    found: dict[str, Text] = {}

    def note(text: Text) -> str:
        found.setdefault(text.words, text)
        return text.words

    reworded(board, board.language, note)
    return tuple(found.values())


def reworded(board: Storyboard, language: str, say: Say) -> Storyboard:
    """The film with each text as `say` has it. Figures, code and addresses are not asked about.

    What pictures are asked for stays what it was. Each scene keeps what it was known by, so that
    an editor's choices of pictures hold in every language.
    """
    told = _Reworded(board.language, language, say)
    film = {
        key: told.text("film", board.lines.get(key, 1), key, getattr(board, key))
        for key in ("title", "subtitle", "description")
    }
    tags = [told.text("film", board.lines.get("tags", 1), "tag", tag) for tag in board.tags]
    scenes = tuple(told.scene(scene) for scene in board.scenes)
    return board.model_copy(
        update={
            **film,
            "tags": tuple(tags),
            "scenes": scenes,
            "language": language,
            "translated_from": board.language,
        }
    )


class _Reworded:
    """One pass over a film: every text goes through `say`, scene by scene."""

    def __init__(self, before: str, after: str, say: Say) -> None:
        self._before, self._after, self._say = before, after, say

    def text(self, scene: str, line: int, what: str, words: str) -> str:
        """One text; what has no words of a language in it stays as it is."""
        rest = _ADDRESS.sub("", words)
        if not any(character.isalpha() for character in rest):
            return words
        return self._say(Text(scene, line, what, " ".join(words.split())))

    def scene(self, scene: Scene) -> Scene:
        card = self._card(scene)
        if scene.narration and scene.narration == speak_card(scene.visual.card):
            narration = speak_card(card)
        else:
            narration = self._narration(scene)
        visual = scene.visual.model_copy(
            update={"card": card, "alt": self._of(scene, "words for a picture", scene.visual.alt)}
        )
        third = scene.lower_third
        if third is not None:
            role = self._of(scene, "who is seen", third.role)
            third = third.model_copy(update={"role": role})
        return scene.model_copy(
            update={
                "heading": self._of(scene, "heading", scene.heading), "narration": narration,
                "visual": visual, "lower_third": third, "original": scene,
            }
        )  # fmt: skip

    def _of(self, scene: Scene, what: str, words: str) -> str:
        return self.text(scene.id, scene.line, what, words)

    def _narration(self, scene: Scene) -> str:
        return "\n\n".join(
            joined(
                self._of(scene, "narration", sentence.strip())
                for sentence in cut_sentences(paragraph, self._before)
            )
            for paragraph in scene.narration.split("\n\n")
        )

    def _card(self, scene: Scene) -> Card:
        card = scene.visual.card

        def each(what: str, texts: Iterable[str]) -> tuple[str, ...]:
            return tuple(self._of(scene, what, text) for text in texts)

        table = card.table
        if table is not None:
            rows = tuple(each("cell", row) for row in table.rows)
            table = Table(header=each("column", table.header), rows=rows)
        return card.model_copy(
            update={
                "heading": self._of(scene, "heading", card.heading),
                "kicker": self._of(scene, "kicker", card.kicker),
                "text": self._of(scene, "words on screen", card.text),
                "items": each("point", card.items),
                "attribution": self._of(scene, "attribution", card.attribution),
                "number": self._of(scene, "figure", card.number),
                "columns": tuple(
                    Column(
                        title=self._of(scene, "column", column.title),
                        items=each("point", column.items),
                    )
                    for column in card.columns
                ),
                "table": table,
            }
        )  # fmt: skip


def joined(sentences: Iterable[str]) -> str:
    """Sentences behind one another, with a space where their writing has spaces."""
    text = ""
    for sentence in sentences:
        is_close = not text or SPACELESS.search(text[-2:] + sentence[:1])
        text += sentence if is_close else f" {sentence}"
    return text
