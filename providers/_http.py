"""One call to a vendor: JSON out, an answer back, and every refusal turned into one of four errors.

A key is sent in a header and appears nowhere else: no message, no cause, no log line holds it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import httpx2

from providers._connections import connected
from providers._waits import named_wait_s
from providers.errors import Failed, Misconfigured, ProviderError, Transient

CONNECT_S = 10.0
MOST_BYTES = 256 * 1024 * 1024
"""An answer longer than this is broken off: no vendor sends one."""


class Answer(NamedTuple):
    """What a vendor said: status, headers (names in lower case), body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Form(NamedTuple):
    """A multipart form: fields as text, files as (name, bytes, media type)."""

    fields: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes, str]] = {}

    def parts(self) -> dict[str, Any]:
        """As the HTTP library wants it; a field is a part without a file name."""
        return {name: (None, text) for name, text in self.fields.items()} | dict(self.files)


class NotThere(Misconfigured):
    """The vendor has no such model or route."""


class Busy(Transient):
    """The vendor has no room just now; it did not take the order."""


class Vendor(NamedTuple):
    """Who is called: name for messages, base URL, the key's setting and the headers that carry it.

    `reads` finds this vendor's own refusals in an answer with an error status; what it leaves is
    judged by the status alone.
    """

    name: str
    base: str
    setting: str
    key: str
    headers: Mapping[str, str]
    reads: Callable[[Answer, str], ProviderError | None] = lambda answer, told: None

    def __repr__(self) -> str:
        """Without the key: a vendor may be shown by a traceback or a log."""
        return f"Vendor({self.name} at {self.base})"


def key_of(access: Mapping[str, str], setting: str, where: str) -> str:
    """The key that `setting` holds. Raises Misconfigured, naming the setting and never the key."""
    key = access.get(setting, "").strip()
    if not key:
        raise Misconfigured(f"{setting} is not set; get a key at {where} and put it into .env")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Misconfigured(f"{setting} holds characters that no key has; copy the key again")
    return key


def base_of(access: Mapping[str, str], setting: str, default: str) -> str:
    """The base URL without a slash at its end. Raises Misconfigured for what is no http(s) URL."""
    base = (access.get(setting, "").strip() or default).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(f"{setting} is {base!r}; write a URL that starts with https://")
    return base


def is_own(vendor: Vendor, url: str) -> bool:
    """Whether `url` is at the vendor's API host, the only place where its key may go."""
    return host_of(vendor.base) == host_of(url)


def host_of(url: str) -> str:
    """Scheme, name and port of a URL."""
    return urlunsplit((*urlsplit(url)[:2], "", "", ""))


async def call(
    vendor: Vendor,
    method: str,
    url: str,
    body: Mapping[str, Any] | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    patience_s: float = 60.0,
    form: Form | None = None,
) -> Answer:
    """Sends `body` (as JSON, or bytes as they are) or `form` once and returns a 2xx answer.

    `patience_s` is how long the vendor may stay silent; a slow answer may take twice that in all.

    Raises Transient, Rejected, Failed or Misconfigured. An order that was sent and not answered is
    Failed, not Transient: it may exist and be billed, so it is not sent again and again.
    """
    if not is_own(vendor, url):
        raise Failed(f"{vendor.name} named an address at another host; the key is not sent there")
    try:
        answer = await _send(vendor, method, url, body, form, headers or {}, patience_s)
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.LocalProtocolError):
        raise Misconfigured(f"{vendor.name} cannot be called at {vendor.base}") from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as lost:
        what = type(lost).__name__
        raise Transient(f"{vendor.name} cannot be reached at {vendor.base} ({what})") from None
    except (httpx2.TransportError, httpx2.DecodingError, TimeoutError) as lost:
        what = type(lost).__name__
        if method == "POST":
            raise Failed(
                f"{vendor.name} broke off ({what}) after the order was sent; it may be billed",
                bill=None,
            ) from None
        raise Transient(f"{vendor.name} broke off ({what})") from None
    if 200 <= answer.status < 300:
        return answer
    raise refusal(vendor, method, answer)


async def _send(
    vendor: Vendor,
    method: str,
    url: str,
    body: Mapping[str, Any] | bytes | None,
    form: Form | None,
    headers: Mapping[str, str],
    patience_s: float,
) -> Answer:
    waits = httpx2.Timeout(patience_s, connect=CONNECT_S)
    told = {**vendor.headers, **headers}
    sent: Any = {"content": body} if isinstance(body, bytes) else {"json": body}
    if form is not None:
        sent = {"files": form.parts()}
    async with (
        asyncio.timeout(patience_s * 2),
        connected(host_of(vendor.base)) as client,
        client.stream(method, url, headers=told, timeout=waits, **sent) as reply,
    ):
        content = bytearray()
        async for piece in reply.aiter_bytes():
            content += piece
            if len(content) > MOST_BYTES:
                raise Failed(f"{vendor.name} sent more than {MOST_BYTES >> 20} MiB")
        return Answer(reply.status_code, dict(reply.headers), bytes(content))


def refusal(vendor: Vendor, method: str, answer: Answer) -> ProviderError:
    """The error that an answer with an error status stands for."""
    status, name = answer.status, vendor.name
    told = told_by(answer)
    if vendor.key:
        told = told.replace(vendor.key, "***")
    if own := vendor.reads(answer, told):
        return own
    if status in (408, 409, 425, 429) or status >= 500:
        now = dt.datetime.now(dt.UTC)
        wait_s = named_wait_s(answer.headers, answer.content.decode(errors="replace"), now)
        if status in (409, 429, 503) and method != "POST":
            return Busy(f"{name} is busy ({status}): {told}", wait_s)
        taken = method == "POST" and status >= 500
        return Transient(f"{name} is busy ({status}): {told}", wait_s, taken)
    if status in (401, 403):
        return Misconfigured(f"{name} refuses the key ({status}); check {vendor.setting}")
    if status == 402:
        return Misconfigured(f"{name} has no credit left for this key; add credit: {told}")
    if status in (404, 410) and method == "GET":
        return Failed(f"{name} does not know the order any more ({status}): {told}", bill=None)
    if status in (404, 405, 410):
        return NotThere(f"{name} does not know the model ({status}): {told}")
    if status >= 400:
        return Misconfigured(f"{name} refuses what it is asked ({status}): {told}")
    return Failed(f"{name} answered {status}, which is no answer to an order")


def told_by(answer: Answer) -> str:
    """What an error body says, in one line, whatever the vendor's form; wrong fields are named."""
    said = answer.json()
    if not isinstance(said, Mapping):
        return " ".join(answer.content[:200].decode(errors="replace").split())
    inner = said.get("error") or said.get("detail") or said.get("message") or said.get("title")
    if isinstance(inner, list):
        return "; ".join(_field(one) for one in inner)[:400]
    if isinstance(inner, Mapping):
        field = inner.get("param")
        words = str(inner.get("message") or inner.get("status") or inner)
        return (f"{field}: {words}" if field else words)[:400]
    return str(inner or said)[:400]


def _field(one: Any) -> str:
    """One entry of a validation report: `{"loc": ["body", "voice"], "msg": "field required"}`."""
    if not isinstance(one, Mapping):
        return str(one)
    place = ".".join(str(p) for p in one.get("loc", ()) if p != "body")
    return f"{place}: {one.get('msg', '')}"
