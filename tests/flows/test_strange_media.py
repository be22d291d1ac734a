"""Strange pictures, clips and sounds of editors: shown right, or refused in a sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.flows.films import make, receipt, reelwright
from tests.flows.footage import colour_of

pytestmark = [pytest.mark.slow, pytest.mark.drill]
ORANGE = (200, 90, 50)
SOURCE = "color=0xC85A32:s=320x180:r=30:d=1.2,format=rgb24"


def ffmpeg(*told: str | Path) -> None:
    tool = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([tool, "-v", "error", "-y", *map(str, told)], check=True)


def clip(path: Path, matrix: str, span: str, depth: str = "yuv420p", transfer: str = "") -> None:
    """A clip of ORANGE in another colour space, named in its header."""
    primaries = {"bt2020nc": "bt2020"}.get(matrix, matrix)
    curve = transfer or primaries
    named = f"colorspace={matrix}:color_primaries={primaries}:color_trc={curve}:range={span}"
    chain = f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range={span},format={depth}"
    ffmpeg(
        "-f", "lavfi", "-i", SOURCE if not transfer else hdr_source(transfer),
        "-vf", f"{chain},setparams={named}", "-c:v", "libx264", "-crf", "4",
        "-colorspace", matrix, "-color_primaries", primaries, "-color_trc", curve,
        "-color_range", span, path,
    )  # fmt: skip


def hdr_source(transfer: str) -> str:
    """ORANGE of a BT.709 screen with white at 203 cd/m2, halved in light, as BT.2020 PQ or HLG."""
    to_2020 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    light = np.array(to_2020) @ ((np.array(ORANGE) / 255) ** 2.4 * 203 / 2)
    if transfer == "smpte2084":
        root = (light / 10_000) ** 0.1593017578125
        signal = ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375
    else:
        luma = float(light @ [0.2627, 0.6780, 0.0593])
        scene = light / 1000 * (luma / 1000) ** (1 / 1.2 - 1)
        high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    red, green, blue = (round(float(s) * 65535) for s in signal)
    return f"color=black:s=320x180:r=30:d=1.2,format=gbrp16,geq=r={red}:g={green}:b={blue}"


HALF_LIGHT = [255 * (((value / 255) ** 2.4) / 2) ** (1 / 2.4) for value in ORANGE]


def test_colours_of_clips_come_out_right_whatever_their_space(tmp_path: Path) -> None:
    clip(tmp_path / "hd.mp4", "bt709", "tv")
    clip(tmp_path / "sd.mp4", "smpte170m", "tv")
    clip(tmp_path / "full.mp4", "bt709", "pc")
    clip(tmp_path / "pq.mp4", "bt2020nc", "tv", "yuv420p10le", "smpte2084")
    clip(tmp_path / "hlg.mp4", "bt2020nc", "tv", "yuv420p10le", "arib-std-b67")
    names = ("hd", "sd", "full", "pq", "hlg")
    scenes = "".join(
        f"## {name}\n![{name}]({name}.mp4)\n\n@duration: 2s\n@transition: cut\n\n" for name in names
    )
    script = tmp_path / "colours.md"
    script.write_text(f"---\ncaptions: files\n---\n\n{scenes}")
    film = make(script, tmp_path / "home")
    assert sum("shows nothing but one colour" in note for note in receipt(film)["notes"]) == 5
    for order, name in enumerate(names):
        wanted = HALF_LIGHT if name in ("pq", "hlg") else ORANGE
        found = colour_of(Path(film["video"]), 2 * order + 1, (0.3, 0.3, 0.7, 0.7))
        assert found == pytest.approx(wanted, abs=4), name


def test_phone_tape_and_television_clips_stand_upright_whole_and_square(tmp_path: Path) -> None:
    ffmpeg(
        "-f", "lavfi", "-i", "color=blue:s=180x320:r=30:d=1.5,drawbox=w=180:h=160:c=red:t=fill",
        "-vf", "transpose=clock", "-c:v", "libx264", "-pix_fmt", "yuv420p", tmp_path / "flat.mp4",
    )  # fmt: skip
    # What a phone writes: the sensor's frame, and a matrix that turns it upright.
    ffmpeg("-display_rotation", "90", "-i", tmp_path / "flat.mp4", "-c", "copy",
           tmp_path / "phone.mp4")  # fmt: skip
    ring = "geq=lum='if(lt(hypot((X-360)*64/45\\,Y-288)\\,200)\\,235\\,16)':cb=128:cr=128"
    ffmpeg(
        "-f", "lavfi", "-i", "color=black:s=720x576:r=50:d=1.5",
        "-vf", f"format=yuv420p,{ring},setsar=64/45,interlace=scan=tff", "-c:v", "libx264",
        "-flags", "+ilme+ildct", tmp_path / "tape.mp4",
    )  # fmt: skip
    script = tmp_path / "turned.md"
    script.write_text(
        "---\ncaptions: files\n---\n\n## A\n![phone](phone.mp4)\n\n@duration: 2s\n"
        "@transition: cut\n\n## B\n![tape](tape.mp4)\n\n@duration: 2s\n@transition: cut\n"
    )
    film = Path(make(script, tmp_path / "home", "--aspect", "9:16")["video"])
    assert colour_of(film, 1, (0.2, 0.1, 0.8, 0.4))[0] > 200, "red above"
    assert colour_of(film, 1, (0.2, 0.6, 0.8, 0.9))[2] > 200, "blue below"
    wide = Path(make(script, tmp_path / "home2")["video"])
    # A circle on tape is one in the film: 200 of 576 lines, in every direction.
    assert colour_of(wide, 3, (0.5 + 0.33 * 9 / 16, 0.48, 0.5 + 0.34 * 9 / 16, 0.52))[0] > 200
    assert colour_of(wide, 3, (0.5 + 0.36 * 9 / 16, 0.48, 0.5 + 0.38 * 9 / 16, 0.52))[0] < 60


def test_pictures_of_every_kind_and_odd_sound_make_one_film(tmp_path: Path) -> None:
    full = (320, 180)
    alpha = Image.new("RGBA", full, (*ORANGE, 255))
    alpha.paste((0, 0, 0, 0), (0, 0, 40, 40))
    alpha.save(tmp_path / "alpha.png")
    Image.new("CMYK", full, (0, 140, 191, 55)).save(tmp_path / "press.jpg", quality=95)
    grey = np.full((180, 320), 40_000, np.uint16)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    Image.new("RGB", (1, 1), ORANGE).save(tmp_path / "dot.png")
    Image.new("RGB", (50_000, 20), ORANGE).save(tmp_path / "ribbon.png")
    moving = [Image.new("RGB", full, colour) for colour in (ORANGE, (0, 0, 255))]
    for name in ("moving.webp", "moving.png", "moving.gif"):
        moving[0].save(tmp_path / name, save_all=True, append_images=moving[1:], duration=400)
    (tmp_path / "drawn.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180">'
        '<rect width="320" height="180" fill="#c85a32"/></svg>'
    )
    wave = np.sin(np.arange(11_025 * 2) * 0.1) * 0.3
    soundfile.write(tmp_path / "old.wav", wave, 11_025, subtype="PCM_U8")
    names = ("alpha.png", "press.jpg", "deep.png", "dot.png", "ribbon.png", "moving.webp",
             "moving.png", "drawn.svg", "moving.gif")  # fmt: skip
    scenes = "".join(
        f"## Scene\n![it]({name})\n\n@duration: 1.5s\n@transition: cut\n@motion: none\n\n"
        for name in names
    )
    script = tmp_path / "pictures.md"
    script.write_text(f"---\ncaptions: files\nmusic: old.wav\n---\n\n{scenes}")
    film = make(script, tmp_path / "home")
    notes = " ".join(receipt(film)["notes"])
    assert "dot.png is only 1x1 pixels" in notes
    assert "moving.webp is animated: only its first picture is shown" in notes
    seen = {
        name: colour_of(Path(film["video"]), 1.5 * order + 0.75, (0.4, 0.1, 0.6, 0.3))
        for order, name in enumerate(names)
    }
    assert seen["press.jpg"] == pytest.approx(ORANGE, abs=8)
    for name in ("alpha.png", "moving.webp", "moving.png", "drawn.svg"):
        assert seen[name] == pytest.approx(ORANGE, abs=4), name
    assert seen["deep.png"] == pytest.approx((156, 156, 156), abs=3)
    assert seen["moving.gif"] == pytest.approx((0, 0, 255), abs=6), "0.75 s: its second picture"


BAD = {
    "cut.mp4": "the clip cut.mp4 cannot be read",
    "half.mp4": "the clip half.mp4 breaks off after",
    "song.mp4": "song.mp4 has no picture track",
    "empty.mp4": "the file empty.mp4 is empty",
    "empty.png": "the file empty.png is empty",
    "notes.png": "notes.png is not a picture that can be read",
    "photo.jpg": "photo.jpg is a HEIC picture, which cannot be read",
    "thief.svg": "the drawing thief.svg needs another file",
    "broken.svg": "broken.svg is not a drawing that can be read",
    "half.jpg": "the picture half.jpg is damaged",
}


def test_what_cannot_be_shown_is_refused_with_its_line(tmp_path: Path) -> None:
    source = "testsrc2=s=320x180:r=30:d=3"
    ffmpeg("-f", "lavfi", "-i", source, tmp_path / "late.mp4")
    ffmpeg("-f", "lavfi", "-i", source, "-movflags", "+faststart", tmp_path / "early.mp4")
    for whole, half in (("late.mp4", "cut.mp4"), ("early.mp4", "half.mp4")):
        data = (tmp_path / whole).read_bytes()
        (tmp_path / half).write_bytes(data[: len(data) * 6 // 10])
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", tmp_path / "song.mp4")
    for name in ("empty.mp4", "empty.png"):
        (tmp_path / name).touch()
    (tmp_path / "notes.png").write_text("Dear diary")
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)
    (tmp_path / "photo.jpg").write_bytes(heic)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
    (tmp_path / "thief.svg").write_text(svg.format('<image href="/etc/secret.png"/>'))
    (tmp_path / "broken.svg").write_text("<svg")
    noise = np.random.default_rng(1).integers(0, 255, (180, 320, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(data[: len(data) // 2])
    script = tmp_path / "bad.md"
    script.write_text("".join(f"## It\n![it]({name})\n\nWords.\n" for name in BAD))
    done = reelwright("check", script, home=tmp_path / "home")
    assert done.returncode == 2
    told = done.stderr.splitlines()
    for order, sentence in enumerate(BAD.values()):
        (line,) = [line for line in told if sentence in line]
        assert line.startswith(f"{script}:{4 * order + 2}: "), line
        assert "; " in line
    assert len(told) == len(BAD)


def test_a_heic_picture_is_refused_by_its_name_with_what_to_save_instead(tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic")
    script = tmp_path / "phone.md"
    script.write_text("## It\n![it](photo.heic)\n\nWords.\n")
    done = reelwright("check", script, home=tmp_path / "home")
    wanted = f'{script}:2: "photo.heic" is not a picture or clip that can be read; use one of png, '
    assert done.stderr.startswith(wanted)


def test_sound_cut_off_surround_and_missing_is_heard_or_refused(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=6", "-b:a", "64k", tmp_path / "whole.mp3")
    data = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) // 2])
    centre = "aevalsrc=0|0|0.3*sin(2000*t)|0|0|0:c=5.1:d=4"
    ffmpeg("-f", "lavfi", "-i", centre, "-c:a", "flac", tmp_path / "cinema.flac")
    (tmp_path / "none.mp3").touch()
    for music in ("cut.mp3", "cinema.flac"):
        script = tmp_path / f"{Path(music).stem}.md"
        script.write_text(f"---\nmusic: {music}\n---\n\n## Quiet\n- One\n\n@duration: 4s\n")
        film = make(script, tmp_path / "home")
        assert receipt(film)["measured"]["integrated_lufs"] > -30, music
    script = tmp_path / "none.md"
    script.write_text("---\nmusic: none.mp3\n---\n\n## Quiet\n- One\n")
    done = reelwright("check", script, home=tmp_path / "home")
    assert done.stderr.strip() == f"{script}:2: the file none.mp3 is empty; export or copy it again"
