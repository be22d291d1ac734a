from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.buying import remote
from flows.buying.remote import fetch_picture, is_public
from providers.files import UnusableFile
from providers.store import Store


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """A picture host on loopback, and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if self.path == "/moved" else 200)
            self.end_headers()
            self.wfile.write(b"picture")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_host_that_is_not_allowed_is_never_asked(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"pictures from example\.org are not allowed here"):
        fetch_picture("https://example.org/a.png", Store(tmp_path), frozenset())


def test_an_allowed_name_that_leads_to_a_private_address_is_refused(
    tmp_path: Path, host: tuple[str, list[str]]
) -> None:
    with pytest.raises(UnusableFile, match=r"leads to the private address 127\.0\.0\.1"):
        fetch_picture(host[0] + "/a.png", Store(tmp_path), frozenset({"127.0.0.1"}))
    assert host[1] == []


def test_a_name_that_changes_its_address_after_the_check_is_caught_on_the_connection(
    tmp_path: Path, host: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "addresses", lambda *_: ["93.184.215.14"])
    with pytest.raises(UnusableFile, match=r"leads to the private address 127\.0\.0\.1"):
        fetch_picture(host[0] + "/a.png", Store(tmp_path), frozenset({"127.0.0.1"}))
    assert list((tmp_path / "requests").iterdir()) == []


def test_an_allowed_picture_is_fetched_once(
    tmp_path: Path, host: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "is_public", lambda _address: True)
    for _ in range(2):
        path = fetch_picture(host[0] + "/a.png", Store(tmp_path), frozenset({"127.0.0.1"}))
    assert path.read_bytes() == b"picture"
    assert host[1] == ["/a.png"]


def test_a_redirect_is_not_followed(
    tmp_path: Path, host: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "is_public", lambda _address: True)
    with pytest.raises(UnusableFile, match="answered 302"):
        fetch_picture(host[0] + "/moved", Store(tmp_path), frozenset({"127.0.0.1"}))


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254", "fe80::1%e"]
)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)
