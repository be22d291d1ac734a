"""Which sentences make a scene: documents are cut into sections, and these into groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from prompts.planned import LONGEST_S, MOST_POINTS, SHORTEST_S, Block, Sentence, paragraph_texts
from prompts.reading.draft import LONGEST_HEADING
from prompts.rules.blocks import fitted
from prompts.rules.language import load_habits
from prompts.rules.series import Entry, find_series, label_of
from prompts.saying.speech import estimate_s
from prompts.sentences import cut_sentences, part_sentence
from prompts.storyboard import Table

_FULL_S = 6.0
"""A scene that speaks so long takes no further sentence.

Every longer sentence therefore ends its scene, whatever stands before it: where scenes begin does
not depend on words far away, and a changed sentence changes its own scene.
"""
_FINAL = ".!?…。！？।:;؟։"


@dataclass(frozen=True)
class Group:
    """Sentences that are said in one scene, and the blocks of the document shown with them."""

    sentences: tuple[Sentence, ...] = ()
    items: tuple[str, ...] = ()
    is_counted: bool = False
    quote: str = ""
    attribution: str = ""
    table: Table | None = None
    code: str = ""
    code_language: str = ""
    place: str = ""

    def is_plain(self) -> bool:
        """Whether nothing of the document is shown with the words."""
        return bool(self.sentences) and not (self.items or self.quote or self.table or self.code)


@dataclass
class Section:
    """What stands below one heading. `kicker` is the heading above its own."""

    number: int
    heading: str = ""
    kicker: str = ""
    blocks: list[Block] = field(default_factory=list)


class Cutter:
    """Cuts documents into sentences; numbers their paragraphs and sections."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.paragraph = 0

    def prose(self, text: str, place: str, section: int) -> tuple[Sentence, ...]:
        """The sentences of a paragraph, none longer than a scene; none of what cannot be said."""
        # A picture's markup among words would be taken for a picture that is not understood.
        text = " ".join(text.replace("![", "! [").split())
        if not any(character.isalnum() for character in text):
            return ()
        self.paragraph += 1
        return tuple(
            Sentence(text=part, place=place, paragraph=self.paragraph - 1, section=section)
            for sentence in cut_sentences(text, self.language)
            for part in part_sentence(sentence, self.language, LONGEST_S)
        )

    def item(self, text: str, place: str, section: int) -> tuple[Sentence, ...]:
        """The sentences of an item, which ends with a full stop where it is said."""
        text = " ".join(text.split())
        if text and text[-1] not in _FINAL:
            text += "。" if "\u3040" <= text[-1] <= "\u9fff" else "."
        return self.prose(text, place, section)


def told_sentences(blocks: Sequence[Block], language: str) -> tuple[Sentence, ...]:
    """Everything that a film of these blocks would say, in order."""
    cutter = Cutter(language)
    told: list[Sentence] = []
    for section in cut_sections(blocks):
        for block in section.blocks:
            if block.kind in ("prose", "quote"):
                told += cutter.prose(block.text, block.place, section.number)
            elif block.kind == "list":
                for item in block.items:
                    told += cutter.item(item, block.place, section.number)
    return tuple(told)


def cut_sections(blocks: Sequence[Block]) -> list[Section]:
    """The blocks below each heading; a heading right below another has it as its kicker."""
    sections = [Section(0)]
    above = ""
    for block in blocks:
        if block.kind == "heading" and len(block.text) > LONGEST_HEADING:
            # Nobody reads that from a card: it is said.
            sections.append(Section(len(sections)))
            sections[-1].blocks.append(block.model_copy(update={"kind": "prose"}))
        elif block.kind == "heading":
            above = above if block.level > 2 else ""
            sections.append(Section(len(sections), block.text, above if block.level > 2 else ""))
            if block.level <= 2:
                above = block.text
        else:
            sections[-1].blocks.extend(fitted(block))
    return [section for section in sections if section.blocks]


def group_section(section: Section, cutter: Cutter) -> list[Group]:
    """The scenes of a section, in order."""
    groups: list[Group] = []
    prose: list[Sentence] = []
    shown: tuple[str, ...] = ()
    habits = load_habits(cutter.language)
    for block in section.blocks:
        if block.kind == "prose":
            prose.extend(cutter.prose(block.text, block.place, section.number))
            continue
        if block.kind == "list":
            entries = [
                Entry(cutter.item(item, block.place, section.number), label_of(item, habits))
                for item in block.items
            ]
            entries = [entry for entry in entries if entry.sentences]
            lead = _take_lead(prose)
            groups += _group_run(prose, shown, cutter.language)
            groups += _group_list(lead, entries, block.is_counted, cutter.language)
        else:
            groups += _group_run(prose, shown, cutter.language)
        prose, shown = [], ()
        if block.kind == "points":
            shown = block.items
        elif block.kind == "quote":
            groups += _group_quote(block, section, cutter)
        elif block.kind in ("code", "table"):
            _show(groups, block)
    groups += _group_run(prose, shown, cutter.language)
    return _lengthen(groups, cutter.language)


def group_prose(sentences: Sequence[Sentence], language: str) -> list[tuple[Sentence, ...]]:
    """Sentences in groups of 4 to 14 s, as far as they allow it."""
    groups: list[tuple[Sentence, ...]] = []
    for sentence in sentences:
        if len(groups) > 1 and _begins(sentence, groups[-1][-1]):
            _join_rest(groups, language)
        if groups and _takes(groups[-1], sentence, language):
            groups[-1] += (sentence,)
        else:
            groups.append((sentence,))
    return _mend(groups, language)


def _join_rest(groups: list[tuple[Sentence, ...]], language: str) -> None:
    """The few words that end a paragraph stay with it, so that what comes next begins a scene."""
    both = groups[-2] + groups[-1]
    is_short = seconds(groups[-1], language) < SHORTEST_S
    same = groups[-2][-1].paragraph == groups[-1][0].paragraph
    if is_short and same and seconds(both, language) <= LONGEST_S:
        groups[-2:] = [both]


def part_paragraph(text: str, language: str) -> list[str]:
    """A paragraph that takes over 14 s to say, in parts of 4 to 14 s; a shorter one is whole."""
    sentences = Cutter(language).prose(text, "", 0)
    if not sentences or estimate_s(text, language) <= LONGEST_S:
        return [text]
    groups = group_prose(sentences, language)
    return ["".join(sentence.text for sentence in group) for group in groups]


def seconds(sentences: Sequence[Sentence], language: str) -> float:
    """How long sentences take to say."""
    return _estimate_s("\n\n".join(paragraph_texts(sentences)), language)


@lru_cache(maxsize=4096)
def _estimate_s(text: str, language: str) -> float:
    """The estimate, kept: the same sentences are weighed against several neighbours."""
    return estimate_s(text, language)


def _takes(group: tuple[Sentence, ...], sentence: Sentence, language: str) -> bool:
    so_far_s = seconds(group, language)
    if so_far_s >= _FULL_S or seconds((*group, sentence), language) > LONGEST_S:
        return False
    return so_far_s < SHORTEST_S or not _begins(sentence, group[-1])


def _begins(sentence: Sentence, before: Sentence) -> bool:
    """Whether a sentence would open a scene: it asks, or a paragraph begins with it."""
    return sentence.paragraph != before.paragraph or _asks(sentence)


def _asks(sentence: Sentence) -> bool:
    return sentence.text.rstrip(' "”»)')[-1:] in ("?", "？", "؟")


def _mend(groups: list[tuple[Sentence, ...]], language: str) -> list[tuple[Sentence, ...]]:
    """No group is too short that a neighbour could lengthen."""
    at = 0
    while at < len(groups):
        if seconds(groups[at], language) >= SHORTEST_S:
            at += 1
            continue
        for first in (at - 1, at):
            if not 0 <= first < len(groups) - 1:
                continue
            both = groups[first] + groups[first + 1]
            cuts = [len(both)] + [len(groups[first]) + by for by in (-1, 1)]
            cut = next((c for c in cuts if _is_good(both, c, language)), 0)
            if cut:
                groups[first : first + 2] = [part for part in (both[:cut], both[cut:]) if part]
                at = max(first - 1, 0)
                break
        else:
            at += 1
    return groups


def _is_good(both: tuple[Sentence, ...], cut: int, language: str) -> bool:
    parts = [part for part in (both[:cut], both[cut:]) if part]
    return 0 < cut <= len(both) and all(
        SHORTEST_S <= seconds(part, language) <= LONGEST_S
        or (len(parts) == 1 and seconds(part, language) <= LONGEST_S)
        for part in parts
    )


def _group_run(prose: list[Sentence], shown: tuple[str, ...], language: str) -> list[Group]:
    """The scenes of a run of prose; `shown` stands on the first. Series in it become lists."""
    groups: list[Group] = []
    while prose:
        series = None if shown else find_series(prose, language)
        before = prose[: series.start] if series else prose
        lead = []
        if series and before and _is_lead(before[-1], series.is_announced):
            lead, before = [before[-1]], before[:-1]
        groups += [Group(sentences=part) for part in group_prose(before, language)]
        if series:
            groups += _group_list(lead, list(series.entries), True, language)
        prose = prose[series.end :] if series else []
    if shown and groups:
        groups[0] = replace(groups[0], items=shown)
    return groups


def _is_lead(sentence: Sentence, is_announced: bool) -> bool:
    return is_announced or sentence.text.rstrip()[-1] in ":："


def _take_lead(prose: list[Sentence]) -> list[Sentence]:
    """Takes the sentence that announces a list off the end of `prose`."""
    return [prose.pop()] if prose and prose[-1].text.rstrip()[-1] in ":：" else []


def _group_list(
    lead: list[Sentence], entries: list[Entry], is_counted: bool, language: str
) -> list[Group]:
    """Scenes of a list, about as long as each other; entries that are long are prose.

    Only a list that is whole counts its entries: each card would begin at one.
    """
    whole_s = seconds([*lead, *(s for entry in entries for s in entry.sentences)], language)
    parts = max(-(-len(entries) // MOST_POINTS), math.ceil(whole_s / LONGEST_S))
    even_s = whole_s / max(parts, 1)
    groups: list[Group] = []
    told = list(lead)
    items: list[str] = []
    for entry in entries:
        with_it_s = seconds((*told, *entry.sentences), language)
        over_s = (seconds(told, language) + with_it_s) / 2 - even_s if parts > 1 else 0
        if items and (with_it_s > LONGEST_S or over_s > 0 or len(items) == MOST_POINTS):
            groups += _told(told, items, False, language)
            told, items = [], []
        elif told and with_it_s > LONGEST_S:
            groups += _told(told, items, False, language)
            told = []
        told.extend(entry.sentences)
        items.append(entry.label)
    return groups + _told(told, items, is_counted and not groups, language)


def _told(told: list[Sentence], items: list[str], is_counted: bool, language: str) -> list[Group]:
    if not told:
        return []
    if len(items) < 2 or seconds(told, language) > LONGEST_S:
        return [Group(sentences=part) for part in group_prose(told, language)]
    return [Group(sentences=tuple(told), items=tuple(items), is_counted=is_counted)]


def _group_quote(block: Block, section: Section, cutter: Cutter) -> list[Group]:
    sentences = cutter.prose(block.text, block.place, section.number)
    return [
        Group(
            sentences=part,
            quote=" ".join("".join(sentence.text for sentence in part).split()),
            attribution=block.attribution,
        )
        for part in group_prose(sentences, cutter.language)
    ]


def _show(groups: list[Group], block: Block) -> None:
    """A table or code is shown while the words before it are said, else by itself."""
    before = groups.pop() if groups and groups[-1].is_plain() else Group()
    groups.append(
        replace(
            before,
            table=block.table,
            code=block.text if block.kind == "code" else "",
            code_language=block.code_language,
            place=block.place,
        )
    )


def _lengthen(groups: list[Group], language: str) -> list[Group]:
    """Scenes that are too short are joined with a plain neighbour of their section."""
    at = 0
    while at < len(groups) - 1:
        one, two = groups[at], groups[at + 1]
        lengths = [seconds(group.sentences, language) for group in (one, two)]
        both = one.sentences + two.sentences
        if (
            one.sentences and two.sentences
            and (one.is_plain() or two.is_plain())
            and min(lengths) < SHORTEST_S
            and seconds(both, language) <= LONGEST_S
        ):  # fmt: skip
            groups[at : at + 2] = [replace(one if two.is_plain() else two, sentences=both)]
            at = max(at - 1, 0)
        else:
            at += 1
    return groups
