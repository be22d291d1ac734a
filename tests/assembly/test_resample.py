"""Where samples land when a part of a picture is drawn at another scale."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from assembly._planes import OVERSIZE, Canvas, Planes, working_planes
from assembly._resample import MARGIN, Line, cut
from assembly.motion import MOVES, View

WIDTH, HEIGHT = 640, 360
MOVING = [name for name in MOVES if name != "none"]


def working_size(width: int, height: int) -> tuple[int, int]:
    return round(width * OVERSIZE / 2) * 2, round(height * OVERSIZE / 2) * 2


def picture(luma: npt.NDArray[np.float64]) -> Planes:
    grey = np.repeat(luma.clip(0, 255).round().astype(np.uint8)[..., None], 3, 2)
    return working_planes(grey, WIDTH, HEIGHT, OVERSIZE)


def views(name: str, count: int) -> list[View]:
    return [MOVES[name].at(number / (count - 1)) for number in range(count)]


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080), (3840, 2160)])
@pytest.mark.parametrize("motion", MOVING)
def test_every_view_of_every_move_has_a_rectangle_near_enough(
    motion: str, size: tuple[int, int]
) -> None:
    off = []
    for view in views(motion, 40):
        for wish, have, centre in zip(size, working_size(*size), (view.x, view.y), strict=True):
            step = have / (wish * view.zoom)
            line = Line(centre * have + (0.5 - wish / 2) * step - 0.5, step, wish)
            found = cut(line, have, MARGIN)
            assert found is not None
            made = found.length / found.made
            for sample in (0, wish - 1):
                lies = found.start + (found.skip + sample + 0.5) * made - 0.5
                off.append(lies - (line.first + sample * step))
    assert float(np.sqrt(np.mean(np.square(off)))) <= 0.05
    assert float(np.abs(off).max()) <= 0.1


@pytest.mark.parametrize("motion", MOVING)
def test_dots_follow_the_ideal_path_in_luma_and_chroma(motion: str) -> None:
    wide, high = working_size(WIDTH, HEIGHT)
    down, across = np.mgrid[0:high, 0:wide]
    dots = [(170.3, 120.6), (500.4, 110.2), (200.7, 270.1), (480.9, 280.5)]
    luma = sum(200 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 50) for x, y in dots) + 20.0
    grey = picture(np.asarray(luma))
    # Chroma that is luma itself, seen at chroma's own places: (2i, 2j + 1/2).
    soft = cv2.GaussianBlur(np.asarray(luma, np.float32), (0, 0), 1.5)
    grid = np.mgrid[0 : high // 2, 0 : wide // 2].astype(np.float32)
    chroma = cv2.remap(soft, 2 * grid[1], 2 * grid[0] + 0.5, cv2.INTER_LINEAR)
    around = cv2.copyMakeBorder(chroma, *(MARGIN,) * 4, cv2.BORDER_REPLICATE)
    around = around.round().astype(np.uint8)
    planes = Planes(grey.y, around, around, MARGIN)
    canvas = Canvas(WIDTH, HEIGHT)
    off_luma, off_chroma = [], []
    for view in views(motion, 30):
        canvas.show(planes, view)
        for x, y in dots:
            ideal = np.array(
                [
                    ((x + 0.5) / wide - view.x) * view.zoom * WIDTH + WIDTH / 2 - 0.5,
                    ((y + 0.5) / high - view.y) * view.zoom * HEIGHT + HEIGHT / 2 - 0.5,
                ]
            )
            off_luma.append(centre(canvas.y, ideal, 22) - ideal)
            in_chroma = np.array([ideal[0] / 2, (ideal[1] - 0.5) / 2])
            off_chroma.append(2 * (centre(canvas.u, in_chroma, 12) - in_chroma))
    assert float(np.sqrt(np.mean(np.square(off_luma)))) <= 0.05
    assert float(np.sqrt(np.mean(np.square(off_chroma)))) <= 0.1


def centre(
    plane: npt.NDArray[np.uint8], near: npt.NDArray[np.float64], reach: int
) -> npt.NDArray[np.float64]:
    """The centre of the light of a dot around a place, as (x, y)."""
    column, row = (round(float(place)) for place in near)
    part = plane[row - reach : row + reach + 1, column - reach : column + reach + 1]
    light = np.clip(part.astype(float) - part.min() - 4, 0, None)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    moment = np.array([(columns * light).sum(), (rows * light).sum()]) / light.sum()
    return np.asarray(moment + np.array([column, row]))


def test_fine_detail_does_not_shimmer_as_it_does_when_warped() -> None:
    wide, high = working_size(WIDTH, HEIGHT)
    lines = 128 + 90 * np.sin(2 * np.pi * np.mgrid[0:high, 0:wide][1] / 3.0)
    planes = picture(lines)
    canvas = Canvas(WIDTH, HEIGHT)
    drawn, warped = [], []
    # Slow: the middle of a push over ten seconds.
    for view in [MOVES["push-in"].at(number / 300) for number in range(120, 170)]:
        canvas.show(planes, view)
        drawn.append(detail(canvas.y))
        step = wide / (WIDTH * view.zoom)
        first = view.x * wide + (0.5 - WIDTH / 2) * step - 0.5
        top = view.y * high + (0.5 - HEIGHT / 2) * step - 0.5
        matrix = np.array([[step, 0, first + MARGIN], [0, step, top + MARGIN]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped.append(detail(cv2.warpAffine(planes.y, matrix, (WIDTH, HEIGHT), flags=flags)))
    assert flicker(drawn) < 0.6 * flicker(warped)
    assert np.mean(drawn) > 1.3 * np.mean(warped), "and it stays sharper"


def detail(plane: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Energy of the finest detail in parts of 40 by 40 pixels."""
    energy = cv2.Laplacian(plane.astype(np.float32), cv2.CV_32F) ** 2
    return np.asarray(
        cv2.resize(energy, (WIDTH // 40, HEIGHT // 40), interpolation=cv2.INTER_AREA), np.float64
    )


def flicker(frames: list[npt.NDArray[np.float64]]) -> float:
    """How much detail changes from frame to frame, as a share of all there is."""
    changes = [np.abs(after - before).mean() for before, after in pairwise(frames)]
    return float(np.mean(changes) / np.mean(frames))


def test_where_no_rectangle_is_near_enough_the_plane_is_warped() -> None:
    """At a scale of almost one, whole rectangles hardly differ."""
    step = 1.0001
    assert cut(Line(10.5, step, 640), 700, MARGIN) is None
    ramp = np.tile(np.arange(700) / 3, (400, 1))
    grey = ramp.round().astype(np.uint8)
    canvas = Canvas(640, 360)
    bare = Planes(grey, grey[::2, ::2].copy(), grey[::2, ::2].copy())
    canvas.show(bare, View(700 / 640 / step, 0.5, 0.5))
    row = canvas.y[180].astype(float)
    ideal = (0.5 * 700 + (np.arange(640) + 0.5 - 320) * step - 0.5) / 3
    assert float(np.abs((row - ideal)[5:-5]).mean()) < 0.6


@pytest.mark.parametrize("motion", MOVING)
def test_how_far_views_stray_is_where_the_frames_corners_lie(motion: str) -> None:
    canvas = Canvas(WIDTH, HEIGHT)

    def corners(view: View, seen: View) -> npt.NDArray[np.float64]:
        """Where the corners of `seen` lie in a frame that shows `view`, in pixels."""
        half = 0.5 / seen.zoom
        places = [(seen.x + a * half, seen.y + b * half) for a in (-1, 1) for b in (-1, 1)]
        sides = np.array([WIDTH, HEIGHT]) * view.zoom
        return (np.array(places) - (view.x, view.y)) * sides

    for before, after in pairwise(views(motion, 30)):
        moved = np.abs(corners(after, before) - corners(after, after)).max()
        assert canvas.strays(before, after) == pytest.approx(moved, rel=1e-6)
    assert canvas.strays(before, before) == 0
