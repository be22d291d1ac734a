"""Who wants to hear of films is told: by web hook and mail, from a real server's automations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.flows.films import SCRIPT
from tests.flows.heard import Heard, listening
from tests.flows.served import Served, serving_many, waited

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.xdist_group("prefect")]

PLAN = """
[[notify]]
name = "a hook"
kind = "webhook"
on = ["done", "failed", "waiting for approval"]
secret_env = "OUR_HOOK"

[[notify]]
name = "by mail"
kind = "e-mail"
on = ["failed"]
secret_env = "OUR_MAIL"
sender = "films@firm.test"
to = ["editors@firm.test", "chief@firm.test"]

[[notify]]
name = "in Slack"
kind = "slack"
on = ["crashed"]
secret_env = "OUR_SLACK"

[[notify]]
name = "in Teams"
kind = "teams"
on = ["crashed"]
secret_env = "OUR_TEAMS"

[[notify]]
name = "by SendGrid"
kind = "e-mail"
on = ["crashed"]
secret_env = "OUR_SENDGRID"
sender = "films@firm.test"
to = ["editors@firm.test"]
"""
ADDRESSES = {
    "OUR_SLACK": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "OUR_TEAMS": "https://prod-1.westeurope.logic.azure.com:443/workflows/"
    "643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke?api-version=2016-06-01"
    "&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A",
    "OUR_SENDGRID": "SG.nobodys.key",
}


class Told(NamedTuple):
    """A server, and who listens to its notices."""

    served: Served
    heard: Heard


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("notices")
    (folder / "schedules.toml").write_text(PLAN)
    with listening() as heard:
        addresses = ADDRESSES | {"OUR_HOOK": heard.hook, "OUR_MAIL": heard.mail}
        with serving_many(folder, **addresses) as served:
            yield Told(served, heard)


def test_whoever_wants_to_hear_is_told_film_state_and_sentence(told: Told) -> None:
    served, heard = told
    flagged = SCRIPT.replace("Tides", "Wild tides").replace("Every tide", "Now kill yourself")
    waits = served.submit(script=flagged, tier="offline")
    wrong = served.submit(script="nowhere.md")
    made = served.submit(script=SCRIPT, tier="offline")
    assert served.ended(made)["state"]["name"] == "Completed"
    assert served.ended(waits)["state"]["name"] == "Waiting for approval"
    sentence = "nowhere.md:1: there is no such script; paste a whole script"
    assert sentence in served.ended(wrong)["state"]["message"]

    def bodies(subject: str) -> list[str]:
        return [str(one["body"]) for one in heard.hooked if one["subject"] == subject]

    (body,) = waited(lambda: bodies("nowhere: Failed"), "nobody was told of the failure")
    assert sentence in body
    assert f"http://127.0.0.1:{served.port}/runs/flow-run/{wrong}" in body
    (body,) = waited(lambda: bodies("Wild tides: Waiting for approval"), "nobody was told to look")
    assert "s03 narration" in body
    (body,) = waited(lambda: bodies("Tides: Completed"), "nobody was told of a film")
    assert "tides/video.mp4" in body
    mails = waited(lambda: len(heard.mailed) > 1 and heard.mailed, "no mail came")
    assert mails
    assert {to for to, _, _ in mails} == {"editors@firm.test", "chief@firm.test"}
    assert all(subject == "nowhere: Failed" for _, subject, _ in mails)
    assert all(sentence in text for _, _, text in mails)


def test_every_notice_is_an_automation_and_no_address_can_be_read(told: Told) -> None:
    served, heard = told
    names = {one["name"] for one in served.ask("POST", "/automations/filter", {})}
    assert {f"Reelwright: tell {who}" for who in (
        "a hook", "by mail", "in Slack", "in Teams", "by SendGrid")} <= names  # fmt: skip
    blocks = json.dumps(served.ask("POST", "/block_documents/filter", {"include_secrets": False}))
    for secret in (*ADDRESSES.values(), heard.hook, heard.mail):
        assert secret not in blocks
