"""What is to be made: per scene, the requests in the order in which they are tried. Frozen data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from assembly.takes import DISSOLVE_S
from flows.moderation.judging import NO_MODERATION, Moderation
from flows.money.amounts import total_usd
from flows.scripts.formats import PLAIN, FilmFormat
from prompts.characters import described, in_scene
from prompts.pictures import continued, picture_prompt, soften, wording
from prompts.saying.speech import Spoken
from prompts.storyboard import Character, Scene, Storyboard
from providers.base import Provider
from providers.cards.themes import Theme
from providers.catalog import Catalog
from providers.models import Model
from providers.requests import (
    AnyRequest,
    Brand,
    FileRequest,
    ImageRequest,
    LineItem,
    SpeechRequest,
    VideoRequest,
)
from providers.sizes import clip_seconds, values_for
from providers.templates import fill

if TYPE_CHECKING:
    from flows.film.listening import Listening
    from flows.scripts.languages import Translating
    from flows.scripts.planner import Planning

MOST_CLIPS = 4
"""Clips that are ordered for one scene at most."""
SPARE_S = 0.5
"""So much of a scene is left to the clip's going round rather than bought."""

_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])\s+|\n+")


class Come(NamedTuple):
    """What has come of that which a thing is made of: digests, and how long the speech lasts."""

    picture: str = ""
    speech: str = ""
    speech_s: float = 0.0


class MadeOf(NamedTuple):
    """What of its scene a thing is made of: it is asked for when that has come."""

    stills: tuple[Candidate, ...]
    """Ways to have the picture that is set in motion; none where it needs none, or has one."""
    speech: tuple[Candidate, ...]
    """Ways to have the narration that it is made to; none where it is made to none."""
    scene: str
    asked: Callable[[Come], Candidate]
    """The thing as it is bought. Raises Failed for what the model cannot make of it."""


class Candidate(NamedTuple):
    """One way to have a thing: all its requests, and gentler ones to try when they are refused."""

    model: str
    asked: str
    """The name that was asked for, when that model was shut down and this one succeeds it."""
    requests: tuple[AnyRequest, ...]
    softer: tuple[AnyRequest, ...] = ()
    is_pinned: bool = False
    """The editor holds on to it, whatever the scene says now."""
    made_of: MadeOf | None = None
    """Where it is made of other things: then its requests are for a quote, and not to be sent."""

    @property
    def quoted(self) -> tuple[AnyRequest, ...]:
        """What is bought for it: the still that it is made of, and itself. Speech is a thing of its
        own.
        """
        stills = self.made_of.stills[:1] if self.made_of else ()
        return (*(request for still in stills for request in still.requests), *self.requests)


class Take(NamedTuple):
    """One of several makings of the same. `seed` None: the take's own; no prompt: the scene's."""

    number: int = 0
    seed: int | None = None
    prompt: str = ""

    def of(self, scene: Scene) -> Scene:
        """The scene as this take is made of it."""
        if not self.prompt:
            return scene
        visual = scene.visual.model_copy(update={"prompt": self.prompt})
        return scene.model_copy(update={"visual": visual})


FIRST = Take()
"""What the script asks for as it stands."""


NOTHING = Come()


class SceneOrder(NamedTuple):
    """What one scene needs. `clip` is the editor's own moving picture, instead of `picture`."""

    scene: Scene
    picture: tuple[Candidate, ...]
    clip: FileRequest | None
    speech: tuple[Candidate, ...]
    spoken: Spoken | None
    name: tuple[Candidate, ...] = ()
    """Who is seen, drawn to stand over the picture."""


class Prepared(NamedTuple):
    """A film ready to be made: nothing about it is wrong as far as can be told beforehand."""

    storyboard: Storyboard
    theme: Theme
    caption_font: str
    width: int
    height: int
    orders: tuple[SceneOrder, ...]
    files: tuple[FileRequest, ...]
    music: tuple[FileRequest, ...]
    providers: dict[str, Provider]
    catalog: Catalog
    notes: tuple[str, ...]
    """What the editor should know: models replaced by their successors, conditional licences."""
    strict: bool
    brand: Brand = Brand()
    """The brand as cards are asked for with it: its logo and fonts by digest."""
    poster: str = ""
    """Digest of the picture that is to be the poster; empty: one is chosen."""
    format: FilmFormat = PLAIN
    draft: bool = False
    planning: Planning | None = None
    """What a language model is to plan of it, where one is to."""
    translating: Translating | None = None
    """How far its words are in another language, where they are to be."""
    again: Callable[[], Prepared] | None = None
    """Prepares it once more, when that is planned."""
    logo: tuple[Candidate, ...] = ()
    """The logo, drawn to stand over scenes."""
    moderation: Moderation = NO_MODERATION
    listening: Listening | None = None
    """Who times words and hears what was said, and what recordings say; None: nobody."""

    def wanted(self) -> Iterator[tuple[str, str, tuple[Candidate, ...]]]:
        """(scene id, what it is, candidates) of everything to be made or owned, in film order."""
        for file in self.files:
            yield "film", f"file {file.digest[:8]}", (Candidate("files", "", (file,)),)
        if self.logo:
            yield "film", "logo", self.logo
        for order in self.orders:
            if order.picture:
                yield order.scene.id, "picture", order.picture
            if order.name:
                yield order.scene.id, "name", order.name
            if order.speech:
                yield order.scene.id, "speech", order.speech

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return self.providers[request.provider].quote(request)

    def quote_of(self, candidates: tuple[Candidate, ...]) -> Decimal | None:
        """What the first candidate costs when it is made; None when a price is not known."""
        return total_usd(item for r in candidates[0].quoted for item in self.quote(r))

    def quote_usd(self) -> Decimal | None:
        """What making everything anew would cost; equal requests are one purchase."""
        asked = {r.model_dump_json(): r for _, _, c in self.wanted() for r in c[0].quoted}
        return total_usd(item for request in asked.values() for item in self.quote(request))


def picture_candidate(
    model: Model,
    asked: str,
    scene: Scene,
    board: Storyboard,
    size: tuple[int, int],
    take: Take = FIRST,
) -> Candidate:
    """A generated still of a scene. Raises Misconfigured."""
    seen = in_scene(take.of(scene), board)
    first = _prompt(take.of(scene), board, model, seen)

    def request(prompt: str) -> ImageRequest:
        aspect = board.picture_aspect or board.aspect
        values = picture_values(model, prompt, aspect, size, take=take)
        values |= _references(model, seen)
        return ImageRequest(
            provider=model.provider, model=model.id, width=size[0], height=size[1],
            prompt=prompt, input=fill(model.input, values), take=take.number,
        )  # fmt: skip

    return Candidate(model.name, asked, (request(first),), (request(soften(first)),))


def clip_candidate(
    model: Model,
    asked: str,
    scene: Scene,
    board: Storyboard,
    size: tuple[int, int],
    length_s: float,
    take: Take = FIRST,
    come: Come = NOTHING,
) -> Candidate:
    """A generated clip of about `length_s` seconds, or where the scene is to be filled with
    further clips ("extend") as many as that takes, up to `MOST_CLIPS`. Raises Misconfigured.

    `come` is what it is made of, where it is made of other things of its scene.
    """
    seen = in_scene(take.of(scene), board)
    first = _prompt(take.of(scene), board, model, seen)

    def request(prompt: str, number: int, wanted_s: float) -> VideoRequest:
        told = continued(prompt) if number else prompt
        aspect = board.picture_aspect or board.aspect
        values = picture_values(model, told, aspect, size, wanted_s, take)
        values |= _references(model, seen)
        values["picture"] = values["reference"] or come.picture or None
        values["speech"] = come.speech or None
        values["seed"] += number
        return VideoRequest(
            provider=model.provider, model=model.id, width=size[0], height=size[1], seed=number,
            prompt=told, duration_s=wanted_s, input=fill(model.input, values), take=take.number,
        )  # fmt: skip

    def all_of(prompt: str) -> tuple[VideoRequest, ...]:
        made = [request(prompt, 0, length_s)]
        missing_s = length_s - clip_seconds(made[0], model.limits)
        is_extended = (scene.fill or board.fill) == "extend" and not come.speech
        most = MOST_CLIPS if is_extended else 1
        while missing_s > SPARE_S and len(made) < most:
            # Each dissolves into the next, which takes as much from its length.
            made.append(request(prompt, len(made), missing_s + DISSOLVE_S))
            missing_s += DISSOLVE_S - clip_seconds(made[-1], model.limits)
        return tuple(made)

    return Candidate(model.name, asked, all_of(first), all_of(soften(first)))


def speech_candidate(
    model: Model, asked: str, said: Spoken, voice: str, board: Storyboard, take: Take = FIRST
) -> Candidate:
    """A narration, in as many parts as the model's limit asks for."""
    parts = split_sentences(said.text, int(model.limits.get("characters", 10**9)))

    def request(text: str) -> SpeechRequest:
        values = {
            "text": text, "voice": voice, "speed": board.speed, "language": board.language,
        }  # fmt: skip
        return SpeechRequest(
            provider=model.provider, model=model.id, text=text, voice=voice,
            language=board.language, speed=board.speed, input=fill(model.input, values),
            take=take.number,
        )  # fmt: skip

    return Candidate(model.name, asked, tuple(request(text) for _, text in parts))


def split_sentences(text: str, most: int) -> list[tuple[int, str]]:
    """(where it begins, part) of a text in parts of at most `most` characters.

    Cut at sentence ends; a sentence that is longer by itself is cut at spaces.
    """
    parts: list[tuple[int, str]] = []
    start = 0
    while len(text) - start > most:
        window = text[start : start + most]
        ends = [m.start() for m in _SENTENCE_END.finditer(window)]
        cut = ends[-1] if ends else window.rfind(" ")
        cut = cut if cut > 0 else most
        parts.append((start, text[start : start + cut]))
        start += cut
        start += len(text[start:]) - len(text[start:].lstrip())
    return [*parts, (start, text[start:])]


def _prompt(scene: Scene, board: Storyboard, model: Model, seen: tuple[Character, ...]) -> str:
    style = ", ".join(filter(None, (described(seen), board.style)))
    return picture_prompt(scene, style, model.suffix, model.family)


def _references(model: Model, seen: tuple[Character, ...]) -> dict[str, Any]:
    """The pictures of those who are seen, by digest, as many as the model takes."""
    digests = [c.digest for c in seen if c.digest][: int(model.limits.get("references", 1))]
    return {"reference": digests[0] if digests else None, "references": digests or None}


def picture_values(
    model: Model,
    prompt: str,
    aspect: str,
    size: tuple[int, int],
    length_s: float = 0.0,
    take: Take = FIRST,
) -> dict[str, Any]:
    """What placeholders stand for in a picture of `size` pixels, or a clip of `length_s`."""
    seed = 1 + take.number if take.seed is None else take.seed
    return {
        "prompt": prompt, "negative": wording(model.family).negative,
        "width": size[0], "height": size[1], "aspect": aspect, "seed": seed, "duration_s": length_s,
        **values_for(model, size[0], size[1], length_s),
    }  # fmt: skip
