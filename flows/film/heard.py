"""Heard back: what was made is listened to and compared with the script."""

from __future__ import annotations

from typing import NamedTuple

from flows.buying.orders import Candidate
from flows.film.said import word_errors
from prompts.saying.speech import Spoken
from providers.requests import SpeechRequest, Transcript

AGAIN = "speech, again"
"""What a narration is called that is made once more."""
OTHER_TAKE = 1000
"""Added to a take's number when it is made again: no editor's own take has such a number."""


class HeardBack(NamedTuple):
    """How one scene was heard: `rate` is the share of words that are not the script's."""

    scene: str
    by: str
    rate: float
    differs: str
    """The first words that differ, for people."""
    made_again: bool = False


def compared(scene: str, by: str, said: Spoken, told: Transcript, language: str) -> HeardBack:
    """What a recogniser heard, beside the words that the scene was to say."""
    found = word_errors(said.text, told.text, language)
    pairs = (
        f"{script!r} as {heard!r}" if script and heard else
        f"{script!r} not at all" if script else f"{heard!r} besides"
        for script, heard in found.said
    )  # fmt: skip
    return HeardBack(scene, by, round(found.rate, 4), ", ".join(pairs))


def again(candidate: Candidate) -> Candidate:
    """The same narration as another purchase: a voice that is drawn by lot may say it better."""
    requests = tuple(
        request.model_copy(update={"take": request.take + OTHER_TAKE})
        for request in candidate.requests
        if isinstance(request, SpeechRequest)
    )
    return candidate._replace(requests=requests, softer=())


def told_of(heard: HeardBack, limit: float) -> list[str]:
    """The sentence for the editor; none where a scene was heard as it is written at first."""
    made = " after it was made again" if heard.made_again else ""
    if heard.rate > limit:
        return [
            f"{heard.scene}: {heard.by} heard {heard.rate:.0%} of the words otherwise{made} "
            f"({heard.differs}); listen to it"
        ]
    if heard.made_again:
        return [f"{heard.scene} was made again: {heard.by} had heard other words at first"]
    return []
