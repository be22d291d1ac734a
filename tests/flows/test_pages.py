"""The storyboard and the report as pages: whole in themselves, escaped, small."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flows.film.produce import open_store
from flows.money.receipt import Receipt
from flows.pages.report import report_page
from flows.pages.storyboard import storyboard_page
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from tests.flows.films import SCRIPT, make, reelwright

EVIL = 'a <b>loaf</b> & "butter" \'n <script>alert(1)</script>'


class Page(HTMLParser):
    """What a page is made of: its tags, its addresses, and whether each tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.depth: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "poster")
        ]
        if tag not in ("meta", "img"):
            self.depth.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.depth.pop() == tag


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("REELWRIGHT_SHORT_SIDE", "144")
    return tmp_path


def storyboard(script: Path, home: Path, wishes: Wishes = Wishes()) -> str:  # noqa: B008
    settings = load_settings()
    store = open_store(settings)
    return storyboard_page(prepare(script, wishes, settings, store), store, home / "films")


def test_a_storyboard_shows_each_scene_and_calls_nobody(home: Path) -> None:
    script = home / "tides.md"
    script.write_text(SCRIPT + f"\n## {EVIL}\n@prompt: {EVIL}\n\nTom & Jerry say 5 < 6.\n")
    page = Page(text := storyboard(script, home, Wishes("1")))
    assert page.tags.count("article") == 5
    assert not page.depth
    assert "script" not in page.tags
    assert all(address.startswith("data:image/webp;base64,") for address in page.addresses)
    assert "&lt;b&gt;loaf&lt;/b&gt; &amp;" in text
    assert "5 &lt; 6" in text
    assert "url(" not in text


def test_a_storyboard_of_sixty_scenes_is_about_a_megabyte(home: Path) -> None:
    script = home / "long.md"
    parts = [f"## Part {n}\n- One of {n}\n- Two of {n}\n\nIt goes on.\n" for n in range(60)]
    script.write_text("# Long\n\n" + "\n".join(parts))
    text = storyboard(script, home)
    assert text.count("<img") == 61
    assert len(text.encode()) < 1_500_000


@pytest.mark.slow
def test_a_report_lies_beside_the_film_and_names_what_lies_there(home: Path) -> None:
    script = home / "tides.md"
    script.write_text(SCRIPT)
    film = make(script, home)
    folder = Path(film["video"]).parent
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert set(page.addresses) == {"video.mp4", "poster.jpg", "contact-sheet.jpg"}
    assert all((folder / address).exists() for address in page.addresses)
    assert "LUFS" in text
    assert len(re.findall(r"<tr><td>s0\d", text)) == 4 + 6
    done = reelwright("storyboard", script, "--out", home / "films", home=home)
    assert done.returncode == 0, done.stderr
    told = Path(done.stdout.strip())
    assert "as filmed" in told.read_text()
    assert "no scene changes" in told.read_text()


@pytest.mark.slow
def test_a_report_escapes_what_fell_back_and_why(home: Path) -> None:
    from assembly.timeline import Timeline

    script = home / "tides.md"
    script.write_text(SCRIPT)
    folder = Path(make(script, home)["video"]).parent
    receipt = Receipt.model_validate_json((folder / "receipt.json").read_bytes())
    timeline = Timeline.model_validate_json((folder / "timeline.json").read_bytes())
    told = report_page(receipt.model_copy(update={"notes": (EVIL,)}), timeline, "video.mp4")
    assert "script" not in Page(told).tags
    assert "&lt;script&gt;" in told
