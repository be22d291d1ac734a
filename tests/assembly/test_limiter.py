from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.sound.limiter import REACH, PeakMeter, limit, true_peaks
from assembly.sound.samples import decibel


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.9))
def test_the_limiter_holds_true_peaks_and_leaves_the_rest(seed: int, ceiling: float) -> None:
    rng = np.random.default_rng(seed)
    loud = rng.normal(0, 0.3, (2, 4800)).astype(np.float32)
    held = limit(loud, ceiling)
    assert true_peaks(held).max() <= ceiling * decibel(0.3)
    quiet = (loud * 0.01).astype(np.float32)
    assert np.array_equal(limit(quiet, ceiling), quiet)


def test_true_peaks_are_found_between_samples() -> None:
    # A sine at a quarter of the rate, sampled 45 degrees off its crests.
    moments = np.arange(960)
    wave = np.sin(np.pi / 2 * moments + np.pi / 4).astype(np.float32)
    peaks = true_peaks(wave[None])[100:-100]
    assert np.abs(wave).max() < 0.708
    assert peaks.max() == pytest.approx(1, abs=0.03)


def test_limiting_in_blocks_is_limiting_the_whole() -> None:
    loud = np.random.default_rng(3).normal(0, 0.3, (2, 20_000)).astype(np.float32)
    whole = limit(loud, 0.5)
    for start in range(0, 20_000, 5_000):
        first, last = max(0, start - REACH), min(20_000, start + 5_000 + REACH)
        part = limit(loud[:, first:last], 0.5)[:, start - first :][:, :5_000]
        assert np.abs(part - whole[:, start : start + 5_000]).max() < 1e-6


def test_the_highest_peak_is_the_same_however_the_sound_is_cut() -> None:
    loud = np.random.default_rng(4).normal(0, 0.3, (2, 9_000)).astype(np.float32)
    found = set()
    for size in (7, 480, 9_000):
        meter = PeakMeter()
        for start in range(0, 9_000, size):
            meter.add(loud[:, start : start + size])
        found.add(round(meter.peak(), 5))
    assert found == {round(float(true_peaks(np.pad(loud, ((0, 0), (20, 20)))).max()), 5)}


def test_looking_only_where_it_may_be_loud_finds_every_peak_above_the_floor() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        count = int(rng.integers(1, 9000))
        levels = np.repeat(rng.random(count // 500 + 1) ** 3, 500)[:count]
        sound = (rng.standard_normal((2, count)) * levels).astype(np.float32)
        floor = float(rng.random())
        everywhere, some = true_peaks(sound), true_peaks(sound, floor)
        assert np.allclose(
            np.where(everywhere > floor, everywhere, 0), np.where(some > floor, some, 0), atol=1e-6
        )


@pytest.mark.parametrize("at", [0, 8, 1016, 1024, 1500, 2984])
def test_the_steepest_signal_is_found_wherever_it_lies(at: int) -> None:
    # Between these samples lie points of more than twice their height.
    moments = np.arange(16) - 8 + 0.5
    steepest = np.sign(np.sinc(moments)).astype(np.float32)
    sound = np.zeros((1, 3000), np.float32)
    sound[0, at : at + 16] = steepest
    everywhere = true_peaks(sound)
    assert everywhere.max() > 1.9
    assert true_peaks(sound, 0.99 * float(everywhere.max())).max() == everywhere.max()
