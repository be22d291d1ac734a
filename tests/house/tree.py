"""The README's tree, from the first line of each file: `python -m tests.house.tree` writes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- tree: python -m tests.house.tree -->", "<!-- end of tree -->"
ROOMS = ("prompts", "providers", "assembly", "flows")
DATA = {
    "prompts/rules.toml": "words by which the rules planner finds its way, per language",
    "prompts/speech.toml": "units, abbreviations and signs, per language",
    "providers/models.toml": "the shipped catalog: ids, prices, licences, tiers",
    "providers/licences.toml": "licences of what models are used with: detectors, voices",
    "providers/diffusers.toml": "what each pipeline class of diffusers takes",
    "providers/servers.toml": "its part for servers of one's own",
    "flows/scripts/presets.toml": "the places that films go to: what each asks for, and its source",
    "providers/themes.toml": "colours, typefaces and manners of the themes",
}


def tree() -> str:
    """Every file of the four rooms and of what they hold, with its own first sentence."""
    rooms = ("\n".join(_told(ROOT / room)) for room in ROOMS)
    return "```\n" + "\n\n".join(rooms) + "\n```"


def _told(folder: Path, deep: int = 0) -> list[str]:
    """The lines of a package: itself, its files, then the packages in it."""
    lines = [_line(f"{folder.name}/", _first_line(folder / "__init__.py"), deep)]
    data = [ROOT / name for name in DATA if ROOT / name in folder.glob("*.toml")]
    files = [*folder.glob("*.py"), *data]
    for path in sorted(files, key=lambda p: (p.name.startswith("_"), p.name)):
        if path.name != "__init__.py":
            told = DATA.get(path.relative_to(ROOT).as_posix()) or _first_line(path)
            lines.append(_line(path.name, told, deep + 1))
    for inner in sorted(folder.glob("*/__init__.py")):
        lines += _told(inner.parent, deep + 1)
    return lines


def _line(name: str, about: str, deep: int) -> str:
    return f"{'  ' * deep + name:<28}{about}"


def in_readme(text: str) -> str:
    """The README's text with the tree as it is now."""
    block = f"{BEGIN}\n{tree()}\n{END}"
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: block, text, flags=re.S)


def _first_line(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return told.splitlines()[0].rstrip(".") if told else ""


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(in_readme(readme.read_text(encoding="utf-8")), encoding="utf-8")
