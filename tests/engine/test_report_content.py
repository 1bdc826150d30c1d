"""Documents out of result files: the same as straight from the check, and honest about what has changed since."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from envzones.plugin import cli
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.onemap import OneMap, read_file
from envzones.plugin.engine.plan import board
from envzones.plugin.engine.radius import heat_radius
from envzones.plugin.engine.report import content as contents
from envzones.plugin.engine.report.rows import records
from envzones.plugin.engine.result_file import About, read_about, tables
from envzones.plugin.engine.river.section import control_section
from envzones.plugin.engine.siting import check
from envzones.plugin.store.folder import read_folder
from envzones.plugin.store.geopackage import create
from envzones.plugin.store.results import write_results

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "jiyuan"
DAY = date(2019, 6, 30)
BOOKS = ("jiyuan-2018", "national-henan")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog, content = load_catalog(), read_folder(DEMO, load_catalog())
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    create(path, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    return path


@pytest.fixture(scope="module")
def made(city: Path) -> dict[str, contents.Content]:
    """Fresh content of each kind: two candidates, one section, the heat radii, the whole board."""
    onemap, books = OneMap.open(city), load_books(BOOKS)
    sites = read_file(DEMO / "candidates.geojson").head(2)
    sections = onemap.in_force("monitoring_section", DAY)
    section = control_section(
        onemap.in_force("river_reach", DAY), sections[sections["responsibility_target"].fillna(False)].head(1),
        channel=onemap.in_force("river_channel", DAY),
        features={name: onemap.in_force(name, DAY) for name in ("outfall", "waste_dump")},
        approximate={"bank": 50.0}, as_of=DAY,
    )  # fmt: skip
    radius = heat_radius(
        onemap.in_force("heat_source", DAY), boilers=onemap.in_force("coal_boiler", DAY), as_of=DAY
    )
    return {
        "check": contents.of_check(check(sites, onemap, books, as_of=DAY), onemap, "两个项目"),
        "section": contents.of_section(section, DAY, onemap, "一个断面"),
        "radius": contents.of_radius(radius, DAY, onemap, "供热半径"),
        "plan": contents.of_plan(board(onemap, books, as_of=DAY), onemap, "看板"),
    }


def stored(content: contents.Content, path: Path) -> Path:
    return write_results(path, contents.frames(content), about=contents.about(content))


@pytest.mark.parametrize("kind", ["check", "section", "radius", "plan"])
@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_a_document_out_of_a_result_file_is_the_document_of_the_check(made, city, kind, suffix, tmp_path) -> None:
    path = stored(made[kind], tmp_path / "result.gpkg")
    kept = contents.read_results([path], OneMap.open(city))
    assert not kept.notes and kept.kinds == [kind]
    one = contents.write(tmp_path / f"one{suffix}", made[kind]).read_bytes()
    other = contents.write(tmp_path / f"other{suffix}", kept).read_bytes()
    assert one == other


@pytest.mark.parametrize("kind", ["check", "section", "radius", "plan"])
def test_the_rows_come_back_as_they_were(made, kind, tmp_path) -> None:
    path = stored(made[kind], tmp_path / "result.gpkg")
    kept = contents.frames(contents.read_results([path]))
    for name, frame in contents.frames(made[kind]).items():
        old, new = records(frame), records(kept[name])
        assert len(old) == len(new) and old == new, name


def test_all_kinds_go_into_one_document(made, tmp_path) -> None:
    paths = [stored(one, tmp_path / f"{kind}.gpkg") for kind, one in made.items()]
    joined = contents.read_results(paths)
    assert joined.kinds == ["check", "section", "radius", "plan"]
    assert [book.id for book in joined.books] == list(BOOKS)
    assert contents.titled(joined, "zh").title == "选址符合性分析、断面上下游排查、供热半径内燃煤锅炉排查、方案落实情况"
    assert contents.titled(made["plan"], "en").title == "看板"


def test_a_map_that_changed_since_is_told(made, city, tmp_path) -> None:
    path = stored(made["check"], tmp_path / "result.gpkg")
    onemap = OneMap.open(city)
    layer = next(mark["layer"] for mark in made["check"].fingerprints if mark["rows"])
    title = onemap.spec(layer).title("zh")
    used = {str(mark["layer"]): onemap.layer(str(mark["layer"])) for mark in made["check"].fingerprints}
    other = OneMap.from_frames({name: frame for name, frame in used.items() if frame is not None and name != layer}
                      | {layer: used[layer].iloc[1:]})  # fmt: skip
    notes = contents.read_results([path], other).notes
    assert len(notes) == 1 and title in notes[0]
    assert not contents.read_results([path], onemap).notes


def test_results_that_do_not_belong_together_are_refused(made, tmp_path) -> None:
    one = stored(made["check"], tmp_path / "one.gpkg")
    two = stored(made["check"], tmp_path / "two.gpkg")
    with pytest.raises(InputError, match="both results of 'check'"):
        contents.read_results([one, two])
    later = write_results(
        tmp_path / "later.gpkg", contents.frames(made["radius"]), about=About("radius", date(2020, 1, 1))
    )
    with pytest.raises(InputError, match="results of one day"):
        contents.read_results([one, later])
    with pytest.raises(InputError, match="No result file"):
        contents.read_results([])
    silent = write_results(tmp_path / "silent.gpkg", contents.frames(made["radius"]))
    with pytest.raises(InputError, match="does not say which day"):
        contents.read_results([silent])
    assert contents.read_results([silent], as_of=DAY).kinds == ["radius"]
    for name, text in (("no.gpkg", None), ("text.gpkg", "hello")):
        if text:
            (tmp_path / name).write_text(text)
        with pytest.raises(InputError):
            contents.read_results([tmp_path / name], as_of=DAY)
    strange = write_results(tmp_path / "strange.gpkg", {"edge": made["radius"].radius.zone})
    with pytest.raises(InputError, match="holds no result of a check"):
        contents.read_results([strange], as_of=DAY)


def test_what_a_file_says_of_itself_is_read_back_and_lists_as_no_layer(made, tmp_path) -> None:
    path = stored(made["check"], tmp_path / "result.gpkg")
    said = read_about(path)
    assert said is not None and said.as_of == DAY and said.rulebooks == BOOKS and said.title == "两个项目"
    assert [dict(mark)["sha256"] for mark in said.fingerprints] == [m["sha256"] for m in made["check"].fingerprints]
    assert tables(path) == ["finding", "issue", "unit", "verdict"]
    if hasattr(pytest.importorskip("fiona"), "listlayers"):
        import fiona

        assert sorted(fiona.listlayers(path)) == tables(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE gpkg_metadata SET metadata = '{\"kind\": 1}'")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="says of itself"):
        read_about(path)


def test_the_verb_writes_what_is_asked_for(made, city, tmp_path, capsys) -> None:
    paths = [str(stored(made[kind], tmp_path / f"{kind}.gpkg")) for kind in ("check", "plan")]
    out = tmp_path / "ledger.xlsx"
    assert cli.main(["report", *paths, "--onemap", str(city), "--xlsx", str(out), "--title", "台账", "--note", "备注甲"]) == 0
    import openpyxl

    first = openpyxl.load_workbook(out).worksheets[0]
    said = [str(cell.value) for row in first.iter_rows() for cell in row if cell.value]
    assert "台账" in said and "备注甲" in said
    assert cli.main(["report", paths[0]]) == 2
    assert "No document is asked for" in capsys.readouterr().err
    assert cli.main(["report", paths[0], "--docx", str(tmp_path / "a.doc")]) == 2
    assert "must end in .docx" in capsys.readouterr().err
    assert cli.main(["report", paths[0], "--xlsx", str(out), "--approval-no", "1"]) == 2
    assert "--public" in capsys.readouterr().err
    assert cli.main(["report", paths[0], "--xlsx", str(out), "--map", "site:P01=none.png"]) == 2
    assert "none.png does not exist" in capsys.readouterr().err
