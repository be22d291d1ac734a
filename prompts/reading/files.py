"""The editor's own files: found inside the script's folder, or refused with the reason."""

from __future__ import annotations

import ipaddress
import re
import socket
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from prompts.reading.report import Report

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".svg", ".bmp", ".tif", ".tiff", ".avif")
CLIP_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".gif")
MUSIC_SUFFIXES = (".mp3", ".m4a", ".aac", ".wav", ".flac", ".ogg", ".opus")


_MOST_PIECES = 50
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Shelf:
    """The folder that a script may take files from, and the hosts it may name."""

    def __init__(self, folder: Path, allow_hosts: frozenset[str], report: Report) -> None:
        self.folder = folder.resolve()
        self.allow_hosts = frozenset(host.lower() for host in allow_hosts)
        self.report = report

    def picture(self, address: str, line: int) -> str:
        """The absolute path (or allowed https address) of an image or clip; empty when refused."""
        if address.lower().startswith(("http://", "https://")):
            return self._remote(address, line)
        return self.file(address, STILL_SUFFIXES + CLIP_SUFFIXES, "picture or clip", line)

    def file(self, address: str, suffixes: tuple[str, ...], what: str, line: int) -> str:
        """The absolute path of a file under the script's folder; empty when refused."""
        if not address.strip():
            self.report.add(line, f"the {what} has no address", "write the file's name")
            return ""
        if address.startswith(("/", "~")) or _SCHEME.match(address) or "\\" in address:
            self.report.add(
                line,
                f'"{address}" is not a path inside the script\'s folder',
                "copy the file next to the script and name it from there, with / between folders",
            )
            return ""
        try:
            path = (self.folder / address).resolve()
            inside = path.is_relative_to(self.folder)
            is_file, is_folder = path.is_file(), path.is_dir()
        except (OSError, RuntimeError, ValueError):
            self.report.add(
                line, f'"{address[:80]}" cannot be a file\'s name', "put the name right"
            )
            return ""
        if not inside:
            self.report.add(
                line,
                f'"{address}" leads out of the script\'s folder',
                "copy the file into the folder and name it from there",
            )
        elif is_folder:
            self.report.add(line, f'"{address}" is a folder', f"name a {what} in it")
        elif not is_file:
            self.report.add(line, f'there is no file "{address}"', self._near(path))
        elif path.suffix.lower() not in suffixes:
            self.report.add(
                line,
                f'"{address}" is not a {what} that can be read',
                "use one of " + ", ".join(suffix[1:] for suffix in suffixes),
            )
        else:
            return str(path)
        return ""

    def music(self, address: str, line: int) -> tuple[str, ...] | None:
        """The absolute path of a piece of music, or of all that lie in a folder, by their names."""
        what = "piece of music"
        try:
            path = (self.folder / address).resolve()
            is_folder = path.is_dir() and path.is_relative_to(self.folder)
        except (OSError, RuntimeError, ValueError):
            is_folder = False
        if not is_folder or address.startswith(("/", "~")) or "\\" in address:
            file = self.file(address, MUSIC_SUFFIXES, what, line)
            return (file,) if file else None
        found = [p for p in path.iterdir() if p.suffix.lower() in MUSIC_SUFFIXES and p.is_file()]
        if not 0 < len(found) <= _MOST_PIECES:
            endings = ", ".join(suffix[1:] for suffix in MUSIC_SUFFIXES)
            self.report.add(
                line,
                f'there are {len(found)} pieces of music in the folder "{address}"',
                f"put 1 to {_MOST_PIECES} files there that end in {endings}",
            )
            return None
        return tuple(str(p) for p in sorted(found, key=lambda p: (p.name.casefold(), p.name)))

    def voice(self, told: str, line: int) -> str | None:
        """The name of a voice, or the absolute path of a recording; None when that is refused."""
        if not told.lower().endswith(MUSIC_SUFFIXES):
            return told
        return self.file(told, MUSIC_SUFFIXES, "recording", line) or None

    def _near(self, path: Path) -> str:
        """What to do about a missing file: the most similar name that is there."""
        try:
            names = [entry.name for entry in path.parent.iterdir()]
        except OSError:
            names = []
        near = get_close_matches(path.name, names, n=1)
        return f"did you mean {near[0]}?" if near else "put it there or correct the name"

    def _remote(self, address: str, line: int) -> str:
        try:
            parts = urlsplit(address)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            self.report.add(line, f'"{address}" is not an address', "put the address right")
            return ""
        if _is_private(host):
            self.report.add(
                line, f'"{address}" points into a private network', "use a file of your own"
            )
        elif host not in self.allow_hosts:
            self.report.add(
                line,
                f'pictures are not fetched from "{host}"',
                "save the picture next to the script, or allow that host",
            )
        elif parts.scheme != "https":
            self.report.add(line, f'"{address}" is not encrypted', "use its https address")
        else:
            return address
        return ""


def _is_private(host: str) -> bool:
    """Whether a host is this machine or a non-public IP address, in any spelling."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # Resolvers accept 127.1, 0x7f000001 and 2130706433 for 127.0.0.1, as inet_aton does.
        literal: ipaddress.IPv4Address | ipaddress.IPv6Address
        literal = ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            return False
    mapped = getattr(literal, "ipv4_mapped", None)
    return not (mapped or literal).is_global
