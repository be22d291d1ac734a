from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flows.settings import env_name, load_settings
from providers.errors import Misconfigured


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("REELWRIGHT_THEME=paper\nREELWRIGHT_BUDGET=0.25\n")
    monkeypatch.setenv("REELWRIGHT_THEME", "signal")
    settings = load_settings()
    assert settings.theme == "signal"
    assert settings.budget == Decimal("0.25")


def test_the_users_own_switch_names_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_PROVIDER", "cards")
    monkeypatch.setenv("TTS_PROVIDER", "espeak")
    settings = load_settings()
    assert (settings.image_provider, settings.tts_provider) == ("cards", "espeak")


def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELWRIGHT_BUDGET", "lots")
    with pytest.raises(Misconfigured, match="REELWRIGHT_BUDGET is 'lots'"):
        load_settings()


def test_hosts_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELWRIGHT_PICTURE_HOSTS", "Example.org, img.example.com,")
    assert load_settings().picture_hosts == {"example.org", "img.example.com"}


def test_every_setting_has_one_variable() -> None:
    assert env_name("image_provider") == "IMAGE_PROVIDER"
    assert env_name("day_budget") == "REELWRIGHT_DAY_BUDGET"
