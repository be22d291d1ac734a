from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly._ffmpeg import run
from assembly.captions.cues import CaptionLook, CaptionStyle, Cue
from assembly.captions.files import to_ass, to_srt, to_vtt
from assembly.captions.fonts import caption_measure
from assembly.captions.tokens import clean
from assembly.timeline import FilmSpec, SceneMedia, Timeline, Word, build_timeline
from providers.cards.fonts import caption_font_files

EVIL = (
    r"{\an8}up", r"\N\n\h", "{", "}", "{}", r"\{", r"\}", r"a\\N", r"{\p1}m 0 0 l 9 9{\p0}",
    "<i>x</i>", "<font", "&amp;", "&lt;b&gt;", "&#123;\\an8}", "-->", "00:00:01,000-->00:00:02,000",
    "Dialogue:0,0:00:00.00", "[Events]", "a,b,,c", "x:y=z'q'", '"%{n}%s"', "'; drop", "NOTE",
    r"{\\an8}", r"\{\an8\}", "{\\k20}la", r"{\c&H00FF00&}", "\u202eover\u202c", "\u2066in\u2069",
    "nul\0nul", "tab\tnew\nline", "\u2028para\u2029", "\ufeffbom", "\u00adsoft", "1", "\\", "/*",
)  # fmt: skip
STYLES: tuple[CaptionStyle, ...] = ("plain", "highlight", "pop")
words = st.lists(
    st.one_of(
        st.sampled_from(EVIL),
        st.text("{}\\Nnhankpc&<>;-:'\",%=0 1\n\0\u202e\u200f\u2060a", min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=14,
)


def film(said: list[str], style: CaptionStyle) -> Timeline:
    told = tuple(
        Word(text=word, start_s=0.4 * order, end_s=0.4 * order + 0.3)
        for order, word in enumerate(said)
    )
    look = CaptionLook(font="DejaVu Sans", style=style)
    scene = SceneMedia(id="s", picture="p", speech="a", speech_s=0.4 * len(said), words=told)
    return build_timeline([scene], FilmSpec(title="t", width=1920, height=1080, look=look))


def squeezed(text: str) -> str:
    """Without what line breaks change."""
    return re.sub(r"[\s-]", "", text)


def literal(ass: str) -> str:
    """The text of an ASS event as a renderer reads it; every tag must be one of ours."""
    text = ""
    for block, escape, char in re.findall(r"\{([^}]*)\}|(\\.)|(.)", ass):
        if block:
            ours = (
                r"(\\an5|\\pos\(\d+,\d+\)|\\fsc[xy][\d.]+|\\1c&H[0-9A-F]{6}&|\\t\((?:\d+,\d+,)|\))"
            )
            assert re.fullmatch(f"{ours}+", block), block
        elif escape in ("\\{", "\\}"):
            text += escape[1]
        elif escape == "\\\u2060":
            text += "\\"
        else:
            assert escape in ("", "\\N"), escape
            text += char
    return text.replace("\u2060", "").replace("\u200f", "")


@settings(max_examples=150, deadline=None)
@given(words, st.sampled_from(STYLES))
def test_whatever_is_said_is_text_in_the_ass_script(said: list[str], style: CaptionStyle) -> None:
    made = film(said, style)
    script = to_ass(made.burned, made.fps, made.look, made.width, made.height)
    events = [line for line in script.splitlines() if line.startswith("Dialogue:")]
    assert len(script.split("\n")) == 15 + len(made.burned)
    assert len(events) == len(made.burned)
    for cue, event in zip(made.burned, events, strict=True):
        shown = literal(event.split(",", 9)[9])
        assert shown == "".join(cue.lines).replace("\u2060", "").replace("\u200f", "")
    told = "".join(clean(word) for word in said)
    assert squeezed("".join("".join(cue.lines) for cue in made.cues)) == squeezed(told)


@settings(max_examples=100, deadline=None)
@given(words)
def test_whatever_is_said_is_text_in_the_files(said: list[str]) -> None:
    made = film(said, "plain")
    subrip = to_srt(made.cues, made.fps).split("\r\n\r\n")
    assert len(subrip) == max(1, len(made.cues))
    if not made.cues:
        return
    webvtt = to_vtt(made.cues, made.fps, made.look, made.width, made.height).split("\n\n")[1:]
    for cue, block, cell in zip(made.cues, subrip, webvtt, strict=True):
        lines = [re.sub("[\u2060\u200f]", "", line) for line in cue.lines]
        assert re.search(r"[<{&](?!\u2060)", block) is None
        assert block.count("-->") == cell.count("-->") == 1
        assert [re.sub("[\u2060\u200f]", "", t) for t in block.strip().split("\r\n")[2:]] == lines
        assert "<" not in cell
        shown = [
            re.sub("[\u2060\u200f]", "", html.unescape(t)) for t in cell.strip().split("\n")[1:]
        ]
        assert shown == lines


def test_overrides_of_direction_and_control_characters_never_reach_a_caption() -> None:
    shown = "".join("".join(cue.lines) for cue in film(list(EVIL), "plain").cues)
    assert not set("\u202e\u202c\u2066\u2069\u2028\ufeff\u00ad\0\n\t") & set(shown)


def test_joiners_that_persian_is_written_with_are_kept() -> None:
    assert film(["می\u200cخواهم"], "plain").cues[0].lines == ("می\u200cخواهم",)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["srt", "vtt"])
def test_another_reader_finds_the_same_words_in_the_files(suffix: str, tmp_path: Path) -> None:
    cues = tuple(
        Cue(start=60 * n, end=60 * n + 50, lines=(text,))
        for n, evil in enumerate(EVIL)
        if (text := clean(evil))
    )
    made = film(["x"], "plain")
    told = to_srt(cues, 30) if suffix == "srt" else to_vtt(cues, 30, made.look, 1920, 1080)
    (tmp_path / f"c.{suffix}").write_bytes(told.encode())
    read = run(["-i", str(tmp_path / f"c.{suffix}"), "-f", "ass", "pipe:"]).data.decode()
    events = [line for line in read.splitlines() if line.startswith("Dialogue:")]
    shown = [event.split(",", 9)[9] for event in events]
    # FFmpeg writes what it read as ASS, with its own escapes for braces.
    plain = [re.sub(r"\\\{(\{\})?", "{", text).replace("\\}", "}") for text in shown]
    plain = [text.replace("\u2060", "") for text in plain]
    assert plain == [cue.lines[0] for cue in cues]


@pytest.mark.slow
def test_what_is_burned_is_as_wide_as_the_words_are(tmp_path: Path) -> None:
    """Were any of it taken for markup, something would be missing, or stand elsewhere."""
    look = CaptionLook(font="DejaVu Sans", box_opacity=0.0)
    size = (1280, 360)
    texts = [text for evil in EVIL if (text := clean(evil).replace("\ufeff", ""))]
    cues = tuple(Cue(start=n, end=n + 1, lines=(f"|{t}|",)) for n, t in enumerate(texts))
    files = caption_font_files(look.font)
    for file in files:
        shutil.copy(file, tmp_path)
    (tmp_path / "c.ass").write_text(to_ass(cues, 30, look, *size), "utf-8")
    seen = np.frombuffer(
        run(
            [
                "-f", "lavfi", "-i", f"color=black:s={size[0]}x{size[1]}:r=30",
                "-vf", f"ass=filename={tmp_path}/c.ass:fontsdir={tmp_path},format=gray",
                "-frames:v", str(len(cues)), "-f", "rawvideo", "pipe:",
            ]
        ).data,
        np.uint8,
    ).reshape(-1, size[1], size[0])  # fmt: skip
    measure = caption_measure(look, files, *size)
    assert measure is not None
    for frame, cue in zip(seen, cues, strict=True):
        across = np.flatnonzero((frame > 120).any(axis=0))
        down = np.flatnonzero((frame > 120).any(axis=1))
        assert across[-1] - across[0] == pytest.approx(measure(cue.lines[0]), abs=9), cue.lines
        assert 300 < down[0] < down[-1] < 345, cue.lines
