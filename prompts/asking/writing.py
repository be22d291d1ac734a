"""What a language model is asked when it writes a script, and what is taken from its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from prompts.asking.answers import BadAnswer, read_answer
from prompts.asking.templates import fill_template
from prompts.planned import (
    LONGEST_S,
    MOST_POINTS,
    SHORTEST_S,
    Plan,
    PlannedScene,
    Sentence,
    Source,
    find_faults,
)
from prompts.saying.speech import estimate_s
from prompts.storyboard import Frozen

COMMON, INVENTED = "common", "invented"
PLACES = {
    COMMON: "general knowledge, from no source",
    INVENTED: "INVENTED by the writer: check it or take it out",
}
"""What stands in the script, as a comment, above words that no source says."""
SLACK = 0.15
"""How far a script may be from the length that was asked for."""
MOST_SOURCE_CHARACTERS = 60_000
_LONGEST_HEADING, _LONGEST_PICTURE, _LONGEST_POINT = 80, 700, 90
_FIGURE = re.compile(r"\d+(?:[.,\u202f\u00a0 ]\d+)*")


class WrittenSentence(Frozen):
    """One sentence, and the label of the source line that says it, `common` or `invented`."""

    text: str
    source: str


class WrittenScene(Frozen):
    """One scene: `points` stand on a card, or `picture` says what is seen."""

    heading: str
    sentences: tuple[WrittenSentence, ...]
    points: tuple[str, ...]
    picture: str


class WrittenFilm(Frozen):
    """The model's whole answer."""

    title: str
    scenes: tuple[WrittenScene, ...]


class Commission(NamedTuple):
    """What is to be written. `length_s` is of speech; `lines` are (label, place, text)."""

    topic: str
    audience: str
    length_s: float
    language: str
    lines: tuple[tuple[str, str, str], ...]


class RoughScript(BadAnswer):
    """A script with faults that its editor can mend: too long, or with claims of no source."""

    def __init__(self, faults: Iterable[str], plan: Plan) -> None:
        super().__init__(faults)
        self.plan = plan


def source_lines(sources: Sequence[Source]) -> tuple[tuple[str, str, str], ...]:
    """(label, place, text) of everything that the documents say."""
    told = [
        (block.place, text)
        for source in sources
        for block in source.blocks
        for text in (block.text, *block.items, *_rows(block.table))
        if text.strip()
    ]
    return tuple(
        (f"S{number}", place, " ".join(text.split()))
        for number, (place, text) in enumerate(told, start=1)
    )


def commission_question(asked: Commission) -> tuple[str, str]:
    """What a model is told (system) and asked (first turn)."""
    system = fill_template(
        "write-script",
        language=asked.language,
        audience=asked.audience or "curious adults who know nothing of it",
        length=f"{asked.length_s:.0f}",
        characters=f"{asked.length_s * _CHARACTERS_PER_S.get(asked.language[:2], 13):.0f}",
        shortest=f"{SHORTEST_S:g}",
        longest=f"{LONGEST_S:g}",
    )
    told = "\n".join(f"{label}| {text}" for label, _, text in asked.lines)
    sources = f"The sources:\n\n{told}" if told else "There are no sources."
    return system, fill_template("write-question", topic=asked.topic, sources=sources)


_CHARACTERS_PER_S = {"ja": 5, "zh": 4, "ko": 6}
"""Of speech, where writing is denser than in letters."""


def read_script_plan(text: str, asked: Commission) -> Plan:
    """The plan that an answer holds.

    Raises BadAnswer for one that is no script, and RoughScript, with a plan in which doubtful
    claims are marked as invented, for one with faults.
    """
    film = read_answer(text, WrittenFilm)
    if not film.scenes or not any(s.text.strip() for scene in film.scenes for s in scene.sentences):
        raise BadAnswer(["there is no scene with a sentence in it"])
    faults: list[str] = []
    said = {label: words for label, _, words in asked.lines}
    places = {label: place for label, place, _ in asked.lines} | PLACES
    scenes, paragraph = [], 0
    for number, scene in enumerate(film.scenes):
        told: list[Sentence] = []
        sourced = [(_line(s.text), _source(s, said, faults)) for s in scene.sentences]
        for by, group in groupby((s for s in sourced if s[0]), key=lambda pair: pair[1]):
            told += [
                Sentence(text=f"{words} ", place=places[by], paragraph=paragraph, section=number)
                for words, _ in group
            ]
            paragraph += 1
        scenes.append(_scene(scene, tuple(told)))
    plan = Plan(
        title=_line(film.title)[:_LONGEST_HEADING] or asked.topic, language=asked.language,
        scenes=tuple(scene for scene in scenes if scene.sentences), planner="llm",
    )  # fmt: skip
    faults += find_faults(plan, plan.said())
    spoken_s = sum(estimate_s(sentence.text, plan.language) for sentence in plan.said())
    if abs(spoken_s - asked.length_s) > SLACK * asked.length_s:
        faults.append(
            f"the narration takes about {spoken_s:.0f} s to say and {asked.length_s:.0f} s were "
            f"asked for; {'leave out' if spoken_s > asked.length_s else 'add'} about "
            f"{abs(1 - asked.length_s / spoken_s):.0%} of it"
        )
    if faults:
        raise RoughScript(faults, plan)
    return plan


def _source(sentence: WrittenSentence, said: dict[str, str], faults: list[str]) -> str:
    """Where a sentence comes from: what it says of itself, unless that cannot be so."""
    label = sentence.source.strip().rstrip("|")
    if label in PLACES:
        return label
    short = " ".join(sentence.text.split())[:60]
    if label not in said:
        faults.append(f'"{short}": there is no source line {label[:20]!r}')
        return INVENTED
    known = set(_figures(said[label]))
    if strange := [figure for figure in _figures(sentence.text) if figure not in known]:
        faults.append(f'"{short}": source line {label} does not say {", ".join(strange)[:40]}')
        return INVENTED
    return label


def _figures(text: str) -> list[str]:
    return [re.sub(r"\D", "", figure) for figure in _FIGURE.findall(text)]


def _scene(scene: WrittenScene, told: tuple[Sentence, ...]) -> PlannedScene:
    points = tuple(filter(None, (_line(point)[:_LONGEST_POINT] for point in scene.points)))
    points = points[:MOST_POINTS] if len(points) > 1 else ()
    return PlannedScene(
        sentences=told,
        heading=_line(scene.heading)[:_LONGEST_HEADING] or _first_words(told),
        points=points,
        prompt="" if points else _line(scene.picture)[:_LONGEST_PICTURE],
    )


def _first_words(told: tuple[Sentence, ...]) -> str:
    return " ".join(told[0].text.split()[:5]).rstrip(".,;:") if told else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _rows(table: object) -> list[str]:
    rows = getattr(table, "rows", ())
    return [" · ".join(row) for row in rows]
