"""What every provider is: a name, a fingerprint, a pure quote, and one verb per capability."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from providers.errors import Misconfigured
from providers.models import Model
from providers.requests import (
    AlignmentRequest,
    AnyRequest,
    FileRequest,
    ImageRequest,
    Job,
    LineItem,
    Made,
    ModerationRequest,
    PlanRequest,
    SpeechRequest,
    TranscriptRequest,
    VideoRequest,
)

OpenInput = Callable[[str], Path]
"""Gives the path of an object in the store by its digest."""


class Provider:
    """One vendor or engine. Holds no polling loop, sleep, download or retry: the store has those.

    A provider overrides `quote` and the verbs it can do. `access` holds keys and base URLs by the
    name of their setting; `models` holds the catalog's entries by the vendor's model id.
    """

    name: ClassVar[str]
    lists_orders: ClassVar[bool] = False
    """Whether `find_order` finds an order whose answer was lost, so that it is not sent twice."""

    def __init__(
        self,
        open_input: OpenInput,
        access: Mapping[str, str] | None = None,
        models: Mapping[str, Model] | None = None,
    ) -> None:
        self.open_input = open_input
        self.access = access or {}
        self.models = models or {}

    def engine(self) -> str:
        """The fingerprint of what decides the output beside the request (code, fonts, library)."""
        return ""

    def engine_of(self, request: AnyRequest) -> str:
        """The same for one request, where it differs from model to model."""
        return self.engine()

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """What `request` will cost. Pure. Raises Misconfigured for what the model cannot do."""
        raise Misconfigured(f"{self.name} cannot make a {request.capability}")

    def has_access(self, model: Model) -> bool:
        """Whether the key that `model` needs is there, where it needs one."""
        return not model.key or bool(self.access.get(model.key))

    def lacks(self, model: Model) -> str:
        """What is missing here before `model` can work, in a sentence; empty when nothing is."""
        return "" if self.has_access(model) else f"{model.name} needs {model.key}"

    def default_voice(self, language: str) -> str:
        """The voice for `language` when a script names none."""
        raise Misconfigured(f"{self.name} does not speak")

    async def image(self, request: ImageRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} makes no images")

    async def speech(self, request: SpeechRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} does not speak")

    async def video(self, request: VideoRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} makes no clips")

    async def moderation(self, request: ModerationRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} judges nothing")

    async def file(self, request: FileRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} takes in no files")

    async def plan(self, request: PlanRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} writes no words")

    async def transcript(self, request: TranscriptRequest) -> Made | Job:
        """Made holds a Transcript as JSON."""
        raise Misconfigured(f"{self.name} does not listen")

    async def alignment(self, request: AlignmentRequest) -> Made | Job:
        """Made holds an Alignment as JSON."""
        raise Misconfigured(f"{self.name} does not align")

    async def poll(self, job: Job) -> Made | Job:
        """Asks once how an order is doing. Raises Failed when it ended with nothing."""
        raise Misconfigured(f"{self.name} has no orders to ask about")

    async def find_order(
        self, request: AnyRequest, since: float, over: frozenset[str]
    ) -> Job | None:
        """The vendor's order for `request`, placed at `since` (Unix seconds) or later, or None.

        `over` are ids of orders that ended already. Asked only where `lists_orders` is True.
        """
        return None

    async def cancel(self, job: Job) -> None:
        """Tells the vendor that an order is not wanted any more."""
