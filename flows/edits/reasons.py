"""Why something is made again, in plain words: what differs from the last film's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from prompts.storyboard import BrandWords, Scene, Storyboard, Visual

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_NAMES = {
    "image_provider": "who makes its picture",
    "tts_provider": "who speaks",
    "video_provider": "who makes its clip",
    "pause_s": "pause",
    "duration_s": "duration",
    "aspect": "shape",
    "size": "size",
    "fps": "frame rate",
    "fill": "way of filling with clips",
    "loudness_lufs": "loudness",
    "music_level_db": "music's level",
    "voice_polish": "polish of the voice",
    "verify": "hearing back",
    "verify_limit": "limit of hearing back",
    "logo_bug": "logo in the corner",
    "lower_thirds": "names of those who are seen",
    "kind": "kind",
    "captions": "captions",
}
"""Fields whose own name is not the word for them."""
EXPLAINS = {
    "prompt": {"prompt", "heading", "text", "style", "visual", "language"},
    "card": {
        "heading", "text", "items", "kicker", "number", "columns", "table", "code", "attribution",
        "code language", "kind", "visual", "alt", "file", "title", "subtitle", "author",
    },
    "narration": {"language"},
    "model": {"tier", "who speaks", "who makes its picture", "who makes its clip", "visual"},
    "size": {"aspect", "reframe", "shape", "motion"},
    "length": {"narration", "duration", "pause", "speed", "fill", "visual"},
    "brand": {
        "name", "primary", "accent", "background", "text", "logo", "heading font", "body font",
    },
    "voice": {"who speaks", "tier", "language"},
    "seed": {"take"},
}  # fmt: skip
"""What a script's words say better than the request that they lead to, by the reason's word."""
_QUIET = {
    "version", "slug", "source", "scenes", "lines", "budget_usd", "brand", "deliver", "glossary",
    "translated_from", "voices_speak",
}  # fmt: skip


class Reason(NamedTuple):
    """Why something changes: a word for a summary, and a sentence."""

    word: str
    sentence: str


def film_reasons(old: Storyboard, new: Storyboard) -> list[Reason]:
    """What changed in the film's settings, each scene's words aside."""
    found = [
        _changed("film", name, getattr(old, name), getattr(new, name))
        for name in Storyboard.model_fields
        if name not in _QUIET and getattr(old, name) != getattr(new, name)
    ]
    for name in BrandWords.model_fields:
        before, now = getattr(old.brand, name), getattr(new.brand, name)
        if name != "places" and before != now:
            found.append(_changed("brand", name, before, now))
    return found


def scene_reasons(old: Scene, new: Scene) -> list[Reason]:
    """What changed in a scene's own words and directives."""
    found = list(narration_reasons(old.narration, new.narration))
    skipped = {"id", "line", "lines", "visual", "narration", "original"}
    found += [
        _changed("scene", name, getattr(old, name), getattr(new, name))
        for name in Scene.model_fields
        if name not in skipped and getattr(old, name) != getattr(new, name)
    ]
    before, now = old.visual, new.visual
    for name in Visual.model_fields:
        if name != "card" and getattr(before, name) != getattr(now, name):
            told = "visual" if name == "kind" else name
            found.append(_changed("scene", told, getattr(before, name), getattr(now, name)))
    for name in type(now.card).model_fields:
        earlier, later = getattr(before.card, name), getattr(now.card, name)
        # The heading on the card is the scene's, and is told once.
        if earlier != later and (name != "heading" or old.heading == new.heading):
            found.append(_changed("card", name, earlier, later))
    return found


def narration_reasons(old: str, new: str) -> Iterator[Reason]:
    """Which sentences of a narration changed, came or went."""
    if old == new:
        return
    before, now = _sentences(old), _sentences(new)
    if not before or not now:
        told = "the narration was added" if now else "the narration was taken out"
        yield Reason("narration", told)
        return
    steps = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    for kind, start, end, first, last in steps:
        if kind == "delete":
            yield Reason("narration", f"the narration's {_which(start, end)} was taken out")
        elif kind == "insert":
            yield Reason("narration", f"the narration's {_which(first, last)} is new")
        elif kind == "replace":
            yield Reason("narration", f"the narration's {_which(first, last)} changed")
    if before == now:
        yield Reason("narration", "the narration's lines changed")


def request_reasons(old: dict[str, Any], new: dict[str, Any]) -> list[Reason]:
    """What differs between two requests, given as JSON trees."""
    if old.get("model") != new.get("model"):
        # Another model is asked in its own way.
        return [_asked("model", old, new)]
    skipped = ("provider", "input", "height")
    names = [name for name in (*new, *(n for n in old if n not in new)) if name not in skipped]
    found = [_asked(name, old, new) for name in names if old.get(name) != new.get(name)]
    if old.get("height") != new.get("height") and old.get("width") == new.get("width"):
        found.append(_asked("width", old, new))
    if not found:
        before, now = old.get("input") or {}, new.get("input") or {}
        told = ", ".join(sorted(k for k in {*before, *now} if before.get(k) != now.get(k)))
        found.append(Reason("model", f"what the model is told changed ({told})"))
    return found


def _asked(name: str, old: dict[str, Any], new: dict[str, Any]) -> Reason:
    """A field in which two requests differ."""
    before, now = old.get(name), new.get(name)
    match name:
        case "capability":
            return Reason("visual", f"a {now} takes the place of a {before}")
        case "model":
            return Reason("model", f"the model {before} was replaced by {now}")
        case "width":
            shapes = [f"{tree.get('width')}x{tree.get('height')}" for tree in (new, old)]
            return Reason("size", f"pictures are {shapes[0]} instead of {shapes[1]}")
        case "take":
            return Reason(
                "take", f"take {now} is used" if now else "no other take is used any more"
            )
        case "captions":
            told = "leave" if now else "no longer leave"
            return Reason("captions", f"pictures {told} room for captions")
        case "duration_s":
            return Reason("length", f"a clip of {now} s is needed instead of {before} s")
        case "brand" | "card":
            return Reason(name, f"the {name} changed")
        case "text":
            return Reason("narration", "what is said changed, or how it is spoken out")
        case _:
            return _changed("request", name, before, now)


def _changed(whose: str, name: str, old: Any, new: Any) -> Reason:
    word = _NAMES.get(name, name.replace("_", " "))
    owner = {"film": "the film's", "brand": "the brand's", "card": "the card's"}.get(whose, "its")
    if whose == "request":
        owner = "the"
    subject = word if word.startswith("who ") else f"{owner} {word}"
    if old in ("", None, (), [], 0) or new in ("", None, (), [], 0):
        verb = "is new" if old in ("", None, (), [], 0) else "was taken out"
        if whose in ("film", "request"):
            verb = f"is now {_short(new)}" if old in ("", None) else "is back to the usual one"
        return Reason(word, f"{subject} {verb}")
    if isinstance(old, str | int | float) and len(str(old)) + len(str(new)) < 60:
        return Reason(word, f"{subject} changed from {_short(old)} to {_short(new)}")
    return Reason(word, f"{subject} changed")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def _which(start: int, end: int) -> str:
    if end - start == 1:
        return f"{_ordinal(start)} sentence"
    return f"{_ordinal(start)} to {_ordinal(end - 1)} sentences"


def _ordinal(at: int) -> str:
    if at < len(_ORDINALS):
        return _ORDINALS[at]
    number = at + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0)
    return f"{number}{ending or 'th'}"
