"""The rules of the house, held by reading the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PAGES, block

ROOT = Path(__file__).parents[2]
ROOMS = ("prompts", "providers", "assembly", "flows")
SOURCES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_work_knows_the_other_rooms_and_prefect(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    if room != "flows":
        assert not imports(path) & ({*ROOMS, "prefect"} - {room})


def test_prefect_is_imported_by_the_flows_and_their_skin_alone() -> None:
    skin = ROOT / "flows" / "orchestration"
    knows = [p for p in SOURCES if "prefect" in imports(p)]
    assert [p for p in knows if p != ROOT / "flows" / "make.py" and p.parent != skin] == []


def test_no_class_is_defined_beside_a_flow() -> None:
    flows = []
    for path in SOURCES:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        taken = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module == "prefect"]
        if any(name.name == "flow" for node in taken for name in node.names):
            flows.append(path.name)
            assert not [n.name for n in nodes if isinstance(n, ast.ClassDef)]
    assert "make.py" in flows


def test_deployments_name_their_flows_by_module() -> None:
    told = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    found = re.findall(r"^ *entrypoint: (.*)$", told, re.MULTILINE)
    assert found
    assert [entry for entry in found if not re.fullmatch(r"flows(\.[a-z_]+)+", entry)] == []


def test_no_file_of_the_work_is_named_like_a_package_it_could_shadow() -> None:
    names = {p.stem for p in (ROOT / "flows").iterdir()} - {"__init__", "__main__"}
    assert not names & {*ROOMS, *sys.stdlib_module_names}


def test_the_work_lies_in_packages_with_a_file_each_for_what_they_hold() -> None:
    flat = [p.name for p in (ROOT / "flows").glob("*.py") if not p.name.startswith("_")]
    assert sorted(flat) == ["make.py", "settings.py"]
    inner = [p.parent for room in ROOMS for p in (ROOT / room).glob("*/__init__.py")]
    full = {str(place.relative_to(ROOT)): len(list(place.glob("*.py"))) for place in inner}
    assert {name: count for name, count in full.items() if count > 30} == {}


def test_a_file_holds_one_idea() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in [*SOURCES, *TESTS]
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert long == {}


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_example_environment_is_what_the_settings_say() -> None:
    from flows.settings import env_example

    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example(), (
        "stale: python -m flows.settings > .env.example"
    )


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_with_hashes_and_name_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pinned = re.split(r"\n(?=\S)", text.strip())
    assert len(pinned) > 50
    assert [p.split()[0] for p in pinned if "==" not in p or "--hash=sha256:" not in p] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_trees_are_what_the_files_say_of_themselves(path: Path) -> None:
    told = path.read_text(encoding="utf-8")
    assert block(PAGES[path]) in told, "stale: python -m tests.house.tree"


def test_help_imports_nothing_heavy() -> None:
    heavy = "numpy cv2 av PIL prefect pydantic sqlalchemy soundfile httpx2 markdown_it assembly"
    code = (
        "import sys; from typer.main import get_command; import flows.cli.app; "
        "get_command(flows.cli.app.app); "
        f"print(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert told.stdout.strip() == "[]"
