"""Where notices arrive in tests: a web hook, and a mail server that keeps what it is sent."""

from __future__ import annotations

import contextlib
import email
import json
import socketserver
import threading
from collections.abc import Iterator
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """Addresses to be told at, and what was told there, as subject and text."""

    hook: str
    mail: str
    hooked: list[dict[str, Any]]
    mailed: list[tuple[str, str, str]]
    """Receivers, subject, text."""


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Listens on loopback until the end of the block."""
    hooked: list[dict[str, Any]] = []
    mailed: list[tuple[str, str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            hooked.append(json.loads(self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_told: Any) -> None:
            pass

    class Mail(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            to: list[str] = []
            self._say("220 mail.test")
            while line := self.rfile.readline().decode().strip():
                word = line.upper()
                if word.startswith("MAIL FROM:"):
                    to = []
                if word.startswith("RCPT TO:"):
                    to.append(line.split("<")[1].split(">")[0])
                if word == "DATA":
                    self._say("354 go on")
                    mailed.append((", ".join(to), *_read(self._message())))
                self._say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

        def _message(self) -> bytes:
            told = b""
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                told += line
            return told

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Hook) as hook,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as mail,
    ):
        for server in (hook, mail):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Heard(
                f"http://127.0.0.1:{hook.server_address[1]}/hook",
                f"smtp://127.0.0.1:{mail.server_address[1]}",
                hooked,
                mailed,
            )
        finally:
            hook.shutdown()
            mail.shutdown()


def _read(message: bytes) -> tuple[str, str]:
    """Subject and text of a message."""
    read = email.message_from_bytes(message, policy=policy.default)
    body = read.get_body(("plain", "html"))
    return str(read["subject"]), "" if body is None else str(body.get_content())
