"""OpenAI's judge of words and pictures: harmless, but for the phrases a test names."""

from __future__ import annotations

import base64
import binascii
import io
import threading
from typing import Any

from PIL import Image

from tests.lab.contracts import closed, one_of, request_breach
from tests.lab.contracts import wrong as wrong_with

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
_IMAGE = closed(
    ("type", "image_url"),
    type=one_of("image_url"),
    image_url=closed(("url",), url={"type": "string", "pattern": "^data:image/"}),
)
_WORDS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
_PICTURE = {"type": "array", "minItems": 1, "maxItems": 1, "items": _IMAGE}
MODERATION = closed(
    ("model", "input"), model=one_of("omni-moderation-latest"), input={"anyOf": [_WORDS, _PICTURE]}
)


class Court:
    """Scores by the phrases in a text, and for pictures in the order in which they come."""

    def __init__(self) -> None:
        self.words: dict[str, dict[str, float]] = {}
        """The scores of texts that hold a phrase, by the phrase."""
        self.pictures: list[dict[str, float]] = []
        """The scores of the next pictures; those after them are harmless."""
        self.seen: list[tuple[int, int]] = []
        """Width and height of every picture that was shown."""
        self._lock = threading.Lock()

    def objection(self, body: Any) -> str:
        """What is wrong with a request; empty when nothing is."""
        return wrong_with(MODERATION, body) or request_breach("openai", "/moderations", body)

    def judge(self, shown: list[Any]) -> list[dict[str, Any]]:
        """A result for each text, or one for the picture. Raises ValueError for what is none."""
        return [self._of(one) for one in shown]

    def _of(self, one: Any) -> dict[str, Any]:
        if isinstance(one, str):
            scores = [s for phrase, s in self.words.items() if phrase in one]
            return result({name: score for told in scores for name, score in told.items()})
        try:
            data = base64.b64decode(one["image_url"]["url"].partition(",")[2], validate=True)
        except binascii.Error as wrong:
            raise ValueError(str(wrong)) from wrong
        with self._lock, Image.open(io.BytesIO(data)) as image:
            self.seen.append(image.size)
            return result(self.pictures.pop(0) if self.pictures else {}, "image")


def result(scores: dict[str, float], kind: str = "text") -> dict[str, Any]:
    """One of `results`, as OpenAI words it."""
    full = {name: scores.get(name, 0.000001) for name in CATEGORIES}
    flags = {name: score >= 0.5 for name, score in full.items()}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": full,
        "category_applied_input_types": {name: [kind] for name in CATEGORIES},
    }
