"""From a script's file to all that must be made: every check that can be made beforehand.

Used alike by `check`, `plan` and `make`, so that what one refuses the others refuse too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from flows.money import total_usd
from flows.remote import fetch_picture
from flows.settings import Settings
from prompts.errors import Problem, ScriptError
from prompts.plan import plan_storyboard
from prompts.script import read_script
from prompts.speech import Spoken, spoken
from prompts.storyboard import Scene, Storyboard
from providers.base import Provider
from providers.cards import check_card
from providers.catalog import Catalog, load_catalog, make_provider
from providers.errors import Misconfigured
from providers.files import (
    MediaFile,
    UnusableFile,
    inspect_audio,
    inspect_file,
    inspect_picture,
    request_for,
)
from providers.fonts import (
    explain_uncovered,
    fallback_family,
    missing_glyphs,
    suggest_font_package,
    uncovered,
)
from providers.models import Model
from providers.requests import (
    AnyRequest,
    Brand,
    CardSpec,
    FileRequest,
    ImageRequest,
    LineItem,
    SpeechRequest,
)
from providers.store import Store
from providers.themes import Theme, load_theme

SHAPES = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5)}
OVERSIZE = 1.08
"""Pictures are asked for this much larger than the film, so that motion never enlarges a pixel."""


class Wishes(NamedTuple):
    """What the command line (or a form) says over the script. Empty means: as the script says."""

    tier: str = ""
    aspect: str = ""
    theme: str = ""
    voice: str = ""
    captions: str = ""
    budget_usd: Decimal | None = None


class SceneOrder(NamedTuple):
    """What one scene needs. `clip` is the editor's own moving picture, instead of `picture`."""

    scene: Scene
    picture: ImageRequest | None
    clip: FileRequest | None
    speech: SpeechRequest | None
    spoken: Spoken | None


class Prepared(NamedTuple):
    """A film ready to be made: nothing about it is wrong as far as can be told beforehand."""

    storyboard: Storyboard
    theme: Theme
    caption_font: str
    width: int
    height: int
    orders: tuple[SceneOrder, ...]
    files: tuple[FileRequest, ...]
    music: FileRequest | None
    providers: dict[str, Provider]
    catalog: Catalog

    def requests(self) -> Iterator[tuple[str, str, AnyRequest]]:
        """(scene id, what it is, request) of everything to be made or owned, in film order."""
        for file in self.files:
            yield "film", "file", file
        for order in self.orders:
            for what, request in (("picture", order.picture), ("speech", order.speech)):
                if request is not None:
                    yield order.scene.id, what, request

    def quote(self, request: AnyRequest) -> tuple[LineItem, ...]:
        return self.providers[request.provider].quote(request)

    def quote_usd(self) -> Decimal | None:
        """What making everything anew would cost; None when a price is not known."""
        return total_usd(item for _, _, r in self.requests() for item in self.quote(r))


def film_size(aspect: str, short_side: int) -> tuple[int, int]:
    """Width and height in pixels, both even, of a film whose shorter side is `short_side`."""
    wide, high = SHAPES[aspect]
    unit = short_side / min(wide, high)
    return round(wide * unit / 2) * 2, round(high * unit / 2) * 2


def prepare(path: Path, wishes: Wishes, settings: Settings, store: Store) -> Prepared:
    """Reads, plans and checks one script. Raises ScriptError with every problem found."""
    script = read_script(path, allow_hosts=settings.picture_hosts)
    told = {k: v for k, v in wishes._asdict().items() if v not in ("", None)}
    board = plan_storyboard(script, **told)
    return _Preparation(board, wishes, settings, store).run()


class _Preparation:
    """One pass over a storyboard that collects problems instead of stopping at the first."""

    def __init__(self, board: Storyboard, wishes: Wishes, settings: Settings, store: Store) -> None:
        self.board, self.wishes, self.settings, self.store = board, wishes, settings, store
        self.problems: list[Problem] = []
        self.catalog = load_catalog(settings.models)
        self.providers: dict[str, Provider] = {"files": make_provider("files", store.path)}
        self.files: dict[str, FileRequest] = {}

    def run(self) -> Prepared:
        board = self.board
        theme, image, speech = self._choices()
        brand = self._brand()
        music = self._take(board.music, "music", inspect_audio) if board.music else None
        self._stop_if_wrong()
        width, height = film_size(board.aspect, self.settings.short_side)
        size = (round(width * OVERSIZE), round(height * OVERSIZE))
        orders = [self._order(scene, theme, image, speech, brand, size) for scene in board.scenes]
        font = self._caption_font(theme)
        self._stop_if_wrong()
        return Prepared(
            board, theme, font, width, height, tuple(orders), tuple(self.files.values()),
            request_for(music) if music is not None else None, self.providers, self.catalog,
        )  # fmt: skip

    def _choices(self) -> tuple[Theme, Model, Model]:
        """Theme and models, by command line, then script, then settings, then tier."""
        board, settings = self.board, self.settings
        theme = load_theme("daylight")
        image, speech = self.catalog.models["cards"], self.catalog.models["espeak"]
        with self._asking("theme"):
            theme = load_theme(board.theme or settings.theme)
        with self._asking("tier"):
            tier = self.catalog.tier(board.tier or settings.tier)
            image = self.catalog.model(settings.image_provider or tier.image, "image")
            speech = self.catalog.model(settings.tts_provider or tier.speech, "speech")
            for model in (image, speech):
                made_by = make_provider(model.provider, self.store.path)
                self.providers.setdefault(model.provider, made_by)
        self._stop_if_wrong()
        return theme, image, speech

    def _order(
        self,
        scene: Scene,
        theme: Theme,
        image: Model,
        speech: Model,
        brand: Brand,
        size: tuple[int, int],
    ) -> SceneOrder:
        picture, clip, media = None, None, None
        if scene.visual.file:
            media = self._take(scene.visual.file, "image", inspect_file, scene)
        if media is not None and media.kind == "clip":
            clip = request_for(media)
        else:
            card = CardSpec.model_validate(
                scene.visual.card.model_dump() | {"picture": media.digest if media else ""}
            )
            picture = ImageRequest(
                provider=image.provider, model=image.id, width=size[0], height=size[1],
                prompt=scene.visual.prompt, card=card, theme=theme.name, brand=brand,
                language=self.board.language, captions=self.board.captions == "burned",
            )  # fmt: skip
            self._glyphs(_texts(card), theme.heading_font, scene, "heading")
            with self._asking("card", scene):
                self._quote(picture)
                self._check_card(picture, theme, media)
        words, said = None, None
        if scene.narration:
            said = spoken(scene.narration, self.board.language)
            talker = self.providers[speech.provider]
            voice = scene.voice or self.board.voice or talker.default_voice(self.board.language)
            words = SpeechRequest(
                provider=speech.provider, model=speech.id, text=said.text, voice=voice,
                language=self.board.language, speed=self.board.speed,
            )  # fmt: skip
            with self._asking("voice", scene if scene.voice else None):
                self._quote(words)
        return SceneOrder(scene, picture, clip, words, said)

    def _check_card(self, asked: ImageRequest, theme: Theme, media: MediaFile | None) -> None:
        """Lays the card out, which refuses words that do not fit and cells that are no numbers."""
        if asked.card is None:
            return
        logo = Path(self.board.brand.logo) if asked.brand.logo else None
        check_card(
            asked.card, theme, asked.width, asked.height, asked.brand, asked.language,
            asked.captions, media.path if media is not None else None, logo,
        )  # fmt: skip

    def _quote(self, request: AnyRequest) -> None:
        self.providers[request.provider].quote(request)

    def _brand(self) -> Brand:
        words = self.board.brand
        logo = self._take(words.logo, "brand", inspect_picture) if words.logo else None
        return Brand.model_validate(
            words.model_dump() | {"logo": logo.digest if logo is not None else ""}
        )

    def _take(
        self, file: str, where: str, inspect: object, scene: Scene | None = None
    ) -> MediaFile | None:
        """Looks at a file of the editor's own and lists it for the store; notes what is wrong."""
        try:
            if file.startswith(("http://", "https://")):
                path = fetch_picture(file, self.store, self.settings.picture_hosts)
            else:
                path = Path(file)
            media: MediaFile = inspect(path)  # type: ignore[operator]
        except UnusableFile as wrong:
            self._note(wrong.problem, wrong.fix, where, scene)
            return None
        self.files[media.digest] = request_for(media)
        return media

    def _caption_font(self, theme: Theme) -> str:
        """The theme's caption family, or the installed one that has every character heard."""
        heard = "".join(sorted({c for scene in self.board.scenes for c in scene.narration}))
        for scene in self.board.scenes:
            self._glyphs([scene.narration], theme.caption_font, scene, "narration")
        lost = missing_glyphs(heard, theme.caption_font)
        if not lost:
            return theme.caption_font
        family = fallback_family(heard)
        if family is None and not uncovered([heard]):
            self._note(
                f"no single installed font has all characters of the narration; {lost[:8]} is in "
                f"another font than the rest",
                f"install {suggest_font_package(lost)} or leave those characters out",
                "title",
            )
        return family or theme.caption_font

    def _glyphs(self, texts: list[str], family: str, scene: Scene, where: str) -> None:
        if not missing_glyphs("".join(texts), family):
            return
        lost = uncovered(texts)
        if lost:
            problem, _, fix = explain_uncovered(lost).partition("; ")
            self._note(problem, fix, where, scene)

    def _line(self, where: str, scene: Scene | None) -> int:
        lines = scene.lines if scene is not None else self.board.lines
        return lines.get(where, scene.line if scene is not None else 1)

    def _note(self, problem: str, fix: str, where: str, scene: Scene | None = None) -> None:
        found = Problem(
            path=self.board.source, line=self._line(where, scene), problem=problem, fix=fix
        )
        if found not in self.problems:
            self.problems.append(found)

    @contextmanager
    def _asking(self, where: str, scene: Scene | None = None) -> Iterator[None]:
        """Turns a refusal into a problem at the line that asked for it."""
        try:
            yield
        except (Misconfigured, KeyError, ValueError) as refused:
            problem, _, fix = str(refused.args[0] if refused.args else refused).partition("; ")
            self._note(problem, fix or "change it", where, scene)

    def _stop_if_wrong(self) -> None:
        if self.problems:
            raise ScriptError(tuple(sorted(self.problems, key=lambda p: p.line)))


def _texts(card: CardSpec) -> list[str]:
    """Every word that stands on a card."""
    told = [card.heading, card.kicker, card.text, *card.items, card.attribution, card.number]
    for column in card.columns:
        told += [column.title, *column.items]
    if card.table is not None:
        told += [*card.table.header, *(cell for row in card.table.rows for cell in row)]
    return [*told, card.code]
