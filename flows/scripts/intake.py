"""The editor's own files: looked at, listed for the store, and the brand that is made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows.buying.remote import fetch_picture
from flows.scripts.findings import Findings
from flows.settings import Settings
from prompts.storyboard import Character, Scene, Storyboard
from providers.cards.fonts import font_file
from providers.files import (
    MediaFile,
    UnusableFile,
    inspect_font,
    inspect_picture,
    request_for,
)
from providers.requests import Brand, FileRequest
from providers.store import Store


class Intake:
    """Takes in files for one film; what is wrong with one is noted among the findings."""

    def __init__(
        self, board: Storyboard, settings: Settings, store: Store, findings: Findings
    ) -> None:
        self.board, self.settings, self.store = board, settings, store
        self.findings = findings
        self.files: dict[str, FileRequest] = {}
        self.notes: list[str] = []

    def brand(self) -> Brand:
        words = self.board.brand
        logo = self.take(words.logo, "logo", inspect_picture) if words.logo else None
        colors = {key: getattr(words, key) for key in ("primary", "accent", "background", "text")}
        fonts = {key: self._font(key) for key in ("heading_font", "body_font")}
        self._font("caption_font")
        return Brand(name=words.name, logo=logo.digest if logo else "", **colors, **fonts)

    def _font(self, key: str) -> str:
        """The digest of a brand's font file, or the name of its family; notes what is wrong."""
        given: str = getattr(self.board.brand, key)
        if Path(given).is_absolute():
            font = self.take(given, key, inspect_font)
            return font.digest if font else ""
        with self.findings.asking(key):
            if given:
                font_file(given)
        return given

    def cast(self) -> Storyboard:
        """The storyboard whose characters know the digests of their pictures."""

        def known(character: Character) -> Character:
            if not character.picture:
                return character
            taken = self.take(character.picture, "characters", inspect_picture)
            return character.model_copy(update={"digest": taken.digest if taken else ""})

        found = tuple(known(character) for character in self.board.characters)
        return self.board.model_copy(update={"characters": found}) if found else self.board

    def poster(self) -> str:
        """The digest of the editor's own poster, if any; notes a scene that does not exist."""
        board = self.board
        if isinstance(board.poster, str):
            taken = self.take(board.poster, "poster", inspect_picture) if board.poster else None
            return taken.digest if taken else ""
        if not 1 <= board.poster <= len(board.scenes):
            problem = f"poster is {board.poster} and the film has {len(board.scenes)} scenes"
            self.findings.note(problem, "give the number of one of them", "poster")
        return ""

    def take(
        self,
        file: str,
        where: str,
        inspect: Callable[[Path], MediaFile],
        scene: Scene | None = None,
    ) -> MediaFile | None:
        """Looks at a file of the editor's own and lists it for the store; notes what is wrong."""
        try:
            if file.startswith(("http://", "https://")):
                path = fetch_picture(file, self.store, self.settings.picture_hosts)
            else:
                path = Path(file)
            media = inspect(path)
        except UnusableFile as wrong:
            self.findings.note(wrong.problem, wrong.fix, where, scene)
            return None
        if media.note:
            place = self.findings.place(where, scene)
            self.notes.append(f"{place.path}:{place.line}: {media.note}")
        self.files[media.digest] = request_for(media)
        return media
