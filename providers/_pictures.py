"""The editor's pictures as upright RGBA in sRGB, whatever they were saved as."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from providers._svg import draw_svg, is_svg


def open_picture(path: Path) -> Image.Image:
    """The first (or only) picture of a file. Raises OSError or ValueError when it cannot be read.

    Embedded colour profiles (Display P3, Adobe RGB, a press's CMYK) are brought to sRGB; 16 bits
    become 8; what has no profile is taken for sRGB.
    """
    if is_svg(path):
        return draw_svg(path)
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened)
        profile = opened.info.get("icc_profile")
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    colors = _in_srgb(_eight_bits(picture), profile)
    colors = colors.convert("RGBA")
    if alpha is not None:
        colors.putalpha(alpha)
    return colors


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Modes of more than eight bits a channel as eight; Pillow would only cut them off at 255."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        levels = np.asarray(picture).astype(np.float64)
        top = 65535.0 if levels.max(initial=0.0) > 255 else 255.0
        return Image.fromarray(np.clip(np.rint(levels * (255 / top)), 0, 255).astype(np.uint8))
    if picture.mode in ("P", "1", "LA", "PA", "RGBA", "La", "RGBa"):
        return picture.convert("RGBA").convert("RGB")
    return picture


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB; a profile that is broken or of another kind of colour is passed over."""
    if not profile:
        return picture
    try:
        told = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        meant = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}[
            told.profile.xcolor_space.strip()
        ]
        if picture.mode != meant:
            picture = picture.convert(meant)
        moved = ImageCms.profileToProfile(
            picture,
            told,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
        return picture
    return picture if moved is None else moved
