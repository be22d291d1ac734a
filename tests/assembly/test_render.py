"""What a rendered segment looks like, decoded again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from assembly._planes import Canvas, read_picture, still, to_planes
from assembly.errors import Cancelled, UnreadableMedia
from assembly.motion import MOVES, View
from assembly.render import render_segment
from assembly.segments import Layer, Segment
from assembly.takes import ClipFile, plan_takes
from assembly.timeline import CaptionLook, Cue

Frames = npt.NDArray[np.uint8]


def segment(frames: int = 20, **wishes: Any) -> Segment:
    told: dict[str, Any] = {
        "engine": "e",
        "width": 320,
        "height": 180,
        "fps": 30,
        "frames": frames,
        "blend": "body",
        "background": "#000000",
    }
    return Segment(**{**told, **wishes})


def layer(picture: str, motion: str = "none", first: int = 0, total: int = 1) -> Layer:
    return Layer(picture=picture, kind="still", motion=motion, first=first, total=total)


def clip(picture: str, seconds: float, first: int = 0, needed: int = 1, **wishes: Any) -> Layer:
    file = ClipFile(digest=picture, seconds=seconds, **wishes)
    takes, after = plan_takes([file], 30, needed, "loop")
    return Layer(
        picture=picture, kind="clip", motion="none", first=first, total=1, takes=takes, after=after
    )


def decoded(path: Path) -> Frames:
    with av.open(str(path)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


@pytest.fixture
def shown(studio: Any, tmp_path: Path) -> Any:
    """Renders a segment of pictures in `tmp_path` and gives back its frames as RGB."""

    def render(part: Segment) -> Frames:
        out = tmp_path / "out" / "segment.mp4"
        render_segment(part, lambda name: tmp_path / name, studio.fonts, out, threading.Event())
        assert [p.name for p in out.parent.iterdir()] == ["segment.mp4"]
        return decoded(out)

    return render


def save(rgb: npt.NDArray[Any], path: Path) -> str:
    Image.fromarray(rgb.astype(np.uint8)).save(path)
    return path.name


def colorful(path: Path, width: int = 346, height: int = 194) -> str:
    """Smooth colours over the whole range: what a decoder cannot mistake for another matrix."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 255, (5, 8, 3), dtype=np.uint8))
    smooth = coarse.resize((width, height), Image.Resampling.BICUBIC)
    return save(np.asarray(smooth.filter(ImageFilter.GaussianBlur(4))), path)


def exact_rgb(path: Path) -> npt.NDArray[np.float64]:
    """The last frame by the formula of BT.709: a player's quick conversion is off by one or two."""
    with av.open(str(path)) as container:
        *_, last = container.decode(video=0)
    high, wide = last.height, last.width
    planes = last.to_ndarray(format="yuv420p").astype(float).ravel()
    y = (planes[: high * wide].reshape(high, wide) - 16) / 219
    u, v = (
        np.asarray(Image.fromarray(plane.astype(np.float32)).resize((wide, high))) / 224
        for plane in np.split(planes[high * wide :] - 128, 2)
        for plane in [plane.reshape(high // 2, wide // 2)]
    )
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.clip(np.dstack([red, green, blue]) * 255, 0, 255)


def test_colours_are_those_of_the_source_picture(shown: Any, tmp_path: Path) -> None:
    name = colorful(tmp_path / "p.png")
    source = Image.open(tmp_path / name).resize((320, 180), Image.Resampling.BOX)
    shown(segment(layers=(layer(name),)))
    off = exact_rgb(tmp_path / "out" / "segment.mp4") - np.asarray(source, float)
    assert np.abs(off).mean() < 2.5
    assert np.abs(off.mean((0, 1))).max() < 0.5


@pytest.mark.parametrize(
    ("color", "yuv"),
    [
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_primaries_have_the_levels_of_bt709(
    color: tuple[int, int, int], yuv: tuple[int, int, int]
) -> None:
    planes = to_planes(np.full((4, 4, 3), color, np.uint8))
    got = planes.y[1, 1], planes.u[1, 1], planes.v[1, 1]
    assert np.abs(np.subtract(got, yuv, dtype=int)).max() <= 1


def test_a_picture_that_stands_still_is_whole_in_every_frame(shown: Any, tmp_path: Path) -> None:
    frames = shown(segment(75, layers=(layer(colorful(tmp_path / "p.png")),))).astype(int)
    assert len(frames) == 75
    assert np.abs(frames - frames[0]).mean((1, 2, 3)).max() < 1


@pytest.mark.parametrize("motion", ["push-in", "pan-right", "drift"])
def test_motion_follows_its_path_to_a_fraction_of_a_pixel(
    shown: Any, tmp_path: Path, motion: str
) -> None:
    wide, high, at = 346, 194, (70.3, 60.8)
    down, across = np.mgrid[0:high, 0:wide]
    dot = 40 + 180 * np.exp(-((across - at[0]) ** 2 + (down - at[1]) ** 2) / (2 * 4.0**2))
    name = save(np.repeat(dot[..., None], 3, 2), tmp_path / "dot.png")
    count = 60
    frames = shown(segment(count, layers=(layer(name, motion, 0, count),)))
    off = []
    for number, frame in enumerate(frames):
        view = MOVES[motion].at(number / (count - 1))
        light = np.clip(frame[..., 1].astype(float) - 60, 0, None)
        rows, columns = np.mgrid[0:180, 0:320]
        seen = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
        ideal = (
            ((at[0] + 0.5) / wide - view.x) * view.zoom * 320 + 160 - 0.5,
            ((at[1] + 0.5) / high - view.y) * view.zoom * 180 + 90 - 0.5,
        )
        off.append(np.subtract(seen, ideal))
    assert float(np.sqrt(np.mean(np.square(off)))) <= 0.15


def test_no_move_ever_shows_what_is_beside_the_picture() -> None:
    for name, move in MOVES.items():
        for moment in np.linspace(0, 1, 21):
            view = move.at(float(moment))
            half = 0.5 / view.zoom
            for centre in (view.x, view.y):
                assert half - 1e-9 <= centre <= 1 - half + 1e-9, name


def test_at_zoom_one_the_whole_picture_covers_the_frame(tmp_path: Path) -> None:
    framed = np.full((194, 346, 3), 90, np.uint8)
    framed[:2], framed[-2:], framed[:, :2], framed[:, -2:] = 255, 255, 255, 255
    canvas = Canvas(320, 180)
    canvas.show(to_planes(framed), View(1.0, 0.5, 0.5))
    for edge in (canvas.y[0], canvas.y[-1], canvas.y[:, 0], canvas.y[:, -1]):
        assert edge.min() > 190


def flat(path: Path, level: int) -> str:
    return save(np.full((194, 346, 3), level), path)


def levels(frames: Frames) -> npt.NDArray[np.float64]:
    return frames[:, 40:140, 40:280].mean((1, 2, 3))


def test_a_dissolve_crosses_in_its_middle(shown: Any, tmp_path: Path) -> None:
    two = (layer(flat(tmp_path / "a.png", 40)), layer(flat(tmp_path / "b.png", 200)))
    seen = levels(shown(segment(12, blend="dissolve", layers=two)))
    assert np.all(np.diff(seen) > 0)
    assert seen[0] < 45
    assert seen[-1] > 195
    assert (seen[5] + seen[6]) / 2 == pytest.approx(120, abs=2)


def test_a_fade_passes_through_the_background(shown: Any, tmp_path: Path) -> None:
    two = (layer(flat(tmp_path / "a.png", 200)), layer(flat(tmp_path / "b.png", 120)))
    seen = levels(shown(segment(12, blend="fade", layers=two, background="#000000")))
    assert seen[0] > 180
    assert seen[5] < 12
    assert seen[6] < 12
    assert seen[-1] > 105


def test_the_film_opens_from_and_closes_to_the_background(shown: Any, tmp_path: Path) -> None:
    name = flat(tmp_path / "a.png", 200)
    for blend, order in (("opening", 1), ("closing", -1)):
        part = segment(12, blend=blend, layers=(layer(name),), background="#204060")
        seen = levels(shown(part))[::order]
        assert np.all(np.diff(seen) > 0)
        assert seen[0] == pytest.approx((0x20 + 0x40 + 0x60) / 3, abs=4)


def captioned(lines: Sequence[str], name: str) -> Segment:
    cues = (Cue(start=5, end=12, lines=tuple(lines)),)
    look = CaptionLook(font="Source Sans Pro", size=0.07)
    return segment(layers=(layer(name),), cues=cues, look=look)


def test_a_caption_is_burned_on_its_frames_and_at_its_place(shown: Any, tmp_path: Path) -> None:
    frames = shown(captioned(["Hello there"], flat(tmp_path / "a.png", 90)))
    changed = np.abs(frames.astype(int) - 90).max(-1) > 25
    assert [bool(c.any()) for c in changed] == [5 <= n < 12 for n in range(20)]
    rows, columns = np.nonzero(changed[8])
    assert 140 < rows.min() < rows.max() < 175
    assert abs((columns.min() + columns.max()) / 2 - 159.5) < 2
    assert frames[8, :, :].max() > 235


@pytest.mark.parametrize(
    "text",
    ["{\\an8}up", "{\\p1}m 0 0 l 300 0 300 90{\\p0}", "a\\Nb\\Nc\\Nd", "x'],drawbox;[y]:z=1"],
)
def test_text_is_drawn_as_text_whatever_it_says(shown: Any, tmp_path: Path, text: str) -> None:
    frames = shown(captioned([text], flat(tmp_path / "a.png", 90)))
    rows, _ = np.nonzero(np.abs(frames[8].astype(int) - 90).max(-1) > 25)
    assert rows.min() > 145, "one line at the bottom and nothing elsewhere"
    assert rows.max() < 175


def test_captions_need_no_tame_folder_names(studio: Any, tmp_path: Path) -> None:
    odd = tmp_path / "it's: a [folder], 100%; \\odd"
    odd.mkdir()
    part = captioned(["Hello"], flat(odd / "a.png", 90))
    render_segment(part, lambda name: odd / name, studio.fonts, odd / "s.mp4", threading.Event())
    assert np.abs(decoded(odd / "s.mp4")[8].astype(int) - 90).max() > 100


def test_pictures_of_another_shape_are_cropped_in_their_middle(shown: Any, tmp_path: Path) -> None:
    tall = np.full((900, 300, 3), 20)
    tall[400:500] = 220
    frames = shown(segment(3, layers=(layer(save(tall, tmp_path / "t.png")),)))
    assert frames[1, 90].mean() > 200
    assert frames[1, :, 0].max() > 200
    assert frames[1, 10].mean() < 40


def test_any_kind_of_picture_is_read(tmp_path: Path) -> None:
    grey16 = np.full((20, 30), 0x8080, np.uint16)
    Image.fromarray(grey16).save(tmp_path / "grey16.png")
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(tmp_path / "cmyk.jpg")
    Image.new("RGBA", (30, 20), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    turned = Image.new("RGB", (20, 30), (10, 200, 10))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    means = {
        name: tuple(int(v) for v in read_picture(tmp_path / name, "#102030").mean((0, 1)).round())
        for name in ("grey16.png", "clear.png")
    }
    assert means == {"grey16.png": (128, 128, 128), "clear.png": (16, 32, 48)}
    assert read_picture(tmp_path / "turned.jpg", "#000000").shape == (20, 30, 3)
    red = read_picture(tmp_path / "cmyk.jpg", "#000000").mean((0, 1))
    assert red[0] > 200 > 60 > red[2]


def test_what_is_no_picture_is_refused_with_its_name(shown: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(UnreadableMedia, match=r"notes\.png.*cannot be read"):
        shown(segment(layers=(layer("notes.png"),)))
    assert list((tmp_path / "out").iterdir()) == []


def counting_clip(path: Path, frames: int, fps: int) -> str:
    """A clip whose n-th frame has brightness 20 + 10 n."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(frames):
            level = np.full((90, 160, 3), 20 + 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(level)))
        container.mux(stream.encode())
    return path.name


def numbers(frames: Frames) -> list[int]:
    return [round((float(level) - 20) / 10) for level in levels(frames)]


def test_a_clip_is_brought_to_the_films_rate_by_its_timestamps(shown: Any, tmp_path: Path) -> None:
    name = counting_clip(tmp_path / "c.mp4", 20, 15)
    assert numbers(shown(segment(30, layers=(clip(name, 20 / 15),)))) == [n // 2 for n in range(30)]


def test_a_clip_whose_end_leads_into_its_start_goes_round(shown: Any, tmp_path: Path) -> None:
    name = counting_clip(tmp_path / "c.mp4", 8, 30)
    layer = clip(name, 8 / 30, needed=20, is_round=True)
    assert numbers(shown(segment(20, layers=(layer,)))) == [n % 8 for n in range(20)]


def test_a_clip_goes_on_where_the_segment_before_left_it(shown: Any, tmp_path: Path) -> None:
    name = counting_clip(tmp_path / "c.mp4", 20, 30)
    assert numbers(shown(segment(6, layers=(clip(name, 20 / 30, 7),)))) == list(range(7, 13))
    assert numbers(shown(segment(6, layers=(clip(name, 20 / 30, -3),)))) == [0, 0, 0, 0, 1, 2]


def test_rendering_stops_when_told_and_leaves_nothing(studio: Any, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    part = segment(4000, layers=(layer(flat(tmp_path / "a.png", 90), "drift", 0, 4000),))
    with pytest.raises(Cancelled):
        render_segment(part, lambda n: tmp_path / n, studio.fonts, tmp_path / "o" / "x.mp4", cancel)
    assert list((tmp_path / "o").iterdir()) == []


def test_a_picture_is_prepared_once_for_its_neighbouring_segments(tmp_path: Path) -> None:
    flat(tmp_path / "a.png", 90)
    one, two = (still(tmp_path / "a.png", 320, 180, "#000000", 1.08) for _ in range(2))
    assert one is two
