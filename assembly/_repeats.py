"""Pictures of H.264 that look like the one before: written here, as x264 need not see them.

Where nothing changes, a picture is a slice that skips every macroblock: forty bytes. Where such
pictures are put between those of x264, the numbers of pictures after them go on. Only streams in
which every picture leans on the one before are dealt with: no B-pictures, one reference.
Source: ITU-T H.264 (08/2021), clauses 7.3 (syntax) and 9.3.4 (arithmetic encoding).
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

_IDR, _SLICE, _SPS, _PPS = 5, 1, 7, 8
_HIGH_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
_START = re.compile(rb"\x00{2,3}\x01")
_HEAD_BYTES = 64
_SLICE_QP = 26

# Table 9-44: the less probable symbol's range, by state and by quarter of the range.
_LEAST_RANGES = bytes.fromhex(
    "80b0d0f0 80a7c5e3 809ebbd8 7b96b2cd 748ea9c3 6f87a0b9 698098af 647a90a6"
    "5f74899e 5a6e8296 55687b8e 51637587 4d5e6f80 4959697a 45556474 42505f6e"
    "3e4c5a68 3b485663 3845515e 35414d59 333e4955 303b4550 2e38424c 2b353f48"
    "29323b45 27303841 252d363e 232b333b 21293038 20272e35 1e252b32 1d232930"
    "1b21272d 1a1f252b 181e2329 171c2127 161b2025 151a1e23 14181d21 13171b1f"
    "12161a1e 1115191c 1014171b 0f131619 0e121518 0e111417 0d101316 0c0f1215"
    "0c0e1114 0b0e1013 0b0d0f12 0a0c0f11 0a0c0e10 090b0d0f 090b0c0e 080a0c0e"
    "08090b0d 07090b0c 07090a0c 07080a0b 0608090b 0607090a 06070809 02020202"
)
_SKIPPED_FIRST, _SKIPPED_STEP = 33, 23
"""How probable a skipped macroblock is at first: n and m of context 11, cabac_init_idc 0."""


class CannotRepeat(Exception):
    """The stream is not of the kind that is dealt with here."""


class _Bits:
    """Reads the bits of a NAL unit's payload, without emulation prevention."""

    def __init__(self, payload: bytes) -> None:
        self._whole, self._count = int.from_bytes(payload), 8 * len(payload)
        self.at = 0

    def take(self, count: int) -> int:
        self.at += count
        return self._whole >> (self._count - self.at) & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


class _Written:
    """Writes bits."""

    def __init__(self) -> None:
        self._whole, self._count = 0, 0

    def put(self, value: int, count: int = 1) -> None:
        self._whole, self._count = self._whole << count | value, self._count + count

    def golomb(self, value: int) -> None:
        self.put(value + 1, 2 * (value + 1).bit_length() - 1)

    def signed(self, value: int) -> None:
        self.golomb(2 * value - 1 if value > 0 else -2 * value)

    def aligned(self, bit: int) -> bytes:
        """All that was written, filled up with `bit` to whole bytes."""
        while self._count % 8:
            self.put(bit)
        return self._whole.to_bytes(self._count // 8)


class _Headers(NamedTuple):
    """What a stream's headers tell that slices are written by."""

    frame_bits: int
    order_bits: int
    macroblocks: int
    pps: int
    is_arithmetic: bool
    is_weighted: bool
    first_qp: int
    tells_deblocking: bool


class Numbering:
    """Numbers the pictures of one stream, in the order in which they are decoded and shown.

    `headers` is the encoder's extradata: SPS and PPS. Raises CannotRepeat.
    """

    def __init__(self, headers: bytes) -> None:
        self._told = _read(headers)
        self._number = 0

    def renumbered(self, picture: bytes) -> bytes:
        """A picture of x264 with the numbers that are its own now. Raises CannotRepeat."""
        units: list[bytes] = []
        for unit in _units(picture):
            kind = unit[0] & 31
            if kind not in (_IDR, _SLICE):
                units.append(unit)
                continue
            if kind == _IDR:
                self._number = 0
            elif not unit[0] >> 5 & 3:
                raise CannotRepeat("a picture on which no other leans")
            units.append(unit[:1] + _escaped(self._stamped(_plain(unit[1:]), kind == _IDR)))
        self._number += 1
        return b"".join(b"\0\0\0\1" + unit for unit in units)

    def repeat(self) -> bytes:
        """The picture before once more."""
        told = self._told
        header = _Written()
        header.golomb(0)
        # All slices of the picture are P; the parameters; which picture it is, and when.
        header.golomb(5)
        header.golomb(told.pps)
        header.put(self._number % (1 << told.frame_bits), told.frame_bits)
        header.put(2 * self._number % (1 << told.order_bits), told.order_bits)
        # It leans on one picture, the latest, as that is.
        header.put(1)
        header.golomb(0)
        header.put(0)
        if told.is_weighted:
            header.golomb(0)
            header.golomb(0)
            header.put(0, 2)
        # References leave in their order.
        header.put(0)
        if told.is_arithmetic:
            header.golomb(0)
        header.signed(_SLICE_QP - told.first_qp)
        if told.tells_deblocking:
            header.golomb(1)
        if told.is_arithmetic:
            payload = header.aligned(1) + _all_skipped(told.macroblocks)
        else:
            header.golomb(told.macroblocks)
            header.put(1)
            payload = header.aligned(0)
        self._number += 1
        return b"\0\0\0\1" + bytes([2 << 5 | _SLICE]) + _escaped(payload)

    def _stamped(self, payload: bytes, is_idr: bool) -> bytes:
        told = self._told
        head = payload[:_HEAD_BYTES]
        bits = _Bits(head)
        bits.golomb()
        if bits.golomb() % 5 not in (0, 2):
            raise CannotRepeat("a picture between others")
        bits.golomb()
        places = [(bits.at, self._number % (1 << told.frame_bits), told.frame_bits)]
        bits.take(told.frame_bits)
        if is_idr:
            bits.golomb()
        order = 2 * self._number % (1 << told.order_bits)
        places.append((bits.at, order, told.order_bits))
        whole, count = int.from_bytes(head), 8 * len(head)
        for at, value, size in places:
            low = count - at - size
            whole = whole & ~(((1 << size) - 1) << low) | value << low
        return whole.to_bytes(len(head)) + payload[_HEAD_BYTES:]


def _units(stream: bytes) -> list[bytes]:
    """The NAL units of a stream with start codes."""
    found = _START.split(stream)
    return [unit.rstrip(b"\0") for unit in found if unit]


def _plain(payload: bytes) -> bytes:
    return payload.replace(b"\0\0\3", b"\0\0")


def _escaped(payload: bytes) -> bytes:
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", payload)


def _read(headers: bytes) -> _Headers:
    units = {unit[0] & 31: _plain(unit[1:]) for unit in _units(headers)}
    if _SPS not in units or _PPS not in units:
        raise CannotRepeat("no headers")
    sps, pps = _Bits(units[_SPS] + bytes(8)), _Bits(units[_PPS] + bytes(8))
    profile = sps.take(8)
    sps.take(16)
    sps.golomb()
    # Chroma and bit depths; then whether matrices follow, which nobody here asks for.
    told = (sps.golomb(), sps.golomb(), sps.golomb(), sps.take(2))
    if profile not in _HIGH_PROFILES or told != (1, 0, 0, 0):
        raise CannotRepeat("not eight bits of 4:2:0")
    frame_bits = sps.golomb() + 4
    if sps.golomb() != 0:
        raise CannotRepeat("pictures without an order of their own")
    order_bits = sps.golomb() + 4
    sps.golomb()
    sps.take(1)
    macroblocks = (sps.golomb() + 1) * (sps.golomb() + 1)
    if not sps.take(1):
        raise CannotRepeat("fields")
    number = pps.golomb()
    pps.golomb()
    is_arithmetic = bool(pps.take(1))
    if pps.take(1) or pps.golomb():
        raise CannotRepeat("fields or groups of slices")
    pps.golomb()
    pps.golomb()
    is_weighted = bool(pps.take(1))
    pps.take(2)
    qp = pps.golomb()
    pps.golomb()
    pps.golomb()
    tells_deblocking = bool(pps.take(1))
    pps.take(1)
    if pps.take(1):
        raise CannotRepeat("redundant pictures")
    first_qp = 26 + ((qp + 1) // 2 if qp % 2 else -(qp // 2))
    return _Headers(
        frame_bits, order_bits, macroblocks, number, is_arithmetic, is_weighted, first_qp,
        tells_deblocking,
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def _all_skipped(macroblocks: int) -> bytes:
    """The arithmetic code of a slice that skips every macroblock, to the end of its payload."""
    state = (_SKIPPED_STEP * _SLICE_QP >> 4) + _SKIPPED_FIRST - 64
    low, size, waiting, is_first = 0, 510, 0, True
    bits: list[int] = []

    def put(bit: int) -> None:
        nonlocal waiting, is_first
        if is_first:
            is_first = False
        else:
            bits.append(bit)
        bits.extend([1 - bit] * waiting)
        waiting = 0

    def widen() -> None:
        nonlocal low, size, waiting
        while size < 256:
            if low >= 512:
                low -= 512
                put(1)
            elif low < 256:
                put(0)
            else:
                low -= 256
                waiting += 1
            low, size = 2 * low, 2 * size

    for number in range(macroblocks):
        # Skipped, as was most probable from the first; then whether it was the last.
        size -= _LEAST_RANGES[4 * state + (size >> 6 & 3)]
        state = min(62, state + 1)
        widen()
        size -= 2
        if number < macroblocks - 1:
            widen()
    low += size
    size = 2
    widen()
    put(low >> 9 & 1)
    # The last of these bits is the one with which every payload ends.
    bits += [low >> 8 & 1, 1]
    bits += [0] * (-len(bits) % 8)
    return int("".join(map(str, bits)), 2).to_bytes(len(bits) // 8)
