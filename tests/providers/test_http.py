from __future__ import annotations

import asyncio
import pickle
import traceback
from typing import Any

import pytest

from providers._http import Answer, Vendor, base_of, call, key_of
from providers.errors import Failed, Misconfigured, ProviderError, Rejected, Transient

KEY = "sk-very-secret"


def vendor(url: str) -> Vendor:
    head = {"Authorization": f"Bearer {KEY}"}
    return Vendor("acme", url, "ACME_API_KEY", KEY, head)


def ask(desk: Any, method: str = "POST") -> Answer:
    body = {"a": 1} if method == "POST" else None
    return asyncio.run(call(vendor(desk.url), method, f"{desk.url}/x", body))


@pytest.mark.parametrize(
    ("status", "method", "kind"),
    [
        (408, "POST", Transient), (409, "POST", Transient), (429, "POST", Transient),
        (500, "POST", Transient), (503, "GET", Transient), (529, "POST", Transient),
        (401, "POST", Misconfigured), (403, "POST", Misconfigured), (402, "POST", Misconfigured),
        (404, "POST", Misconfigured), (404, "GET", Failed), (422, "POST", Misconfigured),
        (400, "POST", Misconfigured), (302, "POST", Failed),
    ],
)  # fmt: skip
def test_a_status_is_one_of_four_answers(
    desk: Any, status: int, method: str, kind: type[ProviderError]
) -> None:
    desk.answer(status, {"detail": "why"})
    with pytest.raises(kind):
        ask(desk, method)


def test_a_wrong_field_is_named() -> None:
    said = b'{"detail": [{"loc": ["body", "voice"], "msg": "field required"}]}'
    from providers._http import told_by

    assert told_by(Answer(422, {}, said)) == "voice: field required"
    said = b'{"error": {"message": "bad size", "param": "size"}}'
    assert told_by(Answer(400, {}, said)) == "size: bad size"
    assert told_by(Answer(502, {}, b"<html>bad\n gateway</html>")) == "<html>bad gateway</html>"


def test_the_named_wait_travels_with_the_error(desk: Any) -> None:
    desk.answer(429, {"detail": "Your rate limit resets in ~30s."})
    with pytest.raises(Transient) as busy:
        ask(desk)
    assert busy.value.retry_after_s == 30.0
    assert pickle.loads(pickle.dumps(busy.value)).retry_after_s == 30.0


def test_a_key_that_a_vendor_repeats_is_in_no_error(desk: Any) -> None:
    desk.answer(400, {"error": {"message": f"wrong use of {KEY}"}})
    with pytest.raises(Misconfigured) as wrong:
        ask(desk)
    assert "wrong use of ***" in str(wrong.value)
    assert KEY not in "".join(traceback.format_exception(wrong.value))


def test_a_vendor_that_is_not_there_is_waited_for() -> None:
    with pytest.raises(Transient, match="cannot be reached") as lost:
        asyncio.run(call(vendor("http://127.0.0.1:9"), "POST", "http://127.0.0.1:9/x", {}))
    assert KEY not in "".join(traceback.format_exception(lost.value))


def test_an_order_that_was_sent_and_not_answered_is_not_sent_for_ever(desk: Any) -> None:
    desk.answer(0)
    with pytest.raises(Failed, match="may be billed"):
        ask(desk)
    desk.answer(0)
    with pytest.raises(Transient):
        ask(desk, "GET")


def test_the_key_goes_to_the_vendors_own_host_alone(desk: Any) -> None:
    with pytest.raises(Failed, match="another host"):
        asyncio.run(call(vendor("https://api.acme.test"), "GET", f"{desk.url}/file"))
    assert desk.seen == []


def test_a_vendors_own_refusal_goes_before_the_status(desk: Any) -> None:
    own = vendor(desk.url)._replace(reads=lambda answer, told: Rejected(f"no: {told}"))
    desk.answer(400, {"error": "rude"})
    with pytest.raises(Rejected, match="no: rude"):
        asyncio.run(call(own, "POST", f"{desk.url}/x", {}))


@pytest.mark.parametrize("key", ["", "  "])
def test_a_missing_key_is_named_by_its_setting(key: str) -> None:
    with pytest.raises(Misconfigured, match=r"ACME_API_KEY is not set; get a key at https://acme"):
        key_of({"ACME_API_KEY": key}, "ACME_API_KEY", "https://acme.test")


@pytest.mark.parametrize("key", ["sk-a\nb", "sk-ä", "Bearer sk"])
def test_a_key_with_a_slip_of_the_hand_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        key_of({"ACME_API_KEY": key}, "ACME_API_KEY", "https://acme.test")
    assert key not in str(wrong.value)


def test_a_base_that_is_no_url_is_refused() -> None:
    assert base_of({"B": "http://localhost:1/v1/"}, "B", "") == "http://localhost:1/v1"
    assert base_of({}, "B", "https://a.test") == "https://a.test"
    with pytest.raises(Misconfigured, match="B is 'localhost:8000'"):
        base_of({"B": "localhost:8000"}, "B", "https://a.test")
