"""Whatever is in a file, reading it gives a script or says what is wrong."""

# ruff: noqa: E501 - a table reads better with a case on a line

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts.errors import ScriptError
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.saying.speech import spoken

SUFFIXES = (".md", ".txt", ".json", ".yaml")
FRAGMENTS = (
    "---\n", "# Title\n", "## Scene\n", "### Side\n", "- point\n", "1. step\n", "> words\n> — Me\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n", "```py\n", "```\n", "<!--", "-->", "<b>",
    "![a](b.png 'c')", "![a](../b.png)", "@card: bar\n", "@pause: 1s\n", "@number: 42 % of it\n",
    "@crad: x\n", "**", "title: x\n", "budget: $1\n", "scenes:\n", "  - heading: a\n",
    "    narration: b\n", "&a ", "*a ", "!!python/x ", "{", "}", "[", "]", '"', ":", ",", "\n",
    "\n\n", "\\", "😀", "光速", "ท้อง", "$4.50 ", "10–20 km", "½", "14:30", "1 000 000", "No. 5",
    "2024-13-40", "\x85", "\u2028", "\x0b", "\x1b", "\\ud800", "\\0", "#", "~", "1e999", "0x1", "-0", "٣",
    "10^-3",
)  # fmt: skip

several = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def read_or_refuse(path: Path) -> None:
    try:
        board = plan_storyboard(read_script(path))
    except ScriptError as refusal:
        problems = refusal.problems
    else:
        board.model_dump_json()
        assert all(scene.narration or scene.duration_s for scene in board.scenes)
        return
    assert problems
    assert all(problem.line >= 1 for problem in problems)


@pytest.mark.slow
@several
@given(data=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(data)
    read_or_refuse(path)


@pytest.mark.slow
@settings(several, max_examples=600)
@given(
    parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=25),
    suffix=st.sampled_from(SUFFIXES),
)
def test_any_mixture_of_what_scripts_are_made_of_is_read_or_refused(
    tmp_path: Path, parts: list[str], suffix: str
) -> None:
    path = tmp_path / f"mixture{suffix}"
    path.write_bytes("".join(parts).encode("utf-8", "replace"))
    read_or_refuse(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(FRAGMENTS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "items", "header", "rows", "heading"]), inner)
    ),
    max_leaves=6,
)
SCENE_KEYS = (
    "heading", "narration", "points", "quote", "attribution", "table", "image", "compare", "card",
    "pause", "number", "code",
)  # fmt: skip


@pytest.mark.slow
@several
@given(
    front=st.dictionaries(
        st.sampled_from(["title", "aspect", "closing", "brand", "music", "opening"]), json_values
    ),
    scenes=st.lists(st.dictionaries(st.sampled_from(SCENE_KEYS), json_values), max_size=3),
)
def test_any_values_in_json_are_read_or_refused(
    tmp_path: Path, front: dict[str, object], scenes: list[object]
) -> None:
    path = tmp_path / "values.json"
    path.write_text(json.dumps({**front, "scenes": scenes}))
    read_or_refuse(path)


@pytest.mark.slow
@several
@given(
    words=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=12),
    language=st.sampled_from(["en", "de", "fr", "es", "it", "zh", "th", "xx"]),
)
def test_any_narration_can_be_spoken_and_keeps_its_words(words: list[str], language: str) -> None:
    narration = " ".join(words)
    said = spoken(narration, language)
    assert "".join(token.written for token in said.tokens) == "".join(narration.split())
    position = 0
    for token in said.tokens:
        assert position <= token.start <= token.end <= len(said.text)
        position = token.end
