"""An S3 server of the tests' own: moto's, over HTTP on this machine."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

_names = itertools.count(1)
PROGRAM = "import sys; from moto.server import main; main(sys.argv[1:])"


class S3Server:
    """A running server. `stop` ends it; what it held is gone then."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.1)
        raise RuntimeError("moto's server does not answer")

    @property
    def access(self) -> dict[str, str]:
        """How a bucket is reached, as `Bucket` is told."""
        return {
            "endpoint": f"http://127.0.0.1:{self.port}",
            "access_key_id": "key",
            "secret_access_key": "secret",
            "region": "us-east-1",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same, as a person would set it."""
        told = self.access
        return {
            "AWS_ENDPOINT_URL": told["endpoint"],
            "AWS_ACCESS_KEY_ID": told["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": told["secret_access_key"],
        }

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        name = f"bucket-{next(_names)}"
        address = f"http://127.0.0.1:{self.port}/{name}"
        urllib.request.urlopen(urllib.request.Request(address, method="PUT")).close()
        return name

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running() -> Iterator[S3Server]:
    server = S3Server()
    try:
        yield server
    finally:
        server.stop()
