"""Turns a script into a storyboard by rules: which scenes, which cards, which visuals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from prompts._cards import choose_kind, make_card, reading_s, speak_card
from prompts.reading.blocks import FrontMatter, Script, ScriptScene
from prompts.reading.files import CLIP_SUFFIXES
from prompts.reading.report import Report
from prompts.reading.slug import make_slug
from prompts.reading.values import read_choice
from prompts.storyboard import Aspect, BrandEnd, Captions, Card, CardKind, Scene, Storyboard, Visual

SILENT_TITLE_S = 3.0
"""How long a title card without narration stays."""


def plan_storyboard(
    script: Script,
    *,
    aspect: Aspect | None = None,
    theme: str | None = None,
    tier: str | None = None,
    image_provider: str | None = None,
    tts_provider: str | None = None,
    video_provider: str | None = None,
    voice: str | None = None,
    captions: Captions | None = None,
    budget_usd: Decimal | None = None,
) -> Storyboard:
    """The storyboard of `script`; what is given beside it replaces the front matter. Pure.

    A provider given beside it also replaces what scenes say: who runs the command pays for it.
    Raises ScriptError when the aspect or captions asked for do not exist.
    """
    report = Report(str(script.path))
    if aspect:
        read_choice("the aspect asked for", aspect, Aspect, 1, report)
    if captions:
        read_choice("the captions asked for", captions, Captions, 1, report)
    report.finish()
    front = script.front
    scenes = _plan_scenes(script)
    told = {
        "image_provider": image_provider,
        "tts_provider": tts_provider,
        "video_provider": video_provider,
    }
    overruled = {name: "" for name, given in told.items() if given}
    loudness_lufs = next(
        (v for v in (front.loudness_lufs, front.brand.loudness_lufs) if v is not None), -16.0
    )
    title = front.title or " ".join(script.path.stem.replace("-", " ").replace("_", " ").split())
    return Storyboard(
        slug=make_slug(front.slug or title),
        title=title,
        source=str(script.path.absolute()),
        scenes=tuple(
            scene.model_copy(update={"id": f"s{number:02d}", **overruled})
            for number, scene in enumerate(scenes, start=1)
        ),
        subtitle=front.subtitle,
        aspect=aspect or front.aspect,
        preset=front.preset,
        size=front.size,
        fps=front.fps,
        codec=front.codec,
        audio_codec=front.audio_codec,
        reframe=front.reframe,
        tier=tier or front.tier,
        image_provider=image_provider or front.image_provider,
        tts_provider=tts_provider or front.tts_provider,
        video_provider=video_provider or front.video_provider,
        theme=theme or front.theme,
        voice=voice or front.voice,
        speed=front.speed,
        style=front.style,
        transition=front.transition,
        transition_s=front.transition_s,
        language=front.language,
        glossary=front.glossary,
        music=front.music,
        music_level_db=front.music_level_db,
        loudness_lufs=loudness_lufs,
        voice_polish=front.voice_polish,
        verify=front.verify,
        verify_limit=front.verify_limit,
        captions=captions or front.captions,
        fill=front.fill,
        budget_usd=front.budget_usd if budget_usd is None else budget_usd,
        brand=front.brand,
        characters=front.characters,
        author=front.author,
        description=front.description,
        tags=front.tags,
        date=front.date,
        poster=front.poster,
        deliver=front.deliver,
        lines=front.lines,
    )


def _plan_scenes(script: Script) -> list[Scene]:
    front = script.front
    scenes = [_plan_scene(scene, choose_kind(scene)) for scene in script.scenes]
    if front.title:
        scenes.insert(0, _plan_title(script))
    elif not script.opening.is_empty():
        scenes.insert(0, _plan_scene(script.opening, choose_kind(script.opening)))
    if front.closing:
        closing = ScriptScene(
            heading=front.closing.heading,
            text=front.closing.text,
            line=front.lines.get("closing", 1),
        )
        scenes.append(_plan_scene(closing, "closing"))
    if front.brand.intro:
        scenes.insert(0, _plan_end(front, front.brand.intro, "intro"))
    if front.brand.outro:
        scenes.append(_plan_end(front, front.brand.outro, "outro"))
    return scenes


def _plan_end(front: FrontMatter, end: BrandEnd, key: str) -> Scene:
    """What a brand's films begin or end with; it has no heading, so that it is no chapter."""
    place = front.brand.places[key]
    written = ScriptScene(
        heading=end.heading or ("" if end.clip else front.brand.name or front.title),
        text=end.text,
        image=end.clip,
        duration_s=end.duration_s or (None if _is_clip(end.clip) else SILENT_TITLE_S),
        line=place.line,
    )
    scene = _plan_scene(written, "title" if key == "intro" else "closing")
    return scene.model_copy(
        update={"heading": "", "is_bare": True, "motion": "none" if end.clip else "auto",
                "duration_s": written.duration_s}
    )  # fmt: skip


def _plan_title(script: Script) -> Scene:
    """The title card: the preamble is its narration, the subtitle and the author stand on it."""
    front = script.front
    opening = script.opening.model_copy(
        update={
            "heading": script.opening.heading or front.title,
            "text": script.opening.text or front.subtitle,
            "line": front.lines.get("title", 1),
        }
    )
    scene = _plan_scene(opening, opening.card or "title")
    card = scene.visual.card.model_copy(update={"attribution": front.author})
    silent_s = scene.duration_s if "duration" in opening.lines else SILENT_TITLE_S
    return scene.model_copy(
        update={
            "visual": scene.visual.model_copy(update={"card": card}),
            "duration_s": scene.duration_s if scene.narration else silent_s,
        }
    )


def _plan_scene(scene: ScriptScene, kind: CardKind) -> Scene:
    card = make_card(scene, kind)
    narration = scene.narration or speak_card(card)
    duration_s = scene.duration_s
    if duration_s is None and not narration:
        duration_s = reading_s(card)
    return Scene(
        id="",
        heading=scene.heading,
        narration=narration,
        visual=_choose_visual(scene, card),
        voice=scene.voice,
        image_provider=scene.image_provider,
        tts_provider=scene.tts_provider,
        video_provider=scene.video_provider,
        motion=scene.motion,
        build=scene.build,
        transition=scene.transition,
        transition_s=scene.transition_s,
        lower_third=scene.lower_third,
        fill=scene.fill,
        pause_s=scene.pause_s,
        duration_s=duration_s,
        focus=scene.focus,
        line=scene.line,
        lines=scene.lines,
    )


def _choose_visual(scene: ScriptScene, card: Card) -> Visual:
    if scene.image:
        if not _is_clip(scene.image):
            card = make_card(scene, "image")
        return Visual(kind="file", card=card, file=scene.image, alt=scene.alt)
    if scene.visual:
        return Visual(kind=scene.visual, card=card, prompt=scene.prompt)
    if scene.video_provider:
        return Visual(kind="clip", card=card, prompt=scene.prompt)
    wants_image = scene.prompt or scene.image_provider
    return Visual(kind="image" if wants_image else "card", card=card, prompt=scene.prompt)


def _is_clip(address: str) -> bool:
    # An address on the web may go on behind the file's name.
    return Path(address.split("?", 1)[0]).suffix.lower() in CLIP_SUFFIXES
