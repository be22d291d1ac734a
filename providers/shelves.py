"""Where a store's files lie: a folder, or a bucket that speaks S3. Each file is complete or absent.

A shelf knows names such as `requests/KEY.json` and nothing of what is in them.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from obstore.store import S3Store

HERE = re.sub(r"[^A-Za-z0-9]+", "", platform.node())[:24]
"""This machine, in the names of files that are being made."""


class StoreUnusable(OSError):
    """The place of the store cannot be used; one sentence says why and what to do."""


class Entry(NamedTuple):
    """A file on a shelf: bytes, and when it was written or last used (Unix seconds)."""

    name: str
    size: int
    used_at: float


class Shelf(Protocol):
    """Files by name. Everything raises StoreUnusable when the place cannot be used."""

    shown: str

    def read(self, name: str) -> bytes | None: ...
    def write(self, name: str, data: bytes) -> None: ...
    def add(self, name: str, data: bytes) -> bool:
        """Writes a file that is not there yet; False when it is."""
        ...

    def take_in(self, name: str, file: Path) -> None:
        """Puts a finished file there; it may be moved."""
        ...

    def copy_in(self, name: str, file: Path) -> None:
        """Puts a copy of a file there."""
        ...

    def fetch(self, name: str, to: Path) -> bool:
        """Copies a file to `to`; False when it is not there."""
        ...

    def entry(self, name: str) -> Entry | None: ...
    def entries(self, folder: str) -> Iterator[Entry]: ...
    def move(self, name: str, to: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def retire(self, name: str, used_at: float) -> bool:
        """Removes a file that nobody used after `used_at`; False when someone did."""
        ...


class Folder:
    """A shelf that is a folder."""

    def __init__(self, root: Path, scratch: str = "tmp") -> None:
        self.root, self.shown, self._scratch = root, str(root), scratch

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return (self.root / name).read_bytes()
        return None

    def write(self, name: str, data: bytes) -> None:
        with self._beside(name) as beside:
            beside.replace(_written(beside, data, self.root / name))

    def add(self, name: str, data: bytes) -> bool:
        with self._beside(name) as beside:
            try:
                os.link(beside, _written(beside, data, self.root / name))
            except FileExistsError:
                return False
        return True

    def take_in(self, name: str, file: Path) -> None:
        home = self.root / name
        home.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as finished:
            os.fsync(finished.fileno())
        file.replace(home)

    def copy_in(self, name: str, file: Path) -> None:
        with self._beside(name) as beside:
            shutil.copyfile(file, beside)
            self.take_in(name, beside)

    def fetch(self, name: str, to: Path) -> bool:
        data = self.read(name)
        if data is not None:
            to.write_bytes(data)
        return data is not None

    def entry(self, name: str) -> Entry | None:
        with contextlib.suppress(FileNotFoundError):
            told = (self.root / name).stat()
            return Entry(name, told.st_size, told.st_mtime)
        return None

    def entries(self, folder: str) -> Iterator[Entry]:
        for path in sorted((self.root / folder).rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and (entry := self.entry(name)):
                yield entry

    def move(self, name: str, to: str) -> None:
        (self.root / to).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.root / name).replace(self.root / to)

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def retire(self, name: str, used_at: float) -> bool:
        # Out of the way first: who finds it from now on does not, who found it before is told.
        aside = f"{self._scratch}/{scratch_name()}"
        self.move(name, aside)
        entry = self.entry(aside)
        if entry is not None and entry.used_at > used_at:
            self.move(aside, name)
            return False
        self.remove(aside)
        return entry is not None

    @contextlib.contextmanager
    def _beside(self, name: str) -> Iterator[Path]:
        folder = self.root / self._scratch
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / scratch_name()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


class Bucket:
    """A shelf in a bucket, below a prefix.

    `access` is how it is reached: endpoint, region, access_key_id, secret_access_key. What is not
    told is taken from the usual AWS variables, or the machine's role.
    """

    def __init__(self, url: str, access: Mapping[str, Any]) -> None:
        try:
            from obstore.store import S3Store
        except ImportError:
            told = "a store in a bucket needs its driver: pip install 'reelwright[s3]'"
            raise StoreUnusable(told) from None
        name, _, prefix = url.removeprefix("s3://").strip("/").partition("/")
        if not name:
            raise StoreUnusable(f"{url} names no bucket; write s3://bucket/prefix")
        self.shown = url
        with self._plainly():
            self._bucket: S3Store = S3Store(
                name,
                prefix=prefix or None,
                client_options={
                    "allow_http": True, "connect_timeout": "5 seconds", "timeout": "300 seconds",
                },
                retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=30)},
                **access,
            )  # fmt: skip

    def read(self, name: str) -> bytes | None:
        import obstore

        with self._plainly(), contextlib.suppress(FileNotFoundError):
            return bytes(obstore.get(self._bucket, name).bytes())
        return None

    def write(self, name: str, data: bytes) -> None:
        import obstore

        with self._plainly():
            obstore.put(self._bucket, name, data)

    def add(self, name: str, data: bytes) -> bool:
        import obstore

        with self._plainly():
            try:
                obstore.put(self._bucket, name, data, mode="create")
            except obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def take_in(self, name: str, file: Path) -> None:
        import obstore

        with self._plainly():
            obstore.put(self._bucket, name, file)

    copy_in = take_in

    def fetch(self, name: str, to: Path) -> bool:
        import obstore

        with self._plainly():
            try:
                pieces = obstore.get(self._bucket, name)
            except FileNotFoundError:
                return False
            with to.open("wb") as out:
                for piece in pieces:
                    out.write(piece)
        return True

    def entry(self, name: str) -> Entry | None:
        import obstore

        with self._plainly(), contextlib.suppress(FileNotFoundError):
            told = obstore.head(self._bucket, name)
            return Entry(name, told["size"], told["last_modified"].timestamp())
        return None

    def entries(self, folder: str) -> Iterator[Entry]:
        import obstore

        with self._plainly():
            for some in obstore.list(self._bucket, folder):
                for told in some:
                    yield Entry(told["path"], told["size"], told["last_modified"].timestamp())

    def move(self, name: str, to: str) -> None:
        import obstore

        with self._plainly(), contextlib.suppress(FileNotFoundError):
            obstore.copy(self._bucket, name, to)
            obstore.delete(self._bucket, name)

    def remove(self, name: str) -> None:
        import obstore

        with self._plainly(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._bucket, name)

    def retire(self, name: str, used_at: float) -> bool:
        entry = self.entry(name)
        if entry is None or entry.used_at > used_at:
            return False
        self.remove(name)
        return True

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Turns what the driver raises into StoreUnusable, with a sentence and no secret."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except FileNotFoundError as lost:
            if "NoSuchBucket" in str(lost):
                told = f"{self.shown} cannot be used: there is no such bucket; make it first"
                raise StoreUnusable(told) from None
            raise
        except (PermissionDeniedError, UnauthenticatedError):
            told = "the credentials are refused; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            raise StoreUnusable(f"{self.shown} cannot be used: {told}") from None
        except BaseError as broken:
            raise StoreUnusable(f"{self.shown} cannot be used: {_why(str(broken))}") from None


def scratch_name(suffix: str = "") -> str:
    """A name for a file being made by this process."""
    return f"{HERE}.{os.getpid()}-{secrets.token_hex(6)}{suffix}"


def touch(shelf: Shelf, name: str, data: bytes) -> None:
    """Says that a file is in use; `data` is what it holds, which a bucket has to be given anew."""
    if isinstance(shelf, Folder):
        os.utime(shelf.path(name))
    else:
        shelf.write(name, data)


def days_since(entry: Entry) -> float:
    """Days since a file was last used."""
    return (time.time() - entry.used_at) / 86400


def _written(beside: Path, data: bytes, home: Path) -> Path:
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    home.parent.mkdir(parents=True, exist_ok=True)
    return home


def _why(said: str) -> str:
    """A driver's report in a sentence: what it says in its first line, and what to do."""
    if "169.254.169.254" in said:
        return "no credentials are told; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if "error sending request" in said or "connect" in said:
        return "its server does not answer; check the address (AWS_ENDPOINT_URL) and the network"
    return said.splitlines()[0][:200]
