"""Trees of the house, from the first line of each file: `python -m tests.house.tree` writes them.

The README has the packages, `docs/files.md` has every file.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- python -m tests.house.tree -->", "<!-- end of tree -->"
PAGES = {ROOT / "README.md": False, ROOT / "docs" / "files.md": True}
"""Where trees stand, and whether with every file."""
ROOMS = ("prompts", "providers", "assembly", "flows")
DATA = {
    "prompts/rules/rules.toml": "words by which the rules planner finds its way, per language",
    "prompts/saying/speech.toml": "units, abbreviations and signs, per language",
    "providers/models.toml": "the shipped catalog: ids, prices, licences, tiers",
    "providers/licences.toml": "licences of what models are used with: detectors, voices",
    "providers/local/diffusers.toml": "what each pipeline class of diffusers takes",
    "providers/moderation/moderation.toml": "what follows from a verdict, by category and score",
    "providers/moderation/moderation_words.toml": "phrases that the rules look for",
    "providers/sound.toml": "its part for engines on this machine",
    "providers/servers.toml": "its part for servers of one's own",
    "flows/scripts/presets.toml": "the places that films go to: what each asks for, and its source",
    "providers/cards/themes.toml": "colours, typefaces and manners of the themes",
}


def tree(is_whole: bool) -> str:
    """The four rooms and the packages in them; with all files if it `is_whole`."""
    rooms = ["\n".join(_told(ROOT / room, is_whole)) for room in ROOMS]
    return "```\n" + ("\n\n" if is_whole else "\n").join(rooms) + "\n```"


def _told(folder: Path, is_whole: bool, deep: int = 0) -> list[str]:
    """The lines of a package: itself, its files, then the packages in it."""
    lines = [_line(f"{folder.name}/", _first_line(folder / "__init__.py"), deep)]
    data = [ROOT / name for name in DATA if ROOT / name in folder.glob("*.toml")]
    files = [*folder.glob("*.py"), *data] if is_whole else []
    for path in sorted(files, key=lambda p: (p.name.startswith("_"), p.name)):
        if path.name != "__init__.py":
            told = DATA.get(path.relative_to(ROOT).as_posix()) or _first_line(path)
            lines.append(_line(path.name, told, deep + 1))
    for inner in sorted(folder.glob("*/__init__.py")):
        lines += _told(inner.parent, is_whole, deep + 1)
    return lines


def _line(name: str, about: str, deep: int) -> str:
    return f"{'  ' * deep + name:<28}{about}"


def block(is_whole: bool) -> str:
    """A tree between the marks by which it is found."""
    return f"{BEGIN}\n{tree(is_whole)}\n{END}"


def _first_line(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.splitlines()[0].rstrip(".") if told else ""


if __name__ == "__main__":
    for path, is_whole in PAGES.items():
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        path.write_text(before + block(is_whole) + after, encoding="utf-8")
