"""A short name for files and folders, made from a title."""

from __future__ import annotations

import unicodedata

_LONGEST = 60
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def make_slug(title: str) -> str:
    """Lower-case words joined by hyphens, at most 60 characters; never empty.

    Accents on Latin letters go; other alphabets keep their letters.
    """
    letters: list[str] = []
    for character in unicodedata.normalize("NFKD", title.lower().translate(_SPELLED)):
        if unicodedata.category(character).startswith("M"):
            # An accent on a Latin letter goes; a vowel sign of another alphabet stays.
            if letters and not letters[-1].isascii():
                letters.append(character)
        elif character.isalnum():
            letters.append(character)
        elif letters and letters[-1] != "-" and character not in "'’":
            letters.append("-")
    slug = unicodedata.normalize("NFC", "".join(letters)).strip("-")
    if len(slug) > _LONGEST:
        cut = slug[: _LONGEST + 1].rfind("-")
        slug = slug[: cut if cut > _LONGEST // 2 else _LONGEST].strip("-")
    return slug or "film"
