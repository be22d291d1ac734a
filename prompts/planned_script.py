"""Writes a plan as a script in Markdown, for its editor to change."""

from __future__ import annotations

import re

from prompts.planned import Plan, PlannedScene, Sentence, paragraph_texts
from prompts.storyboard import Table

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&])")
_AT_START = re.compile(r"^([#+@=-]|\d{1,9}(?=[.)](?:\s|$)))")
_LONGEST_NUMBER, _LONGEST_PROMPT = 300, 2000


def write_script(plan: Plan, *, settings: dict[str, str] | None = None) -> str:
    """The script of a plan, which reads back as the same words.

    `settings` go into its front matter. Every place of a document is named above the words from
    it, in a comment.
    """
    front = {"title": plan.title, "language": plan.language, **(settings or {})}
    lines = [f"{key}: {_quoted(value)}" for key, value in front.items()]
    parts = ["\n".join(["---", *lines, "---"])]
    if plan.opening:
        parts.append(_narration(plan.opening, ""))
    parts.extend(_write_scene(scene) for scene in plan.scenes)
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """One line of words that Markdown leaves as they are."""
    line = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    match = _AT_START.match(line)
    if not match:
        return line
    # "1." is a list: its stop is escaped, as digits cannot be.
    at = 0 if match[1] in "#+@=-" else match.end()
    return f"{line[:at]}\\{line[at:]}"


def _write_scene(scene: PlannedScene) -> str:
    heading = re.sub(r"#+$", lambda m: "\\" + m[0], escape(scene.heading))
    parts = [f"## {heading}"]
    directives = _directives(scene)
    if directives:
        parts.append(directives)
    if scene.points:
        parts.append("\n".join(f"- {escape(item)}" for item in scene.points))
    if scene.steps:
        parts.append(
            "\n".join(f"{at}. {escape(item)}" for at, item in enumerate(scene.steps, start=1))
        )
    if scene.quote:
        lines = [f"> {escape(scene.quote)}"]
        if scene.attribution:
            lines.append(f"> — {escape(scene.attribution)}")
        parts.append("\n".join(lines))
    if scene.place:
        parts.append(_comment(scene.place))
    if scene.table:
        parts.append(_table(scene.table))
    if scene.code:
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", scene.code)), default=0))
        parts.append(f"{fence}{scene.code_language}\n{scene.code}\n{fence}")
    if scene.sentences:
        parts.append(_narration(scene.sentences, scene.stressed))
    return "\n\n".join(parts)


def _directives(scene: PlannedScene) -> str:
    lines = []
    if scene.kicker:
        lines.append(f"@kicker: {escape(scene.kicker)[:_LONGEST_NUMBER]}")
    if scene.number:
        lines.append(f"@number: {escape(scene.number)[:_LONGEST_NUMBER]}")
    if scene.prompt:
        lines.append(f"@prompt: {scene.prompt[:_LONGEST_PROMPT]}")
    if scene.pause_s is not None:
        lines.append(f"@pause: {scene.pause_s:g}s")
    return "\n".join(lines)


def _narration(sentences: tuple[Sentence, ...], stressed: str) -> str:
    """The paragraphs, each below the place it comes from."""
    paragraphs: dict[int, str] = {}
    for sentence in sentences:
        paragraphs.setdefault(sentence.paragraph, sentence.place)
    parts: list[str] = []
    last = ""
    for place, text in zip(paragraphs.values(), paragraph_texts(sentences), strict=True):
        if place != last:
            parts.append(_comment(place))
        last = place
        line = escape(text)
        # Stars between letters would be stars: a stressed sentence has spaces around it.
        bold = f" {escape(stressed)} " if stressed else " "
        if bold.strip() and bold in f" {line} ":
            line = f" {line} ".replace(bold, f" **{bold.strip()}** ", 1).strip()
            stressed = ""
        parts.append(line)
    return "\n\n".join(parts)


def _comment(place: str) -> str:
    return f"<!-- {re.sub(r'-{2,}', '-', place).replace('>', '')} -->" if place else ""


def _table(table: Table) -> str:
    rows = [table.header, tuple("---" for _ in table.header), *table.rows]
    return "\n".join(
        "| " + " | ".join("---" if cell == "---" else escape(cell) for cell in row) + " |"
        for row in rows
    )


def _quoted(value: str) -> str:
    """A value of the front matter, in quotes where YAML would read more into it."""
    value = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if re.fullmatch(r"[A-Za-z][\w ,.-]*", value) and value.lower() not in (
        "yes", "no", "true", "false", "null", "none", "on", "off", "y", "n",
    ):  # fmt: skip
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
