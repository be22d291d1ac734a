"""The directives of a scene (`@key: value`): which there are, and how each value is read."""

from __future__ import annotations

import re
from typing import Any

from prompts.reading.blocks import DirectedCard, DirectedVisual
from prompts.reading.inline import read_inline
from prompts.reading.report import Report, suggest
from prompts.reading.shape import read_focus
from prompts.reading.values import TRANSITION_S, read_choice, read_seconds
from prompts.storyboard import BuildName, FillName, LowerThird, MotionName, TransitionName

DIRECTIVES = {
    "card": "card",
    "visual": "visual",
    "prompt": "prompt",
    "motion": "motion",
    "build": "build",
    "pause": "pause_s",
    "transition": "transition",
    "lower_third": "lower_third",
    "fill": "fill",
    "duration": "duration_s",
    "focus": "focus",
    "voice": "voice",
    "image_provider": "image_provider",
    "tts_provider": "tts_provider",
    "video_provider": "video_provider",
    "number": "number",
    "text": "text",
    "kicker": "kicker",
}
"""Each directive and the field of a scene that it sets."""

DIRECTIVE_LINE = re.compile(r"\s*@([A-Za-z][\w-]*)[ \t]*:(.*)")
_LONGEST = {"prompt": 2000}


def read_directive(key: str, shown: str, given: str, line: int, report: Report) -> Any:
    """The value of the known directive `key` (written as `shown`), or None and a problem."""
    given = " ".join(given.split())
    longest = _LONGEST.get(key, 300)
    if not given:
        report.add(line, f"{shown} has no value", "write one after the colon or take it out")
        return None
    if len(given) > longest:
        report.add(line, f"{shown} has {len(given)} characters", f"keep it under {longest}")
        return None
    match key:
        case "card":
            return read_choice(shown, given, DirectedCard, line, report)
        case "visual":
            return read_choice(shown, given, DirectedVisual, line, report)
        case "build":
            return read_choice(shown, given, BuildName, line, report)
        case "motion":
            return read_choice(shown, given, MotionName, line, report)
        case "transition":
            return _transition(shown, given, line, report)
        case "lower_third":
            return _lower_third(shown, given, line, report)
        case "fill":
            return read_choice(shown, given, FillName, line, report)
        case "pause":
            return read_seconds(shown, given, 0, 30, line, report)
        case "duration":
            return read_seconds(shown, given, 0.5, 600, line, report)
        case "focus":
            return read_focus(given, line, report)
        case "prompt" | "voice" | "image_provider" | "tts_provider" | "video_provider":
            return given
        case _:
            return read_inline(given).one_line()


def _transition(shown: str, given: str, line: int, report: Report) -> dict[str, Any] | None:
    """Both fields of `push 0.6s`: a scene's transition and how long it takes."""
    name, _, length = given.partition(" ")
    told = {"transition": read_choice(shown, name, TransitionName, line, report)}
    if length and told["transition"] == "cut":
        report.add(line, "a cut has no length", "take the time out, or choose another transition")
    elif length:
        length_name = f"the length in {shown}"
        told["transition_s"] = read_seconds(length_name, length, *TRANSITION_S, line, report)
    return None if None in told.values() else told


def _lower_third(shown: str, given: str, line: int, report: Report) -> LowerThird | None:
    """`Name | Role`; the role may be left out."""
    name, *more = (read_inline(part).one_line() for part in given.split("|"))
    if not name or len(more) > 1:
        report.add(line, f'{shown} is "{given}"', "write a name, or Name | Role")
        return None
    return LowerThird(name=name, role="".join(more))


def refuse_directive(key: str, line: int, report: Report) -> None:
    """Notes that there is no directive of this name."""
    known = [f"@{directive}" for directive in DIRECTIVES]
    report.add(line, f"there is no directive @{key}", suggest(f"@{key}", known))
