"""What is asked of a provider, what it answers, and what that costs: frozen data, no behaviour."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Immutable, closed data: an unknown field is an error, equality is by value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CardColumn(Frozen):
    """One side of a comparison card."""

    title: str
    items: tuple[str, ...] = ()


class CardTable(Frozen):
    """A table's cells as written; charts read numbers from the columns after the first."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


CardKind = Literal[
    "title", "statement", "points", "steps", "quote", "number", "comparison",
    "table", "bar", "line", "code", "image", "closing",
]  # fmt: skip


class CardSpec(Frozen):
    """What stands on a card; which fields are used depends on `kind`.

    heading     the largest words (title, statement, closing) or the line above the content
    kicker      a small label over the heading (the film's title, "3 of 8", a date)
    text        subtitle, key sentence, quotation, label of the number, caption of the image
    items       points or steps
    """

    kind: CardKind
    heading: str = ""
    kicker: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    attribution: str = ""
    number: str = ""
    columns: tuple[CardColumn, ...] = ()
    table: CardTable | None = None
    code: str = ""
    code_language: str = ""
    picture: str = ""
    """Digest of the editor's image (kind "image"); the bytes come from the store."""
    focus: tuple[float, float] | None = Field(None, exclude_if=lambda focus: focus is None)
    """The point of the image, in shares, around which it is cut where it fills the card."""
    builds: bool = False
    """The card is made in states, in each of which one more of its parts has appeared."""


class Brand(Frozen):
    """An organisation's look over the theme. Colours are `#rrggbb`; empty: the theme's own."""

    name: str = ""
    primary: str = ""
    accent: str = ""
    background: str = ""
    text: str = ""
    logo: str = ""
    """Digest of the logo's image file, or empty."""
    # Left out where empty, so that what was bought before there were fonts keeps its key.
    heading_font: str = Field("", exclude_if=lambda font: not font)
    """Digest of a font file or name of an installed family."""
    body_font: str = Field("", exclude_if=lambda font: not font)


class OverlaySpec(Frozen):
    """What stands over scenes, drawn on a transparent frame: someone's name, or the logo.

    side, corner    where it stands; "start" is where a line of the name begins
    size            the logo's height as a share of the frame's shorter side
    over_pictures   the logo stands over pictures, whose colours nobody knows
    """

    kind: Literal["lower_third", "logo"]
    name: str = ""
    role: str = ""
    side: Literal["start", "left", "right"] = "start"
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "top-right"
    size: float = 0.08
    over_pictures: bool = False
    foot: float = 0.0
    """A logo of this size stands at the foot of the frame: the name keeps above it."""


class ImageRequest(Frozen):
    """One still picture of `width` x `height` pixels."""

    capability: Literal["image"] = "image"
    provider: str
    model: str
    width: int
    height: int
    prompt: str = ""
    seed: int = 0
    input: dict[str, Any] = {}
    """Exactly what the vendor is sent beside the model: the catalog's template, filled in."""
    take: int = Field(0, exclude_if=lambda number: not number)
    """Which of several makings of the same is asked for; left out of the key where it is 0."""
    card: CardSpec | None = None
    # Left out where there is none, so that what was bought without it keeps its key.
    overlay: OverlaySpec | None = Field(None, exclude_if=lambda spec: spec is None)
    theme: str = ""
    brand: Brand = Brand()
    language: str = "en"
    captions: bool = True
    """Burned captions will cover the bottom of the frame: keep the caption zone free."""


class SpeechRequest(Frozen):
    """One narration. `text` is normalised for speech; `speed` 1.0 is the voice's own pace."""

    capability: Literal["speech"] = "speech"
    provider: str
    model: str
    text: str
    voice: str
    language: str = "en"
    speed: float = 1.0
    input: dict[str, Any] = {}
    """Exactly what the vendor is sent beside the model: the catalog's template, filled in."""
    take: int = Field(0, exclude_if=lambda number: not number)
    """Which of several makings of the same is asked for; left out of the key where it is 0."""


class VideoRequest(Frozen):
    """One clip of about `duration_s` seconds, without sound, for a film of `width` x `height`."""

    capability: Literal["video"] = "video"
    provider: str
    model: str
    prompt: str
    width: int
    height: int
    duration_s: float
    seed: int = 0
    input: dict[str, Any] = {}
    """Exactly what the vendor is sent beside the model: the catalog's template, filled in."""
    take: int = Field(0, exclude_if=lambda number: not number)
    """Which of several makings of the same is asked for; left out of the key where it is 0."""


class ModerationRequest(Frozen):
    """Whether words or a picture may be shown, in the judge's own answer.

    `texts` are judged one by one. With a `picture` they are what was asked for when it was made.
    """

    capability: Literal["moderation"] = "moderation"
    provider: str
    model: str
    texts: tuple[str, ...] = ()
    picture: str = ""
    """Digest of a small JPEG; the bytes come from the store."""
    input: dict[str, Any] = {}
    """What the vendor is sent beside the model and what is judged."""


class FileRequest(Frozen):
    """A file of the editor's own, taken in as it is and named by the digest of its bytes."""

    capability: Literal["file"] = "file"
    provider: str = "files"
    model: str = "local"
    digest: str
    media_type: str
    source: str = Field(default="", exclude=True)
    """Where the bytes are read from; not part of what is asked for."""
    seconds: float = Field(default=0.0, exclude=True)
    """How long a clip lasts; it follows from the bytes."""


class PlanRequest(Frozen):
    """Words by a language model: the next turn of a conversation.

    system          what holds for all of it
    turns           ours and the model's in alternation, ours first and last
    answer_schema   JSON Schema of the answer, whatever the vendor promises to keep; empty: prose
    most_tokens     tokens after which the answer is cut off, those of its thinking included
    input           the model's settings beside these, as the catalog has them
    """

    capability: Literal["plan"] = "plan"
    provider: str
    model: str
    system: str
    turns: tuple[str, ...]
    answer_schema: dict[str, Any] = {}
    most_tokens: int
    input: dict[str, Any] = {}


class TranscriptRequest(Frozen):
    """What is said in a sound, and when."""

    capability: Literal["transcript"] = "transcript"
    provider: str
    model: str
    sound: str
    """Digest of the sound; the bytes come from the store."""
    language: str = "en"
    input: dict[str, Any] = {}
    """What the vendor is sent beside model, language and sound."""
    seconds: float = Field(default=0.0, exclude=True)
    """How long the sound lasts; it follows from the bytes."""


class AlignmentRequest(Frozen):
    """When each word of `text`, which is known to be said in a sound, is heard."""

    capability: Literal["alignment"] = "alignment"
    provider: str
    model: str
    sound: str
    """Digest of the sound; the bytes come from the store."""
    text: str
    language: str = "en"
    input: dict[str, Any] = {}
    """What the aligner is told beside these, as the catalog has it."""
    seconds: float = Field(default=0.0, exclude=True)
    """How long the sound lasts; it follows from the bytes."""


AnyRequest = (
    ImageRequest | SpeechRequest | VideoRequest | ModerationRequest | FileRequest | PlanRequest
    | TranscriptRequest | AlignmentRequest
)  # fmt: skip
Request = Annotated[AnyRequest, Field(discriminator="capability")]


class SpokenWord(Frozen):
    """Characters `start:end` of the spoken text sound from `start_s` to `end_s` (seconds)."""

    start: int
    end: int
    start_s: float
    end_s: float


class HeardWord(Frozen):
    """One word as it was heard, from `start_s` to `end_s` (seconds)."""

    text: str
    start_s: float
    end_s: float


class Transcript(Frozen):
    """What a recogniser heard; `words` is empty where it tells no times."""

    text: str
    words: tuple[HeardWord, ...] = ()
    language: str = ""


class Alignment(Frozen):
    """When each word of a known text was heard, in order; some may be missing."""

    words: tuple[SpokenWord, ...]


class LineItem(Frozen):
    """One line of a bill or quote. `usd` None: the price is not known (never that it is free)."""

    quantity: Decimal
    unit: str
    unit_usd: Decimal | None
    usd: Decimal | None
    source: str = ""
    checked: str = ""


class Download(Frozen):
    """Bytes that wait at a vendor's file host; the provider's key is never sent there."""

    url: str
    headers: dict[str, str] = {}


class Made(Frozen):
    """What a provider delivered: bytes (or where to fetch them), facts about them, and the bill."""

    data: bytes | None = None
    download: Download | None = None
    media_type: str
    facts: dict[str, Any] = {}
    """JSON only. Image: width, height. Speech: duration_s, sample_rate, words (of SpokenWord)."""
    bill: tuple[LineItem, ...] = ()


class Job(Frozen):
    """An order on its way at a vendor; saved by the store before it is waited on."""

    id: str
    provider: str
    poll_url: str = ""
    result_url: str = ""
    cancel_url: str = ""
    poll_after_s: float = 1.0
    request: dict[str, Any] = {}
    """What was ordered, as the provider wants to see it again when it collects (never a key)."""


def request_key(request: AnyRequest, engine: str = "") -> str:
    """The store's name for a purchase: equal requests to the same engine are the same purchase.

    `engine` is a local engine's own fingerprint (its code and fonts decide its output too).
    The algorithm is named in the key, so that a later one can live beside it.
    """
    told = request.model_dump_json() + "\n" + engine
    return "r1-" + hashlib.sha256(told.encode()).hexdigest()[:40]
