"""The rules planner: documents become a film's words without a model, the same way every time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompts.planned import (
    Plan,
    PlannedScene,
    Sentence,
    Source,
    is_plain,
    paragraph_texts,
)
from prompts.rules.cards import lay_out
from prompts.rules.language import guess_language
from prompts.rules.rank import choose_telling
from prompts.rules.scenes import (
    Cutter,
    Group,
    Section,
    cut_sections,
    group_section,
    told_sentences,
)
from prompts.rules.series import sentence_case
from prompts.rules.words import Vocabulary, heading_of

_ANNOUNCED = re.compile(r"(?:^|[.!?。]\s*)([^.!?:：。]{3,44})[:：]\s")
"""What stands before a colon says what several things are."""
_ASKED_PAUSE_S = 0.9
_LAST_PAUSE_S = 1.2
_STRESSED_WORDS = range(3, 10)
_MOST_PHRASES = 3


def plan_told(sources: Sequence[Source], language: str) -> tuple[Sentence, ...]:
    """Everything that a film of these documents would say, in order: what plans are held to."""
    return told_sentences([block for source in sources for block in source.blocks], language)


def plan_by_rules(
    sources: Sequence[Source], *, title: str = "", language: str = "", length_s: float | None = None
) -> Plan:
    """The plan of documents, every sentence in its place. Pure.

    `language` is a tag such as `de`; what the documents say of themselves, else what their words
    tell, when empty. With `length_s` the most telling sentences that fit into so many seconds are
    said, and the rest is left out.
    """
    language = language or _language(sources)
    sections = _sections(sources)
    cutter = Cutter(language)
    groups = [(section, group) for section in sections for group in group_section(section, cutter)]
    left_out: tuple[Sentence, ...] = ()
    if length_s is not None:
        groups, left_out = choose_telling(groups, language, length_s)
    vocabulary = Vocabulary((" ".join(paragraph_texts(g.sentences)) for _, g in groups), language)
    film_title = title or next((source.title for source in sources if source.title), "")
    opening: tuple[Sentence, ...] = ()
    if len(groups) > 1 and _only_says(*groups[0], language):
        opening = groups.pop(0)[1].sentences
    return Plan(
        title=film_title or (_titled(sources[0].name) if sources else ""),
        language=language,
        opening=opening,
        scenes=_scenes(groups, vocabulary, language),
        left_out=left_out,
    )


def _only_says(section: Section, group: Group, language: str) -> bool:
    """Whether words without a heading stand first that nothing is shown with: the title card's."""
    return not section.heading and group.is_plain() and is_plain(_scene(group, section, language))


def _titled(name: str) -> str:
    """A file's name as a title."""
    return sentence_case(" ".join(name.replace("-", " ").replace("_", " ").split())) or name


def _sections(sources: Sequence[Source]) -> list[Section]:
    """The sections of all documents, numbered through."""
    blocks = [block for source in sources for block in source.blocks]
    return cut_sections(blocks)


def _language(sources: Sequence[Source]) -> str:
    told = next((source.language for source in sources if source.language), "")
    words = (text for s in sources for b in s.blocks for text in (b.text, *b.items))
    return told or guess_language(" ".join(words))


def _scenes(
    groups: list[tuple[Section, Group]], vocabulary: Vocabulary, language: str
) -> tuple[PlannedScene, ...]:
    scenes: list[PlannedScene] = []
    taken: set[str] = set()
    told = -1
    for section, group in groups:
        scene = _scene(group, section, language)
        # A list that takes several scenes is one thing, with one heading.
        goes_on = section.number == told and not group.items
        heading = "" if goes_on else section.heading
        if not heading:
            shown = group.table.header if group.table else (group.code,)
            text = scene.narration() or " ".join(shown)
            first = scene.sentences[0].text.strip() if scene.sentences else ""
            announced = _ANNOUNCED.search(text) if scene.points or scene.steps else None
            heading = announced[1].strip() if announced else ""
            heading = heading or heading_of(" ".join(text.split()), first, vocabulary, taken)
            # Nothing that can be read stands in it: its number is all there is to say.
            heading = heading or str(len(scenes) + 1)
        told = section.number
        taken.add(heading.lower())
        scenes.append(_dress(scene.model_copy(update={"heading": heading}), vocabulary))
    if scenes and scenes[-1].sentences:
        scenes[-1] = scenes[-1].model_copy(update={"pause_s": _LAST_PAUSE_S})
    return tuple(scenes)


def _scene(group: Group, section: Section, language: str) -> PlannedScene:
    scene = PlannedScene(
        sentences=group.sentences,
        kicker=section.kicker,
        points=() if group.is_counted else group.items,
        steps=group.items if group.is_counted else (),
        quote=group.quote,
        attribution=group.attribution,
        table=group.table,
        code=group.code,
        code_language=group.code_language,
        place=group.place,
    )
    return lay_out(scene, language) if group.is_plain() else scene


def _dress(scene: PlannedScene, vocabulary: Vocabulary) -> PlannedScene:
    """A scene with what its words suggest: a picture, a stressed sentence, a pause."""
    asks = bool(scene.sentences) and scene.sentences[-1].text.rstrip()[-1] in "?？؟"
    told = {"pause_s": _ASKED_PAUSE_S if asks else None}
    if not is_plain(scene):
        return scene.model_copy(update=told)
    text = " ".join(scene.narration().split())
    phrases = vocabulary.key_phrases(f"{scene.heading}. {text}", _MOST_PHRASES)
    return scene.model_copy(
        update={
            **told,
            "prompt": ", ".join(phrases),
            "stressed": _stressed(scene, vocabulary.habits.needs),
        }
    )


def _stressed(scene: PlannedScene, needs: frozenset[str]) -> str:
    """A short sentence that says something the heading does not; nothing where there is none."""
    for sentence in reversed(scene.sentences):
        text = sentence.text.strip()
        said = text.rstrip(".!。！")
        if (
            len(text.split()) in _STRESSED_WORDS
            and text[-1] in ".!"
            and text[:1].isupper()
            and said.lower() != scene.heading.lower()
            and text.split()[0].lower().strip(",") not in needs
        ):
            return text
    return ""
