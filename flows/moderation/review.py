"""Judging while a film is made: words before anything is bought, pictures before they are used."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.buying.orders import Candidate, Prepared
from flows.buying.sourcing import Bought, Do, Got
from flows.film.together import all_of
from flows.film.work import work_key
from flows.moderation.approvals import (
    AwaitingApproval,
    Waiting,
    find_approval,
    note_waiting,
    waiting_for,
)
from flows.moderation.judging import Judge, Judged, judged_by_rules, note_refused, ruled
from flows.moderation.passages import FILM, Passage, passages, scene_number
from flows.money.receipt import Judgement, ReceiptItem, receipt_items
from flows.scripts.findings import Findings
from providers.buying import Purchase, Purse, buy, key_of
from providers.errors import Misconfigured, ProviderError, Rejected
from providers.moderation.pictures import FRAMES, save_frame, save_small
from providers.moderation.policy import Verdict
from providers.moderation.verdicts import READERS
from providers.requests import ImageRequest, ModerationRequest, VideoRequest
from providers.store import Asset, Store

ASKERS = 8
"""Judges that are asked at once."""
STILLS = 1
"""Raised whenever judges would be shown other pixels of the same picture."""
SHOWN_FROM = 0.01
"""Lower scores are left out of the receipt."""


class Review:
    """One run's judging. Verdicts are bought once, like everything else, and kept by content."""

    def __init__(self, prepared: Prepared, store: Store, purse: Purse, do: Do) -> None:
        self._prepared, self._store, self._purse, self._do = prepared, store, purse, do
        self._moderation = prepared.moderation
        self._board = prepared.storyboard
        self._askers = asyncio.Semaphore(ASKERS)
        self._waiting: list[Waiting] = []
        self._held: set[str] = set()
        self._items: list[ReceiptItem] = []
        self.judged: list[Judged] = []

    async def words(self) -> None:
        """Judges all words of the film; those of a scene that are flagged hold back that scene.

        Raises ScriptError for what is refused, AwaitingApproval where words of the whole film are
        flagged, and Misconfigured for a judge that cannot be asked at all.
        """
        await self.judge(passages(self._board))
        if self.waits(FILM):
            self.stop_if_waiting()

    async def judge(self, told: Sequence[Passage]) -> None:
        """Judges some words. Raises ScriptError for what is refused, and Misconfigured."""
        judged = judged_by_rules(told, self._moderation, self._store)
        for judge in self._moderation.judges:
            _demand_access(judge)
            verdicts = await self._texts(judge, list(dict.fromkeys(one.text for one in told)))
            policy, name = self._moderation.policy, judge.model.name
            judged += [ruled(self._store, policy, one, name, verdicts[one.text]) for one in told]
        self.judged += judged
        findings = Findings(self._board)
        note_refused(findings, judged, told)
        findings.stop_if_wrong()
        texts = {one.subject: one.text for one in told}
        self._waiting += [one.waiting(texts[one.subject]) for one in judged if one.is_waiting]
        self._held |= {one.scene for one in self._waiting}

    async def pictures(self, scene: str, what: str, got: Got) -> None:
        """Judges what was generated for a scene. Raises Rejected when it may not be used."""
        for judge in self._moderation.judges:
            if not judge.model.limits.get("pictures"):
                continue
            for part in got.parts:
                if not _is_generated(part):
                    continue
                judged = await self._picture(scene, what, part, judge)
                self.judged.append(judged)
                if judged.is_refused:
                    self._items += receipt_items(scene, f"{what}, refused", got)
                    raise Rejected(f"it may not be in a film ({judged.why})")
                if judged.is_waiting:
                    shown = str(self._store.path(part.purchase.asset.digest))
                    self._waiting.append(judged.waiting(shown))

    def holds(self, scene: str) -> bool:
        """Whether words of this scene were flagged, so that nothing is bought for it."""
        return scene in self._held

    def waits(self, scene: str) -> bool:
        """Whether something of this scene was flagged."""
        return any(one.scene == scene for one in self._waiting)

    def stop_if_waiting(self) -> None:
        """Writes down what waits. Raises AwaitingApproval when anything does."""
        waiting = self._note_waiting()
        if waiting:
            raise AwaitingApproval(self._board.source, waiting)

    def waiting(self) -> tuple[Waiting, ...]:
        """What was flagged so far, each thing once."""
        board = self._board
        language = board.language if board.translated_from else ""
        once = {
            one.subject: one._replace(film=board.slug, language=language) for one in self._waiting
        }
        return tuple(once.values())

    def _note_waiting(self) -> tuple[Waiting, ...]:
        """Writes down what waits of this film, beside what other films of the script wait for."""
        board, waiting = self._board, self.waiting()
        mine = {FILM, *(scene.id for scene in board.scenes)}
        others = [
            one
            for one in waiting_for(self._store, board.source)
            if one.film not in ("", board.slug) or one.scene not in mine
        ]
        note_waiting(self._store, board.source, [*others, *waiting])
        return waiting

    def items(self) -> list[ReceiptItem]:
        """The receipt's lines of what was refused, and of verdicts that cost something."""
        return self._items

    def judgements(self) -> tuple[Judgement, ...]:
        """What the receipt says: every passage and picture by every judge."""
        return tuple(
            Judgement(
                scene=one.scene, what=one.what, by=one.by, ruling=one.ruling.action,
                categories=one.ruling.categories, found=one.verdict.words,
                unreadable=one.verdict.unreadable,
                scores={c: round(s, 4) for c, s in one.verdict.scores.items() if s >= SHOWN_FROM},
                approved_by=one.approval.who if one.approval else "",
                approved_at=one.approval.at if one.approval else "",
            )
            for one in self.judged
        )  # fmt: skip

    async def _texts(self, judge: Judge, texts: Sequence[str]) -> dict[str, Verdict]:
        """The verdict on each text; those that are not owned yet, several in a call if possible."""
        verdicts: dict[str, Verdict] = {}
        missing = []
        for text in texts:
            owned = self._store.find(key_of(judge.provider, _asks(judge, (text,))))
            if owned is None:
                missing.append(text)
            else:
                verdicts[text] = self._read(judge, owned)[0]
        most = int(judge.model.limits.get("texts", 1))
        groups = [tuple(missing[i : i + most]) for i in range(0, len(missing), most)]
        for group, answers in zip(
            groups, await all_of(self._group(judge, group) for group in groups), strict=True
        ):
            verdicts |= dict(zip(group, answers, strict=True))
        return verdicts

    async def _group(self, judge: Judge, texts: tuple[str, ...]) -> list[Verdict]:
        """Verdicts on texts that go in one call; each is then owned by itself."""
        try:
            asset = await self._ask(judge, "film", _asks(judge, texts))
        except ProviderError as failed:
            return [Verdict(unreadable=str(failed))] * len(texts)
        if len(texts) > 1:
            for text, answer in zip(texts, self._answers(asset), strict=True):
                request = _asks(judge, (text,))
                with self._store.scratch() as path:
                    path.write_text(json.dumps([answer]), encoding="utf-8")
                    self._store.keep(
                        key_of(judge.provider, request), path, media_type=asset.media_type,
                        provider=asset.provider, model=asset.model,
                        request=request.model_dump(mode="json"),
                    )  # fmt: skip
        return self._read(judge, asset)

    async def _picture(self, scene: str, what: str, part: Bought, judge: Judge) -> Judged:
        """One picture or clip: a clip is as its worst frame."""
        asset, request = part.purchase.asset, part.request
        words = (getattr(request, "prompt", ""),)
        is_clip = isinstance(request, VideoRequest)
        policy, verdict = self._moderation.policy, Verdict()
        try:
            for number in range(FRAMES if is_clip else 1):
                small = await self._small(asset, number, is_clip)
                told = words if judge.model.limits["pictures"] == "with words" else ()
                asked = _asks(judge, told, small.digest)
                seen = self._read(judge, await self._ask(judge, scene, asked))
                verdict = _worse(verdict, seen[0])
        except (ProviderError, OSError, ValueError) as failed:
            verdict = _worse(verdict, Verdict(unreadable=str(failed)))
        ruling = policy.rule(verdict)
        told_so = find_approval(self._store, asset.digest) if ruling.action != "allow" else None
        number_of = scene_number(scene)
        return Judged(
            scene, number_of, what, asset.digest, judge.model.name, verdict, ruling, told_so
        )

    async def _small(self, asset: Asset, number: int, is_clip: bool) -> Asset:
        """What is shown of a picture, or of a clip at one moment."""

        async def make(out: Path) -> dict[str, Any]:
            path = self._store.path(asset.digest)
            if is_clip:
                await asyncio.to_thread(save_frame, path, number, out)
            else:
                await asyncio.to_thread(save_small, path, out)
            return {}

        key = work_key("still", STILLS, asset.digest, number)
        return (await self._store.work(key, "image/jpeg", make))[0]

    async def _ask(self, judge: Judge, scene: str, request: ModerationRequest) -> Asset:
        async def purchase() -> tuple[Asset, bool]:
            async with self._askers:
                return await buy(self._store, judge.provider, request, self._purse)

        done = Purchase(*await self._do(f"{scene} moderation · {judge.model.name}", purchase))
        if any(line.usd != 0 for line in done.asset.bill):
            bought = Got(Candidate(judge.model.name, "", (request,)), (Bought(request, done),))
            self._items += receipt_items(scene, "moderation", bought)
        return done.asset

    def _answers(self, asset: Asset) -> list[Any]:
        answers: list[Any] = json.loads(self._store.path(asset.digest).read_bytes())
        return answers

    def _read(self, judge: Judge, asset: Asset) -> list[Verdict]:
        how = str(judge.model.limits["reads"])
        names = self._moderation.policy.judges[how]
        return [READERS[how](json.dumps(one).encode(), names) for one in self._answers(asset)]


def _asks(judge: Judge, texts: tuple[str, ...], picture: str = "") -> ModerationRequest:
    model = judge.model
    return ModerationRequest(
        provider=model.provider, model=model.id, texts=texts, picture=picture, input=model.input
    )


def _demand_access(judge: Judge) -> None:
    """Raises Misconfigured when a judge's key or address is missing: nobody may skip it."""
    model = judge.model
    if not judge.provider.has_access(model):
        raise Misconfigured(
            f"MODERATION names {model.name}, and {model.key} is not set; set it in .env"
        )


def _is_generated(part: Bought) -> bool:
    return isinstance(part.request, ImageRequest | VideoRequest) and part.request.provider not in (
        "cards",
        "files",
    )


def _worse(one: Verdict, other: Verdict) -> Verdict:
    """Both verdicts in one: the higher score of each category."""
    scores = dict(one.scores)
    for category, score in other.scores.items():
        scores[category] = max(score, scores.get(category, 0.0))
    return Verdict(scores=scores, unreadable=one.unreadable or other.unreadable)
