"""Generated inputs through the check and the rules planner: `python -m tests.prompts.fuzz 20000`.

Whatever is in a file, it becomes a script, or a ScriptError says why with its line.
"""

# ruff: noqa: PT017 - asserts on what was raised, outside of pytest

from __future__ import annotations

import random
import string
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.planned import find_faults
from prompts.planned_script import write_script
from prompts.reading.script import read_script
from prompts.rules.planner import plan_by_rules, plan_told
from prompts.sources.documents import read_source

WORDS = Path(__file__).parents[1] / "words"
SCRIPTS = (".md", ".txt", ".json", ".yaml")
DOCUMENTS = (".md", ".txt", ".html", ".srt", ".vtt", ".pdf", ".docx", ".pptx")
PIECES = (
    "---\n", "title: x\n", "language: de\n", "# T\n", "## S\n", "### C\n", "- a\n", "1. b\n",
    "> q\n> — Me\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "```py\n", "```\n", "<!-- c -->", "<!--",
    "<b>", "<p>Words.</p>", "<ul><li>a</ul>", "![a](b.png)", "@card: bar\n", "@pause: 1s\n",
    "@number: 42 % of it\n", "@crad: x\n", "@visual: clip\n", "**", "{", "}", "[", "]", '"', ":",
    "\n", "\n\n", "\\", "😀", "光速は速い。", "ท้อง", "«oui» ", "$4.50 ", "10–20 km ", "First, ",
    "Second, ", "Finally, ", "three things: a, b and c. ", "Why? ", "Dr. No. ", "\x85", "\u2028",
    "\x0b", "\x00", "\ud800", "\ufeff", "‮", "١٢", "1e999", "WEBVTT\n\n",
    "1\n00:00:01,000 --> 00:00:02,000\nWords.\n\n", "%PDF-1.4\n", "PK\x03\x04", "\r\n", "\t",
)  # fmt: skip


def generate(chance: random.Random, texts: list[str]) -> bytes:
    """Bytes, a mixture of what documents are made of, or a real text that was spoiled."""
    kind = chance.random()
    if kind < 0.1:
        return chance.randbytes(chance.randrange(300))
    if kind < 0.6:
        parts = [
            chance.choice(PIECES)
            if chance.random() < 0.7
            else "".join(chance.choices(string.printable, k=chance.randrange(12)))
            for _ in range(chance.randrange(40))
        ]
        return "".join(parts).encode("utf-8", "replace")
    text = chance.choice(texts)
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(PIECES) + text[at + chance.randrange(9) :]
    if chance.random() < 0.1:
        text *= chance.randrange(2, 9)
    return text.encode("utf-8", "replace")


def check(path: Path) -> str:
    """Reads and plans a script; "made" or "refused"."""
    try:
        plan_storyboard(read_script(path))
    except ScriptError as refusal:
        assert refusal.problems
        assert all(problem.line >= 1 for problem in refusal.problems)
        return "refused"
    return "made"


def write(path: Path) -> str:
    """Plans a document, holds the plan to its rules, and reads the script back."""
    try:
        source = read_source(path)
    except ScriptError as refusal:
        assert all(problem.line >= 1 for problem in refusal.problems)
        return "refused"
    plan = plan_by_rules([source])
    faults = find_faults(plan, plan_told([source], plan.language))
    assert not faults, faults
    if not plan.scenes:
        return "nothing to say"
    script = path.with_name("written.md")
    script.write_text(write_script(plan), encoding="utf-8")
    try:
        board = plan_storyboard(read_script(script))
    except ScriptError as refusal:
        assert all(problem.line >= 1 for problem in refusal.problems)
        return f"refused when written: {refusal.problems[0].problem[:40]}"
    said = "".join("".join(scene.narration.split()) for scene in board.scenes)
    assert said == "".join("".join(sentence.text.split()) for sentence in plan.said())
    return "written"


def fuzz(count: int, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """What became of `count` inputs, and each that broke something: its number and the error."""
    chance = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in sorted(WORDS.iterdir())]
    outcomes: Counter[str] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            data = generate(chance, texts)
            work, suffixes = (check, SCRIPTS) if number % 2 else (write, DOCUMENTS)
            path = Path(folder) / f"any{chance.choice(suffixes)}"
            path.write_bytes(data)
            try:
                outcomes[f"{work.__name__}: {work(path)}"] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                broken.append(f"{number} {path.suffix}: {type(error).__name__}: {error}"[:300])
    return outcomes, broken


def main() -> int:
    """Tells what became of the inputs; 1 when one of them broke something."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.monotonic()
    outcomes, broken = fuzz(count, seed)
    for outcome, times in outcomes.most_common():
        print(f"{times:7,}  {outcome}")
    print(f"{count:,} inputs in {time.monotonic() - began:.0f} s, {len(broken)} broke something")
    print("\n".join(broken[:20]))
    return bool(broken)


if __name__ == "__main__":
    raise SystemExit(main())
