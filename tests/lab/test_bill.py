from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

from tests.lab.bill import Bill, Charge, digest, read_bill, total
from tests.lab.conftest import Client
from tests.lab.faults import Rule
from tests.lab.server import Lab


def charge(order: str, request_id: str, fault: str = "") -> Charge:
    return Charge(
        "openai", "m", Decimal(1), "image", Decimal("0.25"), request_id, digest("p"), order, fault
    )


def test_the_file_of_a_bill_says_what_the_bill_says(tmp_path: Path) -> None:
    bill = Bill(tmp_path / "bill.jsonl")
    bill.charge(charge("a", "1"))
    bill.charge(charge("b", "2", "half"))
    assert read_bill(tmp_path / "bill.jsonl") == bill.charges
    assert total(read_bill(tmp_path / "bill.jsonl")) == bill.usd == Decimal("0.50")


def test_the_same_order_charged_twice_is_found() -> None:
    bill = Bill()
    bill.charge(charge("a", "1"))
    bill.charge(charge("b", "2"))
    assert bill.doubles() == {}
    bill.charge(charge("a", "3"))
    assert bill.doubles() == {"openai a": 2}


def test_an_order_made_again_after_a_spoilt_or_lost_one_is_no_double() -> None:
    bill = Bill()
    bill.charge(charge("a", "1", "reset_after"))
    bill.charge(charge("a", "2"))
    bill.lost("2")
    bill.charge(charge("a", "3"))
    assert bill.doubles() == {}
    assert bill.usd == Decimal("0.75")


def test_the_same_call_twice_is_charged_twice(lab: Lab, client: Client) -> None:
    client.image()
    client.image()
    assert len(lab.bill.charges) == 2
    assert list(lab.bill.doubles().values()) == [2]


def test_openai_is_charged_by_the_tokens_in_its_answer(lab: Lab, client: Client) -> None:
    used = client.image("a fox in the snow").json()["usage"]
    assert used["output_tokens"] == 120
    told = Decimal(used["input_tokens"] * 5 + used["output_tokens"] * 30) / 1_000_000
    assert lab.bill.usd == told
    assert lab.bill.charges[0].prompt == digest("a fox in the snow")


def test_official_models_are_charged_by_output_and_others_by_their_time(
    lab: Lab, client: Client
) -> None:
    client.flux(prefer="wait")
    (flux,) = lab.bill.of("replicate")
    assert (flux.quantity, flux.unit, flux.usd) == (1, "image", Decimal("0.025"))
    version = "f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
    made = client.predict(version, {"text": "Hello."}, prefer="wait").json()
    kokoro = lab.bill.of("replicate")[1]
    assert float(kokoro.quantity) == made["metrics"]["predict_time"]
    assert kokoro.usd == kokoro.quantity * Decimal("0.000225")


def test_a_failed_run_is_charged_where_time_is_sold(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("failed", "replicate", "create"))
    assert client.flux(prefer="wait")["status"] == "failed"
    assert lab.bill.charges == ()
    version = "jaaari/kokoro-82m:f559560eb822dc509045f3921a1921234918b91739db4bf3daab2169b71c7a13"
    assert client.predict(version, {"text": "Hi."}, prefer="wait").json()["status"] == "failed"
    assert [c.fault for c in lab.bill.charges] == ["failed"]


def test_a_job_that_nobody_asks_for_again_is_charged_all_the_same(lab: Lab, client: Client) -> None:
    made = client.post("fal", "/fal-ai/flux/dev", {"prompt": "x", "image_size": "square"}).json()
    until = time.monotonic() + 5
    while not lab.bill.charges and time.monotonic() < until:
        time.sleep(0.01)
    assert lab.bill.charges[0].request_id == made["request_id"]
    assert lab.bill.usd == Decimal("0.025")


def test_what_fal_does_not_deliver_it_does_not_charge(lab: Lab, client: Client) -> None:
    lab.faults.script(Rule("failed", "fal", "create", 1), Rule("refused", "fal", "create", 2))
    assert client.queue("fal-ai/flux/dev", {"prompt": "x"}).status_code == 500
    assert client.queue("fal-ai/flux/dev", {"prompt": "x"}).status_code == 422
    assert lab.bill.charges == ()
