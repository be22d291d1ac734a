"""Settings of engines on this machine: where their weights lie, and what they run on."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class EngineSettings(BaseSettings):
    """What an operator says of the local engines; a part of `flows.settings.Settings`."""

    licences_accepted: str = Field(
        "",
        alias="LICENCES_ACCEPTED",
        description="Models, with commas, whose conditions for commercial use you keep.",
    )
    models_folder: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("reelwright") / "models",
        alias="MODELS_FOLDER",
        description="Folder of fetched weights (`reelwright models fetch`); empty: the user's.",
    )
    hf_endpoint: str = Field(
        "",
        alias="HF_ENDPOINT",
        description="A mirror of the hub that weights are fetched from; empty: huggingface.co.",
    )
    hf_token: SecretStr = Field(
        SecretStr(""), alias="HF_TOKEN", description="The hub's token, for weights that ask for it."
    )
    models_offline: bool = Field(
        False,
        alias="MODELS_OFFLINE",
        description="1: engines load only weights that are on this machine.",
    )
    engines_python: str = Field(
        "",
        alias="ENGINES_PYTHON",
        description="Python of another environment that has reelwright and its engines; empty: "
        "this one.",
    )
    engines_device: str = Field(
        "",
        alias="ENGINES_DEVICE",
        description="Where engines calculate: cuda, cuda:1, mps or cpu; empty: the best there is.",
    )
    engines_memory_gib: float = Field(
        0,
        ge=0,
        alias="ENGINES_MEMORY_GIB",
        description="Most GiB of models that are kept loaded; 0: four fifths of the device.",
    )

    def accepted(self) -> frozenset[str]:
        """The models whose licences with conditions are accepted by name."""
        return frozenset(name.strip() for name in self.licences_accepted.split(","))

    def engines(self) -> dict[str, str]:
        """What engines on this machine are to know: where weights lie, and what to run them on."""
        told = {
            "HF_ENDPOINT": self.hf_endpoint,
            "MODELS_FOLDER": str(self.models_folder),
            "MODELS_OFFLINE": "1" if self.models_offline else "",
            "ENGINES_PYTHON": self.engines_python,
            "ENGINES_DEVICE": self.engines_device,
            "ENGINES_MEMORY_GIB": f"{self.engines_memory_gib:g}" if self.engines_memory_gib else "",
        }
        return {name: value for name, value in told.items() if value}
