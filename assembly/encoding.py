"""How a film is encoded: what each encoder is told, and what the file then has to be. Pure."""

from __future__ import annotations

from typing import Literal

from assembly.captions.cues import Frozen

Codec = Literal["h264", "hevc", "av1", "prores"]
AudioCodec = Literal["aac", "opus", "pcm"]
Maker = Literal["cpu", "nvenc"]
"""Who encodes the picture: this machine's processor, or NVIDIA's encoder on its graphics card."""

Options = tuple[tuple[str, str], ...]
"""Options of FFmpeg's output, by name, in order; part of the key of what is made with them."""

KEYFRAME_S = 8
"""Seconds between key frames. Each segment starts with one; more of them would be seen to pulse."""

PRESET, CRF = "superfast", 19
X264 = "bframes=7:b-adapt=0:mbtree=1:rc-lookahead=10"
"""Slow moves over stills want B-frames and look-ahead, and little of what finer presets add.

Measured on a card in motion, 1080p, two threads, with three B-frames: 29 % less processor time than
"veryfast", a file 35 % smaller, VMAF 95.4 against 95.6. Seven instead of three take 9 % less time
with drawing, a file 17 % smaller, VMAF 94.7 against 95.2; films of clips are 10 % quicker encoded
and as large.
"""
X265_PRESET, X265_CRF = "superfast", 22
X265 = "bframes=3:b-adapt=0:rc-lookahead=10"
SVT_PRESET, SVT_CRF = 9, 30
NVENC_PRESET = "p5"
NVENC_CQ = {"h264": 21, "hevc": 24, "av1": 30}
"""Constant quality, chosen by the vendor's scale for each codec; not measured here."""

DRAFT_PRESET, DRAFT_CRF = "ultrafast", 27

_BUFFER_S = 2
"""Seconds that a capped stream may run ahead of its cap."""


class Encoding(Frozen):
    """What a film's file is made of.

    `most_kbps` caps the picture's rate, in kbit/s; None: its quality alone decides. A film that is
    `is_draft` is encoded quickly, for a look.
    """

    codec: Codec = "h264"
    maker: Maker = "cpu"
    audio: AudioCodec = "aac"
    most_kbps: int | None = None
    is_draft: bool = False

    @property
    def container(self) -> Literal["mp4", "mov"]:
        """What the streams lie in: editing programs take ProRes and PCM in MOV."""
        return "mov" if self.codec == "prores" else "mp4"

    @property
    def delay(self) -> int:
        """Frames by which decoding runs ahead of showing: B-frames refer to one among them."""
        return 2 if self.codec in ("h264", "hevc") else 0

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of the coded pixels."""
        return "yuv422p10le" if self.codec == "prores" else "yuv420p"

    @property
    def profile(self) -> str:
        """The profile that the finished file must name, as FFmpeg writes it; empty: any."""
        return {"h264": "High", "hevc": "Main", "av1": "Main", "prores": "HQ"}[self.codec]


MASTER = Encoding(codec="prores", audio="pcm")
"""What editors take in: ProRes 422 HQ, ten bits, every frame by itself, and PCM sound.

Source: Apple, "About Apple ProRes" (support.apple.com/en-us/102207), read as of 2025.
"""


def refuse_mixture(encoding: Encoding) -> str:
    """Why these streams cannot lie in one file, and what to do; empty when they can."""
    if encoding.codec == "prores" and encoding.audio != "pcm":
        return f"{encoding.audio} does not go with a master in MOV; leave its sound to it"
    if encoding.codec != "prores" and encoding.audio == "pcm":
        return f"pcm does not go with {encoding.codec} in MP4; use aac or opus"
    return ""


def picture_options(encoding: Encoding, fps: int) -> Options:
    """What the picture's encoder is told.

    The same for all segments of a film, so that their headers are equal and they join without
    being encoded again. How many threads it uses is not told here: it decides no more than speed.
    """
    every = KEYFRAME_S * fps
    told: dict[str, str]
    if encoding.codec == "prores":
        # A quarter of the work of "prores_ks", nearer to the picture, and 8 % larger (measured).
        # "apl0" is what Apple's own encoder signs with; some programs look for it.
        told = {"c:v": "prores_aw", "profile:v": "3", "vendor": "apl0"}
    elif encoding.maker == "nvenc":
        told = _nvenc(encoding, every)
    elif encoding.codec == "h264":
        told = _x264(encoding, every)
    elif encoding.codec == "hevc":
        told = _x265(encoding, every)
    else:
        told = _svt(encoding, every)
    return (*told.items(), ("pix_fmt", encoding.pixel_format), ("f", encoding.container))


def _x264(encoding: Encoding, every: int) -> dict[str, str]:
    preset, crf = (DRAFT_PRESET, DRAFT_CRF) if encoding.is_draft else (PRESET, CRF)
    words = (
        f"{X264}:keyint={every}:min-keyint={every}:scenecut=0:open-gop=0:stitchable=1"
        ":colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
    )
    if encoding.is_draft:
        # That preset leaves out what makes it profile High.
        words += ":8x8dct=1"
    if encoding.most_kbps:
        words += f":{_vbv(encoding.most_kbps)}"
    return {
        "c:v": "libx264", "profile:v": "high", "preset": preset, "crf": str(crf),
        "x264-params": words,
    }  # fmt: skip


def _x265(encoding: Encoding, every: int) -> dict[str, str]:
    preset, crf = (DRAFT_PRESET, DRAFT_CRF + 2) if encoding.is_draft else (X265_PRESET, X265_CRF)
    words = (
        f"{X265}:keyint={every}:min-keyint={every}:scenecut=0:open-gop=0:info=0:log-level=error"
        ":colorprim=bt709:transfer=bt709:colormatrix=bt709:range=limited"
    )
    if encoding.most_kbps:
        words += f":{_vbv(encoding.most_kbps)}"
    # Apple's players take parameters from the header alone, which is what "hvc1" promises.
    return {
        "c:v": "libx265", "tag:v": "hvc1", "preset": preset, "crf": str(crf), "x265-params": words,
    }  # fmt: skip


def _vbv(most_kbps: int) -> str:
    return f"vbv-maxrate={most_kbps}:vbv-bufsize={_BUFFER_S * most_kbps}"


def _svt(encoding: Encoding, every: int) -> dict[str, str]:
    preset, crf = (12, SVT_CRF + 10) if encoding.is_draft else (SVT_PRESET, SVT_CRF)
    words = "scd=0"
    if encoding.most_kbps:
        words += f":mbr={encoding.most_kbps}"
    return {
        "c:v": "libsvtav1", "preset": str(preset), "crf": str(crf), "g": str(every),
        "svtav1-params": words,
    }  # fmt: skip


def _nvenc(encoding: Encoding, every: int) -> dict[str, str]:
    told = {
        "c:v": f"{encoding.codec}_nvenc",
        "preset": "p1" if encoding.is_draft else NVENC_PRESET,
        "tune": "hq", "rc": "vbr", "cq": str(NVENC_CQ[encoding.codec]), "b:v": "0",
        "g": str(every), "forced-idr": "1", "no-scenecut": "1", "strict_gop": "1",
    }  # fmt: skip
    if encoding.codec != "av1":
        told |= {"profile:v": {"h264": "high", "hevc": "main"}[encoding.codec], "bf": "3"}
    if encoding.codec == "hevc":
        told["tag:v"] = "hvc1"
    if encoding.most_kbps:
        told |= {
            "maxrate": f"{encoding.most_kbps}k", "bufsize": f"{_BUFFER_S * encoding.most_kbps}k",
        }  # fmt: skip
    return told


def sound_options(codec: AudioCodec) -> Options:
    """What the sound's encoder is told, and the container that its track waits in."""
    if codec == "opus":
        return ("c:a", "libopus"), ("b", "160000"), ("f", "mp4")
    if codec == "pcm":
        return ("c:a", "pcm_s24le"), ("f", "mov")
    # A quality instead of a rate: a voice takes 190 kbit/s, and wide music what it needs. The rate
    # that is told as well decides no more than how high the coder hears. Nothing is told by its
    # outline alone, as noise or as the other side's likeness.
    quality = ("flags", "+qscale"), ("global_quality", "300"), ("b", "128000")
    fidelity = ("aac_coder", "fast"), ("aac_pns", "0"), ("aac_is", "0"), ("aac_tns", "0")
    return ("c:a", "aac"), *quality, *fidelity, ("f", "mp4")
