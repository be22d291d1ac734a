"""Vendors' limits over several processes, with a ledger in each of the two databases."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from flows.money.amounts import Spender
from flows.money.ledger import Ledger
from flows.money.purse import RunPurse
from flows.settings import load_settings
from flows.sharing.lane_clock import LaneClock
from flows.sharing.lanes import Line, lane_states, limits_of, open_lanes
from providers._patience import off_loop
from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.lanes import rank
from providers.store import Store
from tests.flows.films import reelwright
from tests.flows.lane_user import narration
from tests.flows.spender import REQUEST, price
from tests.lab.faults import Rule
from tests.lab.server import Lab
from tests.lab.web import Reply, Request

ROOT = Path(__file__).parents[2]


class CountingLab(Lab):
    """A lab that counts how many calls it works on at once."""

    inside = most_inside = 0

    async def _answer(self, request: Request) -> Reply:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            return await super()._answer(request)
        finally:
            self.inside -= 1


def start(home: Path, name: str, count: int, *more: str, **env: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.flows.lane_user", str(home), name, str(count), *more]
    told = os.environ | env | {"REELWRIGHT_HOME": str(home)}
    return subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_the_orders_of_three_processes_stay_within_one_limit_and_use_it_up(
    tmp_path: Path, ledger_url: str
) -> None:
    with CountingLab(latency_s=0.1) as lab:
        told = lab.urls | {"PROVIDER_LIMITS": "openai=3", "LEDGER_URL": ledger_url}
        users = [start(tmp_path, f"p{n}", 8, **told) for n in range(3)]
        assert [user.wait(120) for user in users] == [0, 0, 0]
        for user in users:
            user.communicate()
        assert len(lab.bill.charges) == 24
        assert lab.most_inside == 3


@pytest.mark.slow
def test_the_slot_of_a_process_that_was_killed_is_free_again(
    tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"PROVIDER_LIMITS": "openai=1", "LEDGER_URL": ledger_url}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path))
    settings, catalog = load_settings(), load_catalog()
    user = start(tmp_path, "p", 0, "hold", **told)
    assert user.stdout is not None
    assert user.stdout.readline() == "held\n"
    used = {state.provider: state.used for state in lane_states(settings, catalog)}
    assert (used["openai"], used["replicate"]) == (1, 0)
    user.kill()
    user.communicate()

    async def next_one() -> None:
        async with asyncio.timeout(30), open_lanes(settings, catalog).to("openai").slot():
            pass

    asyncio.run(next_one())


@pytest.mark.slow
def test_who_is_told_to_wait_makes_everyone_wait(tmp_path: Path, ledger_url: str) -> None:
    with Lab([Rule("busy", "openai", "speech", nth=1, value=2)]) as lab:
        told = lab.urls | {"PROVIDER_LIMITS": "openai=1", "LEDGER_URL": ledger_url}
        users = [start(tmp_path, f"p{n}", 2, **told) for n in range(2)]
        assert [user.wait(120) for user in users] == [0, 0]
        for user in users:
            user.communicate()
        calls = sorted((seen.at_s, seen.status) for seen in lab.requests)
    assert [status for _, status in calls] == [429, 200, 200, 200, 200]
    # Both the one that was told and the other, which never was.
    assert calls[1][0] - calls[0][0] > 1.9


@pytest.mark.slow
def test_orders_are_sent_no_faster_than_the_rate(ledger_url: str) -> None:
    first, second = LaneClock(ledger_url), LaneClock(ledger_url)
    turns = [clock.turn_s("vendor", 60) for clock in (first, second) * 3]
    # A turn is told as a wait from now: one a second, whoever asks.
    assert [round(turn) for turn in turns] == [0, 1, 2, 3, 4, 5]
    first.close()
    second.close()


def test_first_scenes_are_bought_first_whoever_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("PROVIDER_LIMITS", "openai=2")
    lane = open_lanes(load_settings(), load_catalog()).to("openai")
    told: list[int] = []

    async def one(number: int) -> None:
        rank.set(number)
        async with lane.slot():
            told.append(number)
            await asyncio.sleep(0.05)

    async def main() -> None:
        await asyncio.gather(*(one(number) for number in reversed(range(8))))

    asyncio.run(main())
    assert told == sorted(told)


def test_who_goes_away_from_a_line_is_passed_over() -> None:
    told: list[int] = []

    async def one(line: Line, number: int, there: asyncio.Event) -> None:
        rank.set(number)
        async with line.first(line.come()):
            told.append(number)
            await there.wait()

    async def main() -> None:
        line, there = Line(), asyncio.Event()
        waiting = [asyncio.create_task(one(line, number, there)) for number in (9, 7, 3, 5, 1)]
        await asyncio.sleep(0)
        waiting[2].cancel()
        there.set()
        await asyncio.wait(waiting)
        await asyncio.wait_for(one(line, 8, there), 5)

    asyncio.run(main())
    assert told == [9, 1, 5, 7, 8]


def test_a_longer_quiet_is_not_cut_short_by_a_shorter_one(tmp_path: Path) -> None:
    clock = LaneClock(f"sqlite:///{tmp_path}/ledger.sqlite")
    clock.keep_quiet("vendor", 500)
    clock.keep_quiet("vendor", 5)
    assert clock.quiet_s("vendor") > 400
    assert clock.quiet_s("other") == 0
    clock.close()


def test_the_operators_limits_go_before_the_catalogs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_LIMITS", "openai=3, mine=2,fal=0")
    monkeypatch.setenv("PROVIDER_RATES", "openai=30")
    limits = limits_of(load_settings(), load_catalog())
    assert (limits["openai"].at_once, limits["openai"].per_minute) == (3, 30)
    assert (limits["mine"].at_once, limits["fal"].at_once) == (2, 0)
    assert limits["replicate"].per_minute == 600


def test_a_limit_that_is_no_number_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = reelwright("doctor", home=tmp_path, PROVIDER_LIMITS="openai=many")
    assert done.returncode == 1
    assert "PROVIDER_LIMITS openai is 'many': input should be a valid integer" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_buying_waits_for_the_ledger_without_holding_up_its_run(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    Ledger(url).close()

    async def main() -> None:
        writer = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with closing(RunPurse(url, Spender("r"), Store(tmp_path / "store"))) as purse:
            told = ("k", REQUEST, price("0.10"), False)
            reserving = asyncio.create_task(off_loop(purse.reserve, *told))
            # Who lets the ledger go is a neighbour in the same loop: were it held up, nobody would.
            await asyncio.sleep(0.05)
            assert not reserving.done()
            writer.execute("ROLLBACK")
            assert await reserving
        writer.close()

    asyncio.run(main())


def test_who_is_cancelled_while_money_is_set_aside_gives_it_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    Ledger(url).close()

    async def main() -> None:
        writer = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        store = Store(tmp_path / "store")
        shop = make_provider("openai", store.path, {"OPENAI_API_KEY": "k"}, load_catalog())
        with closing(RunPurse(url, Spender("r"), store)) as purse:
            buying = asyncio.create_task(buy(store, shop, narration("r", 1), purse))
            await asyncio.sleep(0.3)
            buying.cancel()
            await asyncio.sleep(0.05)
            writer.execute("ROLLBACK")
            with pytest.raises(asyncio.CancelledError):
                await buying
        writer.close()

    asyncio.run(main())
    with Ledger(url) as ledger, ledger.reading() as db:
        kinds = [row["kind"] for row in db.rows("SELECT kind FROM entries ORDER BY id")]
    assert kinds == ["reserve", "release"]


@pytest.mark.slow
def test_limits_are_shown_with_what_is_out_now(tmp_path: Path) -> None:
    told = {"PROVIDER_LIMITS": "openai=2", "PROVIDER_RATES": "openai=60"}
    user = start(tmp_path, "p", 0, "hold", **told)
    assert user.stdout is not None
    assert user.stdout.readline() == "held\n"
    shown = reelwright("limits", home=tmp_path, **told).stdout
    user.kill()
    user.communicate()
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines()}
    assert lines["openai"] == ["1", "2", "60"]
    assert lines["fal"] == ["0", "10", "any"]
