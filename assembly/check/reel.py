"""A finished film's picture, small: every packet is read, and only what is new is decoded.

A group of pictures starts with a frame that leans on no other. The same packets are therefore the
same frames, and what they look like small is recalled by their bytes.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from assembly._resample import Bytes2D
from assembly.check.memory import Memory, Oblivion, memory_key
from assembly.check.watch import small_size
from assembly.errors import Cancelled, UnreadableMedia

_THREADS = 2
_LEAST = 8
"""Packets of a group: fewer are not worth a start of the decoder."""


def watch(
    film: Path,
    width: int,
    height: int,
    cancel: threading.Event | None = None,
    memory: Memory | None = None,
) -> Generator[Bytes2D, None, None]:
    """Brightness (height, width) of every frame of a film of `width` x `height`, as it is shown.

    A frame that cannot be decoded is left out. Raises UnreadableMedia, Cancelled.
    """
    memory = Oblivion() if memory is None else memory
    size = small_size(width, height)
    try:
        with av.open(str(film)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            context.thread_count, context.thread_type = _THREADS, "AUTO"
            # Without the deblocking filter decoding takes two thirds of the time, and at this size
            # it does not show.
            context.options = {"skip_loop_filter": "all"}
            about = f"{context.name} {context.width}x{context.height}".encode()
            about += bytes(context.extradata or b"")
            for group in _groups(container.demux(stream)):
                _go_on(cancel)
                key = memory_key("seen halved", about, [*size, len(group)], packets_digest(group))
                frames = _unpacked(memory.recall(key), size)
                if frames is None:
                    frames = _decoded(context, group, size, cancel)
                    if len(frames) == len(group):
                        memory.keep(key, _packed(frames))
                yield from frames
    except av.FFmpegError as error:
        raise UnreadableMedia(f"{film}: this film cannot be read ({error})") from error


def _go_on(cancel: threading.Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled("stopped while the film was looked at")


def _groups(packets: Iterator[Any]) -> Iterator[list[Any]]:
    """Packets from one key frame to another; very short ones are taken together."""
    group: list[Any] = []
    for packet in packets:
        if packet.size == 0:
            continue
        if packet.is_keyframe and len(group) >= _LEAST:
            yield group
            group = []
        group.append(packet)
    if group:
        yield group


def packets_digest(group: Sequence[Any]) -> bytes:
    """The digest of what packets hold, in order, and of where each ends."""
    digest = hashlib.sha256()
    for packet in group:
        digest.update(packet.size.to_bytes(8))
        digest.update(packet)
    return digest.digest()


def _decoded(
    context: Any, group: list[Any], size: tuple[int, int], cancel: threading.Event | None
) -> list[Bytes2D]:
    frames: list[Bytes2D] = []
    for packet in (*group, None):
        _go_on(cancel)
        try:
            frames += [_small(frame, size) for frame in context.decode(packet)]
        except av.InvalidDataError:
            continue
    context.flush_buffers()
    return frames


def _small(frame: av.VideoFrame, size: tuple[int, int]) -> Bytes2D:
    """Only brightness is taken, as it was coded: turned into grey, it would change its range."""
    if frame.format.components[0].bits != 8:
        frame = frame.reformat(format="yuv420p")
    plane = frame.planes[0]
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    shown: Bytes2D = lines[: frame.height, : frame.width]
    # Half the size is quickly had: twice that, and then the rest, takes a third of the time.
    while not any(have % (2 * small) for have, small in zip(shown.shape, size[::-1], strict=True)):
        half = shown.shape[1] // 2, shown.shape[0] // 2
        shown = np.asarray(cv2.resize(shown, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)


def _packed(frames: list[Bytes2D]) -> bytes:
    """As differences from frame to frame, which are mostly nothing."""
    whole = np.stack(frames)
    whole[1:] -= whole[:-1].copy()
    return zlib.compress(whole.tobytes(), 1)


def _unpacked(kept: bytes | None, size: tuple[int, int]) -> list[Bytes2D] | None:
    if kept is None:
        return None
    steps = np.frombuffer(zlib.decompress(kept), np.uint8).reshape(-1, size[1], size[0])
    return list(np.cumsum(steps, axis=0, dtype=np.uint8))
