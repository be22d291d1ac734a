"""What this machine and this configuration can do: `reelwright doctor`."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import get_args

from rich.console import Console

from flows.cli.online import offer_lines
from flows.cli.online_servers import server_lines
from flows.cli.switches import switch_lines
from flows.cli.word_switches import word_lines
from flows.film.produce import open_store
from flows.scripts.wishes import Wishes
from flows.settings import Settings, env_name, load_settings, origin
from prompts.storyboard import CodecName
from providers.catalog import Catalog, load_catalog
from providers.errors import Misconfigured

WANTED_ENCODERS = ("libx264", "aac", "libx265", "libsvtav1", "libopus", "prores_aw", "h264_nvenc")
LEAST_FREE_BYTES = 2_000_000_000
Line = tuple[bool | None, str]
"""What was found: fine, a film cannot be made like this, or neither (None)."""
MARKS = {True: "✓", False: "✗", None: "–"}


def examine(wishes: Wishes, script: Path | None, online: bool) -> int:
    """Prints what was found, a line each; 1 when a film could not be made here."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = load_settings()
        catalog = load_catalog(settings.models, settings.machine_rates)
    except Misconfigured as wrong:
        console.print(f"✗ {wrong}", markup=False)
        return 1
    lines: list[Line] = [
        *_ffmpeg(),
        *_fonts(),
        _voices(),
        *_storage(settings),
        *_keys(catalog, settings.access()),
        _prefect(),
        *_settings(settings),
        *switch_lines(catalog, wishes, settings, script),
        *word_lines(catalog, wishes, settings, script),
    ]
    if online:
        today = dt.datetime.now(dt.UTC).date()
        lines += [(None, told) for told in offer_lines(catalog, settings.access(), today)]
        lines += server_lines(catalog, settings.access())
    for fine, told in lines:
        console.print(f"{MARKS[fine]} {told}", markup=False)
    return 1 if any(fine is False for fine, _ in lines) else 0


def _ffmpeg() -> list[Line]:
    from assembly._ffmpeg import ffmpeg_path, ffmpeg_version, run
    from assembly.errors import FFmpegError
    from assembly.nvenc import why_no_nvenc

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
    why = {codec: why_no_nvenc(codec) for codec in get_args(CodecName)}
    works = ", ".join(codec for codec, reason in why.items() if not reason)
    card = f"works for {works}" if works else f"is not used: {next(iter(why.values()))}"
    return [
        (able, told),
        (libass, f"captions by libass: {'yes' if libass else 'no'}"),
        (True if works else None, f"NVIDIA's encoder {card}"),
    ]


def _fonts() -> list[Line]:
    from providers.cards.fonts import families, font_file
    from providers.cards.themes import load_theme, theme_names

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


def _voices() -> Line:
    from providers.local.espeak import voices

    return bool(voices()), f"espeak: {len(voices())} voices"


def _storage(settings: Settings) -> list[Line]:
    store = open_store(settings)
    count, size = store.size()
    free = shutil.disk_usage(store.root).free
    return [
        (free >= LEAST_FREE_BYTES, f"disk: {free / 1e9:.1f} GB free at {store.root}"),
        (True, f"store: {count} objects, {size / 1e6:.1f} MB"),
    ]


def _keys(catalog: Catalog, access: dict[str, str]) -> list[Line]:
    names = sorted({m.key for m in catalog.models.values() if m.key})
    if not names:
        return [(True, "keys: none needed by the models of this catalog")]
    return [
        (bool(access.get(n)) or None, f"{n}: {'' if access.get(n) else 'not '}set") for n in names
    ]


def _prefect() -> Line:
    url = os.environ.get("PREFECT_API_URL")
    return (
        True,
        f"Prefect: {url}" if url else "Prefect: no PREFECT_API_URL, films are made directly",
    )


def _settings(settings: Settings) -> list[Line]:
    """Each setting that is not at its default, and where it was read; never a secret."""
    told: list[Line] = []
    for field, known in type(settings).model_fields.items():
        where = origin(settings, field)
        if where and known.repr and not field.endswith(("_key", "_token")):
            told.append((True, f"{env_name(field)}={getattr(settings, field)} (from {where})"))
    return told or [(True, "settings: all at their defaults")]
