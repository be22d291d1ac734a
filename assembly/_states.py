"""The pixels of a picture in states: one state after another, and what lies between two of them."""

from __future__ import annotations

import functools
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from assembly._planes import Planes
from assembly._resample import Bytes2D
from assembly.builds import Moment, State, moment_at
from assembly.errors import UnreadableMedia

Prepare = Callable[[Bytes2D], Planes]
"""From a picture as RGB to its planes at working size."""


_AT_HAND = 8


class _Shared:
    """States at which one segment ends and the next begins: to read one, all before it are read."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Planes] = OrderedDict()
        self._alone = threading.Lock()

    def find(self, key: Hashable) -> Planes | None:
        with self._alone:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, planes: Planes) -> None:
        with self._alone:
            self._kept[key] = planes
            while len(self._kept) > _AT_HAND:
                self._kept.popitem(last=False)


_shared = _Shared()


class StatePictures:
    """The states of an animated PNG as planes; the last few are kept.

    Those of `shared` are kept for other segments, too, under `look`, which tells how planes are
    prepared.
    """

    def __init__(
        self,
        path: Path,
        prepare: Prepare,
        look: Hashable = None,
        shared: Collection[int] = (),
    ) -> None:
        self._path, self._prepare = path, prepare
        self._look, self._to_share = look, shared
        self._opened: Image.Image | None = None
        self._state = functools.lru_cache(maxsize=3)(self._found)

    def _found(self, index: int) -> Planes:
        if index not in self._to_share:
            return self._read(index)
        key = self._path, self._look, index
        planes = _shared.find(key)
        if planes is None:
            planes = self._read(index)
            _shared.keep(key, planes)
        return planes

    def _read(self, index: int) -> Planes:
        """State `index`, from 0. Raises UnreadableMedia when the file does not have it."""
        try:
            # Each state is drawn over those before it: only going back starts the file anew.
            if self._opened is None or self._opened.tell() > index + 1:
                self._opened = Image.open(io.BytesIO(self._path.read_bytes()))
            # The default image, the whole picture, is no state.
            self._opened.seek(index + 1)
            return self._prepare(np.asarray(self._opened.convert("RGB")))
        except (OSError, EOFError, SyntaxError) as error:
            raise UnreadableMedia(
                f"{self._path}: there is no state {index} of this picture; have it drawn again"
            ) from error

    def at(self, moment: Moment) -> Planes:
        """What is seen at a moment: the same object as long as nothing changes."""
        after = self._state(moment.state.index)
        if moment.share >= 1.0:
            return after
        return _between(self._state(moment.before), after, moment.state, moment.share)

    def frames(self, states: Sequence[State], count: int) -> Iterator[Planes]:
        """`count` frames of the picture."""
        for number in range(count):
            yield self.at(moment_at(states, number))


def _between(before: Planes, after: Planes, state: State, share: float) -> Planes:
    pairs = (before.y, after.y), (before.u, after.u), (before.v, after.v)
    if state.how in ("fade", "cut"):
        y, u, v = (
            np.asarray(cv2.addWeighted(new, share, old, 1 - share, 0), np.uint8)
            for old, new in pairs
        )
    else:
        y, u, v = (_uncovered(old, new, before.margin, state, share) for old, new in pairs)
    return Planes(y, u, v, before.margin)


def _uncovered(before: Bytes2D, after: Bytes2D, margin: int, state: State, share: float) -> Bytes2D:
    """`after` in the part of the state's box that has been uncovered, else `before`."""
    high, wide = before.shape[0] - 2 * margin, before.shape[1] - 2 * margin
    left, top, right, bottom = state.box
    columns = [round(left * wide) + margin, round(right * wide) + margin]
    rows = [round(top * high) + margin, round(bottom * high) + margin]
    across, along = columns[1] - columns[0], rows[1] - rows[0]
    match state.how:
        case "up":
            rows[0] = rows[1] - round(along * share)
        case "down":
            rows[1] = rows[0] + round(along * share)
        case "left":
            columns[0] = columns[1] - round(across * share)
        case _:
            columns[1] = columns[0] + round(across * share)
    made = before.copy()
    made[rows[0] : rows[1], columns[0] : columns[1]] = after[
        rows[0] : rows[1], columns[0] : columns[1]
    ]
    return made
