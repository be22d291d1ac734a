"""Prompts are data: `*.md` files beside this one, with places that are filled strictly."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_PLACE = re.compile(r"\{\{ ?([a-z_]+) ?\}\}")


class TemplateError(Exception):
    """A prompt and what it is filled with do not fit: a mistake of ours, never of an editor's."""


def fill_template(name: str, **values: str) -> str:
    """The prompt `name`.md with each `{{ place }}` replaced by its value.

    What a value says is never read as a place. Raises TemplateError for a place without a value
    and for a value without a place.
    """
    text = read_template(name)
    places = set(_PLACE.findall(text))
    if missing := sorted(places - values.keys()):
        raise TemplateError(f"prompts/{name}.md has {', '.join(missing)}, which nobody fills")
    if unused := sorted(values.keys() - places):
        raise TemplateError(f"prompts/{name}.md has no place for {', '.join(unused)}")
    return _PLACE.sub(lambda found: values[found[1]], text).strip()


def read_template(name: str) -> str:
    """The text of a prompt with its places open. Raises TemplateError for one that is not there."""
    path = Path(__file__).with_name(f"{name}.md")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TemplateError(f"there is no prompt prompts/{name}.md") from None


def template_version(*names: str) -> str:
    """A short name for the words of prompts, for keys: other words, other answers."""
    told = "\0".join(read_template(name) for name in names)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
