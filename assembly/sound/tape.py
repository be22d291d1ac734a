"""Sound that waits in files instead of memory: written from its beginning on, read anywhere."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from assembly.sound.samples import Samples

_BYTES = 4
"""Of a sample of one side, in float32."""


class Tape:
    """A sound of one or two sides, each in a file of its own."""

    def __init__(self, place: Path) -> None:
        """Nothing yet; its files will be `place` with an ending for each side."""
        self._place, self.sides, self.samples = place, 0, 0

    def add(self, block: Samples) -> None:
        """Writes what follows. All blocks have as many sides as the first."""
        self.sides = len(block)
        self.samples += block.shape[1]
        for side, row in enumerate(block):
            with self._file(side).open("ab") as file:
                file.write(np.ascontiguousarray(row).data)

    def read(self, first: int, last: int) -> Samples:
        """Samples `first` to `last`, which are there."""
        made = np.empty((self.sides, last - first), np.float32)
        with ExitStack() as opened:
            for side, row in enumerate(made):
                file = opened.enter_context(self._file(side).open("rb", buffering=0))
                file.seek(first * _BYTES)
                file.readinto(row.data)
        return made

    def _file(self, side: int) -> Path:
        return self._place.with_name(f"{self._place.name}-{side}.f32")
