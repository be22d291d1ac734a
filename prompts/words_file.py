"""The file of a film's words in another language, beside its script, for an editor to change.

`bread.md` has `bread.de.toml`: a pair of texts per entry. It is the last word on what is said; what
is added to it leaves every letter of the other entries, and their comments, as they are.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from prompts.reading.raw import Bound
from prompts.reading.report import Report
from prompts.reading.toml import open_toml
from prompts.variants import Text

_BOUND = Bound("file of words", 5, 1, "take out what the script does not say any more")
_FIX = 'each entry is [[words]] with from = "..." as the script has it, and to = "..."'
_HEADER = """# The words of {script} in {language}. Change any `to`: only what it is said or shown
# in is made again. Nothing here is written over. An entry that is taken out comes back as the model
# said it. voice = "..." above the first entry chooses who speaks.
"""
_UNUSED = "# Not in the script any more; kept in case it comes back.\n"
_ENTRY = re.compile(r"^\[\[words\]\][^\n]*\n", re.MULTILINE)


class Words(NamedTuple):
    """What a file says: who speaks, and each translation by its original."""

    voice: str = ""
    pairs: Mapping[str, str] = {}


def words_path(script: Path, language: str) -> Path:
    """Where the words of a script in a language are kept."""
    return script.with_name(f"{script.stem}.{language}.toml")


def read_words(path: Path) -> Words:
    """The words in a file, none where there is no file. Raises ScriptError.

    An entry whose `to` is empty is still to be translated.
    """
    if not path.exists():
        return Words()
    report = Report(str(path))
    tree = open_toml(path, _BOUND, report)
    voice, entries = tree.pop("voice", ""), tree.pop("words", [])
    if tree:
        report.stop(1, f"there is no {next(iter(tree))!r} in a file of words", _FIX)
    if not isinstance(voice, str) or not isinstance(entries, list):
        report.stop(1, "this is no file of words", _FIX)
    text = path.read_text(encoding="utf-8-sig")
    lines = [text[: match.start()].count("\n") + 1 for match in _ENTRY.finditer(text)]
    pairs: dict[str, str] = {}
    for entry, line in zip(entries, (*lines, *[1] * len(entries)), strict=False):
        is_pair = isinstance(entry, dict) and set(entry) == {"from", "to"}
        if not is_pair or not all(isinstance(value, str) for value in entry.values()):
            report.stop(line, "this entry is no pair of texts", _FIX)
        source, said = (" ".join(entry[key].split()) for key in ("from", "to"))
        if source in pairs:
            report.stop(line, "the words of this entry have one already", "keep one of the two")
        pairs[source] = said
    return Words(voice, {source: said for source, said in pairs.items() if said})


def write_words(path: Path, script: str, texts: Sequence[Text], new: Mapping[str, str]) -> None:
    """Adds `new` translations (by original; empty: still to come) in the order of `texts`.

    Entries that are there stay as they are; those that no text asks for go to the end.
    """
    language = path.stem.rpartition(".")[2]
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    head, blocks = _blocks(before.replace(_UNUSED, ""))
    head = head or _HEADER.format(script=script, language=language)
    used = {text.words for text in texts}
    told = []
    for text in texts:
        # What an editor wrote meanwhile goes before what was asked for.
        if text.words in blocks and (_said(blocks[text.words]) or text.words not in new):
            told.append(blocks[text.words])
        elif text.words in new:
            told.append(_entry(text, new[text.words]))
    rest = [block for words, block in blocks.items() if words not in used]
    body = "\n".join(block.strip("\n") + "\n" for block in told)
    unused = "\n" + _UNUSED + "\n".join(b.strip("\n") + "\n" for b in rest) if rest else ""
    written = f"{head.rstrip()}\n\n{body}{unused}"
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(written, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _blocks(text: str) -> tuple[str, dict[str, str]]:
    """What stands above the first entry, and each entry as it is written, by its original."""
    starts = [m.start() for m in _ENTRY.finditer(text)]
    if not starts:
        return text, {}
    blocks = {}
    for start, end in zip(starts, (*starts[1:], len(text)), strict=True):
        block = text[start:end]
        [entry] = _parsed(block)
        blocks[" ".join(entry["from"].split())] = block
    return text[: starts[0]], blocks


def _parsed(block: str) -> list[dict[str, str]]:
    import tomllib

    entries: list[dict[str, str]] = tomllib.loads(block)["words"]
    return entries


def _said(block: str) -> str:
    """The translation in an entry."""
    [entry] = _parsed(block)
    return entry["to"].strip()


def _entry(text: Text, translated: str) -> str:
    quoted = (json.dumps(words, ensure_ascii=False) for words in (text.words, translated))
    source, said = (one.replace("\x7f", "\\u007f") for one in quoted)
    return f"[[words]]  # {text.what}\nfrom = {source}\nto   = {said}\n"
