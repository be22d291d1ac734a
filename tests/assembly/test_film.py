"""A whole film of forty scenes, from timeline to finished file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from assembly.captions.files import to_srt, to_vtt
from assembly.check.measuring import measure
from assembly.check.verdict import problems
from assembly.timeline import build_timeline


@pytest.mark.slow
def test_a_film_of_forty_scenes_is_right_to_the_frame(studio: Any, tmp_path: Path) -> None:
    transitions = ("dissolve", "cut", "fade", "auto")
    scenes = [
        studio.scene(i, 0.5 + 0.0371 * (i % 7), transition=transitions[i % 4]) for i in range(40)
    ]
    timeline = build_timeline(scenes, studio.spec())
    film = studio.film(timeline, tmp_path / "film.mp4")
    measured = measure(film, timeline, studio.media, studio.fonts)

    assert problems(measured, timeline) == ()
    assert measured.frames == timeline.frames
    assert len(measured.sync) == 40
    assert all(edge.error is not None for edge in measured.sync)
    assert measured.worst_sync_frames <= 1
    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert measured.true_peak_dbtp is not None
    assert measured.true_peak_dbtp <= -1

    assert all(a.end <= b.start for a, b in pairwise(timeline.cues))
    vtt = to_vtt(timeline.cues, 30, timeline.look, timeline.width, timeline.height)
    assert to_srt(timeline.cues, 30).count(" --> ") == vtt.count(" --> ") == len(timeline.cues)
    middles = {shot.start + shot.frames // 2 for shot in timeline.shots}
    with av.open(str(film)) as container:
        spreads = [
            np.std(frame.to_ndarray(format="gray"))
            for number, frame in enumerate(container.decode(video=0))
            if number in middles
        ]
    assert len(spreads) == 40
    assert min(spreads) > 10
