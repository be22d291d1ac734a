"""From what was bought to the timeline: when each written word is heard, what each scene brings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from assembly import timeline as tl
from flows.prepare import Prepared, SceneOrder
from providers.requests import AnyRequest
from providers.store import Asset, Store


def film_timeline(prepared: Prepared, assets: dict[tuple[str, str, str], Asset]) -> tl.Timeline:
    theme, board = prepared.theme, prepared.storyboard
    look = tl.CaptionLook(
        font=prepared.caption_font,
        color=theme.caption_color,
        box=theme.caption_box,
        box_opacity=theme.caption_opacity,
    )
    spec = tl.FilmSpec(
        title=board.title, width=prepared.width, height=prepared.height,
        language=board.language, burn_captions=board.captions == "burned", look=look,
        transition=theme.transition, background=theme.background,
        music=prepared.music.digest if prepared.music else "",
    )  # fmt: skip
    return tl.build_timeline([_media(order, assets) for order in prepared.orders], spec)


def _media(order: SceneOrder, assets: dict[tuple[str, str, str], Asset]) -> tl.SceneMedia:
    scene = order.scene
    told: dict[str, Any] = {
        "id": scene.id, "title": scene.heading, "motion": scene.motion,
        "transition": scene.transition, "least_s": scene.duration_s or 0.0,
    }  # fmt: skip
    if scene.pause_s is not None:
        told["pause_s"] = scene.pause_s
    if order.clip is not None:
        told |= {"picture": order.clip.digest, "picture_kind": "clip"}
    elif order.picture is not None:
        told["picture"] = assets[(scene.id, "picture", request_id(order.picture))].digest
    if order.speech is not None and order.spoken is not None:
        voice = assets[(scene.id, "speech", request_id(order.speech))]
        told |= {
            "speech": voice.digest,
            "speech_s": voice.facts["duration_s"],
            "words": written_words(order, voice),
        }
    return tl.SceneMedia(**told)


def written_words(order: SceneOrder, voice: Asset) -> tuple[tl.Word, ...]:
    """When each word as the editor wrote it is heard, from the times of the spoken words."""
    if order.spoken is None:
        return ()
    heard = voice.facts["words"]
    words: list[tl.Word] = []
    now = 0.0
    for token in order.spoken.tokens:
        own = [w for w in heard if w["start"] < token.end and w["end"] > token.start]
        begin = min((w["start_s"] for w in own), default=now)
        now = max((w["end_s"] for w in own), default=now)
        words.append(tl.Word(text=token.written, start_s=begin, end_s=max(begin, now)))
    return tuple(words)


def font_folder(store: Store, family: str) -> Path:
    """A folder with just the caption font's files, as libass wants it."""
    from providers.fonts import caption_font_files

    files = caption_font_files(family)
    folder = (
        store.root / "fonts" / hash_text("|".join(f"{f}:{f.stat().st_size}" for f in files))[:16]
    )
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if not (folder / file.name).exists():
            with store.scratch(file.suffix) as copy:
                copy.write_bytes(file.read_bytes())
                copy.replace(folder / file.name)
    return folder


def segment_labels(timeline: tl.Timeline, frames: list[int]) -> list[str]:
    """What each segment is called for those who watch: its scene, or the two that it joins."""
    labels, start, whole = [], 0, timeline.frames
    for count in frames:
        seen = [
            shot.scene
            for shot in timeline.shots
            if shot.start < start + count and shot.start + shot.frames > start
        ]
        end = " opening" if not start and count == timeline.opening else ""
        end = " closing" if start + count == whole and count == timeline.closing else end
        labels.append("-".join(seen) + end + " segment")
        start += count
    return labels


def request_id(request: AnyRequest) -> str:
    """What tells requests of one scene and kind apart: files are many, pictures and voices not."""
    return request.digest if request.capability == "file" else ""


def work_key(kind: str, *told: object) -> str:
    """The store's key of a piece of our own work: its kind and all that decides it."""
    return f"{kind}-" + hash_text("\n".join(map(str, told)))[:40]


def hash_text(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
