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
    "flows/presets.toml": "the places that films go to: what each asks for, with its source",
    "providers/themes.toml": "colours, typefaces and manners of the themes",
}


def tree() -> str:
    """Every file of the four rooms with its own first sentence."""
    lines = []
    for room in ROOMS:
        about = _first_line(ROOT / room / "__init__.py")
        lines.append(f"{room + '/':<28}{about}")
        files = [*(ROOT / room).glob("*.py"), *(ROOT / f for f in DATA if f.startswith(room))]
        for path in sorted(files, key=lambda p: (p.name.startswith("_"), p.name)):
            if path.name != "__init__.py":
                told = DATA.get(f"{room}/{path.name}") or _first_line(path)
                lines.append(f"  {path.name:<26}{told}")
        lines.append("")
    return "```\n" + "\n".join(lines).rstrip() + "\n```"


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
