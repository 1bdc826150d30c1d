"""Addresses of maps: read, written back the same, and never with a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from envzones.plugin.engine.errors import InputError
from envzones.plugin.store.location import Location, is_database, parse


@pytest.mark.parametrize(
    ("text", "dsn", "schema"),
    [
        ("postgresql://db.example/city", {"host": "db.example", "dbname": "city"}, "envzones"),
        (
            "postgres://alice@10.0.0.5:5433/city?schema=一张图&sslmode=require",
            {"user": "alice", "host": "10.0.0.5", "port": "5433", "dbname": "city", "sslmode": "require"},
            "一张图",
        ),
        ("postgresql://%E5%BC%A0@h/c", {"user": "张", "host": "h", "dbname": "c"}, "envzones"),
        ("postgresql://[::1]:5432/c?schema=a", {"host": "::1", "port": "5432", "dbname": "c"}, "a"),
        ("postgresql:///c?host=/Run/Socket", {"host": "/Run/Socket", "dbname": "c"}, "envzones"),
        ("postgresql://%2FRun%2FSocket/c", {"host": "/Run/Socket", "dbname": "c"}, "envzones"),
        ("service=office schema=jiyuan", {"service": "office"}, "jiyuan"),
        ("service=office user=alice", {"service": "office", "user": "alice"}, "envzones"),
        ("postgresql://h/c?authcfg=ab12cd3", {"host": "h", "dbname": "c", "authcfg": "ab12cd3"}, "envzones"),
        (Path("postgresql://h/c"), {"host": "h", "dbname": "c"}, "envzones"),
    ],
)
def test_an_address_is_read_and_written_back(text, dsn, schema):
    found = parse(text)
    assert (found.path, dict(found.dsn), found.schema) == (None, dsn, schema)
    assert parse(str(found)) == found
    assert hash(parse(str(found))) == hash(found)


def test_a_file_is_a_file():
    assert parse("maps/城.gpkg") == Location(path=Path("maps/城.gpkg"))
    assert parse(Path("a.gpkg")).name == "a.gpkg"
    assert not is_database("servicearea.gpkg")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://alice:S3cret@h/c",
        "postgresql://alice:@h/c",
        "postgresql://alice:S3c/ret@h/c",
        "postgresql://alice:12/S3cret@h/c",
        "postgresql://alice:S3c?ret@h/c",
        "postgresql://alice:12?S3cret@h/c",
        "postgresql://alice:S3c#ret@h/c",
        "postgresql://alice:S3c@ret@h/c",
        "postgresql://h/c?password=S3cret",
        "postgresql://h/c?sslpassword=S3cret",
        "postgresql://h/c?S3cret@x=1",
        "service=x password=S3cret",
        "service=x S3cret",
        "service=x schema='S3cret",
        "postgressql://alice:S3cret@h/c",
        "host=h dbname=c password=S3cret",
        "http://alice:S3cret@h/c",
    ],
)
def test_a_password_is_refused_and_never_repeated(text):
    with pytest.raises(InputError) as told:
        parse(text)
    said = str(told.value)
    for part in ("S3c", "ret@", "cret@"):
        assert part not in said
    assert "\n" not in said


def test_no_location_can_be_made_with_a_password():
    with pytest.raises(InputError, match="password must not stand"):
        Location(dsn={"host": "h", "password": "S3cret"})
    with pytest.raises(ValueError, match="either"):
        Location()


@pytest.mark.parametrize(
    "schema", ["public", "pg_x", "a b", "a$b", 'a"b', "", "1a", "a;drop", "信" * 17, "information_schema"]
)
def test_names_that_cannot_be_a_maps_schema_are_refused(schema):
    with pytest.raises(InputError, match="cannot be the schema"):
        parse(f"postgresql://h/c?schema={schema}")


def test_an_unknown_setting_is_named():
    with pytest.raises(InputError, match="unknown setting 'options'"):
        parse("postgresql://h/c?options=x")
