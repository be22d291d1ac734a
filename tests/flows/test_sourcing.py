"""Where things come from when a provider cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.films import make, receipt
from tests.lab.server import Lab

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def test_what_is_owned_needs_no_key(tmp_path: Path) -> None:
    script = tmp_path / "two.md"
    one = "## One\nThe Moon pulls at the sea.\n\n@prompt: a moon\n"
    script.write_text(one)
    asked = ("--image", "flux", "--budget", "9")
    with Lab() as lab:
        make(script, tmp_path, *asked, **lab.urls)
        script.write_text("## Two\nIt rises twice a day.\n\n@prompt: a tide\n\n" + one)
        told = receipt(make(script, tmp_path, *asked, **lab.urls | {"REPLICATE_API_TOKEN": ""}))
        assert len(lab.bill.charges) == 1
    pictures = {
        i["scene"]: (i["model"], i["state"]) for i in told["items"] if i["what"] == "picture"
    }
    assert pictures["s01"] == ("cards", "made")
    assert pictures["s02"][1] == "owned"
    assert "flux" in pictures["s02"][0]
