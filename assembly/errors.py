"""What can go wrong when a film is put together, and what each one holds."""

from __future__ import annotations


class UnreadableMedia(Exception):
    """A picture, clip or sound cannot be used; the message says which file and what to do."""


class BrokenSegments(Exception):
    """Segments do not add up to the timeline: render them again."""


class Cancelled(Exception):
    """The work was told to stop; nothing half-made was left behind."""


class FFmpegError(Exception):
    """FFmpeg failed. Holds the `command` and its `last_lines`."""

    def __init__(self, command: tuple[str, ...], last_lines: tuple[str, ...]) -> None:
        super().__init__(command, last_lines)
        self.command = command
        self.last_lines = last_lines

    def __str__(self) -> str:
        told = " | ".join(self.last_lines) or "it said nothing"
        return f"FFmpeg failed: {told} (command: {' '.join(self.command)})"


class FFmpegKilled(FFmpegError):
    """FFmpeg was ended by a signal, which nothing of the film can be blamed for."""
