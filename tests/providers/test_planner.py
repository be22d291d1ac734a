"""Language models on their four wires: what is sent, what comes back, and what it costs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.buying import buy
from providers.catalog import load_catalog, make_provider
from providers.errors import Failed, Misconfigured, ProviderError, Transient
from providers.lanes import OPEN, Lane
from providers.requests import LineItem, Made, PlanRequest
from providers.store import Store
from tests.lab.faults import Rule
from tests.lab.server import Lab

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
WIRES = {
    "openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5", "gemini": "gemini-3.8-flash",
    "llm": "gpt-oss-120b",
}  # fmt: skip
CATALOG = load_catalog()


pytestmark = pytest.mark.slow
"""The libraries alone take seconds to import."""


@pytest.fixture(scope="module")
def opened() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Lab:
    opened.reset()
    for vendor in WIRES:
        writer(opened, vendor).clear()
    return opened


def writer(lab: Lab, vendor: str) -> Any:
    return lab.vendors[vendor].writer  # type: ignore[attr-defined]


def request(vendor: str, *turns: str, **more: Any) -> PlanRequest:
    model = CATALOG.models[WIRES[vendor]]
    return PlanRequest(
        provider=model.provider, model=model.id, system="Be brief.", turns=turns or ("Plan it.",),
        **{"answer_schema": SCHEMA, "most_tokens": 2000, "input": model.input} | more,
    )  # fmt: skip


def ask(lab: Lab, asked: PlanRequest, **access: str) -> Made:
    model = next(m for m in CATALOG.models.values() if m.id == asked.model)
    provider = make_provider(model.provider, Path, {**lab.urls, **access}, CATALOG)
    made = asyncio.run(provider.plan(asked))
    assert isinstance(made, Made)
    return made


def test_responses_are_asked_for_without_storage_with_the_strict_schema(lab: Lab) -> None:
    writer(lab, "openai").say({"a": "b"})
    ask(lab, request("openai", "Plan it.", "{}", "Mend it."))
    [seen] = lab.requests
    assert (seen.method, seen.path) == ("POST", "/openai/v1/responses")
    assert seen.headers["authorization"] == f"Bearer {lab.urls['OPENAI_API_KEY']}"
    assert seen.body == {
        "model": "gpt-6-luna",
        "stream": False,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "low", "context": "all_turns"},
        "max_output_tokens": 2000,
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Plan it."},
            {"role": "assistant", "content": "{}"},
            {"role": "user", "content": "Mend it."},
        ],
        "text": {
            "format": {"type": "json_schema", "name": "answer", "strict": True, "schema": SCHEMA}
        },
    }


def test_messages_are_asked_for_as_a_stream(lab: Lab) -> None:
    writer(lab, "anthropic").say({"a": "a long answer that comes in two pieces"})
    made = ask(lab, request("anthropic"))
    [seen] = lab.requests
    assert (seen.method, seen.path) == ("POST", "/anthropic/v1/messages")
    assert seen.headers["authorization"] == f"Bearer {lab.urls['ANTHROPIC_API_KEY']}"
    assert seen.headers["anthropic-version"]
    assert seen.body == {
        "model": "claude-haiku-5-5",
        "max_tokens": 2000,
        "stream": True,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Plan it."}]}],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }
    assert "two pieces" in answer(made)["text"]


def test_generate_content_is_asked_for_json_of_the_schema(lab: Lab) -> None:
    writer(lab, "gemini").say({"a": "b"})
    ask(lab, request("gemini"))
    [seen] = lab.requests
    assert seen.path == "/gemini/v1beta/models/gemini-3.8-flash:generateContent"
    assert seen.headers["x-goog-api-key"] == lab.urls["GEMINI_API_KEY"]
    assert seen.body == {
        "contents": [{"role": "user", "parts": [{"text": "Plan it."}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "maxOutputTokens": 2000,
            "responseMimeType": "application/json",
            "responseJsonSchema": {**SCHEMA, "title": "answer"},
            "responseModalities": ["TEXT"],
        },
    }


def test_a_server_of_ones_own_is_told_the_schema_twice_and_the_token_limit_by_its_old_name(
    lab: Lab,
) -> None:
    writer(lab, "llm").say({"a": "b"})
    ask(lab, request("llm"))
    [seen] = lab.requests
    assert seen.path == "/llm/v1/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {lab.urls['LLM_API_KEY']}"
    assert seen.body["max_tokens"] == 2000
    assert "max_completion_tokens" not in seen.body
    assert seen.body["response_format"]["json_schema"]["schema"] == SCHEMA
    told = [turn["content"] for turn in seen.body["messages"] if turn["role"] == "system"]
    assert told[0] == "Be brief."
    assert '"additionalProperties": false' in told[1]


def test_a_server_without_a_key_is_sent_none_of_ours(lab: Lab) -> None:
    with pytest.raises(Misconfigured, match="LLM_API_KEY"):
        ask(lab, request("llm"), LLM_API_KEY="")
    assert lab.requests[0].headers["authorization"] == "Bearer no-key"


def answer(made: Made) -> dict[str, str]:
    assert made.data is not None
    return dict(json.loads(made.data))


@pytest.mark.parametrize("vendor", WIRES)
def test_an_answer_is_billed_by_its_own_count_within_the_quote(lab: Lab, vendor: str) -> None:
    writer(lab, vendor).say({"a": "b"})
    asked = request(vendor)
    made = ask(lab, asked)
    assert answer(made) == {"finish": "stop", "text": '{"a": "b"}'}
    assert usd(made.bill) == lab.bill.usd
    provider = make_provider(asked.provider, Path, lab.urls, CATALOG)
    assert usd(provider.quote(asked)) >= usd(made.bill)
    assert lab.violations == ()


def usd(lines: tuple[LineItem, ...]) -> Decimal:
    return sum((line.usd for line in lines if line.usd is not None), Decimal(0))


@pytest.mark.parametrize("vendor", WIRES)
@pytest.mark.parametrize("finish", ["length", "refused"])
def test_what_is_cut_off_or_refused_is_kept_and_paid_for_once(
    lab: Lab, vendor: str, finish: str, tmp_path: Path
) -> None:
    writer(lab, vendor).say('{"a": "b', finish)
    asked, store = request(vendor), Store(tmp_path)
    provider = make_provider(asked.provider, store.path, lab.urls, CATALOG)
    for _ in range(2):
        bought = asyncio.run(buy(store, provider, asked, _Purse()))
        assert bought.asset.facts["finish"] == finish
    assert len(lab.requests) == 1
    assert usd(bought.asset.bill) == lab.bill.usd


@pytest.mark.parametrize("vendor", WIRES)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("busy", Transient), ("error_503", Transient), ("error_502", Transient),
        ("bad_key", Misconfigured), ("reset", Failed), ("reset_after", Failed),
        ("malformed", Failed), ("wrong_type", Failed), ("half", Failed),
    ],
)  # fmt: skip
def test_each_trouble_has_its_answer_is_sent_once_and_shows_no_key(
    lab: Lab, vendor: str, fault: str, error: type[ProviderError]
) -> None:
    writer(lab, vendor).say({"a": "b" * 400})
    lab.faults.script(Rule(fault, vendor=vendor, value=7))
    with pytest.raises(error) as caught:
        ask(lab, request(vendor))
    assert len(lab.requests) == 1
    if fault == "busy":
        assert caught.value.retry_after_s == 7  # type: ignore[attr-defined]
    if error is Failed:
        assert caught.value.bill is None  # type: ignore[attr-defined]
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert not any(key in shown for name, key in lab.urls.items() if name.endswith("KEY"))


def test_an_empty_account_is_named(lab: Lab) -> None:
    lab.faults.script(Rule("no_credit", vendor="openai", nth=1))
    with pytest.raises(Misconfigured, match="credit"):
        ask(lab, request("openai"))
    lab.faults.script(Rule("no_credit", vendor="anthropic", nth=1))
    with pytest.raises(Misconfigured, match="credit"):
        ask(lab, request("anthropic"))


@pytest.mark.parametrize("vendor", ["anthropic", "gemini", "openai"])
def test_a_package_that_is_missing_is_named(
    lab: Lab, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("anthropic", "google", "openai"):
        monkeypatch.setitem(sys.modules, f"pydantic_ai.models.{name}", None)
    with pytest.raises(Misconfigured, match=r"pip install 'reelwright\[llm-all\]'"):
        ask(lab, request(vendor))
    assert lab.requests == ()


def test_a_server_that_is_not_there_is_waited_for(lab: Lab) -> None:
    with pytest.raises(Transient, match="cannot be reached"):
        ask(lab, request("llm"), LLM_BASE_URL="http://127.0.0.1:9/v1")


@pytest.mark.parametrize("vendor", WIRES)
def test_without_a_key_nothing_is_sent_and_the_setting_is_named(lab: Lab, vendor: str) -> None:
    setting = CATALOG.models[WIRES[vendor]].key
    with pytest.raises(Misconfigured, match=setting):
        ask(lab, request(vendor), **{setting: ""})
    assert lab.requests == ()


class _Purse:
    """A purse that is never empty."""

    def reserve(self, *told: Any, **more: Any) -> int:
        return 1

    def settle(self, *told: Any) -> None: ...

    def release(self, *told: Any) -> None: ...

    def lose(self, *told: Any) -> None: ...

    def lane(self, provider: str) -> Lane:
        return OPEN


def test_each_model_may_have_a_server_of_its_own_and_costs_its_seconds(
    lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text(
        '[models.gpt-oss-120b]\nserver = "big"\nmachine = "gpu1"\nprice = []\n'
    )
    catalog = load_catalog(tmp_path / "models.toml", "gpu1=3600/h")
    access = {"SERVERS=big=": lab.urls["LLM_BASE_URL"], "SERVER_KEYS=big=": lab.urls["LLM_API_KEY"]}
    writer(lab, "llm").say({"a": "b"})
    provider = make_provider("openai-compatible", Path, access, catalog)
    made = asyncio.run(provider.plan(request("llm")))
    (line,) = made.bill
    assert (line.unit, line.usd) == ("second of gpu1", line.quantity)
    assert line.quantity > 0
