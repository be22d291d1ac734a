"""What licences allow: of a model, of parts it is used with, and of its voice. Facts as data."""

from __future__ import annotations

import fnmatch
import functools
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from providers.errors import Misconfigured
from providers.models import Model
from providers.requests import Frozen

Commercial = Literal["yes", "conditional", "no"]
STRICTER: tuple[Commercial, ...] = ("yes", "conditional", "no")


class Licence(Frozen):
    """What a licence allows. `name` is whose it is: a model's, a part's, a voice's."""

    name: str
    licence: str
    commercial: Commercial
    why: str = ""


class VoiceLicence(Licence):
    """The licence of voices of one provider, by patterns of their names."""

    provider: str
    voices: tuple[str, ...]


def licences_of(model: Model, voice: str = "") -> tuple[Licence, ...]:
    """The model's own licence, then those of its parts and of the voice.

    Raises Misconfigured for a part that licences.toml does not know.
    """
    found = [Licence(name=model.name, licence=model.licence, commercial=model.commercial)]
    parts, voices = _known()
    for part in model.parts:
        if part not in parts:
            raise Misconfigured(
                f"{model.name} names a part {part!r}; known: {', '.join(sorted(parts))}"
            )
        found.append(parts[part])
    found += [
        known
        for known in voices
        if known.provider == model.provider
        and any(fnmatch.fnmatch(voice.lower(), pattern) for pattern in known.voices)
    ]
    return tuple(found)


def strictest(licences: tuple[Licence, ...]) -> Commercial:
    """What all of them together allow."""
    return max((licence.commercial for licence in licences), key=STRICTER.index)


def refuse_commercial(model: Model, accepted: Collection[str], voice: str = "") -> None:
    """Raises Misconfigured, with one sentence, where commercial use is forbidden.

    Conditions of a licence forbid it too, unless the model is among those `accepted` by name.
    """
    licences = licences_of(model, voice)
    allowed = strictest(licences)
    if allowed == "yes" or (allowed == "conditional" and model.name in accepted):
        return
    (because, *_) = [one for one in licences if one.commercial == allowed]
    whose = "" if because.name == model.name else f", because of {because.name}"
    told = f"{whose} ({because.licence})"
    if allowed == "no":
        raise Misconfigured(
            f"{model.name} may not be used commercially{told}; "
            "choose another one or unset COMMERCIAL"
        )
    raise Misconfigured(
        f"{model.name} may be used commercially under conditions only{told}; "
        f"put {model.name} into LICENCES_ACCEPTED if you keep them, or choose another one"
    )


@functools.cache
def _known() -> tuple[dict[str, Licence], tuple[VoiceLicence, ...]]:
    told = tomllib.loads(Path(__file__).with_name("licences.toml").read_text(encoding="utf-8"))
    parts = {name: Licence(name=name, **entry) for name, entry in told["parts"].items()}
    return parts, tuple(VoiceLicence(name=n, **entry) for n, entry in told["voices"].items())
