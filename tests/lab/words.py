"""Language models of the lab: what they say is scripted, or the least that fits what was asked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.lab.vendor import Order, Vendor
from tests.lab.web import Reply

MILLION = Decimal(1_000_000)
USD = {
    "gpt-6-luna": ("0.10", "0.50"), "gpt-6.1-sol": ("2", "10"), "gpt-5.2": ("1.75", "14"),
    "gpt-5-mini": ("0.25", "2"), "claude-haiku-5-5": ("0.10", "0.50"),
    "claude-sonnet-5-5": ("2", "10"), "gemini-3.8-flash": ("0.75", "3.75"),
}  # fmt: skip
"""USD for a million tokens in and out."""
PASSAGE = re.compile(r"^== .*$", re.MULTILINE)
NUMBERED = re.compile(r"^(\d+)\| (.*)$", re.MULTILINE)
"""How a passage begins and a sentence stands in what a planner is asked."""
TOPIC = re.compile(r"^The topic: (.*)$", re.MULTILINE)
SOURCE = re.compile(r"^(S\d+)\| (.*)$", re.MULTILINE)
"""What a writer is told to write of."""
TARGET = re.compile(r"^Translate to: (.*)$", re.MULTILINE)
TERM = re.compile(r'^- "(.*)" => "(.*)"$', re.MULTILINE)
"""What a translator is asked for, and the terms that it has to keep to."""
SCENE_CHARACTERS = 150


@dataclass(frozen=True)
class Said:
    """One answer. `finish`: stop, length or refused."""

    text: str
    finish: str = "stop"


class Writer:
    """Says what a test scripted, in order, then what fits the question."""

    def __init__(self) -> None:
        self._answers: list[Said] = []
        self._lock = threading.Lock()

    def say(self, text: str | Mapping[str, Any], finish: str = "stop") -> None:
        """Scripts the next answer."""
        told = text if isinstance(text, str) else json.dumps(text)
        with self._lock:
            self._answers.append(Said(told, finish))

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()

    def answer(self, question: str) -> Said:
        """The next scripted answer, else a plan of the numbered sentences in `question`."""
        with self._lock:
            if self._answers:
                return self._answers.pop(0)
        if target := TARGET.search(question):
            return Said(json.dumps(plain_translation(target[1], question)))
        if topic := TOPIC.search(question):
            return Said(json.dumps(plain_script(topic[1], SOURCE.findall(question))))
        parts = [NUMBERED.findall(passage) for passage in PASSAGE.split(question)]
        scenes = [scene for part in parts if part for scene in cut(part)]
        return Said(json.dumps(plain_plan(scenes)))


def cut(passage: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """(first, last) of scenes of about the same length, from numbered sentences."""
    count = -(-sum(len(text) for _, text in passage) // SCENE_CHARACTERS)
    share = sum(len(text) for _, text in passage) / count
    scenes: list[tuple[int, int]] = []
    told = 0.0
    for number, text in passage:
        if not scenes or told + len(text) / 2 >= share * len(scenes):
            scenes.append((int(number), int(number)))
        scenes[-1] = (scenes[-1][0], int(number))
        told += len(text)
    return scenes


def plain_plan(scenes: list[tuple[int, int]]) -> dict[str, Any]:
    """A plan in which every scene has a picture."""
    return {
        "look": {
            "medium": "flat paper cut-outs", "palette": "warm ochre and deep blue",
            "light": "soft morning light",
            "cast": [{"name": "Mara", "looks": "a baker of sixty in a green apron"}],
        },
        "scenes": [
            {"first": a, "last": b, "heading": f"Part {a}", "shows": "picture", "points": [],
             "picture": f"wide view of what sentences {a} to {b} speak of", "cast": ["Mara"]}
            for a, b in scenes
        ],
    }  # fmt: skip


def plain_translation(target: str, question: str) -> dict[str, Any]:
    """Each numbered text with the language before it, and the terms as they are asked for."""
    texts = []
    for number, told in NUMBERED.findall(question):
        words = told.partition(": ")[2]
        for term, said in TERM.findall(question):
            words = re.sub(rf"(?i)\b{re.escape(term)}\b", said, words)
        texts.append({"number": int(number), "text": f"{target.capitalize()} {words}"})
    return {"texts": texts}


def plain_script(topic: str, lines: list[tuple[str, str]]) -> dict[str, Any]:
    """A script that says what the source lines say, or a commonplace where there are none."""
    told = lines or [("common", "Everybody has wondered about it at some time.")]
    return {
        "title": topic,
        "scenes": [
            {"heading": f"Scene {number}", "points": [], "picture": "wide view of a quiet field",
             "sentences": [{"text": text, "source": label}]}
            for number, (label, text) in enumerate(told, start=1)
        ],
    }  # fmt: skip


def tokens(text: str) -> int:
    """About as many tokens as a text has."""
    return len(text) // 4 + 1


def charge(vendor: Vendor, order: Order, model: str, asked: str, said: Said) -> tuple[int, int]:
    """Puts an answer on the bill; (tokens in, tokens out)."""
    went, came = tokens(asked), tokens(said.text)
    per_in, per_out = (Decimal(usd) for usd in USD.get(model, ("0", "0")))
    usd = (went * per_in + came * per_out) / MILLION
    vendor.charge(order, model, went + came, "token", usd, asked)
    return went, came


def events(*told: tuple[str, Mapping[str, Any]]) -> Reply:
    """An answer as a stream of server-sent events."""
    lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in told]
    return Reply(200, "".join(lines).encode(), "text/event-stream")
