"""Over random edits of a script, what is bought is what the plan said would be bought."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from flows.buying.sourcing import Got, Sourcing, do_directly
from flows.edits.changes import changes
from flows.edits.choosing import pick_take, pin_scene, unpin_scene
from flows.edits.redo import Asked, redo_scene
from flows.film.produce import open_store
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from providers.lanes import OPEN, Lane
from providers.requests import AnyRequest, LineItem
from providers.store import Store
from tests.lab.server import Lab

WORDS = tuple("tide moon sea wave shore wind salt night boat star rope deep slow".split())  # noqa: SIM905
CHOICES = 0.4
"""How often an editor chooses among takes rather than changing words."""
THEMES = ("daylight", "midnight", "paper", "signal")
VOICES = {"offline": ("", "de", "fr"), "1": ("", "alloy", "nova"), "2": ("",)}


class Open:
    """A purse without a bottom."""

    def reserve(
        self, key: str, request: AnyRequest, quote: tuple[LineItem, ...], collecting: bool
    ) -> int:
        return 0

    def settle(self, reservation: int, bill: tuple[LineItem, ...]) -> None: ...

    def release(self, reservation: int) -> None: ...

    def lose(self, reservation: int) -> None: ...

    def lane(self, provider: str) -> Lane:
        return OPEN


class Draft(NamedTuple):
    """A script as an editor has it in mind: (heading, prompt, words) of each scene."""

    scenes: tuple[tuple[str, str, str], ...]
    voices: tuple[str, ...]
    theme: str = "paper"
    voice: str = ""

    def write(self, path: Path) -> None:
        voice = f"voice: {self.voice}\n" if self.voice else ""
        text = f"---\ntitle: Edits\ntheme: {self.theme}\n{voice}---\n"
        for heading, prompt, words in self.scenes:
            asked = f"@prompt: {prompt}\n\n" if prompt else ""
            text += f"\n## {heading}\n{asked}{words}\n"
        path.write_text(text)


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=6)).capitalize() + "."


def scene(chance: random.Random) -> tuple[str, str, str]:
    prompt = chance.choice(["", sentence(chance)])
    return sentence(chance)[:20].strip(), prompt, f"{sentence(chance)} {sentence(chance)}"


def edited(draft: Draft, chance: random.Random) -> Draft:
    """The script after one edit of a random kind."""
    scenes, at = list(draft.scenes), chance.randrange(len(draft.scenes))
    heading, prompt, words = scenes[at]
    kinds: dict[str, Callable[[], Draft | None]] = {
        "word": lambda: scenes.__setitem__(
            at, (heading, prompt, words.replace(words.split()[1], chance.choice(WORDS), 1))
        ),
        "prompt": lambda: scenes.__setitem__(at, (heading, sentence(chance), words)),
        "heading": lambda: scenes.__setitem__(at, (sentence(chance)[:20].strip(), prompt, words)),
        "insert": lambda: scenes.insert(at, scene(chance)),
        "delete": lambda: scenes.pop(at) and None if len(scenes) > 1 else None,
        "move": lambda: scenes.insert(chance.randrange(len(scenes)), scenes.pop(at)),
        "theme": lambda: draft._replace(theme=chance.choice(THEMES)),
        "voice": lambda: draft._replace(voice=chance.choice(draft.voices)),
        "undo": lambda: None,
    }
    return kinds[chance.choice(list(kinds))]() or draft._replace(scenes=tuple(scenes))


def bought(script: Path, wishes: Wishes, store: Store) -> tuple[set[str], set[str]]:
    """(the keys that the plan said are missing, the keys that were then made)."""
    prepared = prepare(script, wishes, load_settings(), store)
    told = {part.key for part in changes(prepared, store, script.parent / "films").missing}

    async def buy() -> list[Got]:
        sourcing = Sourcing(store, Open(), prepared.providers, do_directly, strict=False)
        return await asyncio.gather(*(sourcing.have(*wanted) for wanted in prepared.wanted()))

    parts = (part.purchase for got in asyncio.run(buy()) for part in got.parts)
    return told, {purchase.asset.key for purchase in parts if purchase.made}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with Lab(queue_s=0.01, work_s=0.01) as running:
        for name, value in running.urls.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
        yield running


def chosen(script: Path, tier: str, lab: Lab, chance: random.Random) -> str:
    """An editor's choice for a scene: another take, which is shown, what is held. What it was."""
    wishes, out = Wishes(tier), script.parent / "films"
    prepared = prepare(script, wishes, load_settings(), open_store(load_settings()))
    scene = str(chance.randint(1, len(prepared.orders)))
    kind, what = chance.choice(["redo", "pick", "pin", "unpin"]), chance.choice(["", "speech"])
    charged = len(lab.bill.charges)
    if kind == "redo":
        number = chance.randint(1, 2)
        prompt = chance.choice(["", sentence(chance)]) if not what else ""
        code = redo_scene(script, Asked(scene, what, prompt, None, number), out, wishes, False)
        bought_now = len(lab.bill.charges) - charged
        # What a vendor is asked for in parts is charged in parts; a take is never owned before.
        assert bought_now >= number if code == 0 else bought_now == 0
    else:
        if kind == "pick":
            code = pick_take(script, scene, what, chance.randint(0, 2), wishes)
        else:
            code = (pin_scene if kind == "pin" else unpin_scene)(script, scene, what, wishes)
        assert len(lab.bill.charges) == charged, f"{kind} buys nothing"
    assert code in (0, 2)
    return kind if code == 0 else ""


def follow(lab: Lab, folder: Path, tier: str, seed: int, edits: int) -> int:
    """Makes so many edits and choices; after each, the plan's word is held. Returns how much was
    bought.
    """
    chance = random.Random(seed)
    draft = Draft(tuple(scene(chance) for _ in range(3)), VOICES[tier])
    script, store = folder / "edits.md", open_store(load_settings())
    count = 0
    for number in range(edits + 1):
        draft.write(script)
        charged = len(lab.bill.charges)
        told, made = bought(script, Wishes(tier), store)
        assert made == told, f"edit {number}: {script.read_text()}"
        assert (len(lab.bill.charges) > charged) == any(
            (asset := store.find(key)) and asset.provider in lab.vendors for key in made
        )
        again = bought(script, Wishes(tier), store)
        assert again == (set(), set()), "what is owned is not bought again"
        count += len(made)
        if chance.random() < CHOICES and (kind := chosen(script, tier, lab, chance)):
            told, made = bought(script, Wishes(tier), store)
            assert made == told, f"{kind} after edit {number}: {script.read_text()}"
            assert not made or kind == "unpin", f"{kind}: what it shows is owned"
            continue
        draft = edited(draft, chance)
    assert not lab.violations
    return count


@pytest.mark.slow
@pytest.mark.parametrize("tier", ["offline", "2"])
def test_what_is_bought_is_what_the_plan_said(lab: Lab, tmp_path: Path, tier: str) -> None:
    assert follow(lab, tmp_path, tier, seed=7, edits=6) > 6


@pytest.mark.slow
@pytest.mark.drill
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tier", ["offline", "1", "2"])
def test_what_is_bought_is_what_the_plan_said_over_long_sessions(
    lab: Lab, tmp_path: Path, tier: str, seed: int
) -> None:
    assert follow(lab, tmp_path, tier, seed, edits=40) > 10
