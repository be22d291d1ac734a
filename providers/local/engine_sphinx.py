"""pocketsphinx in a worker: when each word of an English text is heard. It crashes at times.

Words that its dictionary lacks are told to it as espeak-ng would say them. The acoustic model and
the dictionary come with the package. https://pocketsphinx.readthedocs.io/en/latest/
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from providers.local.align_cuts import Array, cut, pauses

RATE = 16_000
_AROUND_S = 0.15
"""Silence put around a passage, so that its first word has a beginning."""
_WAYS: tuple[dict[str, Any], ...] = (
    {}, {"silprob": 0.05}, {"beam": 1e-80, "wbeam": 1e-60}, {"topn": 8},
)  # fmt: skip
"""Options tried one after another while words are lost; wider beams alone lose others."""
_MOST_WORDS = 30
"""Words that are aligned at once: in longer texts the last ones vanish without a sign."""
_FRAMES_A_SECOND = 100
_NO_WORD = ("<s>", "</s>", "<sil>", "[NOISE]", "[SPEECH]")
_SOUNDS = {
    "aɪɚ": "AY ER", "aɪə": "AY AH", "aʊɚ": "AW ER", "tʃ": "CH", "dʒ": "JH", "eɪ": "EY",
    "aɪ": "AY", "ɔɪ": "OY", "aʊ": "AW", "oʊ": "OW", "əʊ": "OW", "iə": "IY AH", "ɪə": "IH R",
    "ɜː": "ER", "ɑː": "AA", "ɔː": "AO", "oː": "AO", "iː": "IY", "uː": "UW", "n̩": "AH N",
    "l̩": "AH L", "æ": "AE", "ɐ": "AH", "ə": "AH", "ɚ": "ER", "ʌ": "AH", "ɑ": "AA", "ɒ": "AA",
    "ɔ": "AO", "ɛ": "EH", "e": "EH", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "ʊ": "UH", "u": "UW",
    "a": "AA", "o": "OW", "y": "IY", "ø": "ER", "b": "B", "d": "D", "f": "F", "ɡ": "G", "g": "G",
    "h": "HH", "j": "Y", "k": "K", "l": "L", "ɫ": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P",
    "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH", "t": "T", "ɾ": "D", "ʔ": "T", "θ": "TH", "ð": "DH",
    "v": "V", "w": "W", "z": "Z", "ʒ": "ZH", "x": "K", "ç": "HH", "ɲ": "N Y",
}  # fmt: skip
"""espeak-ng's sounds as those of the dictionary, the longer ones first."""


def run(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Spans of `asked["text"]` with their times, in seconds of the samples in `asked["sound"]`."""
    sound = np.fromfile(asked["sound"], np.int16)
    told = _Teller()
    tokens = [
        _Token(m.start(), m.end(), told.words(m[0])) for m in re.finditer(r"\S+", asked["text"])
    ]
    tokens = [token for token in tokens if token.said]
    words = _passages(told, sound, tokens, asked["text"]) if tokens else []
    return {"words": words}


class _Token:
    """One written word, and the words of the dictionary that it is said with."""

    def __init__(self, start: int, end: int, said: list[str]) -> None:
        self.start, self.end, self.said = start, end, said


def _passages(told: _Teller, sound: Array, tokens: list[_Token], text: str) -> list[dict[str, Any]]:
    """The words of all tokens: passage by passage, each between pauses."""
    groups = _groups(tokens, text)
    ends = cut([sum(t.end - t.start + 1 for t in group) for group in groups], pauses(sound, RATE))
    if len(ends) != len(groups) - 1:
        groups, ends = [tokens], []
    edges = [0.0, *(end.middle_s for end in ends), len(sound) / RATE]
    words: list[dict[str, Any]] = []
    for group, start_s, end_s in zip(groups, edges[:-1], edges[1:], strict=True):
        part = sound[round(start_s * RATE) : round(end_s * RATE)]
        for token, begin, stop in told.align(part, group):
            words.append(
                {"start": token.start, "end": token.end,
                 "start_s": max(0.0, start_s + begin), "end_s": start_s + stop}
            )  # fmt: skip
    return words


def _groups(tokens: list[_Token], text: str) -> list[list[_Token]]:
    """Sentences, several together while they are short."""
    groups: list[list[_Token]] = [[]]
    for number, token in enumerate(tokens):
        groups[-1].append(token)
        ends = text[token.end - 1] in ".!?…" or text[token.end - 2 : token.end] in (
            ".”",
            '."',
            ".)",
        )
        following = sum(1 for _ in tokens[number + 1 :])
        if ends and following and len(groups[-1]) >= _MOST_WORDS // 3:
            groups.append([])
    return [group for group in groups if group]


class _Teller:
    """A decoder whose dictionary grows by what is asked for."""

    def __init__(self) -> None:
        self._decoders: dict[int, Any] = {}
        self._learnt: dict[str, str] = {}
        self._espeak: Any = None

    def _decoder(self, way: int) -> Any:
        """The decoder with the options of one of `_WAYS`; it knows all that was learnt."""
        if way not in self._decoders:
            from pocketsphinx import Decoder

            self._decoders[way] = Decoder(lm=None, cmn="batch", loglevel="FATAL", **_WAYS[way])
            for word, sounds in self._learnt.items():
                self._decoders[way].add_word(word, sounds, True)
        return self._decoders[way]

    def words(self, written: str) -> list[str]:
        """What the dictionary calls the words of one token; learnt where it knows none."""
        plain = written.lower().replace("’", "'")
        said = [w.strip("'") for w in re.findall(r"[^\W_]+(?:'[^\W_]+)*", plain)]
        return [word for word in said if word and self._knows(word)]

    def _knows(self, word: str) -> bool:
        if self._decoder(0).lookup_word(word) is not None:
            return True
        sounds = self._sounds(word)
        if sounds:
            self._learnt[word] = sounds
            for decoder in self._decoders.values():
                decoder.add_word(word, sounds, True)
        return bool(sounds)

    def _sounds(self, word: str) -> str:
        if self._espeak is None:
            import espeakng_loader

            self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
            self._espeak.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0x8000)
            self._espeak.espeak_SetVoiceByName(b"en-us")
            self._espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
        text = ctypes.c_char_p(word.encode())
        heard = self._espeak.espeak_TextToPhonemes(ctypes.byref(text), 1, 2) or b""
        return arpabet(heard.decode("utf-8", "replace"))

    def align(self, part: Array, group: list[_Token]) -> list[tuple[_Token, float, float]]:
        """Tokens with their times within `part`; where some are lost, it is cut in two."""
        best: list[tuple[_Token, float, float]] = []
        for way in range(len(_WAYS)):
            found = self._align(part, group, self._decoder(way))
            best = max(best, found, key=len)
            if len(best) == len(group):
                return best
        middle = len(group) // 2
        halves = group[:middle], group[middle:]
        weights = [sum(t.end - t.start + 1 for t in half) for half in halves]
        parted = cut(weights, pauses(part, RATE)) if middle else []
        if not parted:
            return best
        at = round(parted[0].middle_s * RATE)
        first, second = self.align(part[:at], halves[0]), self.align(part[at:], halves[1])
        both = [*first, *((t, a + at / RATE, b + at / RATE) for t, a, b in second)]
        return max(best, both, key=len)

    def _align(
        self, part: Array, group: list[_Token], decoder: Any
    ) -> list[tuple[_Token, float, float]]:
        around = round(_AROUND_S * RATE)
        padded = np.concatenate([np.zeros(around, np.int16), part, np.zeros(around, np.int16)])
        # Digital silence upsets the decoder; noise of a few steps is below hearing.
        noise = np.random.default_rng(0).normal(0, 8, len(padded))
        heard = np.clip(padded.astype(np.float32) + noise, -32768, 32767).astype(np.int16)
        wanted = [word for token in group for word in token.said]
        decoder.set_align_text(" ".join(wanted))
        decoder.start_utt()
        decoder.process_raw(heard.tobytes(), full_utt=True)
        decoder.end_utt()
        # `list(get_alignment())` ends the process; `seg` does not.
        found = [
            (s.start_frame / _FRAMES_A_SECOND - _AROUND_S,
             (s.end_frame + 1) / _FRAMES_A_SECOND - _AROUND_S)
            for s in decoder.seg() or ()
            if s.word not in _NO_WORD
        ]  # fmt: skip
        timed, position = [], 0
        for token in group:
            own = found[position : position + len(token.said)]
            position += len(token.said)
            if len(own) < len(token.said):
                break
            timed.append((token, own[0][0], own[-1][1]))
        return timed


def arpabet(heard: str) -> str:
    """espeak-ng's phonemes in the dictionary's names; what it has no name for is left out."""
    plain = re.sub(r"[ˈˌ\s_ˑ]", "", heard)
    names, position = [], 0
    while position < len(plain):
        piece = next((s for s in _SOUNDS if plain.startswith(s, position)), "")
        if piece:
            names.append(_SOUNDS[piece])
        position += len(piece) or 1
    return " ".join(names)
