"""From a script's file to all that must be made: every check that can be made beforehand.

Used alike by `check`, `plan` and `make`, so that what one refuses the others refuse too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from flows.buying.casting import Casting, Part
from flows.buying.chains import Sources, clip_of, speaks
from flows.buying.draft import without_buying
from flows.buying.foresight import lacking
from flows.buying.orders import (
    FIRST,
    Candidate,
    Prepared,
    SceneOrder,
    Take,
    picture_candidate,
    speech_candidate,
)
from flows.edits.pins import Pins
from flows.edits.takes import Choice, Kind, read_takes
from flows.film.glyphs import caption_family, card_texts, lost_glyphs
from flows.film.listening import cost_notes, listening_of
from flows.film.overlays import drawing_order, logo_spec, name_spec, shows_logo
from flows.film.recordings import readings, recorded
from flows.moderation.judging import judged_by_rules, moderation_of, note_refused, waiting_notes
from flows.moderation.passages import passages
from flows.scripts.choices import SWITCHES, choose, complete
from flows.scripts.findings import Findings
from flows.scripts.formats import film_format
from flows.scripts.intake import Intake
from flows.scripts.languages import speaks_otherwise
from flows.scripts.lengths import shared_seconds
from flows.scripts.planner import still_to_ask
from flows.scripts.reading import read_film
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.saying.speech import Spoken, spoken
from prompts.storyboard import Scene, Storyboard, is_recording
from providers.cards.cards import check_card, check_lower_third, has_parts
from providers.cards.themes import load_theme
from providers.catalog import load_catalog, make_provider
from providers.errors import Misconfigured
from providers.files import (
    MediaFile,
    inspect_audio,
    inspect_file,
    request_for,
)
from providers.requests import Brand, CardSpec, ImageRequest
from providers.store import Store

Parts = dict[str, tuple[Part, ...]]
"""The models of a scene by the switch that chose them."""
OVERSIZE = 1.08
"""Pictures are asked for this much larger than the film, so that motion never enlarges a pixel."""


def prepare(
    path: Path,
    wishes: Wishes,
    settings: Settings,
    store: Store,
    choices: tuple[Choice, ...] | None = None,
) -> Prepared:
    """Reads, plans and checks one script. Raises ScriptError with every problem found.

    `choices` are the editor's own among takes; None: those that lie beside the script.
    """
    board, planning, translating, notes = read_film(path, wishes, settings)
    pins = Pins(read_takes(path) if choices is None else choices, board, store)
    prepared = _Preparation(board, wishes, settings, store, pins).run()
    prepared = prepared._replace(notes=(*notes, *prepared.notes))
    if planning is None and translating is None:
        return prepared
    asked = still_to_ask(planning) if planning else ()
    return prepared._replace(
        notes=(*prepared.notes, *asked, *(translating.notes() if translating else ())),
        planning=planning,
        translating=translating,
        again=lambda: prepare(path, wishes, settings, store, choices),
    )


def _oversized(size: tuple[int, int]) -> tuple[int, int]:
    return round(size[0] * OVERSIZE), round(size[1] * OVERSIZE)


class _Preparation:
    """One pass over a storyboard that collects problems instead of stopping at the first."""

    def __init__(
        self, board: Storyboard, wishes: Wishes, settings: Settings, store: Store, pins: Pins
    ) -> None:
        self.pins = pins
        self.board, self.wishes, self.settings, self.store = board, wishes, settings, store
        self.findings = Findings(board)
        self.intake = Intake(board, settings, store, self.findings)
        self.catalog = load_catalog(settings.models, settings.machine_rates)
        self.casting = Casting(self.catalog, settings)
        self.film_parts: Parts = {}

    def run(self) -> Prepared:
        self.board = self.intake.cast()
        board, settings = self.board, self.settings
        theme = load_theme("")
        with self.findings.asking("theme"):
            theme = load_theme(board.theme or settings.theme)
        self._cast_film()
        cast = [self._cast_scene(scene) for scene in board.scenes]
        brand = self.intake.brand()
        if board.brand.logo_bug is not None and not board.brand.logo:
            problem = "logo_bug needs a logo, and the brand has none"
            self.findings.note(problem, "name one with logo, or take this out", "logo_bug")
        poster = self.intake.poster()
        music = [self.intake.take(piece, "music", inspect_audio) for piece in board.music]
        moderation = moderation_of(board, settings, self.catalog, self.store)
        told = passages(board)
        judged = judged_by_rules(told, moderation, self.store)
        note_refused(self.findings, judged, told)
        self.findings.stop_if_wrong()
        access = settings.access()
        names = {"files", "cards", *self.pins.providers()}
        names |= {model.provider for parts in cast for made in parts.values() for model, _ in made}
        self.providers = {
            name: make_provider(name, self.store.path, access, self.catalog) for name in names
        }
        self.theme, self.brand = theme, brand
        # For measuring; what is bought names the fonts by their digests.
        fonts = board.brand.model_dump(include={"heading_font", "body_font"})
        self.measured_brand = brand.model_copy(update=fonts)
        self.format = shape = film_format(board, self.wishes, settings)
        orders: Sequence[SceneOrder] = [
            self._order(scene, parts) for scene, parts in zip(board.scenes, cast, strict=True)
        ]
        font = self._caption_font()
        listening = listening_of(board, self.casting, self.store, self.wishes.draft)
        listening = listening._replace(readings=readings(orders, self.findings))
        self.findings.stop_if_wrong()
        prepared = Prepared(
            board, theme, font, shape.width, shape.height, tuple(orders),
            tuple(self.intake.files.values()),
            tuple(request_for(piece) for piece in music if piece), self.providers, self.catalog,
            (*self.casting.notes, *self.intake.notes, *self.pins.notes, *shape.notes,
             *waiting_notes(judged), *cost_notes(listening, orders, board.language)),
            self.wishes.strict, brand, poster, shape, self.wishes.draft,
            logo=drawing_order(logo_spec(board), *self._drawing()),
            moderation=moderation, listening=listening,
        )  # fmt: skip
        if settings.models_offline:
            missing = lacking(prepared, self.store)
            prepared = prepared._replace(notes=(*prepared.notes, *missing))
        return without_buying(prepared, self.store) if self.wishes.draft else prepared

    def _drawing(self) -> tuple[str, tuple[int, int], Brand, str]:
        """How all is drawn that stands over scenes."""
        size = self.format.width, self.format.height
        return self.theme.name, size, self.brand, self.board.language

    def _named(self, scene: Scene) -> tuple[Candidate, ...]:
        """Who is seen, drawn; notes a name that does not fit."""
        spec = name_spec(self.board, scene)
        if spec is not None:
            fonts = self.board.brand.heading_font or self.theme.heading_font
            self._glyphs([spec.name, spec.role], fonts, scene, "lower_third")
            told = (self.theme, self.format.width, self.format.height, self.measured_brand)
            with self.findings.asking("lower_third", scene):
                check_lower_third(spec, *told, self.board.language)
        return drawing_order(spec, *self._drawing())

    def _cast_film(self) -> None:
        """Finds the models of scenes that do not choose. Raises Misconfigured, naming who chose."""
        chosen = choose(self.board, self.wishes, self.settings)
        with self.findings.placing(chosen["tier"]):
            chosen = complete(chosen, self.catalog)
        for name, made in SWITCHES.items():
            if name in chosen:
                with self.findings.placing(chosen[name]):
                    self.film_parts[name] = self.casting.parts(chosen[name].value, made)

    def _cast_scene(self, scene: Scene) -> Parts:
        """The models of a scene: its own choice, else the film's."""
        parts = dict(self.film_parts)
        for name, made in SWITCHES.items():
            if own := getattr(scene, name):
                with self.findings.asking(name, scene):
                    parts[name] = self.casting.parts(own, made)
        if self.wishes.draft and "tts_provider" in parts:
            own_voice = self.casting.parts("espeak", "speech")
            known = parts["tts_provider"]
            parts["tts_provider"] = (*known, *(part for part in own_voice if part not in known))
        return parts

    def _order(self, scene: Scene, parts: Parts) -> SceneOrder:
        media = None
        if scene.visual.file:
            media = self.intake.take(scene.visual.file, "image", inspect_file, scene)
        if media is not None and media.kind == "clip":
            if scene.duration_s is None and not scene.narration:
                # An intro or outro: it plays whole.
                scene = scene.model_copy(update={"duration_s": media.duration_s})
            clip = request_for(media)
            return SceneOrder(scene, (), clip, *self._speech(scene, parts), self._named(scene))
        if media is None and scene.visual.file:
            # What is wrong with it is noted; nothing else can be said of this scene's picture.
            return SceneOrder(scene, (), None, (), None)
        speech = self._speech(scene, parts)
        picture = (*self._generated(scene, parts, speech[0]), self._card(scene, media))
        return SceneOrder(scene, picture, None, *speech, self._named(scene))

    def _generated(
        self, scene: Scene, parts: Parts, speech: tuple[Candidate, ...]
    ) -> list[Candidate]:
        """Clips and pictures, in the order in which they are tried, where they are asked for."""
        board, kind, size = self.board, scene.visual.kind, _oversized(self.format.picture_size)
        pictures, clips = [], []
        if kind in ("clip", "image", "presenter") or self._illustrated(scene):
            where = "image_provider" if scene.image_provider else "prompt"
            with self.findings.asking(where, scene):
                for model, asked in parts["image_provider"]:
                    told = (model, asked, scene, board, size)
                    pictures.append(self._taken(scene, "image", partial(picture_candidate, *told)))
        if kind in ("clip", "presenter"):
            length_s = float(round(shared_seconds(scene, board)))
            sources = Sources(tuple(pictures), speech)
            where = "video_provider" if scene.video_provider else "prompt"
            with self.findings.asking(where, scene):
                for model, asked in parts.get("video_provider", ()):
                    # A presenter is shown by what can speak, or by whom the scene names.
                    if kind == "clip" or scene.video_provider or speaks(model):
                        told_too = (model, asked, scene, board, size, length_s, sources)
                        clips.append(self._taken(scene, "clip", partial(clip_of, *told_too)))
        return [*self.pins.pinned(scene, ("image", "clip"), self.catalog), *clips, *pictures]

    def _taken(self, scene: Scene, what: Kind, build: Callable[[Take], Candidate]) -> Candidate:
        """The take of a thing that the editor chose, else what the script asks for."""
        base = build(FIRST)
        take = self.pins.take(scene, what, base)
        return self._quoted(base if take == FIRST else build(take))

    def _card(self, scene: Scene, media: MediaFile | None) -> Candidate:
        """The card, which every scene has: what it shows, or what stands in for that."""
        board = self.board
        card = CardSpec.model_validate(
            scene.visual.card.model_dump()
            | {"picture": media.digest if media else "", "focus": scene.focus if media else None}
        )
        builds = scene.build == "auto" and has_parts(card)
        # What rests is drawn at the film's own size: its type is never resampled.
        resting = scene.motion == "none" or (builds and scene.motion == "auto")
        film_size = self.format.width, self.format.height
        size = film_size if resting else _oversized(film_size)
        drawn = ImageRequest(
            provider="cards", model="cards", width=size[0], height=size[1],
            card=card.model_copy(update={"builds": builds}), theme=self.theme.name,
            brand=self._on_card(scene, self.brand), language=board.language,
            captions=board.captions != "none",
        )  # fmt: skip
        heading_font = board.brand.heading_font or self.theme.heading_font
        self._glyphs(card_texts(card), heading_font, scene, "heading")
        with self.findings.asking("card", scene):
            check_card(
                card, self.theme, *size, self._on_card(scene, self.measured_brand),
                board.language, drawn.captions,
                media.path if media is not None else None,
                Path(board.brand.logo) if drawn.brand.logo else None,
            )  # fmt: skip
        return self._quoted(Candidate("cards", "", (drawn,)))

    def _on_card(self, scene: Scene, brand: Brand) -> Brand:
        """The brand without the small logo or name that would stand beside the film's own logo."""
        if not shows_logo(self.board, scene):
            return brand
        return brand.model_copy(update={"logo": "", "name": ""})

    def _illustrated(self, scene: Scene) -> bool:
        """A scene that is only said gets a picture where the tier makes pictures."""
        return scene.visual.card.kind == "statement" and "card" not in scene.lines

    def _speech(self, scene: Scene, parts: Parts) -> tuple[tuple[Candidate, ...], Spoken | None]:
        if not scene.narration:
            return (), None
        board, made = self.board, []
        said = spoken(scene.narration, board.language)
        named = scene.voice or board.voice
        if is_recording(named) and not board.translated_from:
            own = scene if scene.voice else None
            return recorded(self.intake.take(named, "voice", inspect_audio, own)), said
        named = "" if is_recording(named) else named
        # A voice is one vendor's: the film's is meant for the film's first model, a scene's for the
        # scene's. Any other model that does not know it speaks in its own usual voice.
        meant = parts["tts_provider"][:1] if scene.voice or not scene.tts_provider else ()
        where = "voice" if scene.voice or not scene.tts_provider else "tts_provider"
        with self.findings.asking(where, scene if scene.voice or scene.tts_provider else None):
            for part in parts["tts_provider"]:
                voice = named
                by = self.providers[part[0].provider]
                is_of_use = part in meant or self._knows(part, said, named)
                if not named or speaks_otherwise(by, board) or not is_of_use:
                    voice = by.default_voice(board.language)
                self.casting.refuse_commercial(part[0], voice)
                told = (*part, said, voice, board)
                made.append(self._taken(scene, "speech", partial(speech_candidate, *told)))
        return (*self.pins.pinned(scene, ("speech",), self.catalog, said.text), *made), said

    def _knows(self, part: Part, said: Spoken, voice: str) -> bool:
        try:
            self._quoted(speech_candidate(*part, said, voice, self.board))
        except Misconfigured:
            return False
        return True

    def _quoted(self, candidate: Candidate) -> Candidate:
        """The candidate, once its provider has agreed to quote every request of it."""
        for request in candidate.requests:
            self.providers[request.provider].quote(request)
        return candidate

    def _caption_font(self) -> str:
        wanted = self.board.brand.caption_font or self.theme.caption_font
        for scene in self.board.scenes:
            self._glyphs([scene.narration], wanted, scene, "narration")
        family, problem = caption_family((scene.narration for scene in self.board.scenes), wanted)
        if problem:
            self.findings.note(*problem, "title")
        return family

    def _glyphs(self, texts: list[str], family: str, scene: Scene, where: str) -> None:
        if problem := lost_glyphs(texts, family):
            self.findings.note(*problem, where, scene)
