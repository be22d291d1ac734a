"""What language models answer with: closed data, read strictly, whatever a vendor promised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from prompts.storyboard import Frozen

T = TypeVar("T", bound=Frozen)
MOST_FAULTS = 12
"""So many are told to a model that is asked to mend them."""


class CastMember(Frozen):
    """Somebody or something that comes back, described once."""

    name: str
    looks: str


class Look(Frozen):
    """The style bible of a film."""

    medium: str
    palette: str
    light: str
    cast: tuple[CastMember, ...]

    def style(self) -> str:
        """The words that every picture shares."""
        return ", ".join(part for part in (self.medium, self.palette, self.light) if part)


class ScenePlan(Frozen):
    """One scene as the model plans it; `first` and `last` are numbers of sentences, both said."""

    first: int
    last: int
    heading: str
    shows: Literal["picture", "points", "words"]
    points: tuple[str, ...]
    picture: str
    cast: tuple[str, ...]


class FilmPlan(Frozen):
    """The model's whole answer."""

    look: Look
    scenes: tuple[ScenePlan, ...]


class BadAnswer(Exception):
    """An answer that cannot be used; `faults` says why, in sentences, and `text` is the answer."""

    def __init__(self, faults: Iterable[str], text: str = "") -> None:
        self.text = text
        self.faults = tuple(faults)[:MOST_FAULTS]
        super().__init__("; ".join(self.faults))


def answer_schema(kind: type[Frozen]) -> dict[str, Any]:
    """The JSON Schema of an answer, without the words about it that were written for us."""
    return dict(_bare(kind.model_json_schema()))


def read_answer(text: str, kind: type[T]) -> T:
    """The answer that `text` holds. Raises BadAnswer for one that is not of its kind."""
    told = text.rsplit("</think>", 1)[-1].strip()
    if told.startswith("```"):
        told = told.split("\n", 1)[-1].rsplit("```", 1)[0]
    try:
        return kind.model_validate_json(told)
    except ValidationError as wrong:
        raise BadAnswer(
            f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['msg']}" for e in wrong.errors()
        ) from None


def _bare(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _bare(value)
        for key, value in schema.items()
        if key not in ("description", "title") or not isinstance(value, str)
    }
