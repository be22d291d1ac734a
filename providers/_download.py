"""Files from a vendor's host: hashed as they come, and resumed where the transfer broke."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from providers._connections import trust
from providers.errors import Failed, Transient
from providers.requests import Download

SILENT_S = 60.0
LONGEST_S = 600.0
"""How long one transfer may take; what came by then is kept and the rest is asked for."""
_PAGES = ("text/html", "application/json", "application/xml", "text/xml")
"""What a host says instead of giving the file: no vendor delivers these."""
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Gone(Failed):
    """The address does not work any more; the vendor may name another one."""


class Transfer:
    """One file on its way to disk. `attempt` may be called again and goes on where it can.

    What has come is only added to when the host says that its file is still the same (If-Range
    with a strong ETag); otherwise the transfer starts again.
    """

    def __init__(self, download: Download, path: Path) -> None:
        self._download, self._path = download, path
        self._same = ""
        self._restart()

    async def attempt(self) -> str:
        """Fetches what is missing and returns the SHA-256 of the whole, in hexadecimal digits.

        Raises Transient when it should be tried again, Gone when there is nothing to be had.
        """
        try:
            async with asyncio.timeout(LONGEST_S), self._asked() as reply:
                whole = self._expected(reply)
                async for piece in reply.aiter_bytes():
                    await asyncio.to_thread(self._take, piece)
        except (httpx2.TransportError, httpx2.DecodingError, TimeoutError) as broken:
            what = type(broken).__name__
            raise Transient(f"the file host broke off ({what})") from None
        if whole is not None and self._got != whole:
            raise Transient(f"the file host sent {self._got} of {whole} bytes")
        if not self._got:
            raise Failed("the file host sent no bytes")
        return self._hash.hexdigest()

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[httpx2.Response]:
        told = {**self._download.headers, "Accept-Encoding": "identity"}
        if self._got and self._same:
            told |= {"Range": f"bytes={self._got}-", "If-Range": self._same}
        async with (
            httpx2.AsyncClient(timeout=SILENT_S, follow_redirects=True, verify=trust()) as client,
            client.stream("GET", self._download.url, headers=told) as reply,
        ):
            yield reply

    def _expected(self, reply: httpx2.Response) -> int | None:
        """Bytes of the whole file, None when the host does not say; judges what it answers."""
        status, kind = reply.status_code, reply.headers.get("content-type", "").split(";")[0]
        if status in (403, 404, 410):
            raise Gone(f"the file host answered {status}: the address has expired")
        if status == 416 or kind in _PAGES:
            self._restart()
            raise Transient(f"the file host answered {status} with {kind or 'nothing'}")
        if status in (408, 425, 429) or status >= 500:
            raise Transient(f"the file host answered {status}")
        if status == 206 and (part := _RANGE.match(reply.headers.get("content-range", ""))):
            if int(part[1]) == self._got:
                return int(part[2]) if part[2].isdigit() else None
            self._restart()
            raise Transient("the file host sent another part than it was asked for")
        if status != 200:
            raise Failed(f"the file host answered {status}")
        self._restart()
        tag = reply.headers.get("etag", "")
        self._same = "" if tag.startswith("W/") else tag
        length, packed = (
            reply.headers.get("content-length", ""),
            "content-encoding" in reply.headers,
        )
        return int(length) if length.isdigit() and not packed else None

    def _restart(self) -> None:
        self._path.write_bytes(b"")
        self._got, self._hash = 0, hashlib.sha256()

    def _take(self, piece: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(piece)
        self._hash.update(piece)
        self._got += len(piece)
