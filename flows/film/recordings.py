"""Recordings of a person: one narration for many scenes is cut where its scenes end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from flows.buying.orders import Candidate, SceneOrder
from flows.film.voices import Times
from flows.film.work import work_key
from flows.scripts.findings import Findings
from prompts.saying.speech import estimate_s
from prompts.storyboard import Scene
from providers.files import MediaFile, request_for
from providers.local.align_cuts import Pause, cut, pauses
from providers.requests import FileRequest
from providers.store import Asset, Store

CUTTER = 2
"""Raised whenever the same recording would be cut otherwise."""
FASTEST, SLOWEST, SLACK_S = 0.35, 2.5, 5.0
"""How far a person's pace may be from the usual one, and seconds of silence besides."""
BEFORE_S, AFTER_S = 0.25, 0.4
"""What is left of a room around a scene's words: a breath before, and its dying away."""
_AROUND_S = 0.4
"""A scene's edge is looked for this far into the words on both sides of it."""


class Piece(NamedTuple):
    """A scene's part of a recording; its facts hold its words where they are known."""

    asset: Asset
    made: bool


class Reading(NamedTuple):
    """One recording, and the text of each scene that it says, in order."""

    digest: str
    seconds: float
    texts: tuple[tuple[str, str], ...]
    """(scene id, its text for a voice)."""


def recorded(recording: MediaFile | None) -> tuple[Candidate, ...]:
    """A recording as what a scene speaks with; nothing where it cannot be used."""
    if recording is None:
        return ()
    return (Candidate("files", "", (request_for(recording),)),)


def readings(orders: Sequence[SceneOrder], findings: Findings) -> tuple[Reading, ...]:
    """All recordings with the words that each is to say; notes those that cannot say them.

    A scene's own recording says that scene alone; the film's says all scenes that have none.
    """
    told: list[Reading] = []
    found: dict[str, list[SceneOrder]] = {}
    for order in orders:
        request = order.speech[0].requests[0] if order.speech else None
        if isinstance(request, FileRequest) and order.spoken is not None:
            own = order.scene.id if order.scene.voice else ""
            found.setdefault(f"{own} {request.digest}", []).append(order)
    for said in found.values():
        request = said[0].speech[0].requests[0]
        texts = tuple((o.scene.id, o.spoken.text) for o in said if o.spoken is not None)
        if isinstance(request, FileRequest):
            told.append(Reading(request.digest, request.seconds, texts))
            _note_length(told[-1], request, said[0].scene, findings)
    return tuple(told)


def _note_length(reading: Reading, request: FileRequest, scene: Scene, findings: Findings) -> None:
    """Notes a recording that is far too short or too long for its words."""
    language = findings.board.language
    usual_s = sum(estimate_s(text, language) for _, text in reading.texts)
    least_s, most_s = usual_s * FASTEST, usual_s * SLOWEST + SLACK_S
    if least_s <= reading.seconds <= most_s:
        return
    is_own = bool(scene.voice)
    whose = f"the words of {scene.id}" if is_own else f"its {len(reading.texts)} scenes' words"
    findings.note(
        f"{Path(request.source).name} lasts {reading.seconds:.1f} s and {whose} take about "
        f"{usual_s:.0f} s",
        "record all of the words and nothing else, or write what is said",
        "voice",
        scene if is_own else None,
    )


class Cutter:
    """Cuts each recording once, whoever asks for a scene of it first."""

    def __init__(self, store: Store, times: Times, run: Callable[..., Awaitable[Any]]) -> None:
        self._store, self._times, self._run = store, times, run
        self._under_way = asyncio.Lock()

    async def piece(self, reading: Reading, scene: str) -> Piece:
        """The part of the recording that says the words of `scene`."""
        texts = [text for _, text in reading.texts]
        number = _number(reading, scene)
        async with self._under_way:
            whole = "\n".join(texts)
            words = await self._times(reading.digest, reading.seconds, whole)
        timed = _by_text(texts, words)
        key = piece_key(reading, scene, words)

        async def make(out: Path) -> dict[str, Any]:
            path = self._store.path(reading.digest)
            found: dict[str, Any] = await self._run(_write_piece, path, texts, timed, number, out)
            return found

        asset, made = await self._store.work(key, "audio/wav", make)
        return Piece(asset, made)


def piece_key(reading: Reading, scene: str, words: list[dict[str, Any]] | None) -> str:
    """The store's key of the part that says the words of `scene`."""
    texts = [text for _, text in reading.texts]
    return work_key("piece", CUTTER, reading.digest, _number(reading, scene), words, *texts)


def _number(reading: Reading, scene: str) -> int:
    return [own for own, _ in reading.texts].index(scene)


def _by_text(
    texts: Sequence[str], words: list[dict[str, Any]] | None
) -> list[list[dict[str, Any]]] | None:
    """The words of each text, at their places in it."""
    if words is None:
        return None
    told, start = [], 0
    for text in texts:
        own = [word for word in words if start <= word["start"] < start + len(text)]
        told.append(
            [
                {**w, "start": w["start"] - start, "end": min(w["end"] - start, len(text))}
                for w in own
            ]
        )
        start += len(text) + 1
    return told


def _write_piece(
    path: Path, texts: Sequence[str], timed: list[list[dict[str, Any]]] | None, number: int,
    out: Path,
) -> dict[str, Any]:  # fmt: skip
    """Writes one scene's part as WAV; its length, and its words where they are known."""
    import soundfile

    from assembly.sound.samples import read_samples
    from assembly.timeline import SAMPLE_RATE

    sound = read_samples(path)
    found = pauses(sound.mean(axis=0), SAMPLE_RATE)
    edges = _edges(found, sound.shape[1] / SAMPLE_RATE, texts, timed)
    begin_s, end_s = _around_words(edges[number], edges[number + 1], found)
    part = sound[:, round(begin_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    soundfile.write(out, part.T, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    facts: dict[str, Any] = {"duration_s": part.shape[1] / SAMPLE_RATE}
    if timed is not None:
        length_s = facts["duration_s"]
        facts["words"] = [
            {**word, "start_s": min(max(word["start_s"] - begin_s, 0.0), length_s),
             "end_s": min(max(word["end_s"] - begin_s, 0.0), length_s)}
            for word in timed[number]
        ]  # fmt: skip
    return facts


def _around_words(begin_s: float, end_s: float, found: Sequence[Pause]) -> tuple[float, float]:
    """The part without the silence around its words, which in a room is never quite silent."""
    before = next((p.end_s for p in found if p.start_s <= begin_s <= p.end_s), begin_s)
    after = next((p.start_s for p in found if p.start_s <= end_s <= p.end_s), end_s)
    if after <= before:
        return begin_s, end_s
    return max(begin_s, before - BEFORE_S), min(end_s, after + AFTER_S)


def _edges(
    found: Sequence[Pause],
    length_s: float,
    texts: Sequence[str],
    timed: list[list[dict[str, Any]]] | None,
) -> list[float]:
    """Where each text begins and the last one ends, in seconds: in the longest pause there is."""
    if timed is None or not all(timed):
        ends = cut([len(text) for text in texts], found)
        if len(ends) == len(texts) - 1:
            return [0.0, *(end.middle_s for end in ends), length_s]
        share = length_s / max(1, sum(map(len, texts)))
        sums = [sum(map(len, texts[: n + 1])) * share for n in range(len(texts) - 1)]
        return [0.0, *sums, length_s]
    inner = [
        _longest(found, before[-1]["end_s"], after[0]["start_s"])
        for before, after in pairwise(timed)
    ]
    return [0.0, *inner, length_s]


def _longest(found: Sequence[Pause], end_s: float, start_s: float) -> float:
    """The middle of the longest pause between two words; of the gap itself where there is none."""
    low, high = min(end_s, start_s) - _AROUND_S, max(end_s, start_s) + _AROUND_S
    near = [p for p in found if p.start_s < high and p.end_s > low]
    if not near:
        return (end_s + start_s) / 2
    return max(near, key=lambda p: min(p.end_s, high) - max(p.start_s, low)).middle_s
