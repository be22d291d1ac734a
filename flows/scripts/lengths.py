"""About how long scenes last, before anything has been said: what quotes and orders go by."""

from __future__ import annotations

from assembly.timeline import LEAD_S, PAUSE_S
from prompts.saying.speech import estimate_s
from prompts.storyboard import Scene, Storyboard


def scene_seconds(scene: Scene, board: Storyboard) -> float:
    """About how long a scene lasts: estimated speech and pauses, or the time asked for."""
    asked_s = scene.duration_s or 0.0
    if not scene.narration:
        return max(asked_s, 1.0)
    pause_s = PAUSE_S if scene.pause_s is None else scene.pause_s
    return max(asked_s, LEAD_S + speech_seconds(scene, board) + pause_s)


def speech_seconds(scene: Scene, board: Storyboard) -> float:
    """About how long its narration takes."""
    return estimate_s(scene.narration, board.language) / board.speed


def shared_seconds(scene: Scene, board: Storyboard) -> float:
    """How long a scene's clip is to be: as in the script's own language, for all films of it."""
    language = board.translated_from or board.language
    return scene_seconds(scene.original or scene, board.model_copy(update={"language": language}))
