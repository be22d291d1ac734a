"""Reading what judges answer. Nothing here raises: what cannot be read is a verdict that says so.

An answer is read strictly, so that no prose, cut answer or unknown label ever counts as safe.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from providers.moderation.policy import Verdict

Names = Mapping[str, str]
"""Our category for each name that a judge uses."""

_CONTROVERSIAL, _UNSAFE = 0.5, 1.0
_MAYBE_NULL = ("illicit", "illicit/violent")
"""Categories that OpenAI's contract lets be null: models before omni do not judge them."""
_QWEN = re.compile(
    r"\s*Safety: (?P<level>Safe|Controversial|Unsafe)"
    r"(?:\s*\nCategories: (?P<names>[^\n]+?))?(?:\s*\nRefusal: (?:Yes|No))?\s*"
)
_LLAMA = re.compile(r"\s*(?P<level>safe|unsafe)(?:\s*\n(?P<names>S\d+(?:\s*,\s*S\d+)*))?\s*")


def read_openai(answer: bytes, names: Names) -> Verdict:
    """One of `results` of `/moderations`, as JSON."""
    said = _json(answer)
    if not isinstance(said, Mapping):
        return _unread("the answer is no JSON object", answer)
    flags, scores, flagged = (
        said.get(part) for part in ("categories", "category_scores", "flagged")
    )
    if not isinstance(flags, Mapping) or not isinstance(scores, Mapping):
        return _unread("the answer has no categories", answer)
    if not isinstance(flagged, bool):
        return _unread("the answer does not say whether it is flagged", answer)
    if strange := sorted(str(name) for name, on in flags.items() if on and name not in names):
        return _unread(f"there is no category {strange[0]!r}", answer)
    if flagged and not any(on is True for on in flags.values()):
        return _unread("it is flagged for no category", answer)
    found: dict[str, float] = {}
    for name, category in names.items():
        score = scores.get(name)
        if score is None and name in _MAYBE_NULL and not flags.get(name):
            continue
        if not _is_share(score):
            return _unread(f"there is no score for {name!r}", answer)
        found[category] = max(found.get(category, 0.0), score)
    return Verdict(scores=found)


def read_llama_guard(answer: bytes, names: Names) -> Verdict:
    """`safe`, or `unsafe` and a line of codes: `S1,S9`."""
    text, why = _reply(answer)
    told = _LLAMA.fullmatch(text)
    if why or told is None:
        return _unread(why or "neither `safe` nor `unsafe` and its codes", answer)
    codes = re.findall(r"S\d+", told["names"] or "")
    if told["level"] == "safe":
        return _unread("`safe`, and codes as well", answer) if codes else Verdict()
    return _named(codes, names, _UNSAFE, answer)


def read_qwen3guard(answer: bytes, names: Names) -> Verdict:
    """`Safety: Safe|Controversial|Unsafe` and a line `Categories: ...`, with commas, or `None`."""
    text, why = _reply(answer)
    told = _QWEN.fullmatch(text)
    if why or told is None:
        return _unread(why or "no `Safety:` line and `Categories:` line", answer)
    listed = [name.strip() for name in (told["names"] or "None").split(",")]
    if told["level"] == "Safe":
        is_plain = listed == ["None"]
        return Verdict() if is_plain else _unread("`Safe`, and categories as well", answer)
    return _named(listed, names, _CONTROVERSIAL if told["level"] == "Controversial" else _UNSAFE,
                  answer)  # fmt: skip


READERS: dict[str, Callable[[bytes, Names], Verdict]] = {
    "openai": read_openai,
    "llama-guard": read_llama_guard,
    "qwen3guard": read_qwen3guard,
}
"""By the name in a catalog entry's `limits.reads`, which is the table in `[judges]` too."""


def _named(listed: list[str], names: Names, score: float, answer: bytes) -> Verdict:
    if not listed:
        return _unread("unsafe, and no category", answer)
    for name in listed:
        if name not in names:
            return _unread(f"there is no category {name!r}", answer)
    return Verdict(scores={names[name]: score for name in listed})


def _reply(answer: bytes) -> tuple[str, str]:
    """(what a guard model said, why that cannot be read) of what the store keeps of its answer."""
    said = _json(answer)
    if not isinstance(said, Mapping) or not isinstance(said.get("text"), str):
        return "", "the answer is no text"
    if said.get("finish") != "stop":
        return "", f"the answer ended by {said.get('finish')!r}"
    return said["text"], ""


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None


def _is_share(score: Any) -> TypeGuard[float]:
    return (
        isinstance(score, int | float)
        and not isinstance(score, bool)
        and math.isfinite(score)
        and 0 <= score <= 1
    )


def _unread(why: str, answer: bytes) -> Verdict:
    seen = " ".join(answer[:60].decode(errors="replace").split())
    return Verdict(unreadable=f"{why} (it begins {seen!r})")
