"""Films that a batch had finished before it was cut short: they stand, and the batch goes on.

To go through an owned film takes a good part of a second and, in Prefect, a run of its own: a batch
of a thousand whose worker dies again and again would do nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from flows.batches.outcome import Outcome
from flows.buying.orders import Prepared
from flows.delivery.folder import ALWAYS
from flows.film.work import work_key
from flows.money.receipt import Receipt
from flows.settings import Settings
from providers.store import digest_of


def stamp_of(prepared: Prepared, keys: list[str]) -> str:
    """A digest of all that is known beforehand of what a film will be; `keys` are those of the
    things it is made of.
    """
    return work_key("planned", *sorted(keys), _told(prepared))


def makers(settings: Settings) -> str:
    """A digest of the programs and settings with which this process makes films."""
    import importlib.metadata

    import av

    from assembly._ffmpeg import ffmpeg_version
    from assembly.check.measuring import CHECKER
    from assembly.join import JOINER
    from assembly.posters import POSTERS
    from assembly.segments import RENDERER
    from assembly.sheets import SHEETS
    from assembly.sound.mix import MIXER

    ours = CHECKER, JOINER, POSTERS, RENDERER, SHEETS, MIXER
    theirs = importlib.metadata.version("reelwright"), av.__version__, ffmpeg_version()
    return work_key("makers", *ours, *theirs, settings.model_dump_json())


def stands(film: Outcome) -> bool:
    """Whether the film's folder holds what that outcome tells of, whole, and it was sent wherever
    it was to be sent.
    """
    if film.state != "done" or film.folder is None or film.video is None:
        return False
    try:
        receipt = Receipt.model_validate_json((film.folder / "receipt.json").read_bytes())
        is_whole = all((film.folder / name).exists() for name in ALWAYS)
        is_whole &= all(sent.state != "failed" for sent in receipt.delivered)
        return is_whole and receipt.run == film.run and digest_of(film.video) == film.digest
    except (OSError, ValidationError):
        return False


def _told(value: Any) -> str:
    """What a plan says, the same in every process; what only works for it says nothing."""
    match value:
        case BaseModel():
            return value.model_dump_json()
        case Mapping():
            return _told(sorted((_told(key), _told(one)) for key, one in value.items()))
        case set() | frozenset():
            return _told(sorted(map(_told, value)))
        case list() | tuple():
            return f"({','.join(map(_told, value))})"
        case str() | bytes() | int() | float() | Path() | None:
            return repr(value)
        case _ if type(value).__module__ in ("decimal", "datetime"):
            return repr(value)
    return type(value).__name__
