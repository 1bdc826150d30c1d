"""The command line as a user meets it: summaries, files, exit statuses, one sentence for bad input."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from envzones.plugin import cli

BOOK = ("--rulebook", "jiyuan-2018")
DEMO = Path(cli.__file__).resolve().parents[1] / "resources" / "demo" / "jiyuan"


@pytest.fixture(scope="module")
def onemap(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "jiyuan.gpkg"
    assert cli.main(["onemap", "create", str(path), "--data", str(DEMO)]) == 0
    return path


def layers(path):
    with sqlite3.connect(path) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")
        }


def test_console_script_is_installed_and_speaks():
    script = Path(sys.executable).with_name("envzones")
    done = subprocess.run([script, "rules", "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "jiyuan-2018" in done.stdout and "济政〔2018〕29号" in done.stdout


def test_info_tells_rows_and_coverage(onemap, capsys):
    assert cli.main(["onemap", "info", str(onemap)]) == 0
    out = capsys.readouterr().out
    assert "river_reach" in out and "not declared" in out and "2020-06-30" in out


def test_create_does_not_replace_a_map_unasked(onemap, capsys):
    before = onemap.read_bytes()
    assert cli.main(["onemap", "create", str(onemap)]) == 2
    assert "--overwrite" in capsys.readouterr().err or onemap.read_bytes() == before
    assert onemap.read_bytes() == before


def test_rules_show_and_validate(capsys, tmp_path):
    assert cli.main(["rules", "show", "jiyuan-2018", "--clause", "J42"]) == 0
    assert "上游5000米、下游500米" in capsys.readouterr().out
    book = Path(cli.__file__).parents[1] / "resources" / "rulebooks" / "jiyuan-2018.yaml"
    assert cli.main(["rules", "validate", str(book)]) == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text(book.read_text(encoding="utf-8").replace("kind: siting", "kind: siteing", 1), encoding="utf-8")
    assert cli.main(["rules", "validate", str(bad)]) == 2
    assert "bad.yaml, line" in capsys.readouterr().err


def test_section_lists_problems_of_the_real_river(onemap, tmp_path, capsys):
    out = tmp_path / "section.gpkg"
    status = cli.main(
        ["section", "--rivers", f"{onemap}:river_reach", "--sections", f"{onemap}:monitoring_section",
         "--features", f"{onemap}:outfall", f"{onemap}:wharf", "--approximate", "50", "--out", str(out)]
    )  # fmt: skip
    assert status == 0, capsys.readouterr().err
    found = layers(out)
    assert found["reach"] > 0 and found["zone"] > 0 and found["finding"] > 0
    with sqlite3.connect(out) as connection:
        sources = {row[0] for row in connection.execute("SELECT DISTINCT site_layer FROM finding")}
        furthest = connection.execute("SELECT max(to_m) FROM reach").fetchone()[0]
    assert sources <= {"outfall", "wharf"} and furthest == pytest.approx(5000, abs=0.5)


def test_radius_and_ledger(onemap, tmp_path):
    out, ledger = tmp_path / "radius.gpkg", tmp_path / "radius.xlsx"
    status = cli.main(
        ["radius", "--plants", f"{onemap}:heat_source", "--boilers", f"{onemap}:coal_boiler", "--out", str(out),
         "--xlsx", str(ledger)]
    )  # fmt: skip
    assert status == 0
    assert layers(out)["zone"] > 0 and ledger.stat().st_size > 5000


def test_check_prints_known_and_open_and_can_fail(onemap, tmp_path, capsys):
    out = tmp_path / "check.gpkg"
    arguments = ["check", str(DEMO / "candidates.geojson"), "--onemap", str(onemap), "--rulebook", "jiyuan-2018",
                 "--as-of", "2019-06-30", "--out", str(out)]  # fmt: skip
    assert cli.main(arguments) == 0
    said = capsys.readouterr().err
    assert "as of 2019-06-30" in said and "不通过" in said and "待核实" in said
    n = len(json.loads((DEMO / "candidates.geojson").read_text(encoding="utf-8"))["features"])
    assert layers(out)["verdict"] == n
    with sqlite3.connect(out) as connection:
        texts = [row[0] for row in connection.execute("SELECT text_zh FROM verdict")]
        pending = connection.execute("SELECT count(*) FROM verdict WHERE pending > 0 AND text_zh NOT LIKE '%待核实%'")
        assert pending.fetchone()[0] == 0
    assert "通过" not in texts
    assert cli.main([*arguments, "--fail-on", "fail"]) == 1
    later = [*arguments[:-4], "--no-law", "--as-of", "2021-01-01", "--out", str(out), "--fail-on", "fail"]
    assert cli.main(later) == 0
    assert "参考" in capsys.readouterr().err


def test_the_same_check_gives_the_same_bytes(onemap, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        outputs = {name: folder / f"check.{name}" for name in ("gpkg", "xlsx", "docx")}
        status = cli.main(
            ["check", str(DEMO / "candidates.geojson"), "--onemap", str(onemap), *BOOK, "--as-of", "2019-06-30", "--out",
             str(outputs["gpkg"]), "--xlsx", str(outputs["xlsx"]), "--docx", str(outputs["docx"])]
        )  # fmt: skip
        assert status == 0
        made.append({name: path.read_bytes() for name, path in outputs.items()})
    assert {name: made[0][name] == made[1][name] for name in made[0]} == {"gpkg": True, "xlsx": True, "docx": True}


def test_the_law_binds_besides_the_plan_unless_left_out(onemap, tmp_path):
    books = {}
    for name, more in (("law", []), ("plan", ["--no-law"])):
        out = tmp_path / f"{name}.gpkg"
        status = cli.main(
            ["check", str(DEMO / "candidates.geojson"), "--onemap", str(onemap), *BOOK, "--as-of", "2019-06-30", "--out",
             str(out), *more]
        )  # fmt: skip
        assert status == 0
        assert layers(out)["unit"] > 0
        with sqlite3.connect(out) as connection:
            books[name] = {row[0] for row in connection.execute("SELECT DISTINCT rulebook FROM finding")}
    assert books == {"law": {"jiyuan-2018", "national-henan"}, "plan": {"jiyuan-2018"}}


def test_a_folder_of_own_books_is_used(onemap, tmp_path, capsys, monkeypatch):
    own = tmp_path / "books"
    own.mkdir()
    shipped = Path(cli.__file__).parents[1] / "resources" / "rulebooks" / "jiyuan-2018.yaml"
    text = shipped.read_text(encoding="utf-8").replace("济源市污染防治攻坚战三年行动计划(2018—2020年)", "本局修订本")
    (own / "mine.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["rules", "list", "--rulebook-dir", str(own)]) == 0
    assert "本局修订本" in capsys.readouterr().out
    monkeypatch.setenv("ENVZONES_RULEBOOKS", str(tmp_path / "nowhere"))
    assert cli.main(["rules", "list"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_check_with_a_layer_missing_never_passes(onemap, tmp_path, capsys):
    """The same sites on a map without the drinking-water layer: what was known stays, the rest is 待核实."""
    poor = tmp_path / "poor.gpkg"
    shutil.copy(onemap, poor)
    with sqlite3.connect(poor) as connection:
        connection.execute("DELETE FROM layer_coverage")
        connection.execute("DELETE FROM gpkg_contents WHERE table_name = 'permanent_farmland'")
    out = tmp_path / "out.gpkg"
    assert cli.main(["check", str(DEMO / "candidates.geojson"), "--onemap", str(poor), "--rulebook", "jiyuan-2018",
                     "--as-of", "2019-06-30", "--out", str(out)]) == 0  # fmt: skip
    with sqlite3.connect(out) as connection:
        rows = connection.execute("SELECT known, pending, text_zh FROM verdict").fetchall()
        why = connection.execute(
            "SELECT count(*) FROM finding WHERE status = 'not_assessed' AND why LIKE '%永久基本农田%'"
        ).fetchone()[0]
    assert why > 0
    assert all(pending > 0 and "待核实" in text for known, pending, text in rows if known == "pass")


def test_plan_names_what_is_overdue(onemap, tmp_path, capsys):
    out = tmp_path / "plan.gpkg"
    assert cli.main(["plan", "--onemap", str(onemap), "--rulebook", "jiyuan-2018", "--as-of", "2019-06-30",
                     "--out", str(out)]) == 0  # fmt: skip
    with sqlite3.connect(out) as connection:
        rows = dict(connection.execute("SELECT clause_id || ' ' || layer, state FROM board"))
        listed = connection.execute("SELECT sum(listed) FROM board WHERE clause_id = 'J14'").fetchone()[0]
    assert rows["J42 outfall"] == "overdue" and listed > 0
    assert "J14" in capsys.readouterr().err


def test_plan_ledger_names_township_and_state(onemap, tmp_path):
    from openpyxl import load_workbook

    ledger = tmp_path / "plan.xlsx"
    assert cli.main(["plan", "--onemap", str(onemap), "--rulebook", "jiyuan-2018", "--as-of", "2019-06-30",
                     "--out", str(tmp_path / "plan.gpkg"), "--xlsx", str(ledger)]) == 0  # fmt: skip
    cells = {str(c.value) for sheet in load_workbook(ledger) for row in sheet.iter_rows() for c in row if c.value}
    assert {"五龙口镇", "已销号", "整改中"} <= cells


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "none.geojson", *BOOK, "--onemap", "MAP", "--out", "OUT"], "does not exist"),
        (["check", "SITES", "--onemap", "none.gpkg", *BOOK, "--out", "OUT"], "onemap create"),
        (["check", "SITES", "--onemap", "SITES", *BOOK, "--out", "OUT"], "no one-map GeoPackage"),
        (["check", "SITES", "--onemap", "MAP", "--rulebook", "atlantis", "--out", "OUT"], "there are: jiyuan-2018"),
        (["check", "SITES", "--onemap", "MAP", *BOOK, "--out", "x.shp"], "must end in .gpkg"),
        (["check", "SITES", "--onemap", "MAP", *BOOK, "--out", "no/such/x.gpkg"], "create it"),
        (["check", "SITES", "--onemap", "MAP", *BOOK, "--facility-type", "x", "--out", "OUT"], "unknown"),
        (["section", "--rivers", "MAP:nothing", "--sections", "MAP:outfall", "--out", "OUT"], "layer nothing"),
        (["onemap", "info", "SITES"], "GeoPackage"),
        (["onemap", "create", "OUT", "--data", "nowhere"], "does not exist"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_status_two_and_one_sentence(onemap, tmp_path, capsys, arguments, words):
    out = tmp_path / "out.gpkg"
    names = {"MAP": str(onemap), "SITES": str(DEMO / "candidates.geojson"), "OUT": str(out)}
    if "--facility-type" in arguments:
        # The sites name their own types: take these away so that the option is asked.
        data = json.loads((DEMO / "candidates.geojson").read_text(encoding="utf-8"))
        for feature in data["features"]:
            feature["properties"]["facility_type"] = None
        names["SITES"] = str(tmp_path / "sites.geojson")
        Path(names["SITES"]).write_text(json.dumps(data), encoding="utf-8")
    arguments = [a.replace("MAP:", f"{onemap}:") if a.startswith("MAP:") else names.get(a, a) for a in arguments]
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("envzones: ") and said.err.count("\n") == 1
    assert words in said.err and not out.exists()


def test_no_progress_bar_in_a_pipe(onemap, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "envzones.plugin.cli", "radius", "--plants", f"{onemap}:heat_source",
         "--out", str(tmp_path / "r.gpkg")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "\r" not in done.stderr and "%|" not in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "r.gpkg"]


def test_a_reader_may_stop_reading(onemap):
    command = [sys.executable, "-u", "-m", "envzones.plugin.cli", "onemap", "info", str(onemap)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait(timeout=60) == 0


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a pseudo-terminal needs a Unix")
def test_progress_bar_on_a_terminal(onemap, tmp_path):
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # a new one has no columns
    process = subprocess.Popen(
        [sys.executable, "-m", "envzones.plugin.cli", "section", "--rivers", f"{onemap}:river_reach",
         "--sections", f"{onemap}:monitoring_section", "--out", str(tmp_path / "s.gpkg")],
        stderr=slave, stdout=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if not key.startswith("TQDM_")},
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:  # Linux ends a closed pseudo-terminal with an error
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(timeout=120) == 0
    assert "%|" in shown.decode("utf-8", "replace") and "section(s) traced" in shown.decode("utf-8", "replace")
