"""Who plans, writes, translates and judges words, and who said so: for `reelwright doctor`."""

from __future__ import annotations

from pathlib import Path

from flows.buying.asking import LLM, RULES, models_for
from flows.film.produce import open_store
from flows.moderation.judging import OFF, moderation_of
from flows.scripts.wishes import Wishes
from flows.settings import Settings, env_name, origin
from prompts.errors import ScriptError
from prompts.reading.script import read_script
from prompts.storyboard import Storyboard
from providers.catalog import Catalog
from providers.errors import Misconfigured
from providers.models import Task

Line = tuple[bool | None, str]
_TASKS: dict[str, Task] = {"planner": "plan", "writer": "write", "translator": "translate"}
"""Settings that name language models, and what these are asked to do."""


def word_lines(
    catalog: Catalog, wishes: Wishes, settings: Settings, script: Path | None
) -> list[Line]:
    """A line for each of these settings: its value, who set it, and which models that is."""
    told = []
    for field, task in _TASKS.items():
        value, who = _said(field, wishes, settings, script)
        told.append(_line(f"{field}: {value} ({who})", value, task, settings, catalog))
    return [*told, _judges(settings, catalog)]


def _said(field: str, wishes: Wishes, settings: Settings, script: Path | None) -> tuple[str, str]:
    """What a setting says, and who said it."""
    if wished := getattr(wishes, field, ""):
        return wished, f"--{field}"
    if field == "planner" and script is not None:
        try:
            front = read_script(script, settings.picture_hosts, settings.brand_file).front
        except ScriptError:
            # The switches tell it already.
            front = None
        if front is not None and front.planner:
            return front.planner, f"{script}:{front.lines['planner']}"
    where = origin(settings, field)
    value = str(getattr(settings, field))
    return value, f"{env_name(field)} in {where}" if where else "default"


def _line(told: str, value: str, task: Task, settings: Settings, catalog: Catalog) -> Line:
    if value == RULES:
        return True, told
    try:
        models, notes = models_for(task, value, settings, catalog)
    except Misconfigured as wrong:
        return False, f"{told}: {wrong}"
    access = settings.access()
    lacking = [f"{m.name} needs {m.key}" for m, _ in models if m.key and not access.get(m.key)]
    names = ", ".join(model.name for model, _ in models)
    # Rules stand in for planners; a translation cannot be had without a model, but few ask for it.
    fine = True if len(models) > len(lacking) else None
    return fine, "; ".join(filter(None, [told, names if value == LLM else "", *lacking, *notes]))


def _judges(settings: Settings, catalog: Catalog) -> Line:
    where = origin(settings, "moderation")
    who = f"MODERATION in {where}" if where else "default"
    told = f"moderation: {settings.moderation} ({who})"
    nothing = Storyboard(slug="", title="", source="", scenes=())
    try:
        judging = moderation_of(nothing, settings, catalog, open_store(settings))
    except Misconfigured as wrong:
        return False, f"{told}: {wrong}"
    access = settings.access()
    lacking = [j.model for j in judging.judges if j.model.key and not access.get(j.model.key)]
    notes = [f"{model.name} needs {model.key}: no film is made without it" for model in lacking]
    if settings.moderation != OFF and not any(
        judge.model.limits.get("pictures") for judge in judging.judges
    ):
        notes.append("nobody judges pictures")
    fine = False if lacking else (None if settings.moderation == OFF else True)
    return fine, "; ".join([told, *notes])
