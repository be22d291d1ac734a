"""Documents of every kind are read with their places, or refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pptx
import pypdf
import pytest
from pptx.util import Inches

from prompts.errors import ScriptError
from prompts.planned import Block, Source
from prompts.rules.planner import plan_by_rules
from prompts.sources.documents import read_source


def keep(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def pdf(*lines: str, password: str = "") -> bytes:
    """A PDF with a page for each line."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(lines)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(lines)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for n, line in enumerate(lines):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>"
        )
        stream = f"BT /F1 12 Tf 40 700 Td ({line}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{n} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{at:010} 00000 n \n".encode() for at in offsets)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    if not password:
        return out
    writer, locked = pypdf.PdfWriter(clone_from=io.BytesIO(out)), io.BytesIO()
    writer.encrypt(password, algorithm="AES-256")
    writer.write(locked)
    return locked.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Why bread rises", 0)
    document.add_heading("Yeast", 1)
    document.add_paragraph("A spoon of yeast holds fifty billion cells.")
    document.add_paragraph("It eats sugar", style="List Bullet")
    document.add_paragraph("It makes gas", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Flour", "Share", "Rye", "30 %"), strict=True):
        cell.text = text
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def slides() -> bytes:
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "How vaccines work"
    for title, bullets, notes in (
        ("The idea", ["A harmless part", "A lasting memory"], "A vaccine shows the body a part."),
        ("The proof", ["Smallpox is gone", "Polio almost"], ""),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = "\n".join(bullets)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    loose = deck.slides.add_slide(deck.slide_layouts[6])
    box = loose.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1))
    box.text_frame.text = "Ask your doctor."
    packed = io.BytesIO()
    deck.save(packed)
    return packed.getvalue()


def refusal(path: Path) -> str:
    with pytest.raises(ScriptError) as caught:
        read_source(path)
    [problem] = caught.value.problems
    return f"{problem.problem}; {problem.fix}"


def said(source: Source) -> list[tuple[str, str]]:
    return [(b.place, b.text) for b in source.blocks if b.kind == "prose"]


def test_markdown_keeps_its_headings_lists_tables_and_lines(tmp_path: Path) -> None:
    text = "---\nlanguage: de\n---\n# T\n\n## A\n\nEs ist so.\n@pause: 1s\n\n- x\n- y\n\n"
    text += "```py\n1\n```\n"
    source = read_source(keep(tmp_path, "n.md", text))
    assert (source.title, source.language) == ("T", "de")
    assert [(b.kind, b.place) for b in source.blocks] == [
        ("heading", "n.md:6"), ("prose", "n.md:8"), ("list", "n.md:11"), ("code", "n.md:14"),
    ]  # fmt: skip


def test_a_pdf_names_its_pages_and_loses_its_page_numbers(tmp_path: Path) -> None:
    source = read_source(
        keep(tmp_path, "a.pdf", pdf("Bees dance at noon.", "They sleep at night."))
    )
    assert said(source) == [
        ("a.pdf, page 1", "Bees dance at noon."),
        ("a.pdf, page 2", "They sleep at night."),
    ]


def test_word_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    source = read_source(keep(tmp_path, "a.docx", word()))
    assert source.title == "Why bread rises"
    kinds = [block.kind for block in source.blocks]
    assert kinds == ["heading", "prose", "list", "table"]
    assert source.blocks[2].items == ("It eats sugar", "It makes gas")
    assert source.blocks[1].place == "a.docx, paragraph 3"


def test_slides_show_their_bullets_and_say_their_notes(tmp_path: Path) -> None:
    source = read_source(keep(tmp_path, "a.pptx", slides()))
    made = plan_by_rules([source])
    assert made.title == "How vaccines work"
    idea, proof, loose = made.scenes
    assert (idea.heading, idea.points) == ("The idea", ("A harmless part", "A lasting memory"))
    assert idea.narration() == "A vaccine shows the body a part."
    assert idea.sentences[0].place == "a.pptx, slide 2, notes"
    assert proof.points == ("Smallpox is gone", "Polio almost")
    assert proof.narration() == "Smallpox is gone.\n\nPolio almost."
    assert "Ask your doctor." in loose.narration()


def test_a_page_is_read_without_its_menus_and_scripts(tmp_path: Path) -> None:
    page = (
        "<html lang='fr'><title>T</title><nav>Menu</nav><script>x()</script><main><h1>Le pain</h1>"
        "<p>Le pain <b>lève</b>.</p><ul><li>un<li>deux</ul>libre<blockquote>Oui</blockquote></main>"
    )
    source = read_source(keep(tmp_path, "a.html", page))
    assert (source.title, source.language) == ("Le pain", "fr")
    assert [(b.kind, b.text or b.items) for b in source.blocks] == [
        ("prose", "Le pain lève."), ("list", ("un", "deux")), ("prose", "libre"), ("quote", "Oui"),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", ["srt", "vtt"])
def test_subtitles_are_read_without_times_and_tags(tmp_path: Path, suffix: str) -> None:
    dot, head = (",", "") if suffix == "srt" else (".", "WEBVTT\n\n")
    text = head + (
        f"1\n00:00:01{dot}000 --> 00:00:02{dot}000\n<i>Bees dance</i>\n\n"
        f"2\n00:00:02{dot}100 --> 00:00:03{dot}000\nat noon.\n\n"
        f"3\n00:01:10{dot}000 --> 00:01:12{dot}000\nThen they sleep.\n"
    )
    source = read_source(keep(tmp_path, f"a.{suffix}", text))
    assert said(source) == [
        (f"a.{suffix}, 0:01", "Bees dance at noon."),
        (f"a.{suffix}, 1:10", "Then they sleep."),
    ]


def test_a_list_in_plain_text_is_a_list(tmp_path: Path) -> None:
    source = read_source(keep(tmp_path, "a.txt", "You need:\n- flour\n- water\n"))
    assert [block.kind for block in source.blocks] == ["prose", "list"]
    assert source.blocks[1] == Block(kind="list", place="a.txt:2", items=("flour", "water"))


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.pdf", pdf("Secret words.", password="x"), "this PDF is locked by a password; save it"),
        ("a.pdf", pdf(""), "this PDF holds pictures of pages and no text"),
        ("a.pdf", pdf("Bees.")[:200], "this PDF is damaged"),
        ("a.pdf", b"PK\x03\x04", "this is not a pdf file inside"),
        ("a.docx", word()[:2000], "this document is damaged or locked"),
        ("a.pptx", word(), "this document is damaged or locked"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "this is not a docx file inside"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "save it as docx"),
        ("a.xyz", b"words", "is not a kind of document that is read; use one of md, markdown, txt"),
        ("a.txt", b"", "this file is empty"),
        ("a.txt", b"\xff\xfd words", "this line is not UTF-8 text"),
        ("a.html", b"<p></p>", "there are no words in this document"),
        ("a.srt", b"no times here", "no words in this document"),
        ("a.vtt", b"1\n00:00:01.000", "; "),
        ("a.md", b"# Title\n", "there are no words in this document"),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    assert sentence in refusal(keep(tmp_path, name, data))


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "a.md")
    (tmp_path / "b.md").mkdir()
    assert "this is a folder" in refusal(tmp_path / "b.md")


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prompts.sources.documents.find_spec", lambda name: None)
    path = keep(tmp_path, "a.pdf", pdf("Bees."))
    assert "pip install 'reelwright[sources]'" in refusal(path)


def test_a_packed_document_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prompts.sources.office._MOST_INSIDE", 100_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"0" * 1_000_000)
    assert "unpacks to" in refusal(keep(tmp_path, "a.docx", packed.getvalue()))


def test_a_document_that_is_too_large_is_refused(tmp_path: Path) -> None:
    large = keep(tmp_path, "a.txt", "many words, many words")
    with large.open("r+b") as file:
        file.truncate(51_000_000)
    assert "this file has 51 MB and a document has at most 50 MB" in refusal(large)
