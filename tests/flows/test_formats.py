"""Shapes of films through the front door: what is bought, what is encoded, what lies where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from flows.scripts.presets import NAMES, presets, too_long
from flows.scripts.wishes import Wishes, one_each
from tests.flows.films import make, receipt, reelwright
from tests.lab.server import Lab

SCRIPT = """---
title: Tides
budget: 5
{front}---

## Why the sea moves
The Moon pulls at the sea.

## A wave
@prompt: a long wave rolls onto a beach

The water goes.
"""


def script(folder: Path, front: str = "") -> Path:
    path = folder / "tides.md"
    path.write_text(SCRIPT.replace("{front}", front), encoding="utf-8")
    return path


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


def told(film: Path) -> tuple[str, str, int, int, int]:
    """Codecs, size and rate of a film's file."""
    with av.open(str(film)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        names = picture.codec_context.codec, sound.codec_context.codec
        return (
            names[0].canonical_name, names[1].canonical_name, picture.width, picture.height,
            round(float(picture.average_rate or 0)),
        )  # fmt: skip


def films_of(path: Path, home: Path, *more: str, **env: str) -> list[dict[str, Any]]:
    done = reelwright("make", path, "--out", home / "films", "--json", *more, home=home, **env)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.drill
def test_another_codec_encodes_again_and_buys_nothing(lab: Lab, tmp_path: Path) -> None:
    make(script(tmp_path), tmp_path, "--tier", "1", **lab.urls)
    charges = len(lab.bill.charges)
    film = make(
        script(tmp_path), tmp_path, "--tier", "1", "--codec", "av1", "--audio-codec", "opus",
        "--fps", "25", **lab.urls,
    )  # fmt: skip
    assert len(lab.bill.charges) == charges
    assert film["usd"] == 0
    assert told(Path(film["video"])) == ("av1", "opus", 256, 144, 25)
    said = receipt(film)["encoded"]
    assert (said["codec"], said["audio"], said["container"]) == ("av1", "opus", "mp4")
    assert said["encoder"].startswith("libsvtav1") or said["encoder"] == "av1_nvenc"
    assert said["maker"] == "nvenc" or "(" in said["encoder"], "why it is not NVIDIA's"


@pytest.mark.slow
@pytest.mark.drill
def test_two_shapes_in_one_run_share_words_and_with_reframe_pictures(
    lab: Lab, tmp_path: Path
) -> None:
    path = script(tmp_path)
    both = films_of(path, tmp_path, "--tier", "1", "--aspect", "16:9,9:16", "--reframe", **lab.urls)
    assert [film["slug"] for film in both] == ["tides-16x9", "tides-9x16"]
    assert [told(Path(film["video"]))[2:4] for film in both] == [(256, 144), (144, 256)]
    assert both[0]["usd"] > 0
    assert both[1]["usd"] == 0
    assert any("cut for 9:16 and enlarged" in note for note in receipt(both[1])["notes"])
    bought = {(i["what"], i["digest"]) for i in receipt(both[0])["items"] if i["model"] != "cards"}
    again = {(i["what"], i["digest"]) for i in receipt(both[1])["items"] if i["model"] != "cards"}
    assert bought == again
    # Without it the tall film's pictures are bought; the words are owned.
    alone = films_of(path, tmp_path, "--tier", "1", "--aspect", "9:16", **lab.urls)[0]
    assert alone["usd"] > 0
    states = {i["what"]: i["state"] for i in receipt(alone)["items"] if i["what"] == "speech"}
    assert set(states.values()) == {"owned"}
    assert not lab.bill.doubles()


@pytest.mark.slow
@pytest.mark.drill
def test_a_draft_buys_nothing_and_leaves_the_delivered_film_alone(lab: Lab, tmp_path: Path) -> None:
    path = script(tmp_path)
    first = make(path, tmp_path, "--draft", "--tier", "1", REELWRIGHT_SHORT_SIDE="720", **lab.urls)
    assert lab.bill.charges == ()
    assert Path(first["video"]).relative_to(tmp_path) == Path("films/tides/draft/draft.mp4")
    assert told(Path(first["video"]))[2:4] == (854, 480)
    assert receipt(first)["encoded"]["is_draft"]
    assert any(n.startswith("draft: cards for what is not owned") for n in receipt(first)["notes"])
    film = make(path, tmp_path, "--tier", "1", **lab.urls)
    before = Path(film["video"]).read_bytes()
    charges = len(lab.bill.charges)
    second = make(path, tmp_path, "--draft", "--tier", "1", **lab.urls)
    assert len(lab.bill.charges) == charges
    assert Path(film["video"]).read_bytes() == before
    # What is owned by now is shown and heard.
    models = {i["model"] for i in receipt(second)["items"]}
    assert {"gpt-image-2.5-flare", "gpt-4o-mini-tts"} <= models
    assert "espeak" not in models


@pytest.mark.slow
@pytest.mark.drill
def test_a_master_lies_beside_the_film_and_goes_when_it_is_no_longer_wished_for(
    tmp_path: Path,
) -> None:
    film = make(script(tmp_path), tmp_path, "--master")
    master = Path(film["video"]).with_name("master.mov")
    assert told(master) == ("prores", "pcm_s24le", 256, 144, 30)
    assert told(Path(film["video"]))[:2] == ("h264", "aac")
    assert len(receipt(film)["encoded"]["master"]) == 64
    make(script(tmp_path), tmp_path)
    assert not master.exists()


@pytest.mark.slow
@pytest.mark.drill
def test_a_preview_buys_its_own_scene_only_and_ends_at_once(lab: Lab, tmp_path: Path) -> None:
    path = script(tmp_path)
    told_to = ("--out", tmp_path / "films", "--tier", "1")
    done = reelwright("preview", path, "--scene", "3", *told_to, home=tmp_path, **lab.urls)
    assert done.returncode == 0, done.stderr
    video, picture = (Path(line.split("  ")[0]) for line in done.stdout.splitlines())
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert told(video)[2:4] == (256, 144)
    assert len(lab.bill.charges) == 2, "one picture, one narration"
    with av.open(str(video)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="gray")
    assert first.mean() > 20, "no fade at its beginning"
    film = make(path, tmp_path, "--tier", "1", **lab.urls)
    assert not lab.bill.doubles()
    owned = {(i["scene"], i["state"]) for i in receipt(film)["items"] if i["model"] != "cards"}
    assert ("s03", "owned") in owned


@pytest.mark.slow
@pytest.mark.drill
def test_a_preview_stops_at_the_budget(lab: Lab, tmp_path: Path) -> None:
    told_to = ("--out", tmp_path / "films", "--tier", "1", "--budget", "0.001")
    path = script(tmp_path)
    done = reelwright("preview", path, "--scene", "3", *told_to, home=tmp_path, **lab.urls)
    assert done.returncode == 3
    assert "stopped by budget" in done.stderr


def board(tmp_path: Path, front: str, *more: str) -> dict[str, Any]:
    """The storyboard of a film that was planned: by way of a draft's folder, quickly."""
    from flows.scripts.reading import film_storyboard
    from flows.settings import Settings

    keys = dict(word.split("=") for word in more)
    wishes = Wishes(**keys)  # type: ignore[arg-type]
    return film_storyboard(script(tmp_path, front), wishes, Settings()).model_dump()


def test_what_is_written_goes_before_a_presets_key_and_the_command_line_before_both(
    tmp_path: Path,
) -> None:
    front = "preset: shorts\naspect: 1:1\n"
    own = board(tmp_path, front)
    assert (own["aspect"], own["captions"], own["loudness_lufs"]) == ("1:1", "pop", -14)
    over = board(tmp_path, front, "captions=files")
    assert (over["aspect"], over["captions"]) == ("1:1", "files")
    other = board(tmp_path, front, "preset=linkedin")
    assert (other["aspect"], other["captions"], other["fps"]) == ("4:5", "burned", "30")
    assert board(tmp_path, front, "preset=linkedin", "aspect=16:9")["aspect"] == "16:9"
    assert board(tmp_path, "preset: archive\n")["deliver"] == ("master",)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_a_preset_has_a_source_or_says_that_it_has_none(name: str) -> None:
    preset = presets()[name]
    assert preset.source == "ours" or preset.source.startswith(("https://", "Instagram"))
    assert preset.read
    keys = set(preset.model_dump(exclude_none=True)) - {"about", "why", "source", "read"}
    assert set(preset.why) <= keys
    assert "loudness_lufs" in preset.why


def test_a_film_that_is_too_long_for_its_place_is_told_of_in_one_sentence() -> None:
    assert too_long("shorts", 180) == ""
    assert too_long("shorts", 200) == (
        "the film lasts 3:20 min and YouTube shows films as Shorts up to 3 minutes; "
        "shorten it or split it up"
    )
    assert too_long("web", 10_000) == ""
    assert too_long("", 10_000) == ""


def test_shapes_with_commas_are_a_film_each_and_one_alone_is_itself() -> None:
    assert [w.aspect for w in one_each(Wishes(aspect="16:9,9:16,16:9"))] == ["16:9", "9:16"]
    assert one_each(Wishes(aspect="1:1")) == [Wishes(aspect="1:1")]


@pytest.mark.parametrize(
    ("front", "more", "sentence"),
    [
        ("preset: tiktk\n", (), 'tides.md:4: preset is "tiktk"; choose one of youtube, shorts'),
        ("", ("--preset", "x"), 'the preset asked for is "x"; choose one of youtube'),
        ("", ("--aspect", "16:9,2:1"), 'the aspect asked for is "2:1"; choose one of 16:9'),
        ("", ("--size", "4k"), 'the size asked for is "4k"; choose one of 720p'),
        ("", ("--audio-codec", "pcm"), 'the audio_codec asked for is "pcm"; choose one of aac'),
        ("", ("--draft", "--master"), "a draft has no master; leave out --draft or --master"),
        ("", ("--encoder", "nvenc", "--codec", "hevc"), "NVIDIA's encoder does not work here"),
    ],
)
def test_a_format_that_cannot_be_is_one_sentence(
    front: str, more: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    if "nvenc" in more:
        from assembly.nvenc import why_no_nvenc

        if not why_no_nvenc("hevc"):
            pytest.skip("NVIDIA's encoder works here")
    done = reelwright("make", script(tmp_path, front), *more, home=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
