"""The bytes of a script or document, or one sentence on why they cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from prompts.reading.report import Report


class Bound(NamedTuple):
    """How large files of a kind may be: `most_mb` megabytes, told with `digits` decimals."""

    kind: str
    most_mb: int
    digits: int
    fix: str


def read_bytes(path: Path, bound: Bound, report: Report) -> bytes:
    """All of a file. Raises ScriptError for a folder, no file, one too large or unreadable."""
    try:
        if path.is_dir():
            report.stop(1, "this is a folder", f"name the {bound.kind} in it")
        if not path.is_file():
            report.stop(1, "there is no such file", "check the name")
        megabytes = path.stat().st_size / 1e6
        if megabytes > bound.most_mb:
            report.stop(
                1,
                f"this file has {megabytes:.{bound.digits}f} MB and a {bound.kind} has at most "
                f"{bound.most_mb} MB",
                bound.fix,
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is wrong"
        report.stop(1, f"this file cannot be opened ({reason.lower()})", "make it readable")
