"""Colours of clips that are not BT.709: high dynamic range and wide gamuts, brought down to it.

PQ and HLG become light (ITU-R BT.2100-2, tables 4 and 5), with reference white at 203 cd/m2
(BT.2408-7) as 1.0; highlights up to 1000 cd/m2 are rolled off by the curve of BT.2390-11, 5.4.1,
on the largest of R, G, B, so that hues stay; primaries go by a 3x3 matrix; and the light is coded
for a screen of gamma 2.4 (BT.1886). Brighter than 1000 cd/m2 is white, more saturated than BT.709
is clipped.
"""

from __future__ import annotations

import functools
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint16]
Transfer = Literal["pq", "hlg", "sdr"]
Gamut = Literal["bt709", "bt2020", "p3"]

WHITE_NITS, PEAK_NITS = 203.0, 1000.0
_PEAK = PEAK_NITS / WHITE_NITS
_M1, _M2, _C1, _C2, _C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_XY = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = (0.3127, 0.3290)


def to_bt709(
    rgb: npt.NDArray[np.uint16], transfer: Transfer, gamut: Gamut
) -> npt.NDArray[np.uint8]:
    """16-bit full-range R'G'B' (height, width, 3) of another colour space as 8-bit BT.709."""
    return np.asarray(cv2.convertScaleAbs(coded_709(rgb, transfer, gamut), alpha=255), np.uint8)


def coded_709(rgb: Codes, transfer: Transfer, gamut: Gamut) -> Floats:
    """The same as BT.709 signals from 0 to 1."""
    light = np.take(_light(transfer), rgb)
    if transfer == "hlg":
        # The scene's light becomes the screen's: the system gamma for a peak of 1000 cd/m2 is 1.2.
        weights = np.array([[0.2627, 0.6780, 0.0593]], np.float32)
        luma = np.asarray(cv2.transform(light, weights), np.float32).reshape(rgb.shape[:2])
        light *= (_PEAK * cv2.pow(luma, 0.2))[..., None]
    if transfer != "sdr":
        brightest = np.minimum(light.max(axis=2) / _PEAK, 1.0)
        light *= np.take(_roll_off(), (brightest * 65535).astype(np.uint16))[..., None]
    if gamut != "bt709":
        light = np.asarray(cv2.transform(light, _to_709(gamut)), np.float32)
    return np.asarray(cv2.pow(np.clip(light, 0, 1, out=light), 1 / 2.4), np.float32)


def _pq_nits(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    root = signal ** (1 / _M2)
    return np.asarray(10_000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1))


def _pq_signal(nits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    root = (nits / 10_000) ** _M1
    return np.asarray(((_C1 + _C2 * root) / (1 + _C3 * root)) ** _M2)


@functools.cache
def _light(transfer: Transfer) -> Floats:
    """Light for each 16-bit code: of the screen, 1.0 at white; for HLG of the scene, 0 to 1."""
    signal = np.arange(65536) / 65535
    if transfer == "pq":
        found = np.minimum(_pq_nits(signal), PEAK_NITS * 4) / WHITE_NITS
    elif transfer == "hlg":
        high = (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12
        found = np.where(signal <= 0.5, signal**2 / 3, high)
    else:
        found = signal**2.4
    return found.astype(np.float32)


@functools.cache
def _roll_off() -> Floats:
    """By how much light is turned down, for 65536 levels of it up to the peak."""
    nits = np.arange(65536) / 65535 * PEAK_NITS
    top = float(_pq_signal(np.array(PEAK_NITS)))
    e1, most = _pq_signal(nits) / top, float(_pq_signal(np.array(WHITE_NITS))) / top
    knee = 1.5 * most - 0.5
    t = np.maximum(e1 - knee, 0) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    down = _pq_nits(np.where(e1 < knee, e1, spline) * top)
    return np.where(nits > 0, down / np.maximum(nits, 1e-9), 1.0).astype(np.float32)


@functools.cache
def _to_709(gamut: Gamut) -> Floats:
    """Light in `gamut` to light in BT.709; both have D65 as their white."""
    return (np.linalg.inv(_to_xyz("bt709")) @ _to_xyz(gamut)).astype(np.float32)


def _to_xyz(gamut: Gamut) -> npt.NDArray[np.float64]:
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in _XY[gamut]]).T
    x, y = _D65
    return np.asarray(columns * np.linalg.solve(columns, [x / y, 1.0, (1 - x - y) / y]))
