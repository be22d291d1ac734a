"""The file of takes beside a script: what was made again, what was chosen of it, what is held.

`bread.md` has `bread.takes.toml`: plain enough to read, to compare and to keep under version
control. It holds recipes (a take's number, seed and prompt), so that it means the same on a machine
whose store is empty; what is pinned is named by the store's keys besides.
"""

from __future__ import annotations

import json
import re
import secrets
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from flows.buying.orders import FIRST, Take
from prompts.errors import Problem, ScriptError
from prompts.storyboard import Frozen

Kind = Literal["image", "clip", "speech"]
_HEADER = """# Takes of {name}, as `reelwright redo`, `pick` and `pin` write them.
# A choice holds as long as its scene asks the same model for the same.
"""


class TakeMade(Frozen):
    """A take that was bought: how it is asked for again, and under which keys it is owned."""

    number: int
    seed: int | None = None
    prompt: str = ""
    keys: tuple[str, ...] = ()

    @property
    def take(self) -> Take:
        return Take(self.number, self.seed, self.prompt)


class Choice(Frozen):
    """What an editor chose for one thing of one scene, which is known by its heading and words."""

    heading: str = ""
    words: str = ""
    what: Kind
    aspect: str = ""
    """Of the film that it was chosen for. For speech its language, where that is not the script's.
    """
    model: str
    asks: str
    """What the script asked the model for: the choice holds while it asks the same."""
    picked: int = 0
    """Number of the take that the film shows; 0 is what the script asks for."""
    pinned: tuple[str, ...] = ()
    """Keys of what is held whatever the scene asks for; none: nothing is."""
    takes: tuple[TakeMade, ...] = ()

    @property
    def take(self) -> Take:
        """The take that was picked."""
        return next((made.take for made in self.takes if made.number == self.picked), FIRST)


def takes_path(script: Path) -> Path:
    """Where the takes of a script are kept."""
    return script.with_name(script.stem + ".takes.toml")


def read_takes(script: Path) -> tuple[Choice, ...]:
    """The choices beside a script; none where there is no file. Raises ScriptError."""
    path = takes_path(script)
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as wrong:
        raise _unreadable(path, 1, str(wrong)) from None
    except tomllib.TOMLDecodeError as wrong:
        line = re.search(r"line (\d+)", str(wrong))
        raise _unreadable(path, int(line[1]) if line else 1, str(wrong)) from None
    try:
        listed = tree.pop("choice", [])
        if tree:
            raise _unreadable(path, 1, f"there is no {next(iter(tree))!r} in a file of takes")
        return tuple(Choice.model_validate(_named(told)) for told in listed)
    except (ValidationError, AttributeError, TypeError) as wrong:
        first = wrong.errors()[0] if isinstance(wrong, ValidationError) else None
        told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(wrong)
        raise _unreadable(path, 1, told) from None


def keys_of(choices: Sequence[Choice]) -> list[str]:
    """The store's keys of all takes and of what is pinned."""
    pinned = [key for choice in choices for key in choice.pinned]
    return pinned + [key for choice in choices for made in choice.takes for key in made.keys]


def write_takes(script: Path, choices: Iterable[Choice]) -> Path:
    """Writes the choices beside the script, whole or not at all; returns where."""
    path = takes_path(script)
    text = _HEADER.format(name=script.name) + "".join(map(_written, choices))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _named(told: dict[str, Any]) -> dict[str, Any]:
    return {("takes" if key == "take" else key): value for key, value in told.items()}


def _written(choice: Choice) -> str:
    told = choice.model_dump(mode="json", exclude={"takes"}, exclude_defaults=True)
    lines = ["", "[[choice]]", *_pairs(told)]
    for made in choice.takes:
        lines += ["", "  [[choice.take]]"]
        lines += [f"  {line}" for line in _pairs(made.model_dump(mode="json", exclude_none=True))]
    return "\n".join(lines) + "\n"


def _pairs(told: dict[str, Any]) -> list[str]:
    # A JSON string or list of strings is the same in TOML, but for DEL.
    return [
        f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for key, value in told.items()
        if value != ""
    ]


def _unreadable(path: Path, line: int, problem: str) -> ScriptError:
    fix = "mend it, or take the file away: what was bought stays owned"
    return ScriptError((Problem(path=str(path), line=line, problem=problem, fix=fix),))
