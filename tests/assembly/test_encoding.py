"""Films in every codec: joined by stream copy, played by two decoders, and named as they are."""

from __future__ import annotations

import struct
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from assembly._ffmpeg import run
from assembly.check.measuring import measure
from assembly.check.probe import index_first, probe
from assembly.check.verdict import problems
from assembly.encoding import MASTER, Encoding, picture_options, refuse_mixture
from assembly.errors import BrokenSegments, FFmpegError
from assembly.join import join
from assembly.nvenc import why_no_nvenc
from assembly.render import render_segment
from assembly.segments import segments
from assembly.timeline import Timeline, build_timeline

KINDS = {
    "h264": (Encoding(), "avc1", "mp4a"),
    "h264 capped": (Encoding(most_kbps=800), "avc1", "mp4a"),
    "h264 draft": (Encoding(is_draft=True), "avc1", "mp4a"),
    "hevc": (Encoding(codec="hevc", audio="opus"), "hvc1", "Opus"),
    "av1": (Encoding(codec="av1", audio="opus"), "av01", "Opus"),
    "master": (MASTER, "apch", "in24"),
}


def film(studio: Any, folder: Path, encoding: Encoding, fps: int = 30) -> tuple[Path, Timeline]:
    """A cut, a dissolve of two frames, a resting picture and captions."""
    scenes = [
        studio.scene(1, 1.2, motion="push-in"),
        studio.scene(2, 1.0, motion="none", transition="dissolve"),
        studio.scene(3, 1.0, transition="cut"),
    ]
    spec = studio.spec(encoding=encoding, fps=fps, transition_s=2 / fps, width=256, height=144)
    timeline = build_timeline(scenes, spec)
    return studio.film(timeline, folder / "film"), timeline


def boxes(data: bytes) -> dict[bytes, int]:
    """Where the names of the file's boxes stand, the last of each."""
    names = (b"avc1", b"hvc1", b"av01", b"apch", b"mp4a", b"Opus", b"in24", b"colr")
    return {name: data.find(name) for name in names if name in data}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_codec_joins_and_plays_in_two_decoders_with_right_tags(
    kind: str, studio: Any, tmp_path: Path
) -> None:
    encoding, picture_tag, sound_tag = KINDS[kind]
    path, timeline = film(studio, tmp_path, encoding)
    log = run(["-i", str(path), "-f", "null", "-"]).log
    assert [line for line in log if line.startswith(("[warning]", "[error]", "[fatal]"))] == []
    with av.open(str(path)) as container:
        times = [frame.pts or 0 for frame in container.decode(video=0)]
    assert len(times) == timeline.frames
    assert len({after - before for before, after in pairwise(times)}) == 1
    with av.open(str(path)) as container:
        decoded = [p.dts for p in container.demux(video=0) if p.dts is not None]
        assert all(before < after for before, after in pairwise(decoded))
        assert container.streams.video[0].codec_context.codec_tag == picture_tag
    found = boxes(path.read_bytes())
    assert {picture_tag.encode(), sound_tag.encode(), b"colr"} <= set(found)
    told = path.read_bytes()[found[b"colr"] + 4 :][:10]
    assert told[:4] in (b"nclx", b"nclc")
    assert struct.unpack(">HHH", told[4:10]) == (1, 1, 1)
    assert index_first(path)
    never = threading.Event()
    measured = measure(path, timeline, studio.media, studio.fonts, never)
    assert problems(measured, timeline) == ()


@pytest.mark.slow
@pytest.mark.parametrize("fps", [24, 25, 50, 60])
def test_other_frame_rates_have_exactly_their_frames(fps: int, studio: Any, tmp_path: Path) -> None:
    path, timeline = film(studio, tmp_path, Encoding(), fps)
    told = probe(path)
    assert told.fps == fps
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == timeline.frames


@pytest.mark.slow
def test_segments_of_two_codecs_do_not_join(studio: Any, tmp_path: Path) -> None:
    never = threading.Event()
    files = []
    path, timeline = film(studio, tmp_path, Encoding())
    for number, encoding in enumerate([Encoding(), Encoding(codec="hevc")]):
        part = segments(timeline.model_copy(update={"encoding": encoding}))[number]
        files.append(tmp_path / f"part{number}")
        render_segment(part, studio.media, studio.fonts, files[-1], never)
    with pytest.raises(BrokenSegments, match="encoded otherwise"):
        join(files, tmp_path / "sound.mp4", timeline, tmp_path / "out", never)
    assert not (tmp_path / "out").exists()
    assert path.exists()


def test_the_codec_is_part_of_a_segments_key_and_of_no_other_thing(studio: Any) -> None:
    timeline = build_timeline([studio.scene(1)], studio.spec())
    other = timeline.model_copy(update={"encoding": Encoding(codec="av1")})
    assert {p.key() for p in segments(timeline)}.isdisjoint(p.key() for p in segments(other))
    bare = [p.model_dump(exclude={"encoder"}) for p in segments(timeline)]
    assert bare == [p.model_dump(exclude={"encoder"}) for p in segments(other)]


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_a_graphics_card_is_asked_for_equal_headers_and_key_frames_where_they_belong(
    codec: Any,
) -> None:
    told = dict(picture_options(Encoding(codec=codec, maker="nvenc", most_kbps=8000), 30))
    assert told["c:v"] == f"{codec}_nvenc"
    assert (told["g"], told["forced-idr"], told["no-scenecut"]) == ("240", "1", "1")
    assert (told["rc"], told["b:v"], told["maxrate"], told["bufsize"]) == (
        "vbr", "0", "8000k", "16000k",
    )  # fmt: skip
    assert told.get("tag:v") == ("hvc1" if codec == "hevc" else None)
    assert told["pix_fmt"] == "yuv420p"


def test_whether_a_graphics_card_encodes_is_found_by_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def refused(args: list[str], _frames: object) -> None:
        asked.append(args)
        raise FFmpegError(("ffmpeg",), ("[error] No capable devices found", "[error] more"))

    why_no_nvenc.cache_clear()
    monkeypatch.setattr("assembly.nvenc.run", refused)
    assert why_no_nvenc("hevc") == "hevc_nvenc: No capable devices found"
    assert why_no_nvenc("hevc") == "hevc_nvenc: No capable devices found"
    assert len(asked) == 1
    monkeypatch.setattr("assembly.nvenc.run", lambda *_: None)
    assert why_no_nvenc("h264") == ""
    why_no_nvenc.cache_clear()


@pytest.mark.parametrize(
    ("encoding", "why"),
    [
        (Encoding(codec="prores", audio="opus"), "opus does not go with a master in MOV"),
        (Encoding(audio="pcm"), "pcm does not go with h264 in MP4"),
        (Encoding(codec="av1", audio="opus"), ""),
    ],
)
def test_streams_that_cannot_share_a_file_are_refused(encoding: Encoding, why: str) -> None:
    assert refuse_mixture(encoding).startswith(why)
    assert bool(refuse_mixture(encoding)) == bool(why)
