"""Filling a catalog entry's input template: placeholders become what a request says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.errors import Misconfigured

_PLACE = re.compile(r"\{([a-z_][a-z_0-9]*)\}")


def fill(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The template with each `{name}` replaced by `values[name]`.

    A text that is one placeholder and nothing else takes the value's own type; a value that is None
    or empty text leaves its key out, and so does one inside a text that is None. Raises
    Misconfigured for a placeholder nobody can fill.
    """
    filled = {key: _fill(value, values) for key, value in template.items()}
    return {key: value for key, value in filled.items() if value not in (None, "")}


def placed(value: Any, values: Mapping[str, Any]) -> Any:
    """The same for a value of any kind, of which nothing is left out. Raises Misconfigured."""
    if isinstance(value, Mapping):
        return {key: placed(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [placed(item, values) for item in value]
    return _text(value, values) if isinstance(value, str) else value


def places(value: Any) -> frozenset[str]:
    """The names of all placeholders in a value."""
    if isinstance(value, Mapping):
        return frozenset().union(*(places(item) for item in value.values()))
    if isinstance(value, list):
        return frozenset().union(*(places(item) for item in value))
    return frozenset(_PLACE.findall(value)) if isinstance(value, str) else frozenset()


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return fill(value, values)
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return _text(value, values) if isinstance(value, str) else value


def _text(value: str, values: Mapping[str, Any]) -> Any:
    whole = _PLACE.fullmatch(value)
    if whole:
        return _value(whole[1], values)
    named = {name: _value(name, values) for name in _PLACE.findall(value)}
    if None in named.values():
        return None
    return _PLACE.sub(lambda found: str(named[found[1]]), value)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        known = ", ".join(sorted(values))
        raise Misconfigured(f"the model's input asks for {{{name}}}; there are: {known}")
    return values[name]
