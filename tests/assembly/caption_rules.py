"""Checks the rules of captions over the examples and 200 generated scripts.

`python -m tests.assembly.caption_rules [SCRIPTS]` prints how many captions broke which rule. What
speech faster than twenty characters a second forces is counted beside, with its reason.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import NamedTuple

from assembly.captions.cues import Area, CaptionLook, Cue
from assembly.captions.fonts import caption_measure
from assembly.captions.layout import band, line_limit, line_room
from assembly.captions.tokens import clean, wide_length
from assembly.timeline import FilmSpec, SceneMedia, Timeline, build_timeline
from flows.film.voices import estimated_words, written_words
from prompts.plan import plan_storyboard
from prompts.reading.script import read_script
from prompts.saying.speech import spoken
from providers.cards.fonts import caption_font_files
from providers.local.espeak import Espeak
from providers.requests import SpeechRequest
from tests.assembly.caption_texts import SENTENCES

SHAPES = ((1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350))
EXAMPLES = Path(__file__).parents[2] / "examples"
LOOK = CaptionLook(font="DejaVu Sans")
_NEVER_FIRST = set("、。，．！？」』）】》〉”’ーっゃゅょッャュョ々ๆฯ។,.!?%")
_NEVER_LAST = set("「『（【《〈“‘«([")
_HIDDEN = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Film(NamedTuple):
    """What captions are checked against: the film, and what its scenes said."""

    name: str
    timeline: Timeline
    scenes: tuple[SceneMedia, ...]


def scene_of(
    number: int, said: str, language: str, speech_s: float, **wishes: object
) -> SceneMedia:
    """A scene whose words are timed by the share of their letters, as silent vendors' are."""
    told = spoken(said, language)
    words = written_words(told, estimated_words(told.text, speech_s))
    return SceneMedia.model_validate(
        {"id": f"s{number}", "picture": f"p{number}", "speech": "a", "speech_s": speech_s,
         "words": words, **wishes}
    )  # fmt: skip


def generated(seed: int) -> Film:
    """A script of any language, length, pace, shape and frame rate."""
    rng = random.Random(seed)
    language = rng.choice(sorted(SENTENCES))
    fps = rng.choice((24, 25, 30, 50, 60))
    size = rng.choice(SHAPES)
    style = rng.choice(("plain", "highlight", "pop"))
    scenes = []
    for number in range(rng.randint(1, 6)):
        sentences = rng.choices(SENTENCES[language], k=rng.choice((1, 1, 2, 3, 6)))
        if rng.random() < 0.1:
            sentences = [sentences[0].lstrip("«¿¡ ").split()[0][:12]]
        glue = "" if language in ("zh", "zh-TW", "ja") else " "
        said = glue.join(sentences)
        columns_a_second = rng.choice((8.0, 12.0, 14.0, 16.0, 19.0, 28.0))
        areas = ()
        if rng.random() < 0.3:
            areas = (Area(left=0.04, top=0.74, right=0.5, bottom=0.93, until_s=4.0),)
        scenes.append(
            scene_of(
                number, said, language, max(0.3, wide_length(said) / columns_a_second),
                transition=rng.choice(("auto", "cut", "fade")), keep_clear=areas,
                lead_s=rng.choice((0.0, 0.05, 0.25)), pause_s=rng.choice((0.0, 0.45, 2.0)),
            )
        )  # fmt: skip
    return _film(f"{seed} {language}", tuple(scenes), language, style, fps, size)


def _film(
    name: str,
    scenes: tuple[SceneMedia, ...],
    language: str,
    style: str,
    fps: int,
    size: tuple[int, int],
) -> Film:
    look = LOOK.model_copy(update={"style": style})
    measure = caption_measure(LOOK, caption_font_files(LOOK.font), *size)
    spec = FilmSpec(
        title=name, width=size[0], height=size[1], fps=fps, look=look, language=language
    )
    return Film(
        f"{name} {style} {size[0]}x{size[1]}", build_timeline(scenes, spec, measure), scenes
    )


def examples() -> Iterator[Film]:
    """The five examples in every shape and style, with the words as the offline voice says them."""
    for path in sorted(EXAMPLES.glob("*.md")):
        board = plan_storyboard(read_script(path))
        heard = [scene for scene in board.scenes if scene.narration]
        scenes = tuple(asyncio.run(_said(s.id, s.narration, board.language)) for s in heard)
        for size in SHAPES:
            for style in ("plain", "highlight", "pop"):
                yield _film(path.stem, scenes, board.language, style, 30, size)


async def _said(scene: str, narration: str, language: str) -> SceneMedia:
    talker, told = Espeak(Path), spoken(narration, language)
    voice = talker.default_voice(language)
    made = await talker.speech(
        SpeechRequest(provider="espeak", model="espeak", text=told.text, voice=voice)
    )
    return SceneMedia(
        id=scene, picture=scene, speech=scene, speech_s=made.facts["duration_s"],
        words=written_words(told, made.facts["words"]),
    )  # fmt: skip


def broken_rules(film: Film) -> Iterator[str]:
    """One name of a rule for each time that a caption of the film breaks it."""
    made = film.timeline
    size = made.width, made.height
    plain = made.look.model_copy(update={"style": "plain"})
    yield from _order(made.cues, film)
    yield from _words_kept(film)
    for cue in made.cues:
        yield from _read(cue, film)
        yield from _set(cue, made, plain)
    for cue in (*made.cues, *made.pops):
        look = made.look if cue in made.pops else plain
        yield from _clear(cue, film, look)
        yield from _karaoke(cue)
    if made.look.style == "pop":
        measure = caption_measure(made.look, caption_font_files(made.look.font), *size)
        assert measure is not None
        yield from _order(made.pops, film)
        for cue in made.pops:
            if len(cue.words) > 3 or len(cue.lines) != 1:
                yield "pop: more than three words"
            if cue.scale * measure(cue.lines[0]) > line_room(made.look, *size) * 1.02:
                yield "pop: wider than the frame"


def _order(cues: tuple[Cue, ...], film: Film) -> Iterator[str]:
    fps = film.timeline.fps
    for one, two in pairwise(cues):
        gap = two.start - one.end
        if gap < 0:
            yield "overlap in time"
        if 0 < gap < max(2, ceil(0.1 * fps)):
            yield "flash gap"


def _words_kept(film: Film) -> Iterator[str]:
    for cues in (film.timeline.cues, film.timeline.pops):
        if not cues:
            continue
        shown = _bare("".join("".join(cue.lines) for cue in cues))
        said = _bare("".join(clean(w.text) for scene in film.scenes for w in scene.words))
        if shown != said:
            yield "words lost"


def _bare(text: str) -> str:
    return re.sub(r"[\s\u200b-]", "", text)


def _read(cue: Cue, film: Film) -> Iterator[str]:
    fps = film.timeline.fps
    columns = sum(map(wide_length, cue.lines))
    shot = next(s for s in film.timeline.shots if s.start <= cue.start < s.start + s.frames)
    if cue.end > shot.start + shot.frames:
        yield "leaves its scene"
    on_screen_s = (cue.end - cue.start) / fps
    said_s = max(1, cue.words[-1].end - cue.words[0].start) / fps
    scene = film.scenes[film.timeline.shots.index(shot)]
    whole = sum(wide_length(clean(word.text)) for word in scene.words)
    hurried = columns / said_s > 20 or whole / scene.speech_s > 20
    if on_screen_s < 1.0 - 1e-9:
        yield "under a second" + (" (speech over 20 a second)" if hurried else "")
    if columns / on_screen_s > 20 + 1e-9:
        yield "over 20 a second" + (" (so is the speech)" if hurried else "")
    if cue.words[0].start < cue.start or cue.words[-1].end > cue.end:
        yield "words are heard without their caption"


def _set(cue: Cue, made: Timeline, look: CaptionLook) -> Iterator[str]:
    size = made.width, made.height
    measure = caption_measure(look, caption_font_files(look.font), *size)
    assert measure is not None
    if not 1 <= len(cue.lines) <= 2:
        yield "more than two lines"
    for line in cue.lines:
        if wide_length(line) > line_limit(*size):
            yield "too many characters"
        if measure(line) > line_room(look, *size):
            yield "wider than the frame"
        if line[0] in _NEVER_FIRST:
            yield "a line begins with a closing sign"
        if line[-1] in _NEVER_LAST:
            yield "a line ends with an opening sign"
        if unicodedata.combining(line[0]):
            yield "a letter is torn"
        if _HIDDEN & set(line) or any(unicodedata.category(c) == "Cc" for c in line):
            yield "hidden characters"


def _clear(cue: Cue, film: Film, look: CaptionLook) -> Iterator[str]:
    made = film.timeline
    top, bottom = band(cue, look, made.width, made.height)
    if not (top >= 0.04 and bottom <= 0.97):
        yield "leaves the frame"
    scene, shot = next(
        (scene, shot)
        for scene, shot in zip(film.scenes, made.shots, strict=True)
        if shot.start <= cue.start < shot.start + shot.frames
    )
    for area in scene.keep_clear:
        begin, end = ((frame - shot.start) / made.fps for frame in (cue.start, cue.end))
        timely = area.from_s < end and (area.until_s is None or begin < area.until_s)
        if timely and top < area.bottom and bottom > area.top:
            yield "covers what it should keep clear of"


def _karaoke(cue: Cue) -> Iterator[str]:
    for number, line in enumerate(cue.lines):
        if "".join(w.text for w in cue.words if w.line == number).lstrip() != line:
            yield "karaoke: words are not the line"
    times = [time for word in cue.words for time in (word.start, word.end)]
    if times != sorted(times) or (times and (times[0] < cue.start or times[-1] > cue.end)):
        yield "karaoke: words out of order"


def count(films: Iterator[Film]) -> tuple[int, Counter[str], dict[str, str]]:
    """How many captions, how often each rule was broken, and a film that did."""
    captions, broken, where = 0, Counter[str](), {}
    for film in films:
        captions += len(film.timeline.cues) + len(film.timeline.pops)
        for rule in broken_rules(film):
            broken[rule] += 1
            where.setdefault(rule, film.name)
    return captions, broken, where


def main() -> None:
    """Prints both counts."""
    scripts = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for title, films in (
        ("five examples, four shapes, three styles", examples()),
        (f"{scripts} generated scripts", (generated(seed) for seed in range(scripts))),
    ):
        captions, broken, where = count(films)
        print(f"{title}: {captions} captions")
        for rule, times in sorted(broken.items()):
            print(f"  {times:5d}  {rule}  (first: {where[rule]})")
        print(f"  {sum(n for rule, n in broken.items() if '(' not in rule):5d}  unexplained")


if __name__ == "__main__":
    main()
