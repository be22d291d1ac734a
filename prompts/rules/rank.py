"""Which sentences tell most, when a film is to be shorter than its documents."""

from __future__ import annotations

from dataclasses import replace

from prompts.planned import Sentence
from prompts.rules.language import load_habits
from prompts.rules.scenes import Group, Section, group_prose, seconds
from prompts.rules.words import Vocabulary

_TITLE_S = 3.0
_AROUND_S = 0.7
"""Silence before and after the words of a scene."""

Groups = list[tuple[Section, Group]]


def choose_telling(
    groups: Groups, language: str, length_s: float
) -> tuple[Groups, tuple[Sentence, ...]]:
    """Groups that take at most `length_s` with their pauses, in order, and what is left out.

    Scenes that show something are kept or left whole; of the others sentences are chosen. One that
    leans on the sentence before ("This is why ...") is only taken together with it.
    """
    vocabulary = Vocabulary((s.text for _, g in groups for s in g.sentences), language)
    units = _units(groups, language)
    budget_s = length_s - _TITLE_S
    kept: set[int] = set()
    for index in sorted(range(len(units)), key=lambda at: -_value(units, at, vocabulary)):
        _, group = units[index]
        costs_s = seconds(group.sentences, language) + _AROUND_S * (0.5 if group.is_plain() else 1)
        if costs_s <= budget_s:
            kept.add(index)
            budget_s -= costs_s
    chosen = [unit for at, unit in enumerate(units) if at in kept]
    left = tuple(
        s for at, (_, group) in enumerate(units) if at not in kept for s in group.sentences
    )
    return _regroup(chosen, language), left


def _units(groups: Groups, language: str) -> Groups:
    """What is chosen or left as one: a sentence with those that lean on it, or a shown group."""
    needs = load_habits(language).needs
    units: Groups = []
    for section, group in groups:
        if not group.is_plain():
            units.append((section, group))
            continue
        for at, sentence in enumerate(group.sentences):
            first = sentence.text.split()[0].lower().strip(",;:“\"'")
            same = bool(units) and units[-1][1].is_plain() and units[-1][0].number == section.number
            before = units[-1][1].sentences[-1] if same else None
            leans = first in needs or not _begins(sentence.text) or (before and _announces(before))
            if before and leans and (at > 0 or before.paragraph == sentence.paragraph):
                joined = replace(units[-1][1], sentences=(*units[-1][1].sentences, sentence))
                units[-1] = (section, joined)
            else:
                units.append((section, Group(sentences=(sentence,))))
    return units


def _begins(text: str) -> bool:
    """Whether a sentence begins here, rather than a part of one."""
    return not text[:1].islower()


def _announces(sentence: Sentence) -> bool:
    return sentence.text.rstrip()[-1] in "?？:："


def _value(units: Groups, at: int, vocabulary: Vocabulary) -> float:
    section, group = units[at]
    text = " ".join(sentence.text for sentence in group.sentences)
    first_of_section = at == 0 or units[at - 1][0].number != section.number
    first_of_paragraph = (
        bool(group.sentences)
        and at > 0
        and bool(units[at - 1][1].sentences)
        and units[at - 1][1].sentences[-1].paragraph != group.sentences[0].paragraph
    )
    shown = 1.2 if not group.is_plain() else 1.0
    place = 1.6 if at == 0 else 1.4 if first_of_section else 1.15 if first_of_paragraph else 1.0
    return vocabulary.weight(text) * shown * place


def _regroup(chosen: Groups, language: str) -> Groups:
    """The sentences that were chosen, in scenes again."""
    groups: Groups = []
    run: list[Sentence] = []
    for at, (section, group) in enumerate(chosen):
        if not group.is_plain():
            groups.append((section, group))
            continue
        run.extend(group.sentences)
        after = chosen[at + 1] if at + 1 < len(chosen) else None
        if after is None or after[0].number != section.number or not after[1].is_plain():
            groups += [(section, Group(sentences=part)) for part in group_prose(run, language)]
            run = []
    return groups
