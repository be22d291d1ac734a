"""What is wrong with a script that could be read: scenes that no film can be made of."""

from __future__ import annotations

from prompts._spaceless import SPACELESS, count_words
from prompts.reading.blocks import FrontMatter, ScriptScene
from prompts.reading.report import Report

MOST_SCENES = 200
LONGEST_WORD = 500
"""Characters; a longer one is no word, and would take long to look through."""
LONGEST_ITEM = 1000
MOST_ITEMS = 30
MOST_CELLS = 300
MOST_WORDS = 900
"""In one scene: almost six minutes of speech."""

_FILLS = {
    "narration", "points", "steps", "quote", "code", "table", "compare", "image", "number",
    "prompt", "text", "visual", "duration", "image_provider", "video_provider",
}  # fmt: skip
"""What makes a heading a scene: the others only say how it is told."""
_IDLE = {"image_provider": ("card",), "video_provider": ("card", "image")}
"""Directives that name a model for something which these visuals do not show."""
_NEEDS = {
    "points": "a list",
    "steps": "a list",
    "quote": "a quotation",
    "number": "a number",
    "table": "a table",
    "bar": "a table",
    "line": "a table",
    "code": "a block of code",
}
_HOW = {
    "points": "write lines that start with -",
    "steps": "write lines that start with 1.",
    "quote": "write lines that start with >",
    "number": "write @number: and the number",
    "table": "write its rows with | between the cells",
    "bar": "write its rows with | between the cells",
    "line": "write its rows with | between the cells",
    "code": "write it between two lines of ```",
}


def check_body(
    front: FrontMatter, opening: ScriptScene, scenes: list[ScriptScene], report: Report
) -> None:
    """Notes what no film can be made of."""
    _check_opening(front, opening, report)
    if not scenes:
        report.add(1, "this script has no scenes", "start each with a line such as ## Heading")
    if len(scenes) > MOST_SCENES:
        report.add(
            scenes[MOST_SCENES].line,
            f"this script has {len(scenes)} scenes",
            f"make films of up to {MOST_SCENES} from it",
        )
    told = scenes if front.title or opening.is_empty() else [opening, *scenes]
    for scene in told:
        _check_scene(scene, report)
        if not _FILLS & scene.lines.keys():
            report.add(
                scene.line,
                "this scene says nothing and shows nothing",
                "write its narration, or @duration: and a time",
            )


def _check_opening(front: FrontMatter, opening: ScriptScene, report: Report) -> None:
    if not front.title:
        return
    _check_scene(opening, report)
    is_title_card = opening.card in (None, "title")
    hidden = [
        name
        for name in ("points", "steps", "quote", "code", "table", "compare", "number")
        if name in opening.lines
    ]
    if is_title_card and hidden:
        report.add(
            opening.lines[hidden[0]],
            "only prose and a picture fit on the title card",
            "start a scene with ## above this",
        )


def _check_scene(scene: ScriptScene, report: Report) -> None:
    _check_narration(scene, report)
    _check_lengths(scene, report)
    _check_table(scene, report)
    _check_compare(scene, report)
    _check_card(scene, report)
    if "image" in scene.lines:
        for name in ("card", "visual", "prompt", "image_provider", "video_provider"):
            if name in scene.lines:
                report.add(
                    scene.lines[name],
                    f'this scene has a picture of its own and a "{name}" too',
                    "keep one of the two",
                )
    for name, visuals in _IDLE.items():
        if name in scene.lines and scene.visual in visuals:
            report.add(
                scene.lines[name],
                f'"{name}" does nothing in a scene whose visual is "{scene.visual}"',
                "take one of the two out",
            )


def _check_narration(scene: ScriptScene, report: Report) -> None:
    line = scene.lines.get("narration", scene.line)
    if scene.narration and not any(character.isalnum() for character in scene.narration):
        report.add(line, "there is nothing to say in this narration", "write words")
    if any(len(word) > LONGEST_WORD for word in SPACELESS.sub(" ", scene.narration).split()):
        report.add(line, f"a word here has over {LONGEST_WORD} characters", "take it out")
    words = count_words(scene.narration)
    if words > MOST_WORDS:
        report.add(
            line, f"this scene has {words} words", f"split it into scenes of up to {MOST_WORDS}"
        )


def _check_lengths(scene: ScriptScene, report: Report) -> None:
    columns = [item for column in scene.compare for item in (column.title, *column.items)]
    for name, texts in (
        ("points", scene.points),
        ("steps", scene.steps),
        ("quote", (scene.quote, scene.attribution)),
        ("compare", columns),
    ):
        if len(texts) > MOST_ITEMS:
            report.add(
                scene.lines[name],
                f"there are {len(texts)} entries here",
                f"show up to {MOST_ITEMS} in one scene",
            )
        longest = max(map(len, texts), default=0)
        if longest > LONGEST_ITEM:
            report.add(
                scene.lines[name],
                f"a text for the card has {longest} characters here",
                f"keep it under {LONGEST_ITEM}",
            )


def _check_table(scene: ScriptScene, report: Report) -> None:
    cells = len(scene.table.header) * len(scene.table.rows) if scene.table else 0
    if cells > MOST_CELLS:
        report.add(
            scene.lines["table"],
            f"this table has {cells} cells",
            f"show up to {MOST_CELLS} in one scene",
        )


def _check_compare(scene: ScriptScene, report: Report) -> None:
    sides = len(scene.compare)
    if sides not in (0, 2):
        report.add(
            scene.lines["compare"],
            f"a comparison has two sides and this one has {sides}",
            "write two ### headings with a list below each",
        )
    elif scene.card == "comparison" and not sides:
        report.add(
            scene.lines["card"],
            "a comparison card needs two sides",
            "write two ### headings with a list below each",
        )


def _check_card(scene: ScriptScene, report: Report) -> None:
    kind = scene.card
    if kind is None or kind not in _NEEDS or "image" in scene.lines:
        return
    has = {
        "points": scene.points or scene.steps,
        "steps": scene.points or scene.steps,
        "quote": scene.quote,
        "number": scene.number,
        "table": scene.table,
        "bar": scene.table,
        "line": scene.table,
        "code": scene.code,
    }
    # A block that was there but wrong has already been complained about.
    if not has[kind] and kind not in scene.lines and "table" not in scene.lines:
        report.add(scene.lines["card"], f"a {kind} card needs {_NEEDS[kind]}", _HOW[kind])
    if kind in ("bar", "line") and scene.table:
        _check_chart(kind, scene, report)


def _check_chart(kind: str, scene: ScriptScene, report: Report) -> None:
    table = scene.table
    if table is None:
        return
    line = scene.lines["table"]
    if len(table.header) < 2:
        report.add(line, f"a {kind} chart needs two columns", "add one with the numbers")
    for row in table.rows:
        for cell in row[1:]:
            if not any(character.isdigit() for character in cell):
                report.add(
                    line,
                    f'a {kind} chart cannot draw "{cell}"',
                    "write a number in every column after the first",
                )
