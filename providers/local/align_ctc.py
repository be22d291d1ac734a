"""The likeliest place of a known text in what a CTC model heard. Pure numpy.

The same path as `torchaudio.functional.forced_align`, which needs a torch of its own kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def ctc_path(log_probs: Array, tokens: Sequence[int], blank: int = 0) -> Array:
    """For each frame of `log_probs` (frames, labels) the index of its token; -1 where it is blank.

    Raises ValueError when there are too few frames for so many tokens.
    """
    frames, states = log_probs.shape[0], 2 * len(tokens) + 1
    labels = np.full(states, blank)
    labels[1::2] = tokens
    # A blank between two labels may be left out only where they differ.
    skips = np.zeros(states, bool)
    skips[3::2] = labels[3::2] != labels[1:-2:2]
    score = np.full(states, -np.inf)
    score[: min(2, states)] = log_probs[0, labels[:2]]
    steps = np.zeros((frames, states), np.int8)
    for frame in range(1, frames):
        one = np.concatenate([[-np.inf], score[:-1]])
        two = np.where(skips, np.concatenate([[-np.inf] * 2, score[:-2]])[:states], -np.inf)
        ways = np.stack([score, one, two])
        steps[frame] = ways.argmax(axis=0)
        score = ways[steps[frame], np.arange(states)] + log_probs[frame, labels]
    state = states - 1 if states == 1 or score[-1] > score[-2] else states - 2
    if not np.isfinite(score[state]):
        raise ValueError("the sound is too short for the text")
    path = np.empty(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(steps[frame, state])
    return np.where(path % 2 == 1, path // 2, -1)


def token_frames(path: Array, count: int) -> list[tuple[int, int]]:
    """(first frame, frame after the last) of each of `count` tokens on a path."""
    spans = []
    for token in range(count):
        own = np.flatnonzero(path == token)
        spans.append((int(own[0]), int(own[-1]) + 1))
    return spans
