"""The film handed over to an editing program: its cut, and its media in a folder beside it."""

from __future__ import annotations

from pathlib import Path

from assembly.timeline import Timeline
from providers._media import media_type_of
from providers.store import Store, digest_of

SUFFIXES = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp",
    "image/avif": ".avif", "audio/wav": ".wav", "audio/mpeg": ".mp3", "audio/flac": ".flac",
    "audio/ogg": ".ogg", "audio/mp4": ".m4a", "audio/aac": ".aac", "video/mp4": ".mp4",
    "video/webm": ".webm",
}  # fmt: skip
"""Editing programs tell what a file is by its ending, and the store's files have none."""


def hand_over(folder: Path, timeline: Timeline, store: Store) -> str:
    """The cut as OpenTimelineIO's JSON, after its media were copied to `folder`/media.

    Copies, not links: what an editor does to them never reaches the store. What an earlier cut
    left there is taken away. Raises UnreadableMedia.
    """
    from assembly.interchange import Medium, cut, media_names

    shelf = folder / "media"
    shelf.mkdir(exist_ok=True)
    names = {
        digest: name + _suffix(store.path(digest)) for digest, name in media_names(timeline).items()
    }
    for old in set(shelf.iterdir()) - {shelf / name for name in names.values()}:
        old.unlink()
    for digest, name in names.items():
        if not (shelf / name).exists() or digest_of(shelf / name) != digest:
            (shelf / name).write_bytes(store.path(digest).read_bytes())
    media = {
        digest: Medium(target=f"media/{name}", path=store.path(digest))
        for digest, name in names.items()
    }
    return cut(timeline, media)


def _suffix(path: Path) -> str:
    with path.open("rb") as file:
        return SUFFIXES.get(media_type_of(file.read(16)), "")
