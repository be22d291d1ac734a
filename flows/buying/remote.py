"""Pictures from elsewhere: only from hosts the operator allows, never from a private address."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from providers.files import UnusableFile
from providers.store import Store

MOST_BYTES = 50_000_000
_ALLOW = "download the picture beside the script, or ask the operator to allow the host"


def fetch_picture(url: str, store: Store, hosts: frozenset[str]) -> Path:
    """The file behind `url`, downloaded once. Raises UnusableFile.

    The address is judged before connecting and again on the open connection, so that a name that
    changes its mind in between (DNS rebinding) gains nothing. Redirects are not followed.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host not in hosts:
        raise UnusableFile(f"pictures from {host} are not allowed here", _ALLOW)
    key = "remote-" + hashlib.sha256(url.encode()).hexdigest()[:40]
    if asset := store.find(key):
        return store.path(asset.digest)
    for address in addresses(host, parts.port or 443):
        _refuse_private(address, host)
    with store.scratch(Path(parts.path).suffix) as path:
        try:
            _download(url, host, path)
        except httpx2.HTTPError as broken:
            raise UnusableFile(
                f"the picture {url} could not be downloaded ({broken})", "try again later"
            ) from broken
        asset = store.keep(
            key, path, media_type="application/octet-stream", provider="files", model="remote"
        )
    return store.path(asset.digest)


def addresses(host: str, port: int) -> list[str]:
    """The IP addresses behind a name. Raises UnusableFile when there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as lost:
        raise UnusableFile(f"the host {host} cannot be found", "check the address") from lost
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large."""
    return ipaddress.ip_address(address.split("%")[0]).is_global


def _refuse_private(address: str, host: str) -> None:
    if not is_public(address):
        raise UnusableFile(
            f"{host} leads to the private address {address}",
            "download the picture beside the script",
        )


def _download(url: str, host: str, path: Path) -> None:
    with httpx2.Client(timeout=30) as client, client.stream("GET", url) as reply:
        peer = reply.extensions["network_stream"].get_extra_info("server_addr")
        _refuse_private(str(peer[0]), host)
        if reply.status_code != 200:
            raise UnusableFile(
                f"{url} answered {reply.status_code}", "check the address of the picture"
            )
        got = 0
        with path.open("wb") as f:
            for piece in reply.iter_bytes():
                got += f.write(piece)
                if got > MOST_BYTES:
                    raise UnusableFile(
                        f"the picture {url} is over {MOST_BYTES // 1_000_000} MB",
                        "use a smaller one",
                    )
