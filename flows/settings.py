"""Settings: environment variables and `.env`, one field each; `.env.example` comes from here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from providers.errors import Misconfigured

PREFIX = "REELWRIGHT_"


class Settings(BaseSettings):
    """What an operator configures; command line and front matter go before it."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix=PREFIX,
        extra="ignore",
        env_ignore_empty=True,
        frozen=True,
        populate_by_name=True,
    )

    tier: str = Field("offline", description="Which models make a film: a tier of the catalog.")
    image_provider: str = Field(
        "", alias="IMAGE_PROVIDER", description="Image model, instead of the tier's own."
    )
    tts_provider: str = Field(
        "", alias="TTS_PROVIDER", description="Speech model, instead of the tier's own."
    )
    theme: str = Field("daylight", description="Look of films that name no theme.")
    short_side: int = Field(
        1080,
        ge=144,
        le=2160,
        description="Pixels of the film's shorter side: 1080 is full HD; smaller is quicker.",
    )
    budget: Decimal | None = Field(
        None, ge=0, description="Most USD that one film may cost; empty: no limit."
    )
    day_budget: Decimal | None = Field(
        None, ge=0, description="Most USD on one day (UTC), all films together; empty: no limit."
    )
    unknown_price: Decimal = Field(
        Decimal(1), ge=0, description="What a price that nobody knows counts as, in USD."
    )
    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("reelwright"),
        description="Folder of the store and the ledger; empty: the user's data folder.",
    )
    models: Path = Field(
        default_factory=lambda: platformdirs.user_config_path("reelwright") / "models.toml",
        description="Your own models.toml, laid over the shipped one.",
    )
    picture_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="Hosts, with commas, that scripts may take pictures from."
    )

    @field_validator("picture_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(host.strip().lower() for host in value.split(",") if host.strip())
        return value


def load_settings() -> Settings:
    """Reads the environment and `.env`. Raises Misconfigured with one sentence per wrong value."""
    try:
        return Settings()
    except ValidationError as wrong:
        told = [
            f"{env_name(str(e['loc'][0]))} is {e.get('input')!r}: {e['msg'].lower()}"
            for e in wrong.errors()
        ]
        raise Misconfigured("; ".join(told) + " (environment or .env)") from wrong


def env_name(field: str) -> str:
    """The environment variable of a field."""
    known = Settings.model_fields.get(field)
    if known is None:
        return field.upper()
    return known.alias or PREFIX + field.upper()


def env_example() -> str:
    """The text of `.env.example`: every variable, what it does, its default commented out."""
    lines = ["# Copy to .env and set what you need. Made by: python -m flows.settings", ""]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else field.default
        shown = "" if isinstance(default, frozenset) else str(default)
        lines += [f"# {field.description}", f"#{env_name(name)}={shown}", ""]
    lines += [
        "# FFmpeg to use instead of the one that comes with Reelwright.",
        "#FFMPEG_BINARY=",
        "",
        "# Folders with further fonts, separated like PATH.",
        "#REELWRIGHT_FONTS=",
        "",
        "# A Prefect server: `reelwright make` then runs as a flow that can be watched there.",
        "#PREFECT_API_URL=http://127.0.0.1:4200/api",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(env_example(), end="")
