"""ComfyUI workflows: graphs of nodes in API format, in which placeholders stand for an input."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from providers.errors import Misconfigured
from providers.models import Model
from providers.templates import placed, places

SHIPPED = Path(__file__).with_name("workflows")
NAME = "name"
"""The placeholder that the provider fills itself: what output files are called."""
Graph = dict[str, dict[str, Any]]


class Workflow(NamedTuple):
    """A graph with placeholders, and the digest of the file that it was read from."""

    graph: Graph
    digest: str

    def wanted(self) -> frozenset[str]:
        """The inputs that it has to be given."""
        return places(self.graph) - {NAME}

    def filled(self, told: Mapping[str, Any]) -> Graph:
        """The graph of one order. Raises Misconfigured for an input that is missing."""
        graph: Graph = placed(self.graph, told)
        return graph


def workflow_of(model: Model) -> Workflow:
    """The workflow that `engine.workflow` of the entry names: a shipped one, or a file of your own.

    Raises Misconfigured for none, and for a file saved in another format than ComfyUI's "API".
    """
    named = str(model.engine.get("workflow", ""))
    path = Path(named).expanduser() if named.endswith(".json") else SHIPPED / f"{named}.json"
    try:
        told = path.read_bytes()
        graph = json.loads(told)
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.json")))
        raise Misconfigured(
            f"{model.name}: there is no workflow {named!r}; shipped are {known}, and a path that "
            "ends in .json is one of yours"
        ) from None
    except (OSError, ValueError) as wrong:
        raise Misconfigured(f"{model.name}: {path} cannot be read: {wrong}") from wrong
    if not isinstance(graph, dict) or not all(_is_node(node) for node in graph.values()):
        raise Misconfigured(
            f"{model.name}: {path} is no workflow in API format; in ComfyUI, choose Export (API)"
        )
    return Workflow(graph, hashlib.sha256(told).hexdigest())


def title_of(graph: Graph, node: str) -> str:
    """What a node is called: its number, its kind, and its title where that is another."""
    told = graph.get(node, {})
    kind, title = told.get("class_type", "?"), told.get("_meta", {}).get("title", "")
    return f"node {node} ({kind}{f', {title}' if title and title != kind else ''})"


def _is_node(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
    )
