"""What `reelwright write` does: documents become a script for its editor to change."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from flows.buying.asking import RULES, models_for
from flows.buying.casting import Part
from flows.cli.desk import BAD_INPUT, BUDGET, DONE, PROVIDER, plain, say
from flows.film.produce import open_store
from flows.money.amounts import LedgerUnusable, OverBudget, dollars
from flows.settings import Settings, load_settings
from prompts.asking.writing import INVENTED, PLACES
from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.planned import Plan, Sentence, Source
from prompts.planned_script import write_script
from prompts.reading.check import MOST_SCENES
from prompts.reading.script import read_script
from prompts.reading.slug import make_slug
from prompts.rules.planner import plan_by_rules
from prompts.saying.speech import estimate_s
from prompts.sources.documents import SUFFIXES, read_source
from providers.catalog import Catalog, load_catalog
from providers.errors import Misconfigured, ProviderError
from providers.store import Store

_LENGTH = re.compile(r"(?:(\d{1,3})\s*m(?:in)?)?\s*(?:(\d{1,5})\s*s?)?", re.ASCII)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_SHORTEST_S = 10
_LEAST_WRITTEN_S, _MOST_WRITTEN_S = 20.0, 600.0
"""Of a script that a model writes from documents, where no length is asked for."""

_err = Console(stderr=True, soft_wrap=True, highlight=False)
_out = Console(soft_wrap=True, highlight=False)


def write_film(
    topic: str, sources: list[Path], out: Path | None, audience: str, length: str,
    language: str, force: bool, writer: str = "",
) -> int:  # fmt: skip
    """`reelwright write`: 0 when a script was written, else a sentence and the code of why not.

    A topic is written by a language model where one has a key. A document is planned by rules,
    unless `writer` names a model: then that writes from it, and rules stand in where it fails.
    """
    try:
        length_s = length_seconds(length)
        if language and not _TAG.fullmatch(language):
            raise Refused(f"--language is {language!r}; give a code such as de or pt-BR")
        title, paths = _told(topic, sources)
        documents = [read_source(path) for path in paths]
        if not title and writer not in ("", RULES):
            writers = find_writers(_title_of(documents), paths, writer)
            path = out or Path(f"{make_slug(_title_of(documents))}.md")
            _refuse_target(path, paths, force)
            wanted_s = length_s or _length_of(documents, language)
            asked = (_title_of(documents), documents, audience, wanted_s, language)
            try:
                if writers is not None:
                    return _write_by_model(writers, asked, path)
                why = "no language model has a key"
            except ProviderError as failed:
                why = str(failed)
            say(f"note: rules write it: {why}", DONE)
        if title and (writers := find_writers(title, paths, writer)):
            path = out or Path(f"{make_slug(title)}.md")
            _refuse_target(path, paths, force)
            brief = (title, documents, audience, length_s, language)
            return _write_by_model(writers, brief, path)
        plan = plan_by_rules(documents, title=title, language=language, length_s=length_s)
        _refuse_unusable(plan, length)
        path = out or Path(f"{make_slug(plan.title)}.md")
        _refuse_target(path, paths, force)
        script = write_script(plan)
        keep_script(path, script)
    except (Refused, ScriptError, Misconfigured, LedgerUnusable, OSError) as wrong:
        return say(str(wrong), BAD_INPUT)
    except OverBudget as over:
        return say(f"nothing was written: {over}", BUDGET)
    except ProviderError as failed:
        return say(str(failed), PROVIDER)
    _tell(plan, path, documents, audience)
    return DONE


class Refused(Exception):
    """Why nothing was written, in a sentence."""


def _told(topic: str, sources: list[Path]) -> tuple[str, list[Path]]:
    """The title, where one was given, and the documents."""
    named = Path(topic)
    if named.suffix.lower() in SUFFIXES or (not sources and "\n" not in topic and _is_there(named)):
        return "", [named, *sources]
    if not topic.strip():
        raise Refused("there is no topic; say what the film is about, or name a document")
    return " ".join(topic.split()), sources


class Writers(NamedTuple):
    """Who can write, and what that takes."""

    models: tuple[Part, ...]
    settings: Settings
    catalog: Catalog
    store: Store


def find_writers(topic: str, sources: list[Path], wished: str = "") -> Writers | None:
    """The language models that may write; None where rules are to, from documents.

    `wished` is the command line's word, else the operator's holds.
    """
    settings = load_settings()
    named = wished or settings.writer
    if named != RULES:
        catalog = load_catalog(settings.models, settings.machine_rates)
        models, notes = models_for("write", named, settings, catalog)
        if models:
            return Writers(models, settings, catalog, open_store(settings))
    else:
        notes = ("rules are to write it",)
    if not sources:
        raise Refused(
            f'a topic alone ("{topic}") cannot be written without a language model '
            f"({'; '.join(notes)}); give documents with --sources notes.md, which need none"
        )
    return None


def _write_by_model(
    writers: Writers, brief: tuple[str, list[Source], str, float | None, str], path: Path
) -> int:
    from flows.scripts.writing import write_by_model

    written = write_by_model(*brief, *writers)
    plan = written.plan
    keep_script(path, write_script(plan))
    spoken_s = _spoken_s(plan.said(), plan.language)
    invented = sum(s.place == PLACES[INVENTED] for s in plan.said())
    plain(
        f"{path}: {len(plan.scenes)} scenes, about {spoken_s:.0f} s of speech in {plan.language}, "
        f"{dollars(written.usd)} (owned: {dollars(written.saved_usd)})"
    )
    plain(f"  where each sentence comes from stands above it; {invented} are marked INVENTED")
    for fault in written.faults:
        plain(f"  check: {fault}")
    plain(f"  next: change it, then reelwright make {path}")
    return DONE


def _title_of(documents: list[Source]) -> str:
    """What the first document is called, or else how its file is."""
    first = documents[0]
    stem = " ".join(Path(first.name).stem.replace("-", " ").replace("_", " ").split())
    return first.title or stem or "film"


def _length_of(documents: list[Source], language: str) -> float:
    """As long as the documents take to say, within what one model writes well."""
    said = plan_by_rules(documents, title="", language=language, length_s=None).said()
    code = language or next((one.language for one in documents if one.language), "en")
    return min(max(_spoken_s(said, code), _LEAST_WRITTEN_S), _MOST_WRITTEN_S)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def length_seconds(length: str) -> float | None:
    """Seconds from `90s`, `2m`, `1m30s` or `90`."""
    if not length:
        return None
    match = _LENGTH.fullmatch(length.strip().lower())
    seconds = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
    if seconds < _SHORTEST_S:
        raise Refused(f"--length is {length!r}; give 10 seconds or more, such as 90s or 2m")
    return float(seconds)


def _refuse_unusable(plan: Plan, length: str) -> None:
    if not plan.scenes:
        raise Refused(f"no sentence fits into --length {length}; give more time")
    if len(plan.scenes) > MOST_SCENES:
        raise Refused(
            f"that would be {len(plan.scenes)} scenes and a script has at most {MOST_SCENES}; "
            "ask for a share of it with --length 5m, or name fewer documents"
        )


def _refuse_target(path: Path, sources: list[Path], force: bool) -> None:
    if path.suffix.lower() not in (".md", ".markdown"):
        raise Refused(f"{path}: a script is written as Markdown; give --out a name in .md")
    if any(_is_there(path) and path.samefile(source) for source in sources):
        raise Refused(f"{path} is the document itself; name another file with --out")
    if path.is_dir():
        raise Refused(f"{path} is a folder; name a file in it with --out")
    if path.exists() and not force:
        raise Refused(f"{path} is there already; name another file with --out, or add --force")
    if not path.parent.is_dir():
        raise Refused(f"there is no folder {path.parent}; make it, or name another with --out")


def keep_script(path: Path, script: str) -> None:
    """Writes the script whole or not at all, and only one that a film can be made of."""
    try:
        handle, name = tempfile.mkstemp(suffix=".md", prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise Refused(f"{path.parent} cannot be written ({error.strerror})") from None
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(script)
        draft.chmod(0o644)
        plan_storyboard(read_script(draft))
        draft.replace(path)
    except ScriptError as error:
        lines = script.split("\n")
        raise Refused(
            "\n".join(
                f"{_place(lines, problem.line)}: {problem.problem}; {problem.fix}"
                for problem in error.problems
            )
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _place(lines: list[str], line: int) -> str:
    """Where in the documents the words near a line of the script come from."""
    for near in (*lines[line - 1 :], *reversed(lines[:line])):
        match = re.fullmatch(r"<!-- (.*) -->", near)
        if match:
            return match[1]
    return f"line {line} of the script"


def _tell(plan: Plan, path: Path, documents: list[Source], audience: str) -> None:
    spoken_s = _spoken_s(plan.said(), plan.language)
    names = ", ".join(document.name for document in documents)
    _out.print(
        f"{path}: {len(plan.scenes)} scenes, about {spoken_s:.0f} s of speech in "
        f"{plan.language}, from {names}",
        markup=False,
    )
    if plan.left_out:
        left_s = _spoken_s(plan.left_out, plan.language)
        share = 100 * left_s / (left_s + spoken_s)
        _out.print(
            f"  left out: {len(plan.left_out)} sentences, {share:.0f} % of what is said in them",
            markup=False,
        )
    if audience:
        _err.print("note: --audience changes nothing without a language model", markup=False)
    _out.print(f"  next: change it, then reelwright make {path}", markup=False)


def _spoken_s(sentences: tuple[Sentence, ...], language: str) -> float:
    return sum(estimate_s(sentence.text, language) for sentence in sentences)
