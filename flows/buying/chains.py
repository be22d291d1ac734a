"""Clips that are made of other things of their scene: of its picture, or to what is said in it.

A catalog entry says so by its placeholders, `{picture}` and `{speech}`. Such a clip is quoted by
what is known beforehand, and asked for when the others have come, by their digests.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from flows.buying.orders import Candidate, Come, MadeOf, Take, clip_candidate
from flows.film.voices import Voice
from flows.film.work import hash_text
from flows.scripts.lengths import speech_seconds
from prompts.characters import in_scene
from prompts.storyboard import Scene, Storyboard
from providers.errors import Failed, Misconfigured
from providers.models import Model
from providers.requests import VideoRequest
from providers.sizes import clip_seconds
from providers.templates import places

SOURCES = frozenset({"picture", "speech"})
"""Placeholders for other things of the scene."""
SHORT_S = 0.1
"""A clip that ends so much before its voice holds its last frame unnoticed."""


class Sources(NamedTuple):
    """What clips of a scene can be made of."""

    stills: tuple[Candidate, ...] = ()
    speech: tuple[Candidate, ...] = ()


def made_of(model: Model) -> frozenset[str]:
    """What of its scene a model makes its clips of: of "picture" and "speech"."""
    return places(model.input) & SOURCES if model.capability == "video" else frozenset()


def speaks(model: Model | None) -> bool:
    """Whether a model's clips are made to what is said, and so have to keep time with it."""
    return model is not None and "speech" in made_of(model)


def clip_of(
    model: Model,
    asked: str,
    scene: Scene,
    board: Storyboard,
    size: tuple[int, int],
    length_s: float,
    sources: Sources,
    take: Take,
) -> Candidate:
    """A generated clip of about `length_s` seconds; of a model that is driven by a voice, as long
    as that speaks. Raises Misconfigured where the scene has not what the model needs.
    """
    wanted = made_of(model)
    told = (model, asked, scene, board, size)
    if not wanted:
        return clip_candidate(*told, length_s, take)
    has_own = any(character.digest for character in in_scene(take.of(scene), board))
    stills = sources.stills if "picture" in wanted and not has_own else ()
    speech = sources.speech if "speech" in wanted else ()
    if "picture" in wanted and not has_own and not stills:
        raise Misconfigured(
            f"{model.name} sets a picture in motion and this scene has none; say with "
            "image_provider who makes it, or name a character who has a picture"
        )
    if "speech" in wanted and not speech:
        raise Misconfigured(
            f"{model.name} makes clips to what is said, and this scene says nothing; "
            "write its narration, or choose another model"
        )

    def made(come: Come) -> Candidate:
        made_s = round(come.speech_s, 3) if come.speech else length_s
        candidate = clip_candidate(*told, made_s, take, come)
        if problem := _too_long(model, candidate, come):
            raise Failed(problem)
        return candidate

    said_s = speech_seconds(scene, board) if speech else 0.0
    expected = Come(_to_come(stills), _to_come(speech, scene.narration), said_s)
    candidate = clip_candidate(*told, round(said_s or length_s, 1), take, expected)
    if problem := _too_long(model, candidate, expected):
        raise Misconfigured(problem)
    return candidate._replace(made_of=MadeOf(stills, speech, scene.id, made))


def _too_long(model: Model, candidate: Candidate, come: Come) -> str:
    """Why a model cannot speak all of a narration; else empty."""
    request = candidate.requests[0]
    if not come.speech or not isinstance(request, VideoRequest):
        return ""
    most_s = clip_seconds(request, model.limits)
    if come.speech_s <= most_s + SHORT_S:
        return ""
    return (
        f"{model.name} makes clips of up to {most_s:.1f} s, and what is said here takes about "
        f"{come.speech_s:.1f} s; make two scenes of it, or choose another model"
    )


def _to_come(candidates: tuple[Candidate, ...], text: str = "") -> str:
    """What stands for a digest that is not known yet: the same for the same purchase."""
    if not candidates:
        return ""
    asked = [request.model_dump_json() for request in candidates[0].requests]
    return "to-come-" + hash_text("\n".join([*asked, text]))[:32]


class Voices:
    """The voices of one run, for whoever has to wait for them."""

    def __init__(self) -> None:
        self._of: dict[str, asyncio.Future[Voice]] = {}

    async def of(self, scene: str) -> Voice:
        """A scene's voice, when it has come. A narration that cannot be had ends the film."""
        return await asyncio.shield(self._place(scene))

    def come(self, scene: str, voice: Voice) -> None:
        self._place(scene).set_result(voice)

    def _place(self, scene: str) -> asyncio.Future[Voice]:
        if scene not in self._of:
            self._of[scene] = asyncio.get_running_loop().create_future()
        return self._of[scene]
