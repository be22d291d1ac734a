"""From what was bought to the timeline: what each scene brings, in the theme's manner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assembly import timeline as tl
from assembly.builds import StateAt
from assembly.captions.fonts import caption_measure
from assembly.takes import ClipFile
from flows.buying.chains import speaks
from flows.buying.orders import Prepared, SceneOrder
from flows.buying.sourcing import Got
from flows.film.builds import state_times
from flows.film.overlays import LOGO, NAME, drawing, shows_logo
from flows.film.voices import Voice
from flows.film.work import hash_text
from prompts.storyboard import LowerThirds, Scene
from providers.cards.fonts import caption_font_files, family_name
from providers.cards.themes import branded
from providers.store import Store


def film_timeline(
    prepared: Prepared, pictures: dict[str, Got], voices: dict[str, Voice]
) -> tl.Timeline:
    """The film in frames, from the picture and the voice of each scene (by scene id)."""
    theme, board = prepared.theme, prepared.storyboard
    shown = branded(theme, prepared.brand)
    look = tl.CaptionLook(
        font=family_name(prepared.caption_font),
        color=shown.caption_color,
        box=shown.caption_box,
        box_opacity=shown.caption_opacity,
        accent=shown.caption_accent,
    )
    files = caption_font_files(prepared.caption_font)
    measure = caption_measure(look, files, prepared.width, prepared.height)
    if board.captions in ("plain", "highlight", "pop"):
        look = look.model_copy(update={"style": board.captions})
    elif board.captions == "burned":
        look = look.model_copy(update={"style": theme.caption_style})
    spec = tl.FilmSpec(
        title=board.title, width=prepared.width, height=prepared.height,
        language=board.language, burn_captions=board.captions not in ("files", "none"), look=look,
        transition=theme.transition if board.transition == "auto" else board.transition,
        transition_s=board.transition_s, background=shown.background,
        dark=shown.background if shown.dark else "#000000",
        light="#ffffff" if shown.dark else shown.background,
        logo=drawing(pictures.get(f"film {LOGO}")),
        logo_opacity=board.brand.logo_bug.opacity if board.brand.logo_bug else 1.0,
        fps=prepared.format.fps, encoding=prepared.format.encoding,
        music=tuple(piece.digest for piece in prepared.music), music_level_db=board.music_level_db,
        loudness_lufs=board.loudness_lufs, voice_polish=board.voice_polish == "gentle",
    )  # fmt: skip
    scenes = [
        _media(order, pictures.get(order.scene.id), voices.get(order.scene.id), prepared)
        for order in prepared.orders
    ]
    thirds = board.brand.lower_thirds or LowerThirds()
    scenes = [
        scene.model_copy(
            update={
                "has_logo": shows_logo(board, order.scene),
                "name": drawing(pictures.get(f"{scene.id} {NAME}")),
                "name_s": thirds.seconds,
            }
        )
        for scene, order in zip(scenes, prepared.orders, strict=True)
    ]
    return tl.build_timeline(scenes, spec, measure)


def _media(
    order: SceneOrder, picture: Got | None, voice: Voice | None, prepared: Prepared
) -> tl.SceneMedia:
    scene, film_fill = order.scene, prepared.storyboard.fill
    # Further clips are in the picture's parts; what even they leave open goes round.
    fill = "slow" if (scene.fill or film_fill) == "slow" else "loop"
    told: dict[str, Any] = {
        "id": scene.id, "title": scene.heading, "picture": "", "motion": scene.motion,
        "asked": asked_for(order),
        "transition": scene.transition, "transition_s": scene.transition_s, "fill": fill,
        "least_s": scene.duration_s or 0.0, "focus": scene.focus,
    }  # fmt: skip
    if scene.pause_s is not None:
        told["pause_s"] = scene.pause_s
    if order.clip is not None:
        file = _clip(order.clip.digest, order.clip.seconds, order.clip.media_type)
        told |= {"picture": file.digest, "picture_kind": "clip", "clips": (file,)}
    elif picture is not None:
        told["picture"] = picture.asset.digest
        if picture.parts[0].request.capability == "video":
            bought = [part.purchase.asset for part in picture.parts]
            files = [_clip(a.digest, a.facts["duration_s"], a.media_type) for a in bought]
            told |= {"picture_kind": "clip", "clips": tuple(files)}
            if speaks(prepared.catalog.models.get(picture.candidate.model)):
                # The face begins to speak when the voice does.
                told["clip_start_s"] = tl.LEAD_S
        elif states := picture.asset.facts.get("states"):
            told["states"] = _built(scene, states, picture.asset.facts, voice)
    if voice is not None:
        told |= {"speech": voice.digest, "speech_s": voice.duration_s, "words": voice.words}
    return tl.SceneMedia(**told)


def asked_for(order: SceneOrder) -> str:
    """What a scene's picture is asked for, whoever makes it and however often; empty for a clip of
    the editor's own.
    """
    if not order.picture:
        return ""
    request = order.picture[0].requests[0]
    return getattr(request, "prompt", "") or request.model_dump_json(exclude={"take"})


def _built(
    scene: Scene, states: list[dict[str, Any]], facts: dict[str, Any], voice: Voice | None
) -> tuple[StateAt, ...]:
    """When the parts of a scene's card appear."""
    words = voice.words if voice is not None else ()
    pause_s = tl.PAUSE_S if scene.pause_s is None else scene.pause_s
    spoken_s = tl.LEAD_S + voice.duration_s + pause_s if voice is not None else pause_s
    length_s = max(spoken_s, scene.duration_s or 0.0)
    size = facts["width"], facts["height"]
    return state_times(scene.visual.card, states, size, words, tl.LEAD_S, length_s)


def _clip(digest: str, seconds: float, media_type: str) -> ClipFile:
    # An animated GIF is drawn to go round; a dissolve would only blur its first frames.
    return ClipFile(digest=digest, seconds=seconds, is_round=media_type == "image/gif")


def font_folder(store: Store, family: str) -> Path:
    """A folder with just the caption font's files, as libass wants it."""
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
