"""What a language model is asked when it plans a script's scenes, and what comes of it.

It names sentences by number and never says them again, so that narration stays its editor's; of
everything else it decides only what `FilmPlan` has fields for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from prompts.asking.answers import BadAnswer, FilmPlan, Look, ScenePlan, read_answer
from prompts.asking.templates import fill_template, template_version
from prompts.planned import LONGEST_S, SHORTEST_S, Plan, PlannedScene, Sentence, find_faults
from prompts.reading.blocks import Script, ScriptScene
from prompts.saying.speech import estimate_s
from prompts.sentences import cut_sentences

VERSION = template_version("plan-film", "plan-settled", "plan-question", "mend")
"""Of the prompts: a plan that was made with other words is no longer the plan."""
_OPEN = frozenset(
    ("narration", "voice", "tts_provider", "image_provider", "motion", "transition", "pause")
)
"""What an editor may have written into a scene that is still open to be planned."""
_LONGEST = {"heading": 80, "point": 90, "picture": 700, "looks": 400, "look": 200, "name": 60}
"""Characters."""
_MOST_POINTS, _MOST_CAST = 6, 12


class Passage(NamedTuple):
    """A scene of the script that a model may cut and illustrate; `at` is its place in the script.

    `name` is the same as long as its words are: what was planned for it holds as long.
    """

    at: int
    name: str
    heading: str
    sentences: tuple[Sentence, ...]


class UnevenPlan(BadAnswer):
    """A plan whose scenes are too long or too short, and that could be used all the same."""

    def __init__(
        self, faults: Iterable[str], look: Look, plans: dict[str, tuple[ScenePlan, ...]]
    ) -> None:
        super().__init__(faults)
        self.look, self.plans = look, plans


def passages_of(script: Script) -> tuple[Passage, ...]:
    """The scenes that their editor left open: said, and shown in no way of his own."""
    found = []
    for at, scene in enumerate(script.scenes):
        if not is_open(scene):
            continue
        sentences = tuple(
            Sentence(text=text, place=f"line {scene.line}", paragraph=number, section=at)
            for number, paragraph in enumerate(scene.narration.split("\n\n"))
            for text in cut_sentences(paragraph, script.front.language)
        )
        told = json.dumps([script.front.language, scene.heading, scene.narration])
        name = hashlib.sha256(told.encode()).hexdigest()[:24]
        found.append(Passage(at, name, scene.heading, sentences))
    return tuple(found)


def is_open(scene: ScriptScene) -> bool:
    """Whether a scene is only said, so that how it is cut and shown is left to a planner."""
    return bool(scene.narration) and set(scene.lines) <= _OPEN


def question(
    script: Script, passages: tuple[Passage, ...], asked: tuple[Passage, ...], look: Look | None
) -> tuple[str, str]:
    """What a model is told (system) and asked (first turn) to have `asked` planned."""
    front, pace = script.front, _characters_per_s(script)
    settled = ""
    if look is not None:
        settled = "\n" + fill_template("plan-settled", look=look.model_dump_json(indent=1)) + "\n"
    system = fill_template(
        "plan-film",
        shortest=f"{SHORTEST_S:g}",
        longest=f"{LONGEST_S:g}",
        shortest_characters=f"{SHORTEST_S * pace:.0f}",
        longest_characters=f"{LONGEST_S * pace:.0f}",
        language=front.language,
        settled=settled,
    )
    numbers = iter(range(1, sum(len(passage.sentences) for passage in asked) + 1))
    names = {passage.at for passage in asked}
    told = []
    for passage in passages:
        lines = [f"== {passage.heading or 'a passage without a heading'}"]
        for sentence in passage.sentences:
            # A line of the script can never pass for a line of ours.
            text = " ".join(sentence.text.split())
            lines.append(f"{next(numbers)}| {text}" if passage.at in names else f"   {text}")
        told.append("\n".join(lines))
    style = f"Its editor wants the pictures in this style: {front.style}\n\n" if front.style else ""
    ask = fill_template("plan-question", title=front.title, style=style, passages="\n\n".join(told))
    return system, ask


def read_plan(
    text: str, script: Script, asked: tuple[Passage, ...], settled: Look | None
) -> tuple[Look, dict[str, tuple[ScenePlan, ...]]]:
    """The look, and the scenes of each passage by its name, numbered from its own first sentence.

    Raises BadAnswer with every fault: a sentence lost, doubled or moved, words that no card holds,
    or anything beyond what was asked; and UnevenPlan for one that only has scenes too long or
    too short.
    """
    plan: FilmPlan = read_answer(text, FilmPlan)
    look = _merged(plan.look, settled)
    faults = [*_faults_of_words(plan, look)]
    found: dict[str, tuple[ScenePlan, ...]] = {}
    scenes, start = list(plan.scenes), 1
    for passage in asked:
        end = start + len(passage.sentences)
        mine, following = [], start
        while scenes and scenes[0].first == following and following <= scenes[0].last < end:
            scene = scenes.pop(0)
            following = scene.last + 1
            shift = {"first": scene.first - start, "last": scene.last - start}
            mine.append(_tidy(scene).model_copy(update=shift))
        if following != end:
            faults.append(
                f"the scenes do not go on with sentence {following}; each of the sentences "
                f"{start} to {end - 1} must be in exactly one scene of that passage"
            )
            break
        found[passage.name] = tuple(mine)
        start = end
    else:
        if scenes:
            faults.append(f"there is no sentence {scenes[0].first} to plan a scene for")
    if faults:
        raise BadAnswer(faults)
    told = tuple(sentence for passage in asked for sentence in passage.sentences)
    if uneven := find_faults(_as_plan(script, asked, found), told):
        if [s for part in _said_by(asked, found) for s in part] != list(told):
            raise BadAnswer(uneven)
        raise UnevenPlan(uneven, look, found)
    return look, found


def planned_script(
    script: Script, look: Look, plans: Mapping[str, tuple[ScenePlan, ...]]
) -> Script:
    """The script with its open scenes as planned; those that `plans` does not have stay."""
    by_place = {passage.at: passage for passage in passages_of(script)}
    scenes: list[ScriptScene] = []
    for at, scene in enumerate(script.scenes):
        passage = by_place.get(at)
        plan = plans.get(passage.name) if passage else None
        if passage is None or plan is None:
            scenes.append(scene)
        else:
            scenes += _scenes(scene, passage, plan, look)
    front = script.front
    if any(name.name in plans for name in by_place.values()) and not front.style:
        front = front.model_copy(update={"style": look.style()})
    return script.model_copy(update={"scenes": tuple(scenes), "front": front})


def _scenes(
    scene: ScriptScene, passage: Passage, plan: tuple[ScenePlan, ...], look: Look
) -> list[ScriptScene]:
    """A scene of the script in the parts that were planned; its own heading stays its first."""
    made = []
    for number, part in enumerate(plan):
        planned = _planned(passage, part, number)
        told: dict[str, Any] = {"heading": planned.heading, "narration": planned.narration()}
        if scene.key_phrase not in told["narration"]:
            told["key_phrase"] = ""
        if number:
            told["transition"] = "auto"
        if number < len(plan) - 1:
            told["pause_s"] = None
        lines = dict(scene.lines)
        if part.shows == "picture":
            told["prompt"] = _with_cast(part, look)
            lines["prompt"] = scene.line
        elif part.shows == "points":
            told["points"] = part.points
            lines["points"] = scene.line
        else:
            told["card"] = "statement"
            lines["card"] = scene.line
        made.append(scene.model_copy(update=told | {"lines": lines}))
    return made


def _planned(passage: Passage, part: ScenePlan, number: int) -> PlannedScene:
    heading = passage.heading if not number and passage.heading else part.heading
    return PlannedScene(
        sentences=passage.sentences[part.first : part.last + 1],
        heading=heading,
        points=part.points,
        prompt=part.picture,
    )


def _with_cast(part: ScenePlan, look: Look) -> str:
    """The picture, and what those in it look like."""
    looks = {member.name: member.looks for member in look.cast}
    told = [f"{name}: {looks[name]}" for name in part.cast if name in looks]
    return ". ".join(text.strip(" .") for text in (part.picture, *told))


def _merged(look: Look, settled: Look | None) -> Look:
    """The look that holds: a settled one, with whom the model added."""
    told = Look.model_validate(_one_line(look.model_dump()))
    if settled is None:
        return told
    known = {member.name for member in settled.cast}
    new = tuple(member for member in told.cast if member.name not in known)
    return settled.model_copy(update={"cast": (*settled.cast, *new)[:_MOST_CAST]})


def _tidy(scene: ScenePlan) -> ScenePlan:
    """The scene in single lines, with nothing beyond what it shows."""
    told = _one_line(scene.model_dump())
    if scene.shows != "points":
        told["points"] = ()
    if scene.shows != "picture":
        told |= {"picture": "", "cast": ()}
    return ScenePlan.model_validate(told)


def _one_line(told: Any) -> Any:
    if isinstance(told, str):
        return " ".join(told.split())
    if isinstance(told, Mapping):
        return {key: _one_line(value) for key, value in told.items()}
    return tuple(map(_one_line, told)) if isinstance(told, list | tuple) else told


def _faults_of_words(plan: FilmPlan, look: Look) -> Iterable[str]:
    """What is wrong with texts: too long, missing where shown, or no words at all."""
    cast = {member.name for member in look.cast}
    texts = [("look", text) for text in (look.medium, look.palette, look.light)]
    texts += [("name", member.name) for member in look.cast]
    texts += [("looks", member.looks) for member in look.cast]
    if len(look.cast) > _MOST_CAST:
        yield f"the cast has {len(look.cast)} members; keep to {_MOST_CAST}"
    for scene in plan.scenes:
        where = f"the scene of sentence {scene.first}"
        texts += [("heading", scene.heading), ("picture", scene.picture)]
        texts += [("point", point) for point in scene.points]
        if not scene.heading.strip():
            yield f"{where} has no heading"
        if scene.shows == "picture" and not scene.picture.strip():
            yield f"{where} shows a picture and does not say which"
        if scene.shows == "points" and not 2 <= len(scene.points) <= _MOST_POINTS:
            yield f"{where} has {len(scene.points)} points; give 2 to {_MOST_POINTS}"
        if strangers := sorted(set(scene.cast) - cast):
            yield f"{where} names {', '.join(strangers)[:80]}, whom the look's cast does not have"
    for kind, text in texts:
        if len(text) > _LONGEST[kind]:
            yield f"a {kind} has {len(text)} characters; keep to {_LONGEST[kind]}"
        if "://" in text:
            yield f"a {kind} holds an address; leave it out"


def _said_by(
    asked: tuple[Passage, ...], found: Mapping[str, tuple[ScenePlan, ...]]
) -> list[tuple[Sentence, ...]]:
    """The sentences of each scene, in order."""
    return [
        passage.sentences[part.first : part.last + 1]
        for passage in asked
        for part in found[passage.name]
    ]


def _as_plan(
    script: Script, asked: tuple[Passage, ...], found: Mapping[str, tuple[ScenePlan, ...]]
) -> Plan:
    """The same as a plan, for the one judge of plans: coverage to the letter, lengths, headings."""
    scenes = tuple(
        _planned(passage, part, number)
        for passage in asked
        for number, part in enumerate(found[passage.name])
    )
    front = script.front
    return Plan(title=front.title, language=front.language, scenes=scenes, planner="llm")


def _characters_per_s(script: Script) -> float:
    """How many characters of this script are said in a second."""
    text = " ".join(scene.narration for scene in script.scenes)[:4000]
    seconds = estimate_s(text, script.front.language) if text.strip() else 0.0
    return len(text) / seconds if seconds else 15.0
