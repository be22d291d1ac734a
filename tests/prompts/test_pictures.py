"""What picture models are asked for: the same picture in the words of each family."""

from __future__ import annotations

import pytest

from prompts.pictures import picture_prompt, wording
from prompts.storyboard import Card, Scene, Visual
from providers.catalog import load_catalog

SCENE = Scene(
    id="s01", heading="The sea", narration="It rises.",
    visual=Visual(kind="image", card=Card(kind="statement"), prompt="a long wave."),
)  # fmt: skip


def test_each_family_is_told_in_its_own_words() -> None:
    assert picture_prompt(SCENE, "gouache", "sharp") == (
        "a long wave, gouache, sharp, no text, no letters, no watermark, "
        "the lower fifth of the picture quiet"
    )
    told = picture_prompt(SCENE, "gouache", "", "prose")
    assert told.startswith("a long wave. gouache. Nothing in the picture can be read")


def test_what_clip_must_not_draw_is_not_named_to_it() -> None:
    told = picture_prompt(SCENE, "", "", "tags").split()
    assert not {"no", "text", "letters", "watermark", "text,", "letters,"} & {*told}
    assert "text" in wording("tags").negative
    with pytest.raises(ValueError, match="choose one of plain, prose, tags, clip"):
        picture_prompt(SCENE, "", "", "tag")


def test_every_model_of_the_catalog_is_of_a_known_family_and_takes_what_it_says() -> None:
    families: dict[str, int] = {}
    for model in load_catalog().models.values():
        assert wording(model.family)
        families[model.family] = families.get(model.family, 0) + 1
        if model.family == "tags":
            assert "{negative}" in str(model.input), f"{model.name} has no negative prompt"
        if model.family == "prose" and model.provider == "openai":
            assert "{negative}" not in str(model.input)
        if "flux" in model.name:
            assert "{negative}" not in str(model.input), "FLUX takes none"
    assert {"", "prose", "tags", "clip"} <= families.keys()
