"""The files of a team's server: whole, with settings that Prefect knows and takes."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    return read


def test_the_background_services_run_apart_and_once(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["services"]["deploy"]["replicas"] == 1
    assert "--no-services" in services["api"]["command"]
    assert services["api"]["deploy"]["replicas"] > 1
    asked = {name for service in services.values() for name in service.get("depends_on", ())}
    assert asked <= set(services)


def test_each_variable_that_compose_reads_is_named_in_the_example(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    named = set(re.findall(r"^([A-Z_0-9]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_0-9]+)", text)) - {"IMAGE"} <= named


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text() + (DEPLOY / "env.example").read_text()
    secret = r"(?:PASSWORD|AUTH|KEY|TOKEN)[A-Z_]*(?::-|=)([^}\s]+)"
    assert re.findall(secret, text) == []


def test_modules_and_files_that_are_named_are_there(compose: dict[str, Any]) -> None:
    commands = [service.get("command", []) for service in compose["services"].values()]
    modules = [c[c.index("-m") + 1] for c in commands if "-m" in c]
    assert modules
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    told = (DEPLOY / "setup.sh").read_text()
    assert importlib.util.find_spec(re.findall(r"-m (\S+)", told)[0])
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            if volume.startswith("."):
                assert (DEPLOY / volume.split(":")[0]).exists()


@pytest.mark.slow
@pytest.mark.parametrize("who", ["x-prefect", "x-worker"])
def test_prefect_knows_and_takes_every_setting(compose: dict[str, Any], who: str) -> None:
    told = {
        name: re.sub(r"\$\{[A-Z_0-9]+:?[-?]?([^}]*)\}", r"\1", str(value))
        for name, value in compose[who].items()
        # Those of the package prefect-redis, which is only in the image.
        if name.startswith("PREFECT_") and not name.startswith("PREFECT_REDIS_")
    }
    code = (
        "import sys; from prefect.settings import Settings, get_current_settings; "
        "from prefect.settings.legacy import _get_settings_fields; get_current_settings(); "
        "print(sorted(set(sys.argv[1:]) - set(_get_settings_fields(Settings))))"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")} | told
    done = subprocess.run(
        [sys.executable, "-c", code, *told], capture_output=True, text=True, env=environment,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["server", "worker-cpu", "worker-gpu", "setup"])
def test_values_for_kubernetes_are_read_and_say_that_they_are_untested(name: str) -> None:
    path = DEPLOY / "kubernetes" / f"{name}.yaml"
    assert "Untested." in path.read_text().splitlines()[0]
    assert isinstance(YAML(typ="safe").load(path), dict)
