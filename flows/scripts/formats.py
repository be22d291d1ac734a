"""The shape of a film: what the command line, the script, its preset and the operator say."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

from assembly.encoding import Codec, Encoding, Maker, picture_options
from flows.scripts.presets import NAMES, presets
from flows.scripts.shape import film_size
from flows.scripts.wishes import Wishes
from flows.settings import Settings
from prompts.errors import Problem, ScriptError
from prompts.storyboard import Aspect, CodecName, FrameRate, SizeName, SoundCodecName, Storyboard
from providers.errors import Misconfigured

DRAFT_SHORT_SIDE = 480
_ENLARGED = 1.35
"""Pictures cut for another shape are told of when they are enlarged by more than this."""

_CHOICES: dict[str, Any] = {
    "size": SizeName, "fps": FrameRate, "codec": CodecName, "audio_codec": SoundCodecName,
}  # fmt: skip
_PRESET_KEYS = ("aspect", *_CHOICES, "captions", "loudness_lufs")
_FRONT = {"loudness_lufs": "loudness"}
"""What a key is called in a script, where that is another name."""


class FilmFormat(NamedTuple):
    """Pixels, rate and codecs of a film; `pictures` is the aspect that models are asked for.

    `picture_size` is that of the film that they would fill: larger than the film's own where that
    is a draft, of another shape where it is reframed.
    """

    width: int
    height: int
    fps: int
    encoding: Encoding
    pictures: str
    picture_size: tuple[int, int]
    encoder: str
    """Which encoder it is, and why no other, for the receipt."""
    notes: tuple[str, ...]


PLAIN = FilmFormat(1920, 1080, 30, Encoding(), "16:9", (1920, 1080), "libx264", ())


def shaped(board: Storyboard, own_aspect: Aspect, wishes: Wishes) -> Storyboard:
    """The storyboard with the command line's wishes and, key by key below them, its preset's.

    A preset on the command line goes before the front matter; one in the front matter fills in
    what the front matter itself leaves open. `own_aspect` is the script's. Raises ScriptError,
    Misconfigured.
    """
    _refuse_unknown(board, wishes)
    told: dict[str, Any] = {key: value for key in _CHOICES if (value := getattr(wishes, key))}
    if wishes.loudness_lufs is not None:
        told["loudness_lufs"] = wishes.loudness_lufs
    name = wishes.preset.lower() or board.preset
    if name:
        preset = presets()[name]
        for key in _PRESET_KEYS:
            value = getattr(preset, key)
            is_written = not wishes.preset and _FRONT.get(key, key) in board.lines
            if value is not None and not getattr(wishes, key, "") and not is_written:
                told[key] = value
        told["deliver"] = (*board.deliver, *preset.deliver)
        told["preset"] = name
    extras = [name for name, wanted in (("otio", wishes.otio), ("master", wishes.master)) if wanted]
    told["deliver"] = tuple(dict.fromkeys((*told.get("deliver", board.deliver), *extras)))
    told["reframe"] = board.reframe or wishes.reframe
    several = [aspect for aspect in wishes.aspects.split(",") if aspect]
    if len(several) > 1:
        told["slug"] = f"{board.slug}-{wishes.aspect.replace(':', 'x')}"
    if told["reframe"]:
        told["picture_aspect"] = several[0] if several else own_aspect
    return Storyboard.model_validate(board.model_copy(update=told).model_dump())


def film_format(board: Storyboard, wishes: Wishes, settings: Settings) -> FilmFormat:
    """How the film of a storyboard is made.

    Raises Misconfigured where NVIDIA's encoder is asked for by name and does not work.
    """
    asked = int(board.size.removesuffix("p")) if board.size else settings.short_side
    short = min(asked, DRAFT_SHORT_SIDE) if wishes.draft and not wishes.size else asked
    width, height = film_size(board.aspect, short)
    pictures = board.picture_aspect or board.aspect
    most = presets()[board.preset].most_kbps if board.preset else None
    codec: Codec = board.codec or "h264"
    maker, encoder = _maker(codec, wishes.encoder or settings.encoder)
    encoding = Encoding(
        codec=codec, maker=maker, audio=board.audio_codec or "aac", most_kbps=most,
        is_draft=wishes.draft,
    )  # fmt: skip
    fps = int(board.fps or 30)
    name = dict(picture_options(encoding, fps))["c:v"]
    size = film_size(pictures, asked)
    enlarged = max(width / size[0], height / size[1])
    notes = []
    if pictures != board.aspect and enlarged > _ENLARGED:
        notes.append(
            f"pictures bought for {pictures} are cut for {board.aspect} and enlarged "
            f"{enlarged:.1f} times; buy them for it by leaving out --reframe"
        )
    return FilmFormat(width, height, fps, encoding, pictures, size, name + encoder, tuple(notes))


def _maker(codec: Codec, wanted: str) -> tuple[Maker, str]:
    """Who encodes, and a word on why; NVIDIA's encoder only where it has shown that it can."""
    if wanted == "cpu":
        return "cpu", ""
    from assembly.nvenc import why_no_nvenc

    why = why_no_nvenc(codec)
    if not why:
        return "nvenc", ""
    if wanted == "nvenc":
        raise Misconfigured(f"NVIDIA's encoder does not work here ({why}); use --encoder auto")
    return "cpu", f" ({why})"


def _refuse_unknown(board: Storyboard, wishes: Wishes) -> None:
    """Raises ScriptError for a preset or wish that does not exist, Misconfigured for a mixture."""
    problems = []
    if wishes.preset and wishes.preset.lower() not in NAMES:
        problems.append((1, f'the preset asked for is "{wishes.preset}"', NAMES))
    elif not wishes.preset and board.preset and board.preset not in NAMES:
        line = board.lines.get("preset", 1)
        problems.append((line, f'preset is "{board.preset}"', NAMES))
    for key, choices in _CHOICES.items():
        value = getattr(wishes, key)
        if value and value not in get_args(choices):
            problems.append((1, f'the {key} asked for is "{value}"', get_args(choices)))
    if wishes.draft and wishes.master:
        raise Misconfigured("a draft has no master; leave out --draft or --master")
    if problems:
        raise ScriptError(
            tuple(
                Problem(
                    path=board.source, line=line, problem=problem,
                    fix="choose one of " + ", ".join(choices),
                )
                for line, problem, choices in problems
            )
        )  # fmt: skip
