"""Another take of a picture, clip or narration: bought, kept, and shown beside the others."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from flows.buying.chains import Voices
from flows.buying.foresight import as_owned, owning, said_for
from flows.buying.orders import Candidate
from flows.buying.sourcing import Got, Sourcing, Waits, do_directly
from flows.edits.changes import total
from flows.edits.choosing import Sitting, Subject, alike, record, sit, subject_of, wrong
from flows.edits.takes import TakeMade
from flows.film.produce import caps_of, run_name
from flows.film.together import run_until_done
from flows.film.voices import Voice
from flows.moderation.approvals import AwaitingApproval, Waiting, also_waits
from flows.moderation.passages import TAKE, Passage, passages, scene_number
from flows.moderation.review import Review
from flows.money.amounts import Spender, dollars
from flows.money.purse import RunPurse
from flows.scripts.wishes import Wishes
from flows.sharing.lanes import open_lanes
from providers.buying import Purse

MOST_TAKES = 8
"""Takes that are bought by one command at most."""
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "audio/wav": ".wav", "audio/mpeg": ".mp3"}


class Asked(NamedTuple):
    """What takes are wanted of. `what` empty: the picture if one is bought, else the narration."""

    scene: str
    what: str = ""
    prompt: str = ""
    seed: int | None = None
    number: int = 1


class Trial(NamedTuple):
    """A take to be bought, and what that asks for."""

    made: TakeMade
    candidate: Candidate


def redo_scene(script: Path, asked: Asked, out: Path, wishes: Wishes, dry_run: bool) -> int:
    """`reelwright redo`: buys other takes of one thing, and shows them beside each other."""

    def work(sitting: Sitting) -> list[str]:
        subject = subject_of(sitting, asked.scene, asked.what)
        trials = _trials(sitting, subject, asked)
        asked_for = [as_owned(sitting.prepared, one.candidate, sitting.store) for one in trials]
        parts = {part.key: part for one in asked_for for part in one.every}.values()
        price = dollars(total(part for part in parts if not part.is_owned))
        count = "1 take" if len(trials) == 1 else f"{len(trials)} takes"
        bought = f"{subject.name}: {count} by {subject.plain.model}, {price}"
        if dry_run:
            return [f"{bought}; nothing was bought"]
        made, waiting = run_until_done(lambda: _buy(sitting, subject, trials))
        picked = made[0].number if len(made) == 1 else subject.choice.picked
        takes = (*subject.choice.takes, *made)
        now = {"takes": takes, "picked": picked}
        path = record(sitting, subject, subject.choice, now)
        lines = [bought, f"  {_show(sitting, subject, takes, picked, out)}"]
        lines += [f"  {one} waits for `reelwright approve`" for one in waiting]
        if len(made) == 1:
            return [*lines, f"  take {picked} is picked, as {path.name} says; make the film again"]
        which = f"--scene {asked.scene} --what {subject.what} --candidate N"
        return [*lines, f"  choose one: reelwright pick {script} {which}"]

    return sit(script, wishes, work)


def _trials(sitting: Sitting, subject: Subject, asked: Asked) -> list[Trial]:
    """The takes to be bought. Raises ScriptError for what the model cannot vary."""
    if not 1 <= asked.number <= MOST_TAKES:
        problem = f"{asked.number} takes cannot be bought at once"
        raise wrong(sitting, subject.scene, problem, f"ask for 1 to {MOST_TAKES}")
    if asked.prompt and subject.what == "speech":
        fix = "change its words in the script"
        raise wrong(sitting, subject.scene, "a narration has no prompt", fix)
    last = max((made.number for made in subject.choice.takes), default=0)
    trials = []
    for more in range(asked.number):
        seed = None if asked.seed is None else asked.seed + more
        made = TakeMade(number=last + 1 + more, seed=seed, prompt=asked.prompt)
        one = {"takes": (made,), "picked": made.number, "pinned": ()}
        choice = subject.choice.model_copy(update=one)
        candidate = alike(sitting.prepared_with((choice,)), subject.scene, subject.plain)
        sent = getattr(candidate.requests[0], "input", {})
        if seed is not None and seed not in sent.values():
            fix = "leave --seed out: each take is another throw of its dice"
            raise wrong(sitting, subject.scene, f"{candidate.model} takes no seed", fix)
        trials.append(Trial(made, candidate))
    return trials


async def _buy(
    sitting: Sitting, subject: Subject, trials: list[Trial]
) -> tuple[list[TakeMade], tuple[Waiting, ...]]:
    """Buys takes within the caps, and those of them that a person has to look at.

    What they are asked to show is judged first: raises ScriptError where it is refused,
    AwaitingApproval where it is flagged. Raises what buying raises, after what came is written
    down.
    """
    board, store = sitting.prepared.storyboard, sitting.store
    budget = board.budget_usd if board.budget_usd is not None else sitting.settings.budget
    caps = caps_of(sitting.settings, budget)
    who = Spender(run_name(f"{board.slug}-redo"), board.source, caps)
    lanes = open_lanes(sitting.settings, sitting.prepared.catalog)
    with closing(RunPurse(sitting.settings.ledger_url(), who, store, lanes)) as purse:
        review = await _judged(sitting, subject, trials, purse)
        sourcing = Sourcing(store, purse, sitting.prepared.providers, do_directly, strict=True)
        sourcing.review = review
        sourcing.voices = _voices(sitting, subject, trials[0].candidate)
        came = await asyncio.gather(
            *(
                sourcing.have(subject.scene.id, f"take {made.number}", (candidate,))
                for made, candidate in trials
            ),
            return_exceptions=True,
        )
    also_waits(store, board.source, review.waiting())
    made = [
        trial.made.model_copy(update={"keys": tuple(p.purchase.asset.key for p in got.parts)})
        for trial, got in zip(trials, came, strict=True)
        if isinstance(got, Got)
    ]
    for failed in came:
        if isinstance(failed, Waits):
            raise AwaitingApproval(board.source, review.waiting())
        if isinstance(failed, BaseException):
            if made:
                record(sitting, subject, subject.choice, {"takes": (*subject.choice.takes, *made)})
            raise failed
    return made, review.waiting()


def _voices(sitting: Sitting, subject: Subject, candidate: Candidate) -> Voices:
    """The narration that a clip is made to. Raises ScriptError where the film has none yet."""
    voices, others = Voices(), candidate.made_of
    if others is not None and others.speech:
        said = said_for(sitting.prepared, others, sitting.store)
        if not said:
            fix = "make the film first: the clip is made to what is said"
            raise wrong(sitting, subject.scene, f"{others.scene} has no narration yet", fix)
        voices.come(others.scene, Voice(*said[0], (), estimated=True))
    return voices


async def _judged(sitting: Sitting, subject: Subject, trials: list[Trial], purse: Purse) -> Review:
    """The scene's words and what takes of it are to show, judged before anything is bought.

    Raises ScriptError for what is refused, AwaitingApproval for what is flagged.
    """
    board, scene, store = sitting.prepared.storyboard, subject.scene, sitting.store
    review = Review(sitting.prepared, store, purse, do_directly)
    asked = dict.fromkeys(trial.made.prompt for trial in trials if trial.made.prompt)
    number = scene_number(scene.id)
    prompts = [Passage(scene, number, TAKE, "prompt", prompt, is_prompt=True) for prompt in asked]
    own = [one for one in passages(board) if one.place == scene.id or one.where == "style"]
    await review.judge([*own, *prompts])
    if waiting := review.waiting():
        also_waits(store, board.source, waiting)
        raise AwaitingApproval(board.source, waiting)
    return review


def _show(
    sitting: Sitting, subject: Subject, takes: tuple[TakeMade, ...], picked: int, out: Path
) -> Path:
    """Puts the takes that are owned below the film's folder; returns what to look at."""
    from flows.edits.take_sheet import Shown, take_sheet

    store = sitting.store
    folder = out / sitting.prepared.storyboard.slug / "takes"
    folder.mkdir(parents=True, exist_ok=True)
    plain = as_owned(sitting.prepared, subject.plain, store).candidate
    parts = owning(sitting.prepared, plain.requests, store)
    own = TakeMade(number=0, keys=tuple(part.key for part in parts))
    shown = []
    for made in (own, *takes):
        assets = [asset for key in made.keys if (asset := store.find(key))]
        for part, asset in enumerate(assets):
            more = f"-{part + 1}" if part else ""
            suffix = _SUFFIXES.get(asset.media_type, "." + asset.media_type.rpartition("/")[2])
            name = f"{subject.scene.id}-{subject.what}-{made.number}{more}{suffix}"
            shutil.copyfile(store.path(asset.digest), folder / name)
        if assets:
            words = made.prompt or ("another take" if made.number else "as the script asks")
            path = store.path(assets[0].digest)
            shown.append(Shown(made.number, path, words, made.number == picked))
    if subject.what == "speech":
        return folder
    sheet = folder / f"{subject.scene.id}-{subject.what}.png"
    take_sheet(shown, sheet)
    return sheet
