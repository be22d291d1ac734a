"""Scripts written, read and planned in a test's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prompts.plan import plan_storyboard
from prompts.reading.script import Script, read_script
from prompts.storyboard import Card, Scene, Storyboard


def write(folder: Path, text: str, name: str = "talk.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, name: str = "talk.md") -> Script:
    return read_script(write(folder, text, name))


def plan(folder: Path, text: str, name: str = "talk.md", **asked: Any) -> Storyboard:
    return plan_storyboard(read(folder, text, name), **asked)


def only_scene(folder: Path, body: str) -> Scene:
    [scene] = plan(folder, f"## Heading\n\n{body}\n").scenes
    return scene


def card_of(folder: Path, body: str) -> Card:
    return only_scene(folder, body).visual.card


def add_file(folder: Path, name: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    return str(path.resolve())
