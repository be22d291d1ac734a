"""The run form of a film: what an editor fills in, menus from the catalog, and pasted scripts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from flows.cli.models import usual_cost
from flows.scripts.presets import NAMES
from flows.scripts.wishes import Wishes
from flows.settings import Settings, load_settings
from prompts.errors import Problem, ScriptError
from prompts.reading.slug import make_slug
from prompts.storyboard import Aspect
from providers import models
from providers.cards.themes import theme_names
from providers.catalog import Catalog, load_catalog
from providers.errors import Misconfigured

F = TypeVar("F", bound=Callable[..., Any])
ESPEAK_VOICES = ("en-us", "en-gb", "de", "es", "fr-fr", "it", "nl", "pl", "pt", "pt-br", "sv")
"""The offline voice's languages that the menu offers; a script may name any other."""


def _catalog() -> Catalog:
    """The operator's catalog; the shipped one where theirs cannot be read: runs then say why."""
    try:
        settings = load_settings()
        return load_catalog(settings.models, settings.machine_rates)
    except Misconfigured:
        return load_catalog()


def _menu(names: list[str]) -> Any:
    # A menu in the form and at the API; the command line may name what is newer than the menu.
    return Annotated[str, WithJsonSchema({"type": "string", "enum": ["", *names]})]


def _voices(catalog: Catalog) -> dict[str, list[str]]:
    """Voices that the menu offers, by the model that speaks with them."""
    spoken: dict[str, list[str]] = {"espeak": list(ESPEAK_VOICES)}
    for tier in catalog.tiers.values():
        model = catalog.models.get(tier.speech.split(",")[0])
        if model is not None:
            known = [*model.limits.get("voices", []), *model.voices.values()]
            spoken.setdefault(model.name, list(dict.fromkeys(known)))
    return {model: names for model, names in spoken.items() if names}


def _field(position: int, description: str, default: Any = "") -> Any:
    return Field(default, description=description, json_schema_extra={"position": position})


CATALOG = _catalog()
VOICES = _voices(CATALOG)
Tier = _menu(list(CATALOG.tiers))
Voice = _menu(list(dict.fromkeys(name for names in VOICES.values() for name in names)))
Shape = _menu([*get_args(Aspect)])
Theme = _menu(list(theme_names()))
Captions = Literal["", "burned", "plain", "highlight", "pop", "files", "none"]
Script = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1})]
Usd = Annotated[
    Annotated[float, Field(ge=0)] | None, WithJsonSchema({"type": "number", "minimum": 0})
]
"""A number in the form, without a switch for "none"; empty is None."""


class More(BaseModel):
    """What few films need; everything is optional."""

    model_config = ConfigDict(extra="forbid")

    out: str = _field(1, "Folder that gets a folder for this film; empty: the worker's films.")
    image_provider: str = _field(2, "Image models, tried in order, such as flux,sdxl,cards.")
    tts_provider: str = _field(3, "Speech models, tried in order, such as openai,espeak.")
    video_provider: str = _field(4, "Clip models, tried in order, such as wan,fal-wan.")
    planner: str = _field(5, "Who plans scenes and pictures: rules, llm, or language models.")
    preset: str = _field(6, f"The place that the film is for: {', '.join(NAMES)}.")
    size: Literal["", "720p", "1080p", "1440p", "2160p"] = _field(7, "The shorter side.")
    fps: Literal["", "24", "25", "30", "50", "60"] = _field(8, "Frames a second.")
    codec: Literal["", "h264", "hevc", "av1"] = _field(9, "Of the picture.")
    audio_codec: Literal["", "aac", "opus"] = _field(10, "Of the sound.")
    encoder: Literal["", "auto", "cpu", "nvenc"] = _field(11, "Who encodes the picture.")
    loudness_lufs: Annotated[
        Annotated[float, Field(ge=-31, le=-9)] | None,
        WithJsonSchema({"type": "number", "minimum": -31, "maximum": -9}),
    ] = _field(12, "How loud: -16, -14, or -23 for broadcast.", None)
    aspects: str = _field(13, "All shapes made in one go, with commas; names the folder.")
    batch: str = _field(14, "A name that films share which share a budget.")
    batch_budget_usd: Usd = _field(15, "Most USD that all films of the batch cost.", None)
    strict: bool = _field(16, "No falling back to another model or to a card.", False)
    reframe: bool = _field(17, "Pictures are bought once and cut for other shapes.", False)
    draft: bool = _field(18, "A small, quick look that buys nothing.", False)
    otio: bool = _field(19, "Also a cut for editing programs, with its media.", False)
    front: dict[str, str] = _field(21, "Settings instead of the script's front matter.", {})
    language: str = _field(22, "In this language, such as de; empty: the script's own.")
    master: bool = _field(20, "Also ProRes 422 HQ for editing programs.", False)


FORM = ("tier", "aspect", "theme", "voice", "captions", "budget_usd")
"""The wishes that have a place of their own in the form; the others are among `More`."""


def described(flow: F) -> F:
    """Puts what the menus offer into a flow's docstring, where the form takes its help from."""
    tiers = " · ".join(f"{tier.name}: {_tier_costs(tier)}" for tier in CATALOG.tiers.values())
    voices = " · ".join(f"{model}: {names[0]} … {names[-1]}" for model, names in VOICES.items())
    told = (flow.__doc__ or "").replace("{tiers}", tiers).replace("{voices}", voices)
    flow.__doc__ = told
    return flow


def wishes_of(form: dict[str, Any], more: More | None) -> Wishes:
    """What is wished, from a form's fields and the rarer ones."""
    told = {name: form[name] for name in FORM}
    told |= {k: v for k, v in (more or More()).model_dump().items() if k in Wishes._fields}
    for name in ("budget_usd", "batch_budget_usd"):
        told[name] = None if told[name] is None else Decimal(str(told[name]))
    told["front"] = tuple(told["front"].items())
    return Wishes(**told)


def form_of(wishes: Wishes, out: Path) -> dict[str, Any]:
    """The parameters of a run that fulfils `wishes`: `wishes_of` the other way round."""
    told = {k: float(v) if isinstance(v, Decimal) else v for k, v in wishes._asdict().items()}
    rest = {k: v for k, v in told.items() if k not in FORM} | {"front": dict(wishes.front)}
    return {k: told[k] for k in FORM} | {"more": More(out=str(out.resolve()), **rest)}


def film_name(script: str) -> str:
    """What a run's film is called before it is read: a pasted script's title, or a file's name."""
    if not _is_pasted(script):
        return Path(script.strip()).stem or "film"
    titled = re.search(r"^\W*title\W*:\s*(.+?)\s*$", script, re.MULTILINE)
    headed = re.search(r"^\s*#+\s*(.+?)\s*$", script, re.MULTILINE)
    first = titled or headed
    return (first.group(1) if first else script.strip().splitlines()[0]).strip("\"'*,")[:80]


def kept_script(script: str, settings: Settings) -> Path:
    """The script's file: the one that is named, or a pasted script, written below the home folder.

    A pasted script is called by its title: pasted again, it is the next version of the same film.
    Raises ScriptError when no such file is there.
    """
    if _is_pasted(script):
        suffix = ".json" if script.lstrip().startswith("{") else ".md"
        path = settings.home / "scripts" / f"{make_slug(film_name(script))}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        beside.write_text(script, encoding="utf-8")
        beside.replace(path)
        return path
    path = (settings.scripts or Path()) / Path(script.strip()).expanduser()
    if not path.is_file():
        fix = "paste a whole script, of several lines, or name a file that the worker can read"
        told = "there is no such script"
        raise ScriptError((Problem(path=str(path), line=1, problem=told, fix=fix),))
    return path


def _is_pasted(script: str) -> bool:
    return "\n" in script.strip()


def _tier_costs(tier: models.Tier) -> str:
    picture = CATALOG.models.get(tier.image.split(",")[0])
    cost = usual_cost(picture, CATALOG) if picture else "free"
    return tier.about if cost == "free" else f"{tier.about}, {cost} a picture"
