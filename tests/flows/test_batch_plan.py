"""All rows of a batch are checked before its first cent, and each says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.batches.plan import BatchPlan, plan_batch
from flows.film.produce import open_store
from flows.scripts.prepare import prepare
from flows.scripts.wishes import Wishes
from flows.settings import load_settings
from prompts.errors import ScriptError

SCRIPT = "---\ntitle: {title}\n---\n\n## {title}\nThis is said.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two scripts in it, in which commands run."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(SCRIPT.format(title=f"Film {name}"))
    return tmp_path


def plan(*sources: str, wishes: Wishes = Wishes(), scripts: Path | None = None) -> BatchPlan:  # noqa: B008
    settings = load_settings()
    return plan_batch([*sources], None, wishes, settings, open_store(settings), scripts)


def planned(table: str, wishes: Wishes = Wishes()) -> BatchPlan:  # noqa: B008
    Path("t.csv").write_text(table)
    return plan("t.csv", wishes=wishes)


def refused(table: str) -> list[str]:
    with pytest.raises(ScriptError) as wrong:
        planned(table)
    return str(wrong.value).splitlines()


def test_every_wrong_row_is_told_at_once_with_its_column(folder: Path) -> None:
    told = refused(
        "script,topic,aspect,theme,deadline,voice,slug\n"
        "a.md,,17:9,,,,\n"
        "a.md,tides,,,,,\n"
        ",,,,,,\n"
        ",,16:9,,,,\n"
        "c.md,,,,,,\n"
        "b.md,,,nosuch,,,\n"
        "b.md,,,,soon,,x\n"
    )
    assert [line.partition(": ")[0] for line in told] == [
        "t.csv:3", "t.csv:5", "t.csv:6", "t.csv:8", "t.csv:2", "t.csv:7",
    ]  # fmt: skip
    both, none, missing, deadline, aspect, theme = told
    assert "both script and topic are filled" in both
    assert "neither script, topic nor text is filled" in none
    assert 'column "script": there is no file "c.md"; did you mean' in missing
    assert 'column "deadline": "soon" is no day or time' in deadline
    assert 'column "aspect": aspect is "17:9"; choose one of 16:9, 9:16' in aspect
    assert "column \"theme\": there is no theme 'nosuch'" in theme


def going_on(table: str) -> BatchPlan:
    Path("t.csv").write_text(table)
    settings = load_settings()
    store = open_store(settings)
    return plan_batch(["t.csv"], None, Wishes(), settings, store, keep_going=True)


def test_to_keep_going_wrong_rows_are_films_that_fail_and_say_why(folder: Path) -> None:
    (folder / "b.md").write_text("---\ntitle: B\ntheme: nosuch\n---\n\n## B\nSaid.\n")
    made = going_on("script,topic,aspect,deadline\na.md,,,\nb.md,,,\nc.md,,,\na.md,,9:16,soon\n")
    good, *wrong = made.jobs
    assert (good.key, good.wrong, list(made.quotes)) == ("film-a", (), ["film-a"])
    told = {job.place: str(ScriptError(job.wrong)) for job in wrong}
    assert list(told) == ["t.csv:3", "t.csv:4", "t.csv:5"]
    assert 'there is no file "c.md"' in told["t.csv:4"]
    assert '"soon" is no day or time' in told["t.csv:5"]
    assert told["t.csv:3"].startswith(f"{folder / 'b.md'}:3: ")
    assert len({job.key for job in made.jobs}) == 4


def test_what_concerns_all_rows_or_leaves_none_is_refused_even_to_keep_going(folder: Path) -> None:
    for table in ("script,teir\na.md,\n", "script\nc.md\nd.md\n"):
        with pytest.raises(ScriptError):
            going_on(table)


def test_of_two_rows_for_one_folder_the_second_fails_to_keep_going(folder: Path) -> None:
    first, second = going_on("script,voice\na.md,\na.md,\n").jobs
    assert (first.key, first.place, second.place) == ("film-a", "t.csv:2", "t.csv:3")
    assert "is taken by t.csv:2" in str(ScriptError(second.wrong))


def test_an_unknown_column_is_told_once_even_where_it_is_empty(folder: Path) -> None:
    assert refused("script,teir\na.md,\nb.md,1\n") == [
        't.csv:1: there is no column "teir"; did you mean tier?'
    ]


def test_what_is_wrong_in_a_script_is_told_at_its_own_line(folder: Path) -> None:
    (folder / "a.md").write_text("---\ntitle: A\ntheme: nosuch\n---\n\n## A\nSaid.\n")
    (told,) = refused("script,voice\na.md,\nb.md,\n")
    assert told.startswith(f"{folder}/a.md:3: there is no theme")


def test_a_cell_goes_before_the_front_matter_and_the_command_line_before_both(
    folder: Path,
) -> None:
    (folder / "a.md").write_text("# Own title\n\n## One\nSaid.\n")
    (job,) = planned(
        "script,title,aspect,language,speed\na.md,Of the row,9:16,de,1.2\n", Wishes(aspect="1:1")
    ).jobs
    settings = load_settings()
    board = prepare(job.script, job.wishes, settings, open_store(settings)).storyboard
    assert (board.title, board.aspect, board.language, board.speed) == (
        "Of the row", "1:1", "de", 1.2,
    )  # fmt: skip


@pytest.mark.parametrize("cell", ["16:09", "16:09:00", "16:9"])
def test_an_aspect_that_excel_took_for_a_time_is_an_aspect(folder: Path, cell: str) -> None:
    (job,) = planned(f"script,aspect\na.md,{cell}\n").jobs
    assert dict(job.wishes.front)["aspect"] == "16:9"


def test_two_rows_with_one_title_are_refused_with_both_places(folder: Path) -> None:
    (told,) = refused("script,aspect\na.md,16:9\na.md,9:16\n")
    assert told.startswith("t.csv:3: the folder name 'film-a' is taken by t.csv:2; give one")
    jobs = planned("script,aspect,slug\na.md,16:9,\na.md,9:16,upright\n").jobs
    assert [job.key for job in jobs] == ["film-a", "upright"]


def test_several_aspects_make_a_film_each(folder: Path) -> None:
    jobs = planned("script\na.md\nb.md\n", Wishes(aspect="16:9,9:16")).jobs
    assert [job.key for job in jobs] == [
        "film-a-16x9", "film-a-9x16", "film-b-16x9", "film-b-9x16",
    ]  # fmt: skip


def test_a_text_is_kept_as_a_script_and_follows_its_table(folder: Path) -> None:
    table = 'text,title\n"## One\nIt is {}.",Tides\nOnly words.,Plain\n'
    first = planned(table.format("high"))
    assert [job.script.name for job in first.jobs] == ["tides.md", "plain.txt"]
    second = planned(table.format("low"))
    assert second.jobs[0].script == first.jobs[0].script
    assert "It is low." in second.jobs[0].script.read_text()


def test_a_text_without_a_title_is_refused(folder: Path) -> None:
    (told,) = refused("text\nJust some words.\n")
    assert told.startswith('t.csv:2: column "text": this film has no title; fill the column title')


def test_a_topic_needs_a_language_model_and_says_so_once(folder: Path) -> None:
    (told,) = refused("topic\nTides\nBread\n")
    assert told.startswith('t.csv:2: column "topic": a topic alone ("Tides") cannot be written')


def test_settings_of_a_topic_are_checked_before_it_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    told = refused("topic,aspect,length\nTides,17:9,\nBread,,5s\n")
    assert told[0].startswith('t.csv:3: column "length": length is')
    assert told[1].startswith('t.csv:2: column "aspect": aspect is "17:9"')
    (job,) = planned("topic,length,audience\nWhy  tides turn,2m,children\n").jobs
    assert job.topic == ("Why tides turn", "children", 120.0)


def test_a_day_ends_at_its_midnight_and_a_time_may_name_its_zone(folder: Path) -> None:
    told = "script,deadline\na.md,2026-12-01\nb.md,2026-12-01T10:00+02:00\n"
    day, moment = (job.deadline for job in planned(told).jobs)
    assert day is not None
    assert moment is not None
    assert f"{day:%m-%d %H:%M:%S}" == "12-01 23:59:59"
    assert day.tzinfo is not None
    assert moment.utctimetuple()[3:5] == (8, 0)


def test_a_folder_gives_its_scripts_and_no_copies_of_programs(folder: Path) -> None:
    for name in (".hidden.md", "~$a.md", "a.md.part", "notes.pdf", "batch.json"):
        (folder / name).write_text("x")
    found = plan(str(folder))
    assert [job.key for job in found.jobs] == ["film-a", "film-b"]
    assert found.notes[0].startswith(f"{folder}: 2 scripts as of ")
    assert [job.key for job in plan("[b-z]*.md").jobs] == ["film-b"]


@pytest.mark.parametrize("name", ["nothing", "empty", "film.mp4", "x*.md"])
def test_what_no_batch_is_made_of_is_told(folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(ScriptError, match=f"{name.replace('*', '[*]')}:1: "):
        plan(name)


def test_looking_at_a_batch_writes_nothing(folder: Path, tmp_path: Path) -> None:
    Path("t.csv").write_text("text,title\nWords.,Tides\n")
    found = plan("t.csv", scripts=tmp_path / "elsewhere")
    assert not (folder / "films").exists()
    assert found.out == folder / "films" / "t"
    assert found.quote().missing != {}
