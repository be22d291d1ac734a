"""`reelwright doctor --online`: what the vendor says of the catalog's models, asked on the wire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.films import reelwright
from tests.lab.faults import Rule
from tests.lab.openai import OpenAI
from tests.lab.server import Lab

pytestmark = pytest.mark.slow

TODAY = dt.datetime.now(dt.UTC).date()
SOON, LATER = str(TODAY + dt.timedelta(days=20)), str(TODAY + dt.timedelta(days=200))
PAST = str(TODAY - dt.timedelta(days=20))

OWN = f"""
[models.gpt-image-1-mini]
shutdown = {SOON}
[models.tts-1]
shutdown = {SOON}
[models.gpt-4o-mini-tts]
shutdown = {LATER}
[models.openai]
shutdown = {LATER}
[models.dall-e-3]
shutdown = {PAST}
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        vendor = running.vendors["openai"]
        assert isinstance(vendor, OpenAI)
        vendor.offered = {
            "gpt-image-2.5-flare": None,
            "gpt-image-1-mini": SOON,
            "tts-1": LATER,
            "gpt-4o-mini-tts": None,
            "something-else": None,
        }
        yield running


def online(home: Path, **env: str) -> tuple[int, str]:
    home.mkdir(exist_ok=True)
    (home / "models.toml").write_text(OWN)
    done = reelwright("doctor", "--online", home=home, **env)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_the_catalog_is_held_against_the_vendors_own_list(lab: Lab, tmp_path: Path) -> None:
    code, said = online(tmp_path, **lab.urls)
    assert code == 0
    assert (
        "OpenAI offers 4 of the catalog's 9 models: gpt-image-2.5-flare, gpt-image-1-mini, "
        "gpt-4o-mini-tts, tts-1" in said
    )
    taken = "gpt-image-2.5-flare takes its place"
    assert f"– gpt-image-1-mini: ends {SOON}, in 20 days; {taken}\n" in said
    assert (
        f"tts-1: ends {LATER}, in 200 days; kokoro takes its place; the catalog says {SOON}: "
        f"write shutdown = {LATER} into your models.toml" in said
    )
    assert f"gpt-4o-mini-tts: OpenAI names no end, the catalog says {LATER}" in said
    assert f"dall-e-3: not offered, shut down {PAST}; {taken}" in said
    assert "gpt-image-2.5-sunburst: not offered to this key" in said
    (asked,) = [one for one in lab.requests if one.vendor == "openai"]
    assert (asked.route, asked.method) == ("models", "GET")
    assert not lab.bill.charges


def test_without_a_key_one_sentence_says_so_and_nothing_is_asked(lab: Lab, tmp_path: Path) -> None:
    code, said = online(tmp_path, OPENAI_BASE_URL=lab.urls["OPENAI_BASE_URL"])
    assert code == 0
    assert "– OpenAI's list of models cannot be read: OPENAI_API_KEY is not set; get a key" in said
    assert not lab.requests


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("bad_key", "openai refuses the key (401); check OPENAI_API_KEY"),
        ("reset", "openai broke off"),
        ("malformed", "openai answered with something that is no list of models"),
    ],
)
def test_a_vendor_that_does_not_answer_is_one_sentence_and_no_failure(
    lab: Lab, tmp_path: Path, fault: str, told: str
) -> None:
    lab.faults.script(Rule(fault, vendor="openai", route="models"))
    code, said = online(tmp_path, **lab.urls)
    assert code == 0
    (line,) = [line for line in said.splitlines() if "list of models" in line]
    assert line.startswith(f"– OpenAI's list of models cannot be read: {told}")


def test_no_network_is_one_sentence(tmp_path: Path) -> None:
    away = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "a-key"}
    code, said = online(tmp_path, **away)
    assert code == 0
    assert "openai cannot be reached at http://127.0.0.1:9/v1" in said
    assert "a-key" not in said
