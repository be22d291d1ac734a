"""No test reaches the network, a real key, or the store of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3 import S3Server, running

_OURS = (
    "REELWRIGHT_", "PREFECT_", "IMAGE_PROVIDER", "TTS_PROVIDER", "VIDEO_PROVIDER", "STRICT_MODELS",
    "COMMERCIAL", "FFMPEG_BINARY", "LEDGER_URL", "MODERATION", "GUARD_",
    "STORE_", "DELIVER_TO", "WEBHOOK_", "AWS_", "PROVIDER_",
    "ALIGNER", "TRANSCRIBER", "VERIFY_SPEECH",
    "MODELS_", "ENGINES_", "LICENCES_ACCEPTED", "HF_ENDPOINT", "HF_TOKEN",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store and ledger of the test's own, and no settings of the machine."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name.endswith(("_API_KEY", "_API_TOKEN")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("REELWRIGHT_HOME", str(home))
    monkeypatch.setenv("REELWRIGHT_MODELS", str(home / "models.toml"))
    return home


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server for all tests of this process."""
    with running() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """The name of an empty bucket."""
    return s3.new_bucket()
