"""Listens, aligns and speaks with engines of this machine, in a process that keeps them loaded.

Lines of JSON on stdin, answers on stdout (see `providers.local.warm`). An engine is a module with a
`run`; it imports nothing but the standard library, numpy and its own package, so that it works in
an environment of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

Say = Callable[[dict[str, Any]], None]
ENGINES = ("chattts", "ctc", "kokoro", "piper", "qwen", "sphinx", "vosk", "whisper", "xtts")


def serve(lines: TextIO, say: Say) -> None:
    """Answers until the other side has gone."""
    for line in lines:
        asked = json.loads(line)
        began = time.monotonic()

        def passed(since: float = began) -> dict[str, float]:
            return {"seconds": round(time.monotonic() - since, 3)}

        try:
            if asked["engine"] not in ENGINES:
                raise ImportError(f"there is no engine {asked['engine']!r}")
            engine = importlib.import_module(f"providers.local.engine_{asked['engine']}")
            say({"done": engine.run(asked) | passed()})
        except (ImportError, FileNotFoundError) as wrong:
            say({"failed": str(wrong), "kind": "missing"})
        except Exception as wrong:  # noqa: BLE001 - a library's own errors are of any kind
            words = f"{type(wrong).__name__}: {wrong}"
            say({"failed": words[:500], "kind": "broken"} | passed())


def main() -> None:
    # Libraries print as they please; only our own lines go where answers are read.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(told: dict[str, Any]) -> None:
        print(json.dumps(told), file=answers, flush=True)

    serve(sys.stdin, say)


if __name__ == "__main__":
    main()
