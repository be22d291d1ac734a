from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from tests.lab.bill import read_bill, total

ROOT = Path(__file__).parents[2]
BODY = {"model": "tts-1", "voice": "alloy", "input": "Hello."}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The lab as a process of its own, and the variables that it prints."""
    command = [sys.executable, "-m", "tests.lab", "--port", "0", "--latency", "0", "--bill",
               str(tmp_path / "bill.jsonl")]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = {}
    for line in process.stdout:
        if found := re.fullmatch(r"export (\w+)='(.*)'\n", line):
            told[found[1]] = found[2]
        else:
            break
    yield process, told
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.slow
def test_a_lab_of_its_own_can_be_told_what_goes_wrong_and_leaves_its_bill_when_killed(
    started: tuple[subprocess.Popen[str], dict[str, str]], tmp_path: Path
) -> None:
    process, told = started
    kinds = {name.split("_")[-1] for name in told}
    assert kinds == {"URL", "KEY", "TOKEN", "SERVERS", "KEYS", "ALIGNER"}
    head = {"Authorization": f"Bearer {told['OPENAI_API_KEY']}"}
    lab = told["OPENAI_BASE_URL"].removesuffix("/openai/v1") + "/lab"
    speech = told["OPENAI_BASE_URL"] + "/audio/speech"
    with httpx2.Client() as http:
        rules = [{"vendor": "openai", "route": "speech", "nth": 1, "fault": "busy", "value": 3}]
        assert http.post(f"{lab}/faults", json=rules).status_code == 204
        assert http.post(f"{lab}/faults", json=[{"fault": "none"}]).status_code == 422
        statuses = [http.post(speech, json=BODY, headers=head).status_code for _ in range(2)]
        assert statuses == [429, 200]
        assert [s["fault"] for s in http.get(f"{lab}/requests").json()] == ["busy", ""]
        assert http.get(f"{lab}/violations").json() == []
        assert http.get(f"{lab}/faults").json()["happened"] == [["openai", "speech", "busy", 1]]
        usd = Decimal(http.get(f"{lab}/bill").json()["usd"])
        process.kill()
    assert total(read_bill(tmp_path / "bill.jsonl")) == usd == Decimal("0.00009")
