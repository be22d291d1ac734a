"""A scene's voice as the timeline wants it: one file, and when each written word is heard."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from assembly.timeline import Word
from flows.buying.sourcing import Got
from flows.film.work import work_key
from prompts.saying.speech import Spoken
from providers.store import Store

Times = Callable[[str, float, str], Awaitable[list[dict[str, Any]] | None]]
"""Who times words: (digest, seconds, text) to words with times, None when nobody can."""


class Voice(NamedTuple):
    """A narration's file by digest, its seconds, its words; `estimated` when no one timed them."""

    digest: str
    duration_s: float
    words: tuple[Word, ...]
    estimated: bool


async def whole_voice(
    store: Store, got: Got, spoken: Spoken, run: Callable[..., Awaitable[Any]], times: Times
) -> Voice:
    """Cleans a narration and joins its parts; word times follow what is cut away.

    Where a part comes without word times, `times` tells those of the whole; where nobody can, they
    are laid out by letters between pauses. `run` runs blocking work in a thread.
    """
    from assembly.sound.speech import join_speech

    parts = [part.purchase.asset for part in got.parts]

    async def make(out: Path) -> dict[str, Any]:
        places, length_s = await run(join_speech, [store.path(p.digest) for p in parts], out)
        return {"parts": places, "duration_s": length_s}

    key = voice_key(part.digest for part in parts)
    whole, _made = await store.work(key, "audio/wav", make)
    length_s: float = whole.facts["duration_s"]
    if all(part.facts.get("words") for part in parts):
        heard = _own_times(got, spoken, whole.facts["parts"])
        return Voice(whole.digest, length_s, written_words(spoken, heard), False)
    told = await times(whole.digest, length_s, spoken.text)
    if told is None:
        heard = await run(guessed_words, spoken.text, store.path(whole.digest), length_s)
        return Voice(whole.digest, length_s, written_words(spoken, heard), True)
    return Voice(whole.digest, length_s, written_words(spoken, told), False)


def voice_key(parts: Iterable[str]) -> str:
    """The store's key of the narration that parts of these digests are joined to."""
    from assembly.sound.speech import SPEECH

    return work_key("speech", SPEECH, *parts)


def _own_times(got: Got, spoken: Spoken, places: list[Any]) -> list[dict[str, Any]]:
    """The words as their voice timed them, at their places in the whole text and file."""
    heard, position = [], 0
    for bought, (start_s, cut_s, length_s) in zip(got.parts, places, strict=True):
        # A recording says all of it.
        text = getattr(bought.request, "text", spoken.text)
        position = spoken.text.index(text, position)
        heard += [
            {
                "start": word["start"] + position,
                "end": word["end"] + position,
                "start_s": start_s + min(max(word["start_s"] - cut_s, 0.0), length_s),
                "end_s": start_s + min(max(word["end_s"] - cut_s, 0.0), length_s),
            }
            for word in bought.purchase.asset.facts["words"]
        ]
        position += len(text)
    return heard


def written_words(spoken: Spoken, heard: list[dict[str, Any]]) -> tuple[Word, ...]:
    """When each word as the editor wrote it is heard, from the times of the spoken words."""
    words: list[Word] = []
    now = 0.0
    for token in spoken.tokens:
        own = [w for w in heard if w["start"] < token.end and w["end"] > token.start]
        begin = min((_moment(w, token.start) for w in own), default=now)
        now = max((_moment(w, token.end) for w in own), default=now)
        joined = token.start < token.end and not spoken.text[: token.start][-1:].isspace()
        words.append(
            Word(
                text=token.written,
                start_s=begin,
                end_s=max(begin, now),
                joined=joined and token.start > 0,
            )
        )
    return tuple(words)


def _moment(word: dict[str, Any], position: int) -> float:
    """When a position of the text is heard in a spoken word, which may be a whole sentence.

    Voices time what stands between spaces; in writing without spaces that is many words.
    """
    share = (position - word["start"]) / max(1, word["end"] - word["start"])
    span_s: float = word["end_s"] - word["start_s"]
    return float(word["start_s"] + span_s * min(1.0, max(0.0, share)))


def guessed_words(text: str, path: Path, length_s: float) -> list[dict[str, Any]]:
    """Word times by the share of characters, sentence by sentence between the sound's pauses."""
    from assembly.sound.samples import read_samples
    from assembly.sound.speech import LEAD_S, TAIL_S
    from assembly.timeline import SAMPLE_RATE
    from providers.local.align_cuts import cut, pauses

    sentences = _sentences(text)
    found = pauses(read_samples(path).mean(axis=0), SAMPLE_RATE)
    ends = cut([end - start for start, end in sentences], found)
    if len(ends) != len(sentences) - 1:
        return estimated_words(text, length_s, LEAD_S, TAIL_S)
    begins_s = [found[0].end_s, *(end.end_s for end in ends)]
    stops_s = [*(end.start_s for end in ends), found[-1].start_s]
    words = []
    for (start, end), begin_s, stop_s in zip(sentences, begins_s, stops_s, strict=True):
        words += [
            {
                "start": word["start"] + start,
                "end": word["end"] + start,
                "start_s": word["start_s"] + begin_s,
                "end_s": word["end_s"] + begin_s,
            }
            for word in estimated_words(text[start:end], stop_s - begin_s, 0.0, 0.0)
        ]
    return words


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends; a text without marks is one."""
    ends = [m.end() for m in re.finditer(r"[.!?…]+[\"'”’)]*(?=\s|$)|[。！？]+[」』]?", text)]
    ends = [end for end in ends if text[end:].strip()] + [len(text)]
    starts = [0, *ends[:-1]]
    return list(zip(starts, ends, strict=True))


def estimated_words(
    text: str, duration_s: float, lead_s: float = 0.06, tail_s: float = 0.16
) -> list[dict[str, Any]]:
    """Word times by the share of characters, with a longer one where the voice will pause.

    The first word begins after `lead_s`, the last one ends `tail_s` before the end.
    """
    weights, spans, position = [], [], 0
    for piece in text.split():
        start = text.index(piece, position)
        position = start + len(piece)
        pause = 6 if piece[-1] in ".!?…" else 3 if piece[-1] in ",;:–—" else 1
        spans.append((start, position, len(piece)))
        weights.append(len(piece) + pause)
    room = max(duration_s - lead_s - tail_s, 0.0)
    unit = room / max(sum(weights), 1)
    words, now = [], min(lead_s, duration_s)
    for (start, end, said), weight in zip(spans, weights, strict=True):
        words.append({"start": start, "end": end, "start_s": now, "end_s": now + said * unit})
        now += weight * unit
    return words
