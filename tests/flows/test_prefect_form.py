"""The run form: what an editor fills in becomes wishes, and a pasted script a file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.orchestration.form import FORM, More, film_name, form_of, kept_script, wishes_of
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from prompts.errors import ScriptError
from tests.flows.films import SCRIPT


def test_each_wish_has_a_place_in_the_form() -> None:
    assert {*FORM, *More.model_fields} - {"out"} == set(Wishes._fields)


def test_what_is_wished_survives_the_form(tmp_path: Path) -> None:
    wishes = Wishes(
        "1", "9:16", "paper", "alloy", "pop", Decimal("0.50"), True, "flux", batch="b",
        batch_budget_usd=Decimal("2.25"), size="720p", front=(("title", "Else"),), master=True,
    )  # fmt: skip
    form = form_of(wishes, tmp_path)
    more = form.pop("more")
    assert more.out == str(tmp_path)
    assert wishes_of(form, more) == wishes


def test_what_no_one_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="speed"):
        More.model_validate({"speed": 2})


@pytest.mark.parametrize(
    ("script", "name"),
    [
        (SCRIPT, "Tides"),
        ("# Bread\n\nIt rises.", "Bread"),
        ("Bread rises.\nIt is alive.", "Bread rises."),
        ('{\n"title": "Bread",\n"scenes": []}', "Bread"),
        ("talks/bread.md", "bread"),
        ("", "film"),
    ],
)
def test_a_run_is_named_by_its_film(script: str, name: str) -> None:
    assert film_name(script) == name


def test_a_pasted_script_is_kept_by_its_title_and_pasted_again_is_its_next_version() -> None:
    settings = load_settings()
    first = kept_script(SCRIPT, settings)
    assert first == settings.home / "scripts" / "tides.md"
    again = kept_script(SCRIPT.replace("twice", "often"), settings)
    assert again == first
    assert "often a day" in again.read_text()
    assert [path.name for path in first.parent.iterdir()] == ["tides.md"]


def test_no_title_leads_out_of_the_folder() -> None:
    settings = load_settings()
    path = kept_script("---\ntitle: ../../etc/passwd\n---\n\nIt is told.\n", settings)
    assert path.parent == settings.home / "scripts"


def test_a_path_is_looked_for_below_the_folder_of_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "talk.md").write_text(SCRIPT)
    monkeypatch.setenv("REELWRIGHT_SCRIPTS", str(tmp_path))
    assert kept_script(" talk.md ", load_settings()) == tmp_path / "talk.md"
    with pytest.raises(ScriptError, match=r"none\.md:1: there is no such script; paste a whole"):
        kept_script("none.md", load_settings())
