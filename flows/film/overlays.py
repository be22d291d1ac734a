"""What stands over scenes, as it is ordered and as the timeline takes it: the logo, and names."""

from __future__ import annotations

from assembly.overlays import Drawing
from flows.buying.orders import Candidate
from flows.buying.sourcing import Got
from prompts.storyboard import LowerThirds, Scene, Storyboard
from providers.requests import Brand, ImageRequest, OverlaySpec

LOGO, NAME = "logo", "name"
"""What these things of a film and of a scene are called."""


def shows_logo(board: Storyboard, scene: Scene) -> bool:
    """Whether the film's logo stands over the scene: not where it is large on the card, and not
    over what a brand's films begin and end with.
    """
    is_large = scene.visual.card.kind in ("title", "closing")
    return board.brand.logo_bug is not None and not scene.is_bare and not is_large


def name_spec(board: Storyboard, scene: Scene) -> OverlaySpec | None:
    """Who is seen in the scene, in the brand's manner."""
    if scene.lower_third is None:
        return None
    side = (board.brand.lower_thirds or LowerThirds()).side or "start"
    bug = board.brand.logo_bug if shows_logo(board, scene) else None
    foot = bug.size if bug is not None and bug.corner.startswith("bottom") else 0.0
    third = scene.lower_third
    return OverlaySpec(kind="lower_third", name=third.name, role=third.role, side=side, foot=foot)


def logo_spec(board: Storyboard) -> OverlaySpec | None:
    """The film's logo, if a scene shows it."""
    bug = board.brand.logo_bug
    under = [scene for scene in board.scenes if shows_logo(board, scene)]
    if bug is None or not under:
        return None
    over_pictures = any(scene.visual.kind != "card" for scene in under)
    return OverlaySpec(kind="logo", corner=bug.corner, size=bug.size, over_pictures=over_pictures)


def drawing_order(
    spec: OverlaySpec | None, theme: str, size: tuple[int, int], brand: Brand, language: str
) -> tuple[Candidate, ...]:
    """The order for what is drawn over scenes; none where there is none."""
    if spec is None:
        return ()
    request = ImageRequest(
        provider="cards", model="cards", width=size[0], height=size[1], overlay=spec, theme=theme,
        brand=brand, language=language,
    )  # fmt: skip
    return (Candidate("cards", "", (request,)),)


def drawing(got: Got | None) -> Drawing | None:
    """Where a drawing that was made stands, in pixels of the film."""
    if got is None:
        return None
    left, top, right, bottom = got.asset.facts["box"]
    return Drawing(
        picture=got.asset.digest, left=left, top=top, width=right - left, height=bottom - top
    )
