"""A batch before its first cent: every film is read and checked, and what it would cost known."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.batches.rows import Topic, Wanted
from flows.batches.sources import read_sources
from flows.batches.standing import stamp_of
from flows.buying.foresight import chosen_of
from flows.buying.orders import Prepared
from flows.delivery.folder import claim
from flows.film.work import hash_text
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes, one_each
from flows.settings import Settings
from prompts.errors import Problem, ScriptError
from prompts.reading.files import Shelf
from prompts.reading.front import read_front
from prompts.reading.report import Report
from prompts.reading.slug import make_slug
from prompts.reading.tree import Node
from providers.store import Store, digest_of

REFUSED = "refused-"
"""How keys of films begin that cannot be made."""
KEPT = "_scripts"
"""The folder of scripts that came out of a table or a model: no film's folder is called so."""
_MARKDOWN = re.compile(r"^(#|---\s*$|@\w+:|[-*] |\d+\. |\||>)", re.MULTILINE)
"""How a line begins that plain text does not have."""

Costs = dict[str, Decimal | None]
"""USD by the store's key; None is a price that nobody knows."""


class Quote(NamedTuple):
    """What a film still has to have made, and what it owns. A film not yet written has neither."""

    missing: Costs
    owned: Costs


class Job(NamedTuple):
    """One film of a batch: all it takes to make it, on any machine that sees its script."""

    key: str
    """Its folder's name; of a topic that is still to be written, `topic-` and its words."""
    row: int
    """From 1, in the order of the table."""
    place: str
    script: Path
    title: str
    wishes: Wishes
    topic: Topic | None = None
    deadline: dt.datetime | None = None
    digest: str = ""
    """Of the script as it was checked; empty while there is none."""
    alias: str = ""
    """Its key before its topic was written."""
    stamp: str = ""
    """Of all that is known of it; empty where its words are still to be written."""
    wrong: tuple[Problem, ...] = ()
    """Why it cannot be made."""

    @property
    def refused_key(self) -> str:
        """Its key where it cannot be made, and nobody knows its folder's name."""
        return f"{REFUSED}{hash_text(self.place)[:12]}"


class BatchPlan(NamedTuple):
    """The films of a batch, and where they go."""

    name: str
    sources: tuple[str, ...]
    """Absolute, so that a batch is told from another of the same name."""
    out: Path
    jobs: tuple[Job, ...]
    quotes: dict[str, Quote]
    notes: tuple[str, ...]
    cap_usd: Decimal | None
    """Most that all films together may cost, over all runs of the batch."""

    def quote(self) -> Quote:
        """What all films need and own: what they share counts once."""
        owned = {k: usd for one in self.quotes.values() for k, usd in one.owned.items()}
        missing = {k: usd for one in self.quotes.values() for k, usd in one.missing.items()}
        return Quote(missing, owned)


def plan_batch(
    sources: list[str],
    out: Path | None,
    wishes: Wishes,
    settings: Settings,
    store: Store,
    scripts: Path | None = None,
    keep_going: bool = False,
) -> BatchPlan:
    """Reads and checks all films; nothing is bought. What the table itself says is kept in
    `scripts`, else in a folder of `out`, which is else `films/` and the name of the batch.

    Raises ScriptError with everything that is wrong in any row or script, Misconfigured. To keep
    going, only what concerns all films or leaves none: others are planned as jobs that fail.
    """
    found = read_sources(sources)
    where = (out or Path("films") / found.name).absolute()
    if where.exists() and not where.is_dir():
        problem = Problem(path=str(where), line=1, problem="this is a file", fix="name a folder")
        raise ScriptError((problem,))
    check = _Check(where, scripts or where / KEPT, settings, store)
    for problem in found.problems:
        check.problems[f"{problem.path}:{problem.line}"].append(problem)
    for number, wanted in enumerate(found.wanted, 1):
        for one in one_each(wishes):
            check.film(wanted, number, one._replace(front=wanted.front))
    problems = [*found.wrong, *(one for told in check.problems.values() for one in told)]
    jobs = check.good()
    if found.wrong or (problems and not (keep_going and jobs)):
        raise ScriptError(tuple(dict.fromkeys(problems)))
    cap = wishes.batch_budget_usd
    return BatchPlan(
        found.name,
        tuple(str(Path(source).absolute()) for source in sources),
        where,
        tuple(sorted((*jobs, *check.refused()), key=lambda job: job.row)),
        {job.key: check.quotes[job.key] for job in jobs if job.key in check.quotes},
        (*found.notes, *check.notes),
        settings.batch_budget if cap is None else cap,
    )


def total_of(costs: Iterable[Decimal | None]) -> Decimal | None:
    """A sum; None as soon as one price is not known."""
    told = list(costs)
    known = [usd for usd in told if usd is not None]
    return sum(known, Decimal(0)) if len(known) == len(told) else None


class _Check:
    """One pass over all films that collects what is wrong instead of stopping at the first."""

    def __init__(self, out: Path, kept: Path, settings: Settings, store: Store) -> None:
        self.out, self.kept, self.settings, self.store = out, kept, settings, store
        self.jobs: list[Job] = []
        self.quotes: dict[str, Quote] = {}
        self.notes: list[str] = []
        self.problems: defaultdict[str, list[Problem]] = defaultdict(list)
        """By the place of the film that they concern."""
        self._asked: dict[str, Job] = {}
        self._texts: dict[Path, Wanted] = {}
        self._places: dict[str, str] = {}
        self._can_write: bool | None = None

    def film(self, wanted: Wanted, number: int, wishes: Wishes) -> None:
        """Checks one film."""
        script = wanted.script or self._kept(wanted)
        alias = f"topic-{make_slug(wanted.topic.words)}" if wanted.topic else ""
        told = (script, "", wishes, wanted.topic, wanted.deadline, "", alias)
        job = Job("", number, wanted.place, *told)
        self._asked[wanted.place] = job._replace(title=_called(wanted, script))
        try:
            if wanted.topic and not script.exists():
                self._topic(wanted, wanted.topic, job)
            else:
                self._script(wanted, job)
        except ScriptError as wrong:
            self.problems[wanted.place] += wanted.placed(wrong)

    def good(self) -> list[Job]:
        """The films with which nothing is wrong."""
        return [job for job in self.jobs if job.place not in self.problems]

    def refused(self) -> Iterator[Job]:
        """The others, which fail as soon as they are begun."""
        for place, wrong in self.problems.items():
            path, line = Path(wrong[0].path), wrong[0].line
            # Below a line of headings.
            nameless = Job("", max(1, line - 1), place, path, path.name, Wishes())
            job = self._asked.get(place, nameless)
            told = tuple(dict.fromkeys(wrong))
            yield job._replace(key=job.refused_key, wrong=told, topic=None, alias="")

    def _script(self, wanted: Wanted, job: Job) -> None:
        if wanted.text:
            self._keep(wanted, job.script)
        prepared = prepare(job.script, job.wishes, self.settings, self.store)
        board = prepared.storyboard
        if wanted.text and "title" not in board.lines:
            fix = "fill the column title, or begin the text with # and its title"
            self._refuse(wanted, 'column "text": this film has no title', fix)
        if wanted.text:
            # Where it will be kept, whether or not it is now.
            lasting = str(self.out / KEPT / job.script.name)
            board = board.model_copy(update={"source": lasting})
        claim(self.out / board.slug, board)
        told = job._replace(key=board.slug, title=board.title, digest=digest_of(job.script))
        quote = _quoted(prepared, self.store)
        if prepared.planning is None and prepared.translating is None:
            told = told._replace(stamp=stamp_of(prepared, [*quote.missing, *quote.owned]))
        if self._add(wanted, told):
            self.quotes[board.slug] = quote

    def _topic(self, wanted: Wanted, topic: Topic, job: Job) -> None:
        """A film whose script is not written yet: of it no more is known than its row says."""
        report = Report(wanted.path)
        nodes = {key: Node(-at, text) for at, (key, text) in enumerate(wanted.front, 1)}
        read_front(nodes, Shelf(job.script.parent, frozenset(), report), report)
        report.finish()
        self._refuse_without_writer(wanted, topic)
        named = wanted.said("slug") or wanted.said("title")
        key = make_slug(named) if named else job.alias
        told = job._replace(key=key, title=wanted.said("title") or topic.words)
        self._add(wanted, told)

    def _refuse_without_writer(self, wanted: Wanted, topic: Topic) -> None:
        from flows.scripts.write import Refused, find_writers

        if self._can_write is not None:
            return
        try:
            self._can_write = find_writers(topic.words, []) is not None
        except Refused as wrong:
            self._can_write = False
            problem, _, _ = str(wrong).partition("; give documents")
            fix = "set its key, or write the scripts yourself and name them in the column script"
            self._refuse(wanted, f'column "topic": {problem}', fix)

    def _kept(self, wanted: Wanted) -> Path:
        """Where the script of a text or topic is kept."""
        if wanted.topic:
            return (self.out / KEPT / f"{make_slug(wanted.topic.words)}.md").absolute()
        named = wanted.said("slug") or wanted.said("title") or _first_words(wanted.text)
        suffix = ".md" if _MARKDOWN.search(wanted.text) else ".txt"
        return (self.kept / (make_slug(named) + suffix)).absolute()

    def _keep(self, wanted: Wanted, path: Path) -> None:
        """Writes the text of a row as a script, unless it is written like that already."""
        before = self._texts.setdefault(path, wanted)
        if before.text != wanted.text:
            told = f'column "text": {before.place} has another text with this title'
            raise ScriptError((self._problem(wanted, told, "give one of them another title"),))
        text = wanted.text + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            beside = path.with_name(f".{path.name}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)

    def _add(self, wanted: Wanted, job: Job) -> bool:
        if job.key in self._places:
            told = f"the folder name {job.key!r} is taken by {self._places[job.key]}"
            fix = "give one of them a `slug` of its own, in its row or its front matter"
            self._refuse(wanted, told, fix)
            return False
        self._places[job.key] = wanted.place
        self.jobs.append(job)
        return True

    def _refuse(self, wanted: Wanted, problem: str, fix: str) -> None:
        self.problems[wanted.place].append(self._problem(wanted, problem, fix))

    def _problem(self, wanted: Wanted, problem: str, fix: str) -> Problem:
        return Problem(path=wanted.path, line=max(1, wanted.line), problem=problem, fix=fix)


def _called(wanted: Wanted, script: Path) -> str:
    """What a film is called before its script was read."""
    written = wanted.topic.words if wanted.topic else _first_words(wanted.text)
    return wanted.said("title") or written or script.name


def _first_words(text: str) -> str:
    """The title that a text gives itself, or the words that it begins with."""
    titled = re.search(r"^(?:title:|#)\s*(.+)$", text, re.MULTILINE)
    return titled[1] if titled else next((line for line in text.split("\n") if line.strip()), "")


def _quoted(prepared: Prepared, store: Store) -> Quote:
    quote = Quote({}, {})
    for key, usd, is_owned in _parts(prepared, store):
        (quote.owned if is_owned else quote.missing)[key] = usd
    return quote


def _parts(prepared: Prepared, store: Store) -> Iterator[tuple[str, Decimal | None, bool]]:
    for _, _, candidates in prepared.wanted():
        parts = chosen_of(prepared, candidates, store).every
        yield from ((part.key, part.usd, part.is_owned) for part in parts)
