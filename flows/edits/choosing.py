"""What an editor chooses for a scene: the take that the film shows, and what it holds on to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from flows.buying.foresight import as_owned, owning
from flows.buying.orders import Candidate, Prepared
from flows.cli.desk import BAD_INPUT, err, guarded, open_home, plain, prepare_all
from flows.edits.matching import known, match, scene_index
from flows.edits.pins import asks, known_of, speech_shape
from flows.edits.takes import Choice, Kind, read_takes, write_takes
from flows.film.progress import Tell
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes, one_each
from flows.settings import Settings
from prompts.errors import Problem, ScriptError
from prompts.storyboard import Scene
from providers.store import Store


class Sitting(NamedTuple):
    """An editor's script as it is prepared, and where things are."""

    script: Path
    wishes: Wishes
    settings: Settings
    store: Store
    prepared: Prepared

    def prepared_with(self, choices: tuple[Choice, ...]) -> Prepared:
        """The film as other choices would have it."""
        return prepare(self.script, self.wishes, self.settings, self.store, choices)


class Subject(NamedTuple):
    """The thing of a scene that is chosen among."""

    scene: Scene
    what: Kind
    shown: Candidate
    """What the film asks for now."""
    plain: Candidate
    """What the script itself asks for, whatever is picked."""
    choice: Choice
    """As it stands beside the script, or a new one."""

    @property
    def name(self) -> str:
        return f"{self.scene.id} {self.what}"


def pick_take(script: Path, scene: str, what: str, number: int, wishes: Wishes) -> int:
    """`reelwright pick`: the film shows this take from now on; 0 is what the script asks for."""

    def work(sitting: Sitting) -> list[str]:
        subject = subject_of(sitting, scene, what)
        choice = subject.choice
        there = [0, *(made.number for made in choice.takes)]
        if number not in there:
            fix = f"choose of {', '.join(map(str, there))}, or buy more with `reelwright redo`"
            raise wrong(sitting, subject.scene, f"{subject.name} has no take {number}", fix)
        # Who picks another one lets go of what was held.
        path = record(sitting, subject, choice, {"picked": number, "pinned": ()})
        again = "was already picked" if number == choice.picked else "is picked"
        return [f"{subject.name}: take {number} {again}, as {path.name} says"]

    return sit(script, wishes, work)


def pin_scene(script: Path, scene: str, what: str, wishes: Wishes) -> int:
    """`reelwright pin`: what the film shows now is held, whatever the scene says later."""

    def work(sitting: Sitting) -> list[str]:
        subject = subject_of(sitting, scene, what)
        shown = as_owned(sitting.prepared, subject.shown, sitting.store).candidate
        for requests in (shown.requests, shown.softer):
            parts = owning(sitting.prepared, requests, sitting.store)
            if parts and all(part.is_owned for part in parts):
                held = {"pinned": tuple(part.key for part in parts)}
                record(sitting, subject, subject.choice, held)
                return [f"{subject.name}: pinned; edits of the scene leave it as it is"]
        fix = "make the film first, then pin what it shows"
        raise wrong(sitting, subject.scene, f"{subject.name} is not owned yet", fix)

    return sit(script, wishes, work)


def unpin_scene(script: Path, scene: str, what: str, wishes: Wishes) -> int:
    """`reelwright unpin`: the scene is made as the script says again."""

    def work(sitting: Sitting) -> list[str]:
        board = sitting.prepared.storyboard
        found = board.scenes[scene_index(board, scene)]
        choices, own = read_takes(script), choices_of(sitting, found)
        held = [c for c in own if c.pinned and what in ("", c.what)]
        if not held:
            return [f"{found.id}: nothing is pinned"]
        _save(script, [c.model_copy(update={"pinned": ()}) if c in held else c for c in choices])
        return [f"{found.id}: not pinned any more"]

    return sit(script, wishes, work)


def sit(script: Path, wishes: Wishes, work: Callable[[Sitting], list[str]]) -> int:
    """Prepares a script, does the work and says its lines; returns the exit code."""
    opened = open_home()
    if opened is None:
        return BAD_INPUT
    settings, store = opened
    one = one_each(wishes)[0]
    ready, worst = prepare_all([script], [one], settings, store)
    if worst:
        return worst
    sitting = Sitting(script, one, settings, store, ready[0])

    def tell(_shown: Tell) -> Callable[[], None]:
        lines = "\n".join(work(sitting))
        return lambda: plain(lines)

    return guarded(ready[0].storyboard, tell, live=err.is_terminal)


def subject_of(sitting: Sitting, scene: str, what: str) -> Subject:
    """The thing that is meant. Raises ScriptError where nothing of a scene is bought."""
    board = sitting.prepared.storyboard
    order = sitting.prepared.orders[scene_index(board, scene)]
    things: dict[str, Candidate] = {}
    for candidate in (*order.picture, *order.speech):
        first = candidate.requests[0]
        # What this machine makes comes out the same each time: it has no takes.
        if not candidate.is_pinned and not sitting.prepared.providers[first.provider].engine():
            things.setdefault(_kind(candidate), candidate)
    if not things or (what and what not in things):
        asked = what or "picture or narration"
        problem = f"{order.scene.id} buys no {asked}: what this machine makes is always the same"
        fix = "change the scene's words, or choose a model for it"
        raise wrong(sitting, order.scene, problem, fix)
    shown = things[what] if what else next(iter(things.values()))
    kind = _kind(shown)
    own = alike(sitting.prepared_with(()), order.scene, shown)
    aspect = board.picture_aspect or board.aspect
    shape = speech_shape(board) if kind == "speech" else aspect
    words = known(order.scene)
    new = Choice(
        heading=words.heading, words=words.words, what=kind, aspect=shape,
        model=own.model, asks=asks(order.scene, board.style, own),
    )  # fmt: skip
    told = (new.what, new.aspect, new.model, new.asks)
    same = (
        choice
        for choice in choices_of(sitting, order.scene)
        if (choice.what, choice.aspect, choice.model, choice.asks) == told
    )
    return Subject(order.scene, kind, shown, own, next(same, new))


def alike(prepared: Prepared, scene: Scene, like: Candidate) -> Candidate:
    """The candidate of a scene that is of the same model and makes the same as another."""
    order = next(order for order in prepared.orders if order.scene.id == scene.id)
    return next(
        candidate
        for candidate in (*order.picture, *order.speech)
        if (candidate.model, _kind(candidate)) == (like.model, _kind(like))
        and not candidate.is_pinned
    )


def choices_of(sitting: Sitting, scene: Scene) -> list[Choice]:
    """The choices of a scene, whatever they are of."""
    choices, scenes = read_takes(sitting.script), sitting.prepared.storyboard.scenes
    listed = list(dict.fromkeys(known_of(choice) for choice in choices))
    found = match(listed, [known(one) for one in scenes])
    at = dict(zip((one.id for one in scenes), found, strict=True))[scene.id]
    return [] if at is None else [choice for choice in choices if known_of(choice) == listed[at]]


def record(
    sitting: Sitting, subject: Subject, choice: Choice, changed: Mapping[str, object]
) -> Path:
    """Writes a choice in its place; all choices of the scene know it by its words of today."""
    words = known(subject.scene)
    now: dict[str, object] = {"heading": words.heading, "words": words.words}
    own = choices_of(sitting, subject.scene)
    new = choice.model_copy(update={**now, **changed})
    listed: list[Choice] = []
    for one in read_takes(sitting.script):
        if one == subject.choice:
            continue
        told = dict(now) if one in own else {}
        if new.pinned and one in own and (one.what, one.aspect) == (new.what, new.aspect):
            # One thing of a scene is held at most.
            told["pinned"] = ()
        listed.append(one.model_copy(update=told))
    return _save(sitting.script, [*listed, new])


def wrong(sitting: Sitting, scene: Scene, problem: str, fix: str) -> ScriptError:
    """What cannot be done for a scene, at its line."""
    path = sitting.prepared.storyboard.source
    return ScriptError((Problem(path=path, line=scene.line, problem=problem, fix=fix),))


def _save(script: Path, choices: list[Choice]) -> Path:
    return write_takes(script, [one for one in choices if one.takes or one.pinned])


def _kind(candidate: Candidate) -> Kind:
    capability = candidate.requests[0].capability
    return "clip" if capability == "video" else "speech" if capability == "speech" else "image"
