"""What this machine and this configuration can do: `reelwright doctor` and `reelwright models`."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.money import dollars
from flows.produce import open_store
from flows.settings import Settings, env_name, load_settings
from providers.catalog import Catalog, load_catalog
from providers.errors import Misconfigured
from providers.models import Model

WANTED_ENCODERS = ("libx264", "aac", "libx265", "libsvtav1", "h264_nvenc")
LEAST_FREE_BYTES = 2_000_000_000
SOON_DAYS = 60
"""A model that ends within this many days is pointed out."""


def show_models() -> int:
    """Prints every model of the catalog and every tier."""
    console = Console(highlight=False)
    try:
        settings = load_settings()
        catalog = load_catalog(settings.models)
    except Misconfigured as wrong:
        Console(stderr=True).print(str(wrong), markup=False)
        return 2
    access, today = settings.access(), dt.datetime.now(dt.UTC).date()
    table = Table(title="models")
    for heading in ("name", "makes", "ready", "price", "price from", "commercial use", "licence"):
        table.add_column(heading)
    for model in catalog.models.values():
        price = ", ".join(f"{dollars(p.usd)} / {p.unit}" for p in model.price) or "unknown"
        source = ", ".join(f"{p.source} ({p.checked})" for p in model.price)
        table.add_row(
            model.name, model.capability, _ready(model, access, today), price, source,
            model.commercial, model.licence,
        )  # fmt: skip
    console.print(table)
    console.print(_tiers(catalog))
    return 0


def examine() -> int:
    """Prints what was found, a line each; 1 when a film could not be made here."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = load_settings()
        catalog = load_catalog(settings.models)
    except Misconfigured as wrong:
        console.print(f"✗ {wrong}", markup=False)
        return 1
    lines = [
        *_ffmpeg(),
        *_fonts(),
        _voices(),
        *_storage(settings),
        *_keys(catalog, settings.access()),
        _prefect(),
    ]
    lines += _settings(settings)
    for fine, told in lines:
        console.print(f"{'✓' if fine else '✗'} {told}", markup=False)
    return 0 if all(fine for fine, _ in lines) else 1


def _ready(model: Model, access: dict[str, str], today: dt.date) -> str:
    """Whether a film could use it now, and what is about to happen to it."""
    ends = model.shutdown
    if ends is not None and ends <= today:
        return f"shut down {ends}, now {model.successor}" if model.successor else f"ended {ends}"
    told = "yes" if not model.key or access.get(model.key) else f"set {model.key}"
    if ends is not None and (ends - today).days <= SOON_DAYS:
        told += f"; ends {ends}, in {(ends - today).days} days"
    return told


def _tiers(catalog: Catalog) -> Table:
    table = Table(title="tiers")
    for heading in ("tier", "image", "speech", "video", "about"):
        table.add_column(heading)
    for tier in catalog.tiers.values():
        table.add_row(tier.name, tier.image, tier.speech, tier.video or "–", tier.about)
    return table


def _ffmpeg() -> list[tuple[bool, str]]:
    from assembly._ffmpeg import ffmpeg_path, ffmpeg_version, run
    from assembly.errors import FFmpegError

    try:
        listed = run(["-encoders"]).data.decode(errors="replace")
        filters = run(["-filters"]).data.decode(errors="replace")
        version = ffmpeg_version()
    except (FFmpegError, OSError) as broken:
        return [(False, f"FFmpeg does not run: {broken}; check FFMPEG_BINARY")]
    known = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    has = [e for e in WANTED_ENCODERS if e in known]
    lacks = [e for e in WANTED_ENCODERS if e not in known]
    able = {"libx264", "aac"} <= set(has)
    told = f"FFmpeg {version} ({ffmpeg_path()}): {', '.join(has)}"
    if lacks:
        told += f"; not built in: {', '.join(lacks)}"
    libass = " ass " in filters
    return [(able, told), (libass, f"captions by libass: {'yes' if libass else 'no'}")]


def _fonts() -> list[tuple[bool, str]]:
    from providers.fonts import families, font_file
    from providers.themes import load_theme, theme_names

    lacking = []
    for name in theme_names():
        theme = load_theme(name)
        for family in {theme.heading_font, theme.body_font, theme.caption_font}:
            try:
                font_file(family)
            except (KeyError, OSError, ValueError):
                lacking.append(f"{family} ({name})")
    told = f"fonts: {len(families())} families for {len(theme_names())} themes"
    return [(not lacking, told + (f"; missing: {', '.join(lacking)}" if lacking else ""))]


def _voices() -> tuple[bool, str]:
    from providers.espeak import voices

    return bool(voices()), f"espeak: {len(voices())} voices"


def _storage(settings: Settings) -> list[tuple[bool, str]]:
    store = open_store(settings)
    count, size = store.size()
    free = shutil.disk_usage(store.root).free
    return [
        (free >= LEAST_FREE_BYTES, f"disk: {free / 1e9:.1f} GB free at {store.root}"),
        (True, f"store: {count} objects, {size / 1e6:.1f} MB"),
    ]


def _keys(catalog: Catalog, access: dict[str, str]) -> list[tuple[bool, str]]:
    names = sorted({m.key for m in catalog.models.values() if m.key})
    if not names:
        return [(True, "keys: none needed by the models of this catalog")]
    return [(True, f"{name}: {'set' if access.get(name) else 'not set'}") for name in names]


def _prefect() -> tuple[bool, str]:
    url = os.environ.get("PREFECT_API_URL")
    return (
        True,
        f"Prefect: {url}" if url else "Prefect: no PREFECT_API_URL, films are made directly",
    )


def _settings(settings: Settings) -> list[tuple[bool, str]]:
    """Each setting that is not at its default, and where it was read."""
    told = []
    for field in type(settings).model_fields:
        if field in settings.model_fields_set and not field.endswith(("_key", "_token")):
            name = env_name(field)
            where = "environment" if name in os.environ else str(Path(".env").resolve())
            told.append((True, f"{name}={getattr(settings, field)} (from {where})"))
    return told or [(True, "settings: all at their defaults")]
