"""The command line over a map in PostgreSQL: made, described, checked, its roles printed and given."""

from __future__ import annotations

import pytest

from envzones.plugin.cli import main
from envzones.plugin.demo import DATA
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.store.store import Change, create, open_store

from .test_both_stores import CATALOG, ZONE, zones


@pytest.fixture
def small(pg_url) -> str:
    create(pg_url, CATALOG, frames={ZONE: zones("Z1", "Z2")})
    return pg_url


def test_a_map_is_made_described_and_checked(pg_url, tmp_path, capsys):
    assert main(["onemap", "create", pg_url, "--data", str(DATA)]) == 0
    assert main(["onemap", "info", pg_url]) == 0
    said = capsys.readouterr()
    assert "drinking_water_zone" in said.out
    assert main(["onemap", "create", pg_url]) == 2
    assert "there already" in capsys.readouterr().err
    file = str(tmp_path / "map.gpkg")
    assert main(["onemap", "create", file, "--data", str(DATA)]) == 0
    answers = []
    for where in (pg_url, file):
        out = tmp_path / f"{len(answers)}.gpkg"
        capsys.readouterr()
        assert main([
            "check", str(DATA / "candidates.geojson"), "--onemap", where, "--rulebook", "jiyuan-2018",
            "--as-of", "2019-06-30", "--out", str(out),
        ]) == 0  # fmt: skip
        answers.append(capsys.readouterr().err)
    assert answers[0] == answers[1] and len(answers[0].splitlines()) > 5


def test_roles_are_printed_and_given(postgis_server, database, small, capsys):
    assert main(["onemap", "roles", small]) == 0
    script = capsys.readouterr().out
    assert "envzones_editor" in script and "PASSWORD" not in script.upper()
    postgis_server.sql(database, script)
    assert main(["onemap", "roles", small, "--grant", "bob=editor", "--grant", "reader=reader"]) == 0
    assert "bob is editor" in capsys.readouterr().err
    open_store(postgis_server.url(database, "bob"), CATALOG).apply([Change(ZONE, delete=[("Z1", 1)])], who=None)
    with pytest.raises(InputError, match="right"):
        open_store(postgis_server.url(database, "reader"), CATALOG).apply([Change(ZONE, delete=[("Z2", 1)])], who=None)
    assert main(["onemap", "roles", small, "--grant", "alice=editor", "--print"]) == 0
    assert 'GRANT "envzones_editor" TO "alice";' in capsys.readouterr().out
    with pytest.raises(InputError):
        open_store(postgis_server.url(database, "alice"), CATALOG)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["onemap", "roles", "map.gpkg"], "is a file"),
        (["onemap", "roles", "URL", "--grant", "bob=chef"], "no role of a map"),
        (["onemap", "roles", "URL", "--grant", "nobody=editor"], "no user 'nobody'"),
        (["onemap", "info", "postgresql://alice:S3cret@127.0.0.1/x"], "password must not stand"),
        (["onemap", "info", "postgresql://alice@127.0.0.1:1/x"], "cannot be opened"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(small, arguments, words, capsys):
    assert main([small if one == "URL" else one for one in arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "S3cret" not in said


def test_the_shipped_catalog_fits_postgresql(pg_url):
    """Every layer that ships becomes tables, comments, checks and forms that the server takes."""
    made = create(pg_url, load_catalog())
    assert set(made.counts.values()) == {0}
    assert open_store(pg_url).migrate(load_catalog()).done == ()
