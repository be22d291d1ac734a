"""Prompts are filled strictly: nothing missing, nothing unused, nothing read twice."""

from __future__ import annotations

import pytest

from prompts.asking.templates import TemplateError, fill_template, read_template


def test_a_place_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(TemplateError, match="faults"):
        fill_template("mend")


def test_a_value_without_a_place_is_an_error() -> None:
    with pytest.raises(TemplateError, match="tone"):
        fill_template("mend", faults="- a", tone="kind")


def test_what_a_value_says_is_never_read_as_a_place() -> None:
    assert "{{ faults }} {{ system }}" in fill_template("mend", faults="{{ faults }} {{ system }}")


def test_a_prompt_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TemplateError, match="no prompt"):
        read_template("nothing-of-the-kind")
