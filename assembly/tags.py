"""What a film's file says of itself: the tags that players and catalogues read."""

from __future__ import annotations

from assembly.timeline import Frozen


class FilmTags(Frozen):
    """Words in the finished file. Empty ones are left out; nothing here comes from a clock."""

    title: str
    language: str = "en"
    """What is spoken, as BCP 47 writes it, such as `pt-BR`."""
    artist: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    date: str = ""
    """A year or a day, `2026` or `2026-11-20`, as the editor gave it."""
    comment: str = ""

    def metadata(self) -> dict[str, str]:
        """The tags by the names that FFmpeg's MP4 writer knows (libavformat/movenc.c)."""
        told = {
            "title": self.title,
            "artist": self.artist,
            "description": self.description,
            "keywords": ", ".join(self.keywords),
            "date": self.date,
            "comment": self.comment,
        }
        return {name: words for name, words in told.items() if words}

    def stream_language(self) -> str:
        """The language as MP4 wants it: three letters of ISO 639-2, `und` for one not known."""
        primary = self.language.replace("_", "-").split("-")[0].lower()
        return _THREE.get(primary, primary if len(primary) == 3 and primary.isascii() else "und")


_THREE = {
    "af": "afr", "am": "amh", "ar": "ara", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben",
    "bs": "bos", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "el": "ell",
    "en": "eng", "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin",
    "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv",
    "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ka": "kat",
    "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "la": "lat", "lt": "lit", "lv": "lav",
    "mk": "mkd", "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa", "my": "mya", "nb": "nob",
    "ne": "nep", "nl": "nld", "nn": "nno", "no": "nor", "pa": "pan", "pl": "pol", "pt": "por",
    "ro": "ron", "ru": "rus", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp",
    "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur",
    "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "zh": "zho", "zu": "zul",
}  # fmt: skip
"""ISO 639-1 to 639-2/T. Source: the Library of Congress's code list."""
