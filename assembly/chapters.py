"""Chapters: where the headed scenes begin, for players and for the description of a film. Pure."""

from __future__ import annotations

from assembly.timeline import Frozen, Timeline

LEAST_S = 10
"""YouTube takes no shorter chapter, nor fewer than `FEWEST`, nor a first one after 0:00.

Source: support.google.com/youtube/answer/9884579, "Video chapters".
"""
FEWEST = 3


class Chapter(Frozen):
    """A part of the film under one title, from frame `start` until (without) frame `end`."""

    start: int
    end: int
    title: str


def chapters(timeline: Timeline) -> tuple[Chapter, ...]:
    """One chapter per headed scene, from the film's first frame to its last.

    A scene without a heading, or under the same one, belongs to the chapter before it; what comes
    before the first heading has the film's title.
    """
    heads: list[tuple[int, str]] = []
    for shot in timeline.shots:
        title = shot.title or ("" if heads else timeline.title)
        if title and (not heads or heads[-1][1] != title):
            heads.append((shot.start, title))
    return tuple(
        Chapter(start=start, end=end, title=title)
        for (start, title), end in zip(
            heads, [*(start for start, _ in heads[1:]), timeline.frames], strict=True
        )
    )


def chapter_lines(told: tuple[Chapter, ...], fps: int) -> tuple[str, ...]:
    """Lines such as `0:00 Title` for a film's description, as YouTube reads them.

    A chapter of under ten seconds joins the one before it, the first the one after it, whose title
    it takes. None at all when fewer than three are left: a platform would not take them.
    """
    kept: list[tuple[int, str]] = []
    for chapter in told:
        # Times are told in whole seconds, and it is those that are compared.
        start = chapter.start // fps
        if len(kept) == 1 and start < LEAST_S:
            kept[0] = (0, chapter.title)
        elif not kept or (start - kept[-1][0] >= LEAST_S and _length_s(chapter, fps) >= LEAST_S):
            kept.append((start, chapter.title))
    if len(kept) < FEWEST:
        return ()
    return tuple(f"{clock(seconds)} {title}" for seconds, title in kept)


def _length_s(chapter: Chapter, fps: int) -> int:
    return chapter.end // fps - chapter.start // fps


def clock(seconds: int) -> str:
    """`1:02`, or `1:00:02` from an hour on."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
