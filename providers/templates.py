"""Filling a catalog entry's input template: placeholders become what a request says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from providers.errors import Misconfigured

_PLACE = re.compile(r"\{([a-z_]+)\}")


def fill(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The template with each `{name}` replaced by `values[name]`.

    A text that is one placeholder and nothing else takes the value's own type; a value that is None
    or empty text leaves its key out. Raises Misconfigured for a placeholder nobody can fill.
    """
    filled = {key: _fill(value, values) for key, value in template.items()}
    return {key: value for key, value in filled.items() if value not in (None, "")}


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return fill(value, values)
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole:
        return _value(whole[1], values)
    return _PLACE.sub(lambda found: str(_value(found[1], values)), value)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        known = ", ".join(sorted(values))
        raise Misconfigured(f"the model's input asks for {{{name}}}; there are: {known}")
    return values[name]
