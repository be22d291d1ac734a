"""Long sections of prose: what would be minutes before one picture becomes several scenes."""

from __future__ import annotations

from typing import Any

from prompts.asking.planning import is_open
from prompts.planned import paragraph_texts
from prompts.reading.blocks import Script, ScriptScene
from prompts.rules.scenes import Cutter, group_prose
from prompts.saying.speech import estimate_s

LONG_SECTION_S = 40.0
"""Seconds of speech; an editor who writes less under one heading means one scene."""


def part_long_sections(script: Script) -> tuple[Script, tuple[str, ...]]:
    """The script with its long sections in scenes of sensible length, and a note for each.

    Only what its editor left open is cut, between sentences, by the rules that cut documents: the
    first part keeps the heading, the others have none. Every word stays, in order.
    """
    language = script.front.language
    scenes: list[ScriptScene] = []
    notes = []
    for scene in script.scenes:
        parts = _parts(scene, language) if is_open(scene) else []
        if len(parts) > 1:
            seconds = estimate_s(scene.narration, language)
            notes.append(
                f"line {scene.line}: {seconds:.0f} s of prose under one heading are shown as "
                f"{len(parts)} scenes; headings of your own (##) choose where"
            )
            scenes += [_part(scene, parts, number) for number in range(len(parts))]
        else:
            scenes.append(scene)
    return script.model_copy(update={"scenes": tuple(scenes)}), tuple(notes)


def _parts(scene: ScriptScene, language: str) -> list[str]:
    """The narration of each scene that a section becomes; none where it is not long."""
    if estimate_s(scene.narration, language) <= LONG_SECTION_S:
        return []
    cutter = Cutter(language)
    sentences = [
        sentence
        for paragraph in scene.narration.split("\n\n")
        for sentence in cutter.prose(paragraph, "", 0)
    ]
    groups = group_prose(sentences, language)
    parts = ["\n\n".join(paragraph_texts(group)) for group in groups]
    is_whole = "".join("".join(parts).split()) == "".join(scene.narration.split())
    return parts if is_whole else []


def _part(scene: ScriptScene, parts: list[str], number: int) -> ScriptScene:
    """One of the scenes; what is said of the beginning or end of a section stays there."""
    told: dict[str, Any] = {"narration": parts[number]}
    if scene.key_phrase not in parts[number]:
        told["key_phrase"] = ""
    if number:
        told |= {"heading": "", "transition": "auto", "transition_s": None}
    if number < len(parts) - 1:
        told["pause_s"] = None
    return scene.model_copy(update=told)
