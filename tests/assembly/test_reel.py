"""A film is read whole at every check; what was seen before in the same packets is recalled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from assembly._ffmpeg import run
from assembly.check import reel as _reel
from assembly.check.measuring import measure
from assembly.check.reel import watch
from assembly.check.verdict import problems
from assembly.timeline import Timeline

Film = tuple[Path, Timeline, Callable[[str], Path]]
pytestmark = pytest.mark.slow


class Notes(dict[str, bytes]):
    """A memory that counts what it was asked for in vain."""

    missed = 0

    def recall(self, key: str) -> bytes | None:
        self.missed += key not in self
        return self.get(key)

    def keep(self, key: str, value: bytes) -> None:
        self[key] = value


def test_a_film_that_was_checked_is_measured_alike_without_being_decoded(
    studio: Any, small_film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, timeline, media = small_film
    notes = Notes()
    first = measure(film, timeline, media, studio.fonts, None, notes)
    asked = notes.missed
    assert asked > 10
    monkeypatch.setattr(_reel, "_decoded", None)
    assert measure(film, timeline, media, studio.fonts, None, notes) == first
    assert notes.missed == asked
    assert problems(first, timeline) == ()


def test_damage_to_one_part_of_a_known_film_is_found(
    studio: Any, small_film: Film, tmp_path: Path
) -> None:
    film, timeline, media = small_film
    notes = Notes()
    measure(film, timeline, media, studio.fonts, None, notes)
    # The film's own key frames stay where they are: only what lies between two is another's.
    hole = "drawbox=t=fill:color=black:enable='between(n,20,32)'"
    recode = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "copy")
    spoiled = tmp_path / "w.mp4"
    faststart = ("-movflags", "+faststart")
    run(["-i", str(film), "-vf", hole, "-g", "15", *recode, *faststart, str(spoiled)])
    found = problems(measure(spoiled, timeline, media, studio.fonts, None, notes), timeline)
    assert any("there is no picture from 0.67 s" in problem for problem in found)


def test_a_bit_that_flips_in_a_known_film_is_a_part_that_is_not_known(
    small_film: Film, tmp_path: Path
) -> None:
    film, timeline, _ = small_film
    notes = Notes()
    size = timeline.width, timeline.height
    known = list(watch(film, *size, None, notes))
    asked = notes.missed
    assert all(map(np.array_equal, watch(film, *size, None, notes), known))
    assert notes.missed == asked
    with av.open(str(film)) as opened:
        largest = max(opened.demux(video=0), key=lambda packet: packet.size)
        assert largest.pos is not None
        at = largest.pos + largest.size // 2
    damaged = bytearray(film.read_bytes())
    damaged[at] ^= 1
    (tmp_path / "d.mp4").write_bytes(damaged)
    list(watch(tmp_path / "d.mp4", *size, None, notes))
    assert notes.missed > asked
