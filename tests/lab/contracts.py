"""Checks of what clients send: schemas written here, and the vendors' own where they are at hand.

The vendors' OpenAPI copies lie outside the repository; without them the schemas here still hold.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[3] / "shared" / "contracts"
NEWER = {("quality",): {"xhigh", "max"}, ("output_format",): {"gif", "svg"}}
"""Values that vendors took up after the copies were made."""


def closed(required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def one_of(*values: str) -> dict[str, Any]:
    """The schema of a text out of a list."""
    return {"enum": list(values)}


def number(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def whole(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


TEXT: dict[str, Any] = {"type": "string"}
WORDS: dict[str, Any] = {"type": "string", "minLength": 1}
FLAG: dict[str, Any] = {"type": "boolean"}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}


def wrong(schema: dict[str, Any], body: Any) -> str:
    """What is wrong with `body`, in a sentence with the place; empty when nothing is."""
    return _told(best_match(Draft202012Validator(schema).iter_errors(body)))


def breach(vendor: str, body: Any, *keys: str) -> str:
    """How `body` breaks the vendor's own schema at `keys`; empty when it holds or is not here."""
    if not (FOLDER / f"{vendor}.json").exists():
        return ""
    errors = [
        e
        for e in _validator(vendor, *keys).iter_errors(body)
        if not (e.validator == "enum" and e.instance in NEWER.get(tuple(e.absolute_path), ()))
    ]
    return _told(best_match(iter(errors)))


def request_breach(vendor: str, path: str, body: Any) -> str:
    """How a POSTed JSON body breaks the vendor's own schema; empty when it does not."""
    return breach(
        vendor, body,
        "paths", path, "post", "requestBody", "content", "application/json", "schema",
    )  # fmt: skip


def _told(error: Any) -> str:
    if error is None:
        return ""
    place = ".".join(str(step) for step in error.absolute_path)
    return f"{place}: {error.message}" if place else str(error.message)


@functools.cache
def _validator(vendor: str, *keys: str) -> Draft202012Validator:
    document = json.loads((FOLDER / f"{vendor}.json").read_text(encoding="utf-8"))
    registry: Registry[Any] = Registry().with_resource(
        "urn:spec", Resource(contents=document, specification=DRAFT202012)
    )
    pointer = "/".join(quote(k.replace("~", "~0").replace("/", "~1"), safe="~") for k in keys)
    return Draft202012Validator({"$ref": f"urn:spec#/{pointer}"}, registry=registry)
