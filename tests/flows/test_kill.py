"""Never pay twice: killed anywhere, started again, the bill is that of one run."""

from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assembly._ffmpeg import ffmpeg_path
from tests.flows.drill import run_batch, write_scripts
from tests.flows.films import make, reelwright
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_a_batch_that_is_killed_again_and_again_costs_what_one_run_costs(tmp_path: Path) -> None:
    scripts = write_scripts(tmp_path / "scripts", 3)
    with Lab(latency_s=0.05, queue_s=0.2, work_s=0.4) as lab:
        calm = run_batch(scripts, tmp_path / "calm", lab, 0, random.Random(1))
        once = lab.bill.usd
        lab.reset()
        drilled = run_batch(scripts, tmp_path / "drilled", lab, 4, random.Random(1))
        again = lab.bill.usd
    assert drilled.kills > 0
    assert drilled.films == calm.films
    # An order is collected, or found again at the vendor's. Only a call of a vendor that answers
    # at once can be charged again, when it was on the wire at the instant of a kill; it is listed.
    assert drilled.charged_again("replicate") == 0
    assert drilled.unlisted == ()
    assert again >= once
    if not drilled.charged_again("openai"):
        assert again == once


def dying(folder: Path, times: int) -> str:
    """An FFmpeg that is killed at its first segments, so many times."""
    program = folder / "ffmpeg"
    program.write_text(f"""#!/bin/sh
n=$(cat {folder}/deaths 2>/dev/null || echo 0)
case "$*" in *libx265*) if [ $n -lt {times} ]; then
  echo $((n + 1)) > {folder}/deaths; kill -9 $$; fi;; esac
exec {ffmpeg_path()} "$@"
""")
    program.chmod(0o755)
    return str(program)


def test_a_segment_whose_ffmpeg_was_killed_is_encoded_once_more(tmp_path: Path) -> None:
    script = tmp_path / "film.md"
    script.write_text("---\ntitle: Tides\ncodec: hevc\n---\n\n## The sea\n\nIt rises.\n")
    film = make(script, tmp_path, "--tier", "offline", FFMPEG_BINARY=dying(tmp_path, 1))
    assert Path(film["video"]).exists()
    assert (tmp_path / "deaths").read_text() == "1\n"


def test_a_film_whose_ffmpeg_is_killed_again_says_so_in_one_sentence(tmp_path: Path) -> None:
    script = tmp_path / "film.md"
    script.write_text("---\ntitle: Tides\ncodec: hevc\n---\n\n## The sea\n\nIt rises.\n")
    ffmpeg = dying(tmp_path, 100)
    told = ("make", script, "--out", tmp_path / "films", "--tier", "offline")
    done = reelwright(*told, home=tmp_path, FFMPEG_BINARY=ffmpeg)
    assert done.returncode == 1
    assert "it was killed (SIGKILL); memory may have run out" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_its_orders_to_the_next_one(
    tmp_path: Path, number: signal.Signals
) -> None:
    (script,) = write_scripts(tmp_path / "scripts", 2)[1:]
    with Lab(queue_s=0.1, work_s=3.0) as lab:
        environment = os.environ | lab.urls | {
            "REELWRIGHT_HOME": str(tmp_path), "REELWRIGHT_SHORT_SIDE": "144",
        }  # fmt: skip
        told = [sys.executable, "-P", "-m", "flows", "make", str(script), "--out", "films"]
        start = functools.partial(
            subprocess.Popen, told, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        run = start()
        while not [seen for seen in lab.requests if seen.route == "poll"]:
            assert run.poll() is None
            time.sleep(0.02)
        run.send_signal(number)
        _, said = run.communicate()
        assert run.returncode == 130
        assert "run the same command to continue" in said
        assert "Traceback" not in said
        assert list((tmp_path / "store" / "jobs").glob("*.json")), "the order is written down"
        again = start()
        _, said = again.communicate()
        assert again.returncode == 0, said
        assert lab.bill.doubles() == {}
        things = {charge.prompt for charge in lab.bill.charges}
        assert len([seen for seen in lab.requests if seen.route == "create"]) == len(things)
        assert not [seen for seen in lab.requests if seen.route == "cancel"]
