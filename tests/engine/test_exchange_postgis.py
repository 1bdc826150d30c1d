"""Tables of a real PostGIS database as foreign sources: any schema, any system, curves, big tables piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import postgis, read
from envzones.plugin.engine.exchange.model import ReadOptions

TABLES = """
CREATE TABLE public.parcels (
  no integer, code integer, 名称 text, area numeric(12, 2), seen date, at timestamptz, tags jsonb, ok boolean, photo bytea,
  kinds text[], geom geometry(Polygon, 4547), PRIMARY KEY (code)
);
INSERT INTO public.parcels VALUES
 (1, 9, '蟒河北岸''砂场', 12.25, '2019-09-27', '2019-09-27 08:00+08', '{"a": 1}', true, '\\x00ff', '{甲,乙}',
  ST_GeomFromText('POLYGON((460000 3880000, 460000 3880100, 460100 3880100, 460000 3880000))', 4547)),
 (2, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE SCHEMA survey;
CREATE TABLE survey."Odd ""name" (id serial PRIMARY KEY, geometry text, g geometry, h geometry(PointZ, 0));
INSERT INTO survey."Odd ""name" (g, h) VALUES
 (ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(0 0, 1 1, 2 0, 1 -1, 0 0))', 4490), ST_GeomFromText('POINT Z (1 2 3)')),
 (ST_GeomFromText('TIN(((0 0 0, 0 1 0, 1 0 0, 0 0 0)))', 4490), NULL);
CREATE TABLE survey.mixed (g geometry);
INSERT INTO survey.mixed VALUES (ST_SetSRID(ST_MakePoint(1, 2), 4490)), (ST_SetSRID(ST_MakePoint(1, 2), 4547));
CREATE TABLE survey.globe (id int PRIMARY KEY, g geography(Point, 4326));
INSERT INTO survey.globe VALUES (1, 'POINT(112.6 35.07)');
CREATE TABLE survey.many (id int PRIMARY KEY, g geometry(Point, 4490));
INSERT INTO survey.many SELECT i, ST_SetSRID(ST_MakePoint(112 + i / 100000.0, 35), 4490) FROM generate_series(1, 25000) i;
CREATE TABLE survey.none (id int, g geometry(Point, 4490));
CREATE TABLE survey.secret (id int, g geometry(Point, 4490));
CREATE TABLE survey.parcels (id int, g geometry(Point, 4490));
"""


@pytest.fixture(scope="module")
def where(postgis_server):
    name = postgis_server.database()
    with postgis_server.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("GRANT USAGE ON SCHEMA survey TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA survey TO reader")
        cursor.execute("REVOKE ALL ON survey.secret FROM reader")
    connection.close()

    def address(schema: str = "", table: str = "", user: str = "chief") -> str:
        pairs = [f"{key}={value}" for key, value in (("schema", schema), ("table", table)) if value]
        server = postgis_server
        return f"postgresql://{user}@{server.host}:{server.port}/{name}" + (f"?{'&'.join(pairs)}" if pairs else "")

    yield address
    postgis_server.drop(name)


def test_tables_of_all_schemas_are_listed(where) -> None:
    names = [one.name for one in read.layers(where())]
    assert "public.parcels" in names and "survey.globe" in names
    assert [n for n in names if "Odd" in n] == ['survey.Odd "name.g', 'survey.Odd "name.h']
    assert {one.name for one in read.layers(where("public"))} == {"public.parcels"}
    assert "survey.secret" not in {one.name for one in read.layers(where(user="reader"))}
    assert [one.name for one in read.layers(where("survey", "globe"))] == ["survey.globe"]


def test_a_table_is_read_as_it_stands(where) -> None:
    foreign = read.read(where("public", "parcels"))
    frame = foreign.frame
    assert foreign.format == "postgis" and foreign.count == 2 and foreign.rows.tolist() == [1, 2]
    assert list(frame.columns) == ["no", "code", "名称", "area", "seen", "at", "tags", "ok", "kinds", "geometry"]
    assert frame["code"].tolist() == [3, 9], "the primary key orders"
    assert frame["名称"].tolist() == [None, "蟒河北岸'砂场"]
    assert frame["area"].tolist()[1] == 12.25 and frame["seen"].tolist()[1] == "2019-09-27"
    assert frame["tags"].tolist()[1] == '{"a": 1}' and frame["kinds"].tolist()[1] == "{甲,乙}" and frame["ok"].tolist()[1]
    assert frame.geometry.iloc[0] is None and frame.geometry.iloc[1].area == 5000
    assert foreign.declared is not None and foreign.declared.crs.to_epsg() == 4547 and frame.crs == foreign.declared.crs
    assert "columns_left_out" in [note.code for note in foreign.notes]
    assert foreign.encoding is not None and foreign.encoding.name == "utf-8"


def test_curves_heights_and_surfaces(where) -> None:
    curved = read.read(where(), ReadOptions(layer='survey.Odd "name.g'))
    assert len(curved.frame) == 1 and curved.frame.geometry.iloc[0].area == pytest.approx(np.pi, rel=2e-3)
    assert [one.row for one in curved.rejects] == [2] and curved.count == 2
    assert curved.declared is not None and curved.declared.crs.to_epsg() == 4490, "all rows agree"
    flat = read.read(where(), ReadOptions(layer='survey.Odd "name.h'))
    assert not flat.frame.geometry.iloc[0].has_z and flat.declared is None
    assert "heights_dropped" in [note.code for note in flat.notes]


def test_a_column_of_several_systems_is_told(where) -> None:
    foreign = read.read(where("survey", "mixed"))
    assert foreign.declared is not None and foreign.declared.crs is None and foreign.frame.crs is None
    assert "mixed_systems" in [note.code for note in foreign.notes]


def test_geography_is_wgs84(where) -> None:
    foreign = read.read(where("survey", "globe"))
    assert foreign.declared.crs.to_epsg() == 4326
    assert shapely.get_coordinates(foreign.frame.geometry.iloc[0]).tolist() == [[112.6, 35.07]]


def test_pieces_are_the_whole(where) -> None:
    whole = read.read(where("survey", "many"))
    pieces = list(read.read_chunks(where("survey", "many"), size=12_000))
    assert [one.count for one in pieces] == [12_000, 12_000, 1_000]
    assert np.concatenate([one.rows for one in pieces]).tolist() == whole.rows.tolist() == list(range(1, 25_001))
    assert sum((one.frame["id"].tolist() for one in pieces), []) == whole.frame["id"].tolist()
    assert [one.count for one in read.read_chunks(where("survey", "many"), ReadOptions(limit=30), size=20)] == [20, 10]
    assert [one.count for one in read.read_chunks(where("survey", "none"))] == [0]


def test_cancel(where) -> None:
    class Stop:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = fraction > 0.2

    with pytest.raises(Cancelled):
        read.read(where("survey", "many"), progress=Stop())


@pytest.mark.parametrize(
    ("schema", "table", "user", "says"),
    [
        ("survey", "", "chief", "say which one"),
        ("", "parcels", "chief", "say which one"),
        ("survey", "gone", "chief", "no table 'gone'"),
        ("survey", "secret", "reader", "no table 'secret'"),
        ("nowhere", "", "chief", "no table with geometries"),
        ("survey", "", "locked", "cannot be opened"),
    ],
)
def test_refusals(where, schema: str, table: str, user: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read.read(where(schema, table, user))


def test_an_address_with_a_password_is_refused_and_not_repeated(where) -> None:
    with pytest.raises(InputError) as caught:
        read.read("postgresql://u:geheim@127.0.0.1/db?schema=public&table=t")
    assert "geheim" not in str(caught.value)
    with pytest.raises(InputError):
        postgis.read("postgresql://u@127.0.0.1/db?nonsense=1&table=t")


def test_a_service_and_a_path_name_tables_too(where, postgis_server) -> None:
    host, _, name = where().removeprefix("postgresql://chief@").partition("/")
    (postgis_server.folder / "services").write_text(
        f"[city]\nhost={postgis_server.host}\nport={host.rpartition(':')[2]}\ndbname={name}\nuser=chief\n", encoding="utf-8"
    )
    assert len(read.read("service=city schema=survey table=globe").frame) == 1
    # A command line's path has lost one of its slashes.
    assert len(read.read(Path(where("survey", "globe"))).frame) == 1
