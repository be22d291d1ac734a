from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from providers.moderation.policy import Verdict, load_policy
from providers.moderation.verdicts import READERS

POLICY = load_policy()
SAFE_SCORES = dict.fromkeys(POLICY.judges["openai"], 0.001)


def read(how: str, answer: Any) -> Verdict:
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return READERS[how](data, POLICY.judges[how])


def chat(how: str, text: Any, finish: Any = "stop") -> Verdict:
    return read(how, {"text": text, "finish": finish})


def result(**more: Any) -> dict[str, Any]:
    flags = dict.fromkeys(SAFE_SCORES, False)
    return {"flagged": False, "categories": flags, "category_scores": dict(SAFE_SCORES), **more}


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("safe", []), ("\n\nsafe", []), ("safe\n", []),
        ("unsafe\nS1", ["violent_crime"]),
        ("\n\nunsafe\nS4,S9\n", ["mass_weapons", "sexual_minors"]),
        ("unsafe\nS10, S12", ["hate", "sexual"]),
    ],
)  # fmt: skip
def test_llama_guard_says_safe_or_unsafe_and_codes(text: str, categories: list[str]) -> None:
    verdict = chat("llama-guard", text)
    assert (sorted(verdict.scores), verdict.unreadable) == (categories, "")
    assert set(verdict.scores.values()) <= {1.0}


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("Safety: Safe\nCategories: None", {}),
        ("Safety: Safe\nCategories: None\nRefusal: No", {}),
        ("Safety: Unsafe\nCategories: Violent", {"violent_crime": 1.0}),
        ("Safety: Controversial\nCategories: Politically Sensitive Topics", {"political": 0.5}),
        ("Safety: Unsafe\nCategories: PII, Suicide & Self-Harm",
         {"privacy": 1.0, "self_harm": 1.0}),
    ],
)  # fmt: skip
def test_qwen3guard_says_how_safe_and_why_not(text: str, scores: dict[str, float]) -> None:
    assert chat("qwen3guard", text) == Verdict(scores=scores)


def test_openais_scores_are_taken_for_all_thirteen_categories() -> None:
    scores = {**SAFE_SCORES, "violence/graphic": 0.91}
    verdict = read("openai", result(category_scores=scores))
    assert len(verdict.scores) == 13
    assert verdict.scores["violence_graphic"] == 0.91


def test_a_category_that_older_models_leave_open_is_no_verdict_on_it() -> None:
    scores = {**SAFE_SCORES, "illicit": None, "illicit/violent": None}
    assert "illicit" not in read("openai", result(category_scores=scores)).scores


@pytest.mark.parametrize(
    "said",
    [
        "", "SAFE!", "unsafe", "safe\nS1", "unsafe\nS15", "unsafe\nS99,S1", "unsafe S1",
        "I cannot judge that, but it seems safe", "safe\nsafe", "unsafe\n", "not safe",
        "unsafe\nS1;S2", None, 7, ["safe"], {"a": "safe"},
    ],
)  # fmt: skip
def test_what_llama_guard_does_not_say_is_unreadable(said: Any) -> None:
    assert chat("llama-guard", said).unreadable


@pytest.mark.parametrize(
    "said",
    [
        "", "Safe", "Safety: safe", "Safety: Safe\nCategories: Violent", "Safety: Unsafe",
        "Safety: Unsafe\nCategories: None", "Safety: Unsafe\nCategories: Weather",
        "Safety: Maybe\nCategories: None", "Sure! Safety: Safe\nCategories: None",
        "Safety: Controversial\nCategories: ", "Safety: Safe\nCategories: None\nAnd more", None,
        "Safety: Unsafe\nSafety: Safe\nCategories: None",
    ],
)  # fmt: skip
def test_what_qwen3guard_does_not_say_is_unreadable(said: Any) -> None:
    assert chat("qwen3guard", said).unreadable


@pytest.mark.parametrize("how", ["llama-guard", "qwen3guard"])
@pytest.mark.parametrize("finish", ["length", "content_filter", None, "", 1])
def test_an_answer_that_was_cut_off_is_unreadable(how: str, finish: Any) -> None:
    assert chat(how, "safe", finish).unreadable
    assert chat(how, "Safety: Safe\nCategories: None", finish).unreadable


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>", b"null", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe",
        result(flagged="no"), result(categories=None), result(category_scores=[]),
        result(category_scores={}), result(flagged=True),
        result(category_scores={**SAFE_SCORES, "hate": "0.1"}),
        result(category_scores={**SAFE_SCORES, "hate": True}),
        result(category_scores={**SAFE_SCORES, "hate": None}),
        result(category_scores={**SAFE_SCORES, "hate": float("nan")}),
        result(category_scores={**SAFE_SCORES, "hate": -0.1}),
        result(category_scores={**SAFE_SCORES, "hate": 1.5}),
        result(flagged=True, categories={"witchcraft": True}),
        result(flagged=True, categories={"illicit": True},
               category_scores={**SAFE_SCORES, "illicit": None}),
    ],
)  # fmt: skip
def test_an_answer_of_openai_that_lacks_something_is_unreadable(answer: Any) -> None:
    assert read("openai", answer).unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    how=st.sampled_from(sorted(READERS)), answer=st.binary() | JSON.map(json.dumps).map(str.encode)
)
def test_garbage_is_never_safe(how: str, answer: bytes) -> None:
    assert POLICY.rule(read(how, answer)).action == "flag"


@given(
    how=st.sampled_from(["llama-guard", "qwen3guard"]),
    text=st.text() | st.text(string.ascii_letters + string.digits + ":,& \n"),
)
def test_prose_of_a_guard_is_never_safe(how: str, text: str) -> None:
    assume(text.strip() not in ("safe", "Safety: Safe", "Safety: Safe\nCategories: None"))
    assert POLICY.rule(chat(how, text)).action != "allow"


@given(cut=st.integers(0, 38), how=st.sampled_from(["llama-guard", "qwen3guard"]))
def test_a_verdict_that_breaks_off_is_never_safe(cut: int, how: str) -> None:
    whole = (
        "unsafe\nS4,S9" if how == "llama-guard" else "Safety: Unsafe\nCategories: Jailbreak, PII"
    )
    assert POLICY.rule(chat(how, whole[:cut])).action != "allow"
