"""An editor's choices as a film is prepared: which take is asked for, and what is held."""

from __future__ import annotations

from pydantic import TypeAdapter

from flows.buying.orders import FIRST, Candidate, Take
from flows.edits.matching import Known, known, match
from flows.edits.takes import Choice, Kind
from prompts.pictures import drawn_words
from prompts.storyboard import Scene, Storyboard
from providers.catalog import Catalog
from providers.requests import AnyRequest, Request, SpeechRequest
from providers.store import Store

_REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(Request)


class Pins:
    """The choices of one script, found for its scenes as they are now."""

    def __init__(self, choices: tuple[Choice, ...], board: Storyboard, store: Store) -> None:
        self._store, self._style = store, board.style
        self._aspect = board.picture_aspect or board.aspect
        self._spoken = speech_shape(board)
        self.notes: list[str] = []
        listed = list(dict.fromkeys(known_of(choice) for choice in choices))
        found = match(listed, [known(scene) for scene in board.scenes])
        self._of: dict[str, list[Choice]] = {
            scene.id: [c for c in choices if at is not None and known_of(c) == listed[at]]
            for scene, at in zip(board.scenes, found, strict=True)
        }

    def choices(self, scene: Scene, what: Kind) -> list[Choice]:
        """What was chosen for a thing of a scene in this film's shape."""
        shape = self._spoken if what == "speech" else self._aspect
        return [c for c in self._of[scene.id] if c.what == what and c.aspect == shape]

    def take(self, scene: Scene, what: Kind, base: Candidate) -> Take:
        """The take that was picked of what the scene asks for now."""
        for choice in self.choices(scene, what):
            if (choice.model, choice.asks) == (base.model, asks(scene, self._style, base)):
                return choice.take
        return FIRST

    def providers(self) -> set[str]:
        """The names of the providers that what is held was bought from."""
        held = (key for of in self._of.values() for choice in of for key in choice.pinned)
        return {asset.provider for key in held if (asset := self._store.find(key))}

    def pinned(
        self, scene: Scene, kinds: tuple[Kind, ...], catalog: Catalog, text: str = ""
    ) -> list[Candidate]:
        """What is held for a scene; notes why it cannot be shown. `text` is what a voice says."""
        held = []
        for choice in (c for what in kinds for c in self.choices(scene, what) if c.pinned):
            assets = [self._store.find(key) for key in choice.pinned]
            requests = tuple(_REQUEST.validate_python(asset.request) for asset in assets if asset)
            known_here = {(model.provider, model.id) for model in catalog.models.values()}
            if len(requests) < len(choice.pinned):
                why = "is not in this store"
            elif any((request.provider, request.model) not in known_here for request in requests):
                why = f"was made by {choice.model}, which the catalog knows no more"
            elif choice.what == "speech" and not _says(requests, text):
                why = "says other words than the script does now"
            else:
                held.append(Candidate(choice.model, "", requests, is_pinned=True))
                continue
            self.notes.append(f"{scene.id}: the pinned {choice.what} {why}: made as asked instead")
        return held


def speech_shape(board: Storyboard) -> str:
    """What tells the narrations of one film from those of another: the language, or nothing."""
    return board.language if board.translated_from else ""


def known_of(choice: Choice) -> Known:
    """What the scene of a choice is known by."""
    return Known(choice.heading, choice.words)


def asks(scene: Scene, style: str, candidate: Candidate) -> str:
    """What a scene asks for in the editor's words: a picture of what, or which voice says what.

    The wording that is put around a prompt for the model's sake is no part of it.
    """
    first = candidate.requests[0]
    if isinstance(first, SpeechRequest):
        text = " ".join(getattr(request, "text", "") for request in candidate.requests)
        return f"{first.voice}: {text}"
    return ", ".join(filter(None, (drawn_words(scene), style)))


def _says(requests: tuple[AnyRequest, ...], text: str) -> bool:
    said = " ".join(getattr(request, "text", "") for request in requests)
    return said.split() == text.split()
