"""Clips of other colour spaces, brought to BT.709."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from assembly._colors import Gamut, Transfer, to_bt709
from assembly._lut import toned


@pytest.mark.parametrize(("transfer", "gamut"), [("pq", "bt2020"), ("hlg", "bt2020"), ("pq", "p3")])
def test_the_table_tells_what_the_formulas_tell(
    transfer: Transfer, gamut: Gamut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "it's: a [folder], \\ of ours"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    rng = np.random.default_rng(1)
    # Skin, sky, leaves and lamps: not the pure lights that no camera sees.
    light = rng.uniform(0.15, 0.75, (9, 16, 1)) + rng.uniform(-0.03, 0.03, (9, 16, 3))
    soft = cv2.resize(light.astype(np.float32), (320, 180), interpolation=cv2.INTER_LINEAR)
    codes = np.asarray(soft * 65535, np.uint16)
    wanted = to_bt709(codes, transfer, gamut).astype(int)
    found = toned(VideoFrame.from_ndarray(codes, format="rgb48le"), transfer, gamut)
    off = np.abs(found - wanted)
    assert wanted.std() > 30
    assert off.mean() < 0.3
    assert np.percentile(off, 99.9) <= 3
    assert list(folder.iterdir()) == []


def test_frames_of_two_sizes_do_not_mix() -> None:
    for width, height in ((64, 36), (36, 64), (64, 36)):
        codes = np.full((height, width, 3), 30000, np.uint16)
        found = toned(VideoFrame.from_ndarray(codes, format="rgb48le"), "pq", "bt2020")
        assert found.shape == (height, width, 3)
        assert np.ptp(found) == 0
