from __future__ import annotations

import asyncio
import io
import os
import subprocess
import time
from pathlib import Path

import pytest
import soundfile

from providers.errors import Misconfigured
from providers.local.espeak import Espeak, timed_words, voices
from providers.requests import Made, SpeechRequest

TEXT = "Nikola Tesla arrived in eighteen eighty-four, with four dollars. It works!"


def ask(**told: object) -> SpeechRequest:
    asked = {"provider": "espeak", "model": "espeak-ng", "text": TEXT, "voice": "en-us"}
    return SpeechRequest.model_validate(asked | told)


def say(request: SpeechRequest) -> Made:
    return asyncio.run(Espeak(Path).speech(request))


def test_every_word_is_heard_in_order_within_the_sound() -> None:
    made = say(ask())
    sound, rate = soundfile.read(io.BytesIO(made.data or b""))
    assert len(sound) / rate == pytest.approx(made.facts["duration_s"])
    words = made.facts["words"]
    assert [TEXT[w["start"] : w["end"]] for w in words] == TEXT.split()
    times = [t for w in words for t in (w["start_s"], w["end_s"])]
    assert times == sorted(times)
    assert times[-1] <= made.facts["duration_s"]
    assert abs(sound).max() > 0.1


def test_the_silence_after_the_last_word_is_cut() -> None:
    made = say(ask(text="Stop."))
    sound, rate = soundfile.read(io.BytesIO(made.data or b""))
    assert abs(sound[: -int(0.1 * rate)]).max() > 0.1
    assert made.facts["duration_s"] < 0.8


def test_the_same_request_makes_the_same_bytes() -> None:
    assert say(ask()).data == say(ask()).data


def test_a_faster_speed_is_shorter() -> None:
    assert say(ask(speed=1.5)).facts["duration_s"] < 0.8 * say(ask()).facts["duration_s"]


def test_an_unknown_voice_is_refused_before_anything_is_said() -> None:
    with pytest.raises(Misconfigured, match="espeak has no voice 'klingon'"):
        Espeak(Path).quote(ask(voice="klingon"))


def test_a_pace_no_one_can_follow_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"speeds of 0.5 to 2.5"):
        Espeak(Path).quote(ask(speed=4))


def test_speaking_here_costs_nothing() -> None:
    (item,) = Espeak(Path).quote(ask())
    assert (item.unit, item.quantity, item.usd) == ("character", len(TEXT), 0)


def test_the_voices_of_many_languages_are_known() -> None:
    assert {"en-us", "en-gb", "de", "fr-fr", "es", "ja", "ar", "zh", "cmn"} <= set(voices())


@pytest.mark.parametrize("voice", ["en-gb", "fr-fr", "pt-pt", "zh-cmn", "EN-US", "en-gb+f2"])
def test_a_voice_that_is_accepted_speaks(voice: str) -> None:
    assert say(ask(voice=voice, text="Hello.")).facts["duration_s"] > 0.2


def test_several_events_within_one_word_are_one_word() -> None:
    words = timed_words(
        "It is 3,000 now", [[0, 0.0], [3, 0.2], [6, 0.4], [8, 0.6], [12, 1.0]], [], 1.4
    )
    assert [(w.start_s, w.end_s) for w in words] == [(0, 0.2), (0.2, 0.4), (0.4, 1.0), (1.0, 1.4)]


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("cmn", "阳光里包含了从红到紫的所有颜色。空气分子会把波长较短的蓝光散射到四面八方。"),
        ("ja", "そらは とても あおい。ひかりが ちるから、どこを みても あおく みえる。"),
    ],
)
def test_where_no_spaces_are_written_words_are_heard_through_the_whole_sound(
    voice: str, text: str
) -> None:
    made = say(ask(voice=voice, text=text))
    words = made.facts["words"]
    assert "".join(text[w["start"] : w["end"]] for w in words) == "".join(text.split())
    assert max(w["end_s"] - w["start_s"] for w in words) < 2
    assert words[-1]["end_s"] > 0.9 * made.facts["duration_s"]


def test_kanji_are_refused_before_they_are_all_read_as_chinese_letters() -> None:
    with pytest.raises(Misconfigured, match="no kanji"):
        Espeak(Path).quote(ask(voice="ja", text="空は青い。"))
    assert Espeak(Path).quote(ask(voice="cmn", text="天空是蓝色的。"))


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.6])
def test_who_calls_it_off_while_it_speaks_sees_it_end(
    monkeypatch: pytest.MonkeyPatch, after_s: float
) -> None:
    monkeypatch.setattr("providers.local.espeak._WORKER", "tests.providers.espeak_flood")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))

    async def call_off() -> None:
        said = [asyncio.create_task(Espeak(Path).speech(ask())) for _ in range(6)]
        await asyncio.sleep(after_s)
        # A busy loop reads more at once.
        time.sleep(0.1)
        for one in said:
            one.cancel()
        done, waiting = await asyncio.wait(said, timeout=30)
        assert not waiting
        assert all(one.cancelled() for one in done)

    asyncio.run(call_off())
    own = ["pgrep", "-P", str(os.getpid()), "-f", "tests.providers.espeak_flood"]
    assert not subprocess.run(own, capture_output=True).stdout
