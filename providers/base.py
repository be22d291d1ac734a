"""What every provider is: a name, a fingerprint, a pure quote, and one verb per capability."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from providers.errors import Misconfigured
from providers.requests import (
    FileRequest,
    ImageRequest,
    Job,
    LineItem,
    Made,
    SpeechRequest,
)

AnyRequest = ImageRequest | SpeechRequest | FileRequest
OpenInput = Callable[[str], Path]
"""Gives the path of an object in the store by its digest."""


class Provider:
    """One vendor or engine. Holds no polling loop, sleep, download or retry: the store has those.

    A provider overrides `quote` and the verbs it can do.
    """

    name: ClassVar[str]
    poll_every_s: ClassVar[float] = 1.0

    def __init__(self, open_input: OpenInput) -> None:
        self.open_input = open_input

    def engine(self) -> str:
        """The fingerprint of what decides the output beside the request (code, fonts, library)."""
        return ""

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        """What `request` will cost. Pure. Raises Misconfigured for what the model cannot do."""
        raise Misconfigured(f"{self.name} cannot make a {request.capability}")

    def default_voice(self, language: str) -> str:
        """The voice for `language` when a script names none."""
        raise Misconfigured(f"{self.name} does not speak")

    async def image(self, request: ImageRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} makes no images")

    async def speech(self, request: SpeechRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} does not speak")

    async def file(self, request: FileRequest) -> Made | Job:
        raise Misconfigured(f"{self.name} takes in no files")

    async def poll(self, job: Job) -> Made | Job:
        """Asks once how an order is doing. Raises Failed when it ended with nothing."""
        raise Misconfigured(f"{self.name} has no orders to ask about")
