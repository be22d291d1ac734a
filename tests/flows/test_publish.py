"""What comes with a film, and a team's brand, through the front door."""

from __future__ import annotations

import io
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image, ImageCms

from providers.cards.fonts import font_file
from tests.flows.films import SCRIPT, make, receipt, reelwright

pytestmark = [pytest.mark.slow, pytest.mark.drill]

FRONT = """---
title: Tides
author: A. Moon
description: Why the sea rises twice a day.
tags: [sea, moon]
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(SCRIPT.replace("---\ntitle: Tides\n", FRONT, 1))
    return path


def beside(film: dict[str, Any], name: str) -> Path:
    return Path(film["video"]).parent / name


def clip(path: Path, seconds: float) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.time_base = 256, 144, Fraction(1, 30)
        for number in range(round(seconds * 30)):
            rgb = np.full((144, 256, 3), (number * 5 % 256, 90, 200), np.uint8)
            rgb[:, : number % 256] = 255 - rgb[:, : number % 256]
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_the_file_and_the_description_say_what_the_script_says(
    script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path)
    with av.open(film["video"]) as container:
        tags = container.metadata
        titles = [c["metadata"]["title"] for c in container.chapters()]  # type: ignore[index]
    assert titles == ["Tides", "Why the sea moves", "In numbers", "The end"]
    assert (tags["artist"], tags["keywords"]) == ("A. Moon", "sea, moon")
    assert tags["description"] == "Why the sea rises twice a day."
    assert tags["comment"] == "Synthetic voice by espeak. Made with Reelwright."
    told = beside(film, "description.txt").read_text()
    assert told.startswith("Tides\n\nWhy the sea rises twice a day.\n\nTags: sea, moon\n\n")
    assert "Voice: espeak, GPL-3.0-or-later" in told
    assert not beside(film, "chapters.txt").exists()


def test_other_tags_join_the_film_again_and_encode_nothing(script: Path, tmp_path: Path) -> None:
    make(script, tmp_path)
    script.write_text(script.read_text().replace("twice a day.\ntags", "and falls.\ntags"))
    told = receipt(make(script, tmp_path))
    made = {name: count["made"] for name, count in told["pieces"].items()}
    assert made == {"segment": 0, "sound": 0, "film": 1, "check": 1}


def test_the_poster_is_the_title_card_or_the_scene_or_picture_that_is_named(
    script: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (300, 300), "#ff0000").save(tmp_path / "cover.png")
    posters = {}
    for said in ("", "poster: 3\n", "poster: cover.png\n"):
        script.write_text(SCRIPT.replace("---\ntitle: Tides\n", FRONT + said, 1))
        film = make(script, tmp_path)
        with Image.open(beside(film, "poster.jpg")) as opened:
            posters[said] = np.asarray(opened, np.float64)
            profile = ImageCms.ImageCmsProfile(io.BytesIO(opened.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    with av.open(film["video"]) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    timeline = json.loads(beside(film, "timeline.json").read_text())
    for said, shot in (("", 0), ("poster: 3\n", 2)):
        middles = [
            frames[s["start"] + s["frames"] // 2].astype(np.float64) for s in timeline["shots"]
        ]
        top = [np.abs(m[:90] - posters[said][:90]).mean() for m in middles]
        assert int(np.argmin(top)) == shot
    assert np.abs(posters["poster: cover.png\n"] - (255, 0, 0)).max() < 8
    script.write_text(SCRIPT.replace("---\ntitle: Tides\n", FRONT + "poster: 9\n", 1))
    done = reelwright("check", script, home=tmp_path)
    assert (
        f"{script}:6: poster is 9 and the film has 4 scenes; give the number of one of them"
        in done.stderr
    )


def test_a_cut_for_editing_programs_comes_with_its_media_and_goes_when_unwanted(
    script: Path, tmp_path: Path
) -> None:
    film = make(script, tmp_path, "--otio")
    cut = otio.adapters.read_from_file(str(beside(film, "film.otio")))
    assert cut.duration().to_seconds() == pytest.approx(film["duration_s"], abs=0.001)
    urls = {c.media_reference.target_url for c in cut.find_clips()}
    assert {url.split("/")[1] for url in urls} == {p.name for p in beside(film, "media").iterdir()}
    assert {Path(url).suffix for url in urls} == {".png", ".wav"}
    film = make(script, tmp_path)
    assert not beside(film, "film.otio").exists()
    assert not beside(film, "media").exists()


def test_a_brand_file_gives_a_film_its_intro_fonts_and_name(script: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    clip(team / "in.mp4", 1.5)
    shutil.copy(font_file("Fredoka One"), team / "Acme.ttf")
    Image.new("RGB", (90, 40), "#5a5a5a").save(team / "logo.png")
    (team / "brand.toml").write_text(
        'name = "Acme"\nlogo = "logo.png"\naccent = "#ff0066"\n'
        'heading_font = "Acme.ttf"\ncaption_font = "Acme.ttf"\n'
        'intro = "in.mp4"\noutro = "Goodbye"\nloudness = -19\n[logo_bug]\ncorner = "top-left"\n'
    )
    plain = make(script, tmp_path)
    before = beside(plain, "poster.jpg").read_bytes()
    film = make(script, tmp_path, BRAND_FILE=str(team / "brand.toml"))
    told = json.loads(beside(film, "timeline.json").read_text())
    kinds = [(shot["kind"], shot["frames"], shot["motion"]) for shot in told["shots"]]
    assert len(kinds) == plain["scenes"] + 2
    assert kinds[0] == ("clip", 45, "none")
    assert told["look"]["font"] == "Fredoka One"
    assert beside(film, "poster.jpg").read_bytes() != before
    assert abs(receipt(film)["measured"]["integrated_lufs"] + 19) <= 0.5
    board = json.loads(beside(film, "storyboard.json").read_text())
    assert board["brand"]["logo_bug"] == {"corner": "top-left", "size": 0.08, "opacity": 0.85}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('body_font = "no.ttf"', "no.ttf is not a font that can be read; use a .ttf or .otf file"),
        ('body_font = "No Such Font"', "no font family 'No Such Font' is installed; there are "),
        ('logo = "no.png"', "no.png"),
        ('theme = "nowhere"', "there is no theme 'nowhere'; choose one of"),
    ],
)
def test_what_is_wrong_with_a_brands_files_is_told_at_its_line(
    script: Path, tmp_path: Path, line: str, told: str
) -> None:
    (tmp_path / "no.ttf").write_bytes(b"no font" * 100)
    (tmp_path / "no.png").write_bytes(b"no picture")
    (tmp_path / "brand.toml").write_text('name = "Acme"\n' + line)
    script.write_text(SCRIPT.replace("closing:", "brand: brand.toml\nclosing:", 1))
    done = reelwright("check", script, home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'brand.toml'}:2: "), done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_film_whose_delivery_broke_off_in_the_middle_is_delivered_by_the_next_run(
    script: Path, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "films" / "tides" / "contact-sheet.jpg"
    in_the_way.mkdir(parents=True)
    broken = reelwright("make", script, "--out", tmp_path / "films", home=tmp_path)
    assert broken.returncode != 0
    assert (in_the_way.parent / "video.mp4").exists()
    assert not (in_the_way.parent / "receipt.json").exists()
    in_the_way.rmdir()
    assert receipt(make(script, tmp_path))["items"]
    assert in_the_way.is_file()
