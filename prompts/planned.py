"""A plan: what a planner, by rules or by a model, makes of documents, and what it must keep to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from prompts.reading.draft import LONGEST_HEADING
from prompts.saying.speech import estimate_s
from prompts.storyboard import Frozen, Table

SHORTEST_S, LONGEST_S = 4.0, 14.0
"""How long a scene may speak; a section that has less to say is shorter."""
MOST_POINTS = 8
"""More than that are not read from a card."""


class Block(Frozen):
    """A piece of a document, in the document's order.

    list     `items` are said one after the other, and shown
    points   `items` are shown while the next prose is said
    heading  begins a section; `level` 1 is the highest
    place    where it stands, for the reader: `notes.md:12`, `talk.pptx, slide 3`
    """

    kind: Literal["heading", "prose", "list", "points", "quote", "code", "table"]
    place: str
    text: str = ""
    level: int = 2
    items: tuple[str, ...] = ()
    is_counted: bool = False
    """A list with numbers: its items are steps."""
    attribution: str = ""
    table: Table | None = None
    code_language: str = ""


class Source(Frozen):
    """A document that was read. `language` is empty when it does not say."""

    name: str
    title: str = ""
    language: str = ""
    blocks: tuple[Block, ...] = ()


class Sentence(Frozen):
    """The least that is said in one scene: a sentence, or a part of one that is too long.

    text       with the space behind it, so that sentences put together are their paragraph
    paragraph  number of its paragraph, from 0, over all documents
    section    number of the heading it stands below
    """

    text: str
    place: str
    paragraph: int
    section: int


class PlannedScene(Frozen):
    """One scene: which sentences are said, and what is shown with them."""

    sentences: tuple[Sentence, ...] = ()
    heading: str = ""
    kicker: str = ""
    stressed: str = ""
    """A sentence of the narration that stands on the card."""
    points: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    quote: str = ""
    attribution: str = ""
    number: str = ""
    table: Table | None = None
    code: str = ""
    code_language: str = ""
    prompt: str = ""
    pause_s: float | None = None
    place: str = ""
    """Where a table or code comes from."""

    def narration(self) -> str:
        """What is said, with an empty line between paragraphs."""
        return "\n\n".join(paragraph_texts(self.sentences))


class Plan(Frozen):
    """A film's words. `opening` is said over the title card; `left_out` is said nowhere."""

    title: str
    language: str
    scenes: tuple[PlannedScene, ...]
    opening: tuple[Sentence, ...] = ()
    left_out: tuple[Sentence, ...] = ()
    planner: str = "rules"

    def said(self) -> tuple[Sentence, ...]:
        """Every sentence that is said, in order."""
        return (*self.opening, *(s for scene in self.scenes for s in scene.sentences))


def paragraph_texts(sentences: Iterable[Sentence]) -> list[str]:
    """The words of each paragraph."""
    texts: list[str] = []
    last = -1
    for sentence in sentences:
        if sentence.paragraph != last:
            texts.append("")
        texts[-1] += sentence.text
        last = sentence.paragraph
    return [text.strip() for text in texts]


def find_faults(plan: Plan, told: tuple[Sentence, ...]) -> list[str]:
    """What is wrong with a plan of the sentences `told`; empty for one that may be used.

    Whoever planned: no sentence is lost, doubled, altered or moved, scenes are neither too long
    nor, where there is more to say, too short, and every scene has a heading.
    """
    faults = []
    left = list(plan.left_out)
    rest = iter(plan.said())
    expected = next(rest, None)
    for sentence in told:
        if sentence == expected:
            expected = next(rest, None)
        elif left and sentence == left[0]:
            left.pop(0)
        else:
            faults.append(f'{sentence.place}: "{sentence.text.strip()}" is not said in its place')
            break
    else:
        if expected is not None or left:
            faults.append("something is said that is not in the documents")
    for number, scene in enumerate(plan.scenes, start=1):
        spoken_s = estimate_s(scene.narration(), plan.language)
        if spoken_s > LONGEST_S and len(scene.sentences) > 1:
            faults.append(f"scene {number} takes {spoken_s:.0f} s to say")
        if not scene.heading.strip() or len(scene.heading) > LONGEST_HEADING:
            faults.append(f"scene {number} has no heading that can be shown")
        if len(scene.points) > MOST_POINTS or len(scene.steps) > MOST_POINTS:
            faults.append(f"scene {number} shows more than {MOST_POINTS} points")
        if not (scene.sentences or scene.table or scene.code):
            faults.append(f"scene {number} says nothing and shows nothing")
    return [*faults, *_short_scenes(plan)]


def _short_scenes(plan: Plan) -> list[str]:
    """Scenes too short for no reason: a plain neighbour of the same section could take them."""
    faults = []
    for number, (one, two) in enumerate(zip(plan.scenes, plan.scenes[1:], strict=False), start=1):
        if not (is_plain(one) and is_plain(two)):
            continue
        if one.sentences[-1].section != two.sentences[0].section:
            continue
        lengths = [estimate_s(scene.narration(), plan.language) for scene in (one, two)]
        both = one.model_copy(update={"sentences": one.sentences + two.sentences})
        if min(lengths) < SHORTEST_S and estimate_s(both.narration(), plan.language) <= LONGEST_S:
            faults.append(f"scenes {number} and {number + 1} could be one")
    return faults


def is_plain(scene: PlannedScene) -> bool:
    """Whether a scene only says: nothing of it is laid out on a card."""
    shown = (scene.points, scene.steps, scene.quote, scene.number, scene.table, scene.code)
    return bool(scene.sentences) and not any(shown)
