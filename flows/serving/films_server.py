"""A web server for the films folder, with ranges, so that browsers can seek: links lead to it."""

from __future__ import annotations

import argparse
from html import escape
from pathlib import Path
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = ("127.0.0.1", "localhost", "[::1]", "::1")


def films_app(films: Path, hosts: tuple[str, ...] = HERE) -> Starlette:
    """Serves what lies below `films`, and nothing else: no links out of it, no hidden files.

    Requests that name another host than `hosts` are refused, so that no web page can reach it under
    a name of its own.
    """

    async def index(_request: Request) -> Response:
        found = sorted(films.glob("*/video.mp4"), key=lambda p: p.stat().st_mtime, reverse=True)
        rows = "".join(
            f'<li><a href="films/{quote(p.parent.name)}/video.mp4">{escape(p.parent.name)}</a> · '
            f'<a href="films/{quote(p.parent.name)}/report.html">report</a></li>'
            for p in found
        )
        head = "<!doctype html><meta charset=utf-8><title>Films</title><h1>Films</h1>"
        return HTMLResponse(f"{head}<ul>{rows}</ul>")

    return Starlette(
        routes=[Route("/", index), Mount("/films", _Visible(directory=films, check_dir=False))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
    )


class _Visible(StaticFiles):
    """Files whose names begin with a dot are half-written or not for others."""

    def lookup_path(self, path: str) -> tuple[str, object]:  # type: ignore[override]
        if any(part.startswith(".") for part in Path(path).parts if part != "."):
            return "", None
        return super().lookup_path(path)


def main() -> None:
    """`python -m flows.serving.films_server FOLDER --port N`: serves until it is told to stop."""
    told = argparse.ArgumentParser()
    told.add_argument("films", type=Path)
    told.add_argument("--host", default="127.0.0.1")
    told.add_argument("--port", type=int, default=4201)
    asked = told.parse_args()
    hosts = HERE if asked.host in HERE else ("*",)
    app = films_app(asked.films, hosts)
    uvicorn.run(app, host=asked.host, port=asked.port, log_level="warning")


if __name__ == "__main__":
    main()
