"""Settings: environment variables and `.env`, one field each; `.env.example` comes from here."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, NonNegativeInt, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from flows._settings_engines import EngineSettings
from flows._settings_places import PlaceSettings
from providers.errors import Misconfigured
from providers.models import server_key_setting, server_setting

PREFIX = "REELWRIGHT_"


def _key(variable: str, about: str) -> SecretStr:
    """A vendor's key: never shown, never a parameter, never in a request."""
    found: SecretStr = Field(SecretStr(""), alias=variable, description=about)
    return found


def _address(variable: str) -> str:
    """A vendor's base URL, for a proxy, a server of one's own, or a rehearsal."""
    found: str = Field(
        "", alias=variable, description="Another address for it; empty: the vendor's."
    )
    return found


class Settings(PlaceSettings, EngineSettings):
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
        "",
        alias="IMAGE_PROVIDER",
        description="Image models instead of the tier's, tried in order: flux,sdxl,cards.",
    )
    tts_provider: str = Field(
        "",
        alias="TTS_PROVIDER",
        description="Speech models instead of the tier's, tried in order: openai,espeak.",
    )
    video_provider: str = Field(
        "",
        alias="VIDEO_PROVIDER",
        description="Clip models instead of the tier's, tried in order: wan,fal-wan.",
    )
    strict_models: bool = Field(
        False,
        alias="STRICT_MODELS",
        description="1: a model that was shut down is an error, not replaced by its successor.",
    )
    commercial: bool = Field(
        False,
        alias="COMMERCIAL",
        description="1: refuse models that forbid commercial use, or set conditions.",
    )
    clip_fill: Literal["loop", "slow", "extend"] = Field(
        "loop",
        alias="CLIP_FILL",
        description="How a clip fills a longer scene: loop, slow, or extend by buying more.",
    )
    planner: str = Field(
        "rules",
        alias="PLANNER",
        description="Who plans scenes and pictures: rules, llm (the first model with a key), or "
        "names of models with commas.",
    )
    writer: str = Field(
        "llm",
        alias="WRITER",
        description="Who writes scripts for `reelwright write TOPIC`: llm, or names of models.",
    )
    translator: str = Field(
        "llm",
        alias="TRANSLATOR",
        description="Who translates films for --languages: llm (the first model with a key), or "
        "names of models.",
    )
    aligner: str = Field(
        "auto",
        alias="ALIGNER",
        description="Who times the words of voices that do not: auto (what is installed), "
        "characters (a guess), or names of aligners or recognisers with commas.",
    )
    transcriber: str = Field(
        "auto",
        alias="TRANSCRIBER",
        description="Who hears what was said: auto (what is installed), or names such as "
        "whisper-small,assemblyai.",
    )
    verify_speech: bool = Field(
        False,
        alias="VERIFY_SPEECH",
        description="1: what was made is heard back and compared with the script.",
    )
    moderation: str = Field(
        "rules",
        alias="MODERATION",
        description="Who judges words and pictures: off, rules, openai, a catalog name, or several "
        "with commas.",
    )
    moderation_policy: Path | None = Field(
        None,
        alias="MODERATION_POLICY",
        description="Your own moderation.toml, laid over the shipped one.",
    )
    theme: str = Field("daylight", description="Look of films that name no theme.")
    brand_file: Path | None = Field(
        None, alias="BRAND_FILE", description="Brand of scripts that name none: a brand.toml."
    )
    short_side: int = Field(
        1080,
        ge=64,
        le=2160,
        description="Pixels of the film's shorter side: 1080 is full HD; smaller is quicker.",
    )
    encoder: Literal["auto", "cpu", "nvenc"] = Field(
        "auto",
        description="Who encodes: nvenc (NVIDIA), cpu, or auto: nvenc where a trial works.",
    )
    budget: Decimal | None = Field(
        None, ge=0, description="Most USD that one film may cost; empty: no limit."
    )
    batch_budget: Decimal | None = Field(
        None, ge=0, description="Most USD for the films of one command together; empty: no limit."
    )
    day_budget: Decimal | None = Field(
        None, ge=0, description="Most USD on one day (UTC), all films together; empty: no limit."
    )
    month_budget: Decimal | None = Field(
        None, ge=0, description="Most USD in one month (UTC), all films together; empty: no limit."
    )
    provider_budgets: Annotated[dict[str, Decimal], NoDecode] = Field(
        {},
        description="Most USD ever per provider, such as replicate=5,openai=2.50; "
        "openai and gemini are all of that vendor, words and judges too.",
    )
    provider_limits: Annotated[dict[str, NonNegativeInt], NoDecode] = Field(
        {},
        alias="PROVIDER_LIMITS",
        description="Most orders out at once per provider, over all processes and machines, such "
        "as openai=8,replicate=20; 0: no limit; others as the catalog says.",
    )
    provider_rates: Annotated[dict[str, NonNegativeInt], NoDecode] = Field(
        {},
        alias="PROVIDER_RATES",
        description="Most orders in a minute per provider, such as openai=60,replicate=600.",
    )
    unknown_price: Decimal = Field(
        Decimal(1), ge=0, description="What a price that nobody knows counts as, in USD."
    )
    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("reelwright"),
        description="Folder of the store and the ledger; empty: the user's data folder.",
    )
    films: Path | None = Field(
        None, description="Folder of the films that forms and schedules make; empty: films."
    )
    films_url: str = Field(
        "", description="Where that folder can be seen in a browser: http://127.0.0.1:4201/films."
    )
    scripts: Path | None = Field(
        None, description="Folder below which forms and schedules name scripts; empty: none."
    )
    ledger: str = Field(
        "",
        alias="LEDGER_URL",
        repr=False,
        description="The ledger's database, such as postgresql://user:password@host/name; "
        "empty: a SQLite file in that folder.",
    )
    models: Path = Field(
        default_factory=lambda: platformdirs.user_config_path("reelwright") / "models.toml",
        description="Your own models.toml, laid over the shipped one.",
    )
    picture_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="Hosts, with commas, that scripts may take pictures from."
    )

    servers: Annotated[dict[str, str], NoDecode] = Field(
        {},
        alias="SERVERS",
        description="Your own servers by the names that the catalog gives them: "
        "kokoro=http://127.0.0.1:8880/v1,comfyui=http://gpu1:8188.",
    )
    server_keys: SecretStr = Field(
        SecretStr(""),
        alias="SERVER_KEYS",
        repr=False,
        description="Keys of those that ask for one: wan=key,other=key.",
    )
    gpu_deployment: str = Field(
        "",
        alias="GPU_DEPLOYMENT",
        description="Who makes what needs a GPU: make-things/make-things; empty: this machine.",
    )
    worker_token: SecretStr = _key(
        "WORKER_TOKEN", "What callers of `reelwright worker` have to know; empty: nothing."
    )
    machine_rates: str = Field(
        "",
        alias="MACHINE_RATES",
        description="What an hour of a machine costs, in USD: here=0.05/h,workstation=0.40/h.",
    )

    openai_api_key: SecretStr = _key("OPENAI_API_KEY", "OpenAI: pictures and speech.")
    replicate_api_token: SecretStr = _key(
        "REPLICATE_API_TOKEN", "Replicate: FLUX, SDXL, Kokoro, Wan."
    )
    fal_key: SecretStr = _key("FAL_KEY", "fal: FLUX, Wan, Kling, Veo.")
    elevenlabs_api_key: SecretStr = _key("ELEVENLABS_API_KEY", "ElevenLabs: speech.")
    assemblyai_api_key: SecretStr = _key("ASSEMBLYAI_API_KEY", "AssemblyAI: transcripts.")
    gemini_api_key: SecretStr = _key("GEMINI_API_KEY", "Google Gemini: speech.")
    guard_api_key: SecretStr = _key(
        "GUARD_API_KEY", "A guard model's server, where it asks for a key."
    )
    guard_base_url: str = Field(
        "",
        alias="GUARD_BASE_URL",
        description="The OpenAI-compatible server of a guard model: http://127.0.0.1:8000/v1.",
    )
    anthropic_api_key: SecretStr = _key("ANTHROPIC_API_KEY", "Anthropic: Claude, for words.")
    llm_api_key: SecretStr = _key("LLM_API_KEY", "Your own model server, where it asks for a key.")
    llm_base_url: str = Field(
        "",
        alias="LLM_BASE_URL",
        description="An OpenAI-compatible server of language models: http://127.0.0.1:8000/v1.",
    )
    anthropic_base_url: str = _address("ANTHROPIC_BASE_URL")
    openai_base_url: str = _address("OPENAI_BASE_URL")
    replicate_base_url: str = _address("REPLICATE_BASE_URL")
    fal_queue_url: str = _address("FAL_QUEUE_URL")
    assemblyai_base_url: str = _address("ASSEMBLYAI_BASE_URL")
    elevenlabs_base_url: str = _address("ELEVENLABS_BASE_URL")
    gemini_base_url: str = _address("GEMINI_BASE_URL")
    edge_tts_url: str = _address("EDGE_TTS_URL")

    def access(self) -> dict[str, str]:
        """Keys and addresses for the providers, by their variable; those that are set."""
        told: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            elif not name.endswith("_url"):
                continue
            if value and field.alias:
                told[field.alias] = value
        told |= self.engines()
        told |= {server_setting(name): url for name, url in self.servers.items()}
        for name, key in _pairs(self.server_keys.get_secret_value()).items():
            told[server_key_setting(name)] = key
        return told

    def ledger_url(self) -> str:
        """The ledger's database: the operator's, else a file below the home folder."""
        return self.ledger or f"sqlite:///{(self.home / 'ledger.sqlite').absolute()}"

    @field_validator(
        "provider_budgets", "servers", "provider_limits", "provider_rates", mode="before"
    )
    @classmethod
    def _by_name(cls, value: object) -> object:
        return _pairs(value) if isinstance(value, str) else value

    @field_validator("picture_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(host.strip().lower() for host in value.split(",") if host.strip())
        return value


def _pairs(told: str) -> dict[str, str]:
    """`a=1,b=2` by name."""
    pairs = [part.partition("=") for part in told.split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def load_settings() -> Settings:
    """Reads the environment and `.env`. Raises Misconfigured with one sentence per wrong value."""
    try:
        return Settings()
    except ValidationError as wrong:
        told = [
            f"{' '.join([env_name(str(e['loc'][0])), *map(str, e['loc'][1:])])} is "
            f"{e.get('input')!r}: {e['msg'].lower()}"
            for e in wrong.errors()
        ]
        raise Misconfigured("; ".join(told) + " (environment or .env)") from wrong


def origin(settings: Settings, field: str) -> str:
    """Where a setting was read: "environment", ".env", or empty when it is at its default."""
    if field not in settings.model_fields_set:
        return ""
    name = env_name(field)
    # Names of variables are read in any case, and empty ones not at all.
    in_environment = any(key.upper() == name and value for key, value in os.environ.items())
    return "environment" if in_environment else ".env"


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
        shown = "" if isinstance(default, frozenset | SecretStr | dict) else str(default)
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
