"""A map in PostgreSQL: what only a server has.  Roles and rights, plain clients, crashes, styles, migration."""

from __future__ import annotations

import sys
import threading

import geopandas as gpd
import pandas as pd
import psycopg2
import pytest
import shapely

from envzones.plugin.engine.catalog import COVERAGE, Catalog, load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.store import postgis, postgis_roles
from envzones.plugin.store.forms import style_document
from envzones.plugin.store.location import parse
from envzones.plugin.store.store import Change, create, open_store

from .test_both_stores import BOILER, CATALOG, FULL, ZONE, boilers, coverage, made, rows, saver, trail, zones


def one(server, database: str, question: str, user: str = "chief"):
    """The one cell that a statement of a plain client gives."""
    connection = server.connect(database, user)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else cursor.rowcount
    finally:
        connection.close()


def sentence(error: BaseException) -> str:
    """An error as users see it: one line, no traceback of the driver."""
    said = str(error)
    assert "\n" not in said and "psycopg2." not in said and "Traceback" not in said
    return said


# --------------------------------------------------------------------------------------------------------
# Making
# --------------------------------------------------------------------------------------------------------


def test_tables_have_the_catalogs_types_titles_and_indexes(postgis_server, database, pg_url):
    made(pg_url)
    kinds = {"text": "text", "integer": "bigint", "real": "double precision", "boolean": "boolean", "date": "date"}
    with postgis_server.connect(database).cursor() as cursor:
        for spec in (*CATALOG.values(), COVERAGE):
            table = f"envzones.{spec.name}"
            cursor.execute(
                "SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
                (table,),
            )
            found = cursor.fetchall()
            store = [("row_version", "bigint"), ("edited_by", "text"), ("edited_at", "text")]
            assert [row[:2] for row in found] == [
                ("fid", "bigint"),
                ("geom", f"geometry({spec.geometry},4490)"),
                *((item.name, kinds[item.type]) for item in spec.fields),
                *store,
            ]
            titles = {row[0]: row[2] for row in found}
            assert all(titles[item.name].startswith(item.title("zh")) for item in spec.fields)
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'envzones' AND tablename = %s", (spec.name,)
            )
            indexes = " ".join(row[0] for row in cursor.fetchall())
            assert "USING gist (geom)" in indexes and "btree (uid)" in indexes
            if spec.name == ZONE:
                assert "primary=一级" in titles["level"]


def test_longitude_comes_first(postgis_server, database, pg_url):
    made(pg_url)
    west = "SELECT round(ST_XMin(ST_Extent(geom))) FROM envzones.drinking_water_zone"
    assert one(postgis_server, database, west) == 112


def test_several_maps_in_one_database(postgis_server, database):
    urls = [postgis_server.url(database, schema=name) for name in ("envzones", "Ab", "一张图")]
    for number, url in enumerate(urls):
        create(url, CATALOG, frames={BOILER: boilers("B0", "B1").head(number)}, meta={"title": url})
    for number, url in enumerate(urls):
        assert open_store(url, CATALOG).info().layers[list(CATALOG).index(BOILER)].count == number
        assert OneMap.open(url, CATALOG).meta["title"] == url
    open_store(urls[1], CATALOG).apply([Change(BOILER, delete=[("B0", 1)])], who=None)
    assert [len(open_store(url, CATALOG).audit()) for url in urls] == [0, 1, 0]
    with pytest.raises(InputError, match="there already"):
        create(urls[1], CATALOG)
    create(urls[1], CATALOG, overwrite=True)
    assert len(open_store(urls[1], CATALOG).audit()) == 0
    assert one(postgis_server, database, "SELECT count(*) FROM layer_styles") == 3 * (len(CATALOG) + 1)


def test_a_schema_that_is_no_map_is_left_alone(postgis_server, database, pg_url):
    postgis_server.sql(database, "CREATE SCHEMA envzones AUTHORIZATION chief", "CREATE TABLE envzones.mine (a int)")
    for overwrite in (False, True):
        with pytest.raises(InputError):
            create(pg_url, CATALOG, overwrite=overwrite)
    assert one(postgis_server, database, "SELECT to_regclass('envzones.mine')::text") == "envzones.mine"
    with pytest.raises(InputError, match="no one map"):
        open_store(pg_url, CATALOG)


def test_nothing_half_made(postgis_server, database, pg_url, monkeypatch):
    class Stop:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = fraction > 0.6

    with pytest.raises(Cancelled):
        create(pg_url, CATALOG, frames={ZONE: zones("Z1")}, progress=Stop())
    monkeypatch.setattr(
        "envzones.plugin.store.postgis_make.set_up", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut"))
    )
    with pytest.raises(RuntimeError):
        create(pg_url, CATALOG)
    assert one(postgis_server, database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'envzones'") == 0
    assert one(postgis_server, database, "SELECT to_regclass('public.layer_styles')") is None
    assert one(postgis_server, database, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'envzones%'") == 0


def test_a_database_without_postgis_is_told(postgis_server):
    postgis_server.sql("postgres", "CREATE DATABASE bare OWNER chief")
    try:
        with pytest.raises(InputError, match="CREATE EXTENSION postgis") as told:
            create(postgis_server.url("bare"), CATALOG)
        sentence(told.value)
    finally:
        postgis_server.drop("bare")


def test_postgis_may_lie_in_a_schema_of_its_own(postgis_server):
    postgis_server.sql("postgres", "CREATE DATABASE elsewhere OWNER chief")
    try:
        postgis_server.sql(
            "elsewhere", "CREATE SCHEMA gis", "CREATE EXTENSION postgis SCHEMA gis",
            "GRANT USAGE ON SCHEMA gis TO PUBLIC",
        )
        store = made(postgis_server.url("elsewhere"))
        store.apply([Change(ZONE, delete=[("Z1", 1)])], who=None)
        assert len(store.audit()) == 1
        assert store.info().layers[0].bounds is not None
    finally:
        postgis_server.drop("elsewhere")


def test_the_reference_system_is_added_where_it_lacks(postgis_server, database, pg_url):
    postgis_server.sql(
        database, "DELETE FROM spatial_ref_sys WHERE srid = 4490", "GRANT SELECT ON spatial_ref_sys TO chief"
    )
    with pytest.raises(InputError, match="EPSG:4490.*INSERT INTO") as told:
        create(pg_url, CATALOG)
    statement = sentence(told.value).rpartition("administrator run: ")[2]
    postgis_server.sql(database, statement)
    made(pg_url)


# --------------------------------------------------------------------------------------------------------
# Plain clients
# --------------------------------------------------------------------------------------------------------


def test_a_plain_client_leaves_its_name_and_a_trail(postgis_server, database, pg_url):
    store = made(pg_url)
    with postgis_server.connect(database).cursor() as cursor:
        cursor.execute("SET extra_float_digits = -5; SET search_path = pg_temp; SET datestyle = 'German'")
        cursor.execute("UPDATE envzones.drinking_water_zone SET area_ha = 0.1::float8 + 0.2, edited_by = 'somebody',"
                       " edited_at = 'never' WHERE uid = 'Z1'")  # fmt: skip
        cursor.execute("INSERT INTO envzones.coal_boiler (name, row_version) VALUES ('无标识', 77)"
                       " RETURNING fid, uid, row_version")  # fmt: skip
        fid, uid, version = cursor.fetchone()
        same = "UPDATE envzones.coal_boiler SET name = name, geom = geom, edited_by = 'x' WHERE fid = %s"
        cursor.execute(same, (fid,))
        cursor.execute("DELETE FROM envzones.drinking_water_zone WHERE uid = 'Z3'")
    assert (version, len(uid)) == (1, 36)
    entries = store.audit().to_dict("records")
    assert [(e["who"], e["action"], e["uid"]) for e in entries] == [
        ("chief", "update", "Z1"), ("chief", "insert", uid), ("chief", "delete", "Z3")
    ]  # fmt: skip
    assert entries[0]["after"]["area_ha"] == 0.1 + 0.2
    assert entries[2]["before"]["valid_from"] == "2018-01-03"
    row = next(row for row in rows(store, ZONE) if row["uid"] == "Z1")
    assert row["row_version"] == 2 and store.read(ZONE).edited_by.iloc[0] == "chief"
    again = next(row for row in rows(store, BOILER) if row["uid"] == uid)
    assert again["row_version"] == 1


def test_a_plain_client_with_an_old_version_is_refused(postgis_server, database, pg_url):
    made(pg_url)
    with postgis_server.connect(database).cursor() as cursor:
        update = "UPDATE envzones.drinking_water_zone SET name = 'x', row_version = %s WHERE uid = 'Z1'"
        cursor.execute(update, (1,))
        with pytest.raises(psycopg2.Error, match="envzones: row changed") as told:
            cursor.execute(update, (1,))
        assert told.value.pgcode == "EZ001"


def test_codes_and_numbers_that_the_catalog_does_not_allow_are_refused(postgis_server, database, pg_url):
    made(pg_url)
    with postgis_server.connect(database).cursor() as cursor:
        for change in ("level = '特级'", "accuracy_m = -1"):
            with pytest.raises(psycopg2.errors.CheckViolation):
                cursor.execute(f"UPDATE envzones.drinking_water_zone SET {change}")
        cursor.execute("UPDATE envzones.drinking_water_zone SET level = NULL WHERE uid = 'Z1'")


# --------------------------------------------------------------------------------------------------------
# Roles
# --------------------------------------------------------------------------------------------------------


@pytest.fixture
def team(postgis_server, database, pg_url):
    """A map with a reader, an editor (bob) and an admin (alice)."""
    made(pg_url)
    assert postgis_roles.grant(parse(pg_url), {"reader": "reader", "bob": "editor", "alice": "admin"}) == []
    return lambda user: postgis_server.url(database, user=user)


def test_a_stranger_sees_nothing_and_is_told_whom_to_ask(team):
    with pytest.raises(InputError, match="envzones_reader") as told:
        open_store(team("stranger"), CATALOG)
    sentence(told.value)


def test_a_reader_reads_and_cannot_write(team):
    store = open_store(team("reader"), CATALOG)
    assert len(store.read(ZONE)) == 3 and store.audit().empty and store.info().layers[0].count == 3
    for change in (
        Change(ZONE, delete=[("Z1", 1)]),
        Change(ZONE, update=pd.DataFrame({"uid": ["Z1"], "name": ["x"]})),
        Change(BOILER, insert=boilers("B8")),
    ):
        with pytest.raises(InputError, match="envzones_editor") as told:
            store.apply([change], who=None)
        sentence(told.value)
    with pytest.raises(InputError, match="belongs to the database user chief"):
        store.migrate(CATALOG)


def test_an_editor_edits_layers_and_coverage_and_cannot_touch_the_rest(postgis_server, database, team):
    store = open_store(team("bob"), CATALOG)
    store.apply(
        [
            Change(ZONE, update=pd.DataFrame({"uid": ["Z1"], "name": ["x"]}), delete=[("Z2", 1)]),
            Change(BOILER, insert=boilers("B8")),
            Change("layer_coverage", delete=[("C1", 1)]),
        ],
        who="somebody else",
    )
    assert set(store.audit().who) == {"bob"}
    connection = postgis_server.connect(database, "bob")
    trail_table = "envzones.envzones_audit"
    with connection.cursor() as cursor:
        for statement in (
            f"DELETE FROM {trail_table}",
            f"UPDATE {trail_table} SET who = 'alice'",
            f"INSERT INTO {trail_table} (table_name, action, who) VALUES ('x', 'delete', 'alice')",
            f"TRUNCATE {trail_table}",
            f"DROP TABLE {trail_table}",
            f"ALTER TABLE {trail_table} DISABLE TRIGGER ALL",
            "ALTER TABLE envzones.drinking_water_zone DISABLE TRIGGER ALL",
            "DROP TRIGGER envzones_audit ON envzones.drinking_water_zone",
            "TRUNCATE envzones.drinking_water_zone",
            "CREATE OR REPLACE FUNCTION envzones.envzones_audit() RETURNS trigger LANGUAGE sql AS ''",
            "UPDATE envzones.envzones_meta SET value = 'x'",
            "UPDATE public.layer_styles SET styleqml = NULL",
            "CREATE TABLE envzones.mine (a int)",
            "SET session_replication_role = replica",
            "SELECT envzones.envzones_audit()",
        ):
            with pytest.raises(psycopg2.Error):
                cursor.execute(statement)
        # A trigger of one's own could write anything into the trail.
        cursor.execute("CREATE TEMP TABLE drinking_water_zone (fid bigint, uid text, geom public.geometry)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TRIGGER t AFTER INSERT ON pg_temp.drinking_water_zone FOR EACH ROW"
                           " EXECUTE FUNCTION envzones.envzones_audit()")  # fmt: skip
        # Nor can a function of one's own come in its way.
        cursor.execute("CREATE FUNCTION pg_temp.upper(text) RETURNS text LANGUAGE sql AS $$SELECT 'FORGED'$$")
        cursor.execute("CREATE FUNCTION pg_temp.st_asbinary(public.geometry, text) RETURNS bytea LANGUAGE sql AS"
                       " $$SELECT 'FORGED'::bytea$$")  # fmt: skip
        cursor.execute("SET search_path = pg_temp, public")
        cursor.execute(
            "UPDATE envzones.coal_boiler SET geom = ST_SetSRID(ST_MakePoint(113, 35), 4490) WHERE uid = 'B8'"
        )
    last = store.audit(uid="B8").iloc[-1]
    assert shapely.from_wkb(last["after"]["geom"]).equals(shapely.Point(113, 35))


def test_an_admin_does_all_but_rewrite_the_trail(postgis_server, database, team):
    store = open_store(team("alice"), CATALOG)
    store.apply([Change(ZONE, delete=[("Z1", 1)])], who=None)
    connection = postgis_server.connect(database, "alice")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE envzones.envzones_meta SET value = '新标题' WHERE key = 'title'")
        cursor.execute("UPDATE public.layer_styles SET description = 'x'")
        for statement in ("DELETE FROM envzones.envzones_audit", "UPDATE envzones.envzones_audit SET who = ''"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
    # Who owns the tables has the right, and is refused by the trigger.
    owner = postgis_server.connect(database)
    with owner.cursor() as cursor:
        for statement in ("DELETE FROM envzones.envzones_audit", "UPDATE envzones.envzones_audit SET who = ''",
                          "TRUNCATE envzones.envzones_audit", "TRUNCATE envzones.coal_boiler"):  # fmt: skip
            with pytest.raises(psycopg2.Error) as told:
                cursor.execute(statement)
            assert told.value.pgcode == "EZ002"


def test_a_users_role_can_be_changed_and_unknown_ones_are_told(team, pg_url):
    location = parse(pg_url)
    postgis_roles.grant(location, {"bob": "reader"})
    with pytest.raises(InputError, match="envzones_editor"):
        open_store(team("bob"), CATALOG).apply([Change(ZONE, delete=[("Z1", 1)])], who=None)
    for granted, words in (({"bob": "chef"}, "no role of a map"), ({"nobody": "reader"}, "no user 'nobody'")):
        with pytest.raises(InputError, match=words):
            postgis_roles.grant(location, granted)


def test_without_the_right_to_make_roles_their_sql_is_told_and_works(postgis_server, database):
    rights = (f"DATABASE {database}", "SCHEMA public")
    postgis_server.sql(database, *(f"GRANT CREATE ON {right} TO bob" for right in rights))
    url = postgis_server.url(database, user="bob", schema="office")
    told = create(url, CATALOG, frames={ZONE: zones("Z1")})
    assert any("envzones onemap roles" in note for note in told.notes)
    assert postgis_server.sql(database, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'office%'") == "0"
    script = postgis_roles.statements(parse(url), {"reader": "reader", "alice": "editor"})
    postgis_server.sql(database, *script)
    postgis_server.sql(database, *script)
    alice, reader = (open_store(postgis_server.url(database, user, "office"), CATALOG) for user in ("alice", "reader"))
    alice.apply([Change(ZONE, delete=[("Z1", 1)])], who=None)
    assert len(reader.audit()) == 1


# --------------------------------------------------------------------------------------------------------
# Passwords and failing servers
# --------------------------------------------------------------------------------------------------------


def test_passwords_come_from_files_and_are_never_told(postgis_server, database, monkeypatch, tmp_path):
    create(postgis_server.url(database), CATALOG)
    word = postgis_server.passwords["locked"]
    locked = postgis_server.url(database, "locked")
    with pytest.raises(InputError, match="cannot be opened") as told:
        open_store(locked, CATALOG)
    sentence(told.value)
    wrong = tmp_path / "pgpass"
    wrong.write_text("*:*:*:locked:Wr0ng\n")
    wrong.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(wrong))
    with pytest.raises(InputError) as told:
        open_store(locked, CATALOG)
    assert "Wr0ng" not in sentence(told.value)
    services = tmp_path / "services"
    services.write_text(
        f"[city]\nhost=127.0.0.1\nport={postgis_server.port}\ndbname={database}\nuser=chief\n"
        f"password={postgis_server.passwords['chief']}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    store = open_store("service=city", CATALOG)
    assert store.info().layers and str(store.location) == "service=city schema=envzones"
    for shown in (repr(store), repr(store.location), str(store.info()), str(vars(store))):
        assert word not in shown and postgis_server.passwords["chief"] not in shown
    with pytest.raises(InputError, match="authcfg"):
        open_store(f"{locked}&authcfg=ab12cd3", CATALOG)


def test_a_server_that_is_not_there_is_told_in_a_sentence(postgis_server):
    for url in ("postgresql://alice@127.0.0.1:1/city", postgis_server.url("nowhere"), "service=nosuchservice"):
        with pytest.raises(InputError) as told:
            open_store(url, CATALOG)
        sentence(told.value)


def test_a_missing_driver_is_told_in_a_sentence(pg_url, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(InputError, match="pip install psycopg2-binary") as told:
        open_store(pg_url, CATALOG)
    sentence(told.value)


def test_a_server_that_fails_in_the_middle_of_a_save_keeps_all_earlier_commits(postgis_server, pg_url):
    store = made(pg_url)
    store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z2"], "name": ["先保存的"]}))], who=None)
    before = [rows(store, layer) for layer in store.tables()], trail(store)

    class Crash:
        cancelled = False
        done = False

        def __call__(self, fraction: float, message: str = "") -> None:
            if fraction > 0.3 and not self.done:
                self.done = True
                postgis_server.restart()

    with pytest.raises(InputError, match="nothing was written") as told:
        store.apply([Change(BOILER, insert=boilers(*(f"N{k}" for k in range(900))))], who=None, progress=Crash())
    sentence(told.value)
    assert ([rows(store, layer) for layer in store.tables()], trail(store)) == before
    with saver(pg_url) as child:
        postgis_server.restart()
        child.stdin.write("go on\n")
        child.stdin.flush()
        assert "InputError" in child.communicate()[1]
    assert ([rows(store, layer) for layer in store.tables()], trail(store)) == before


def test_a_save_waits_for_another_and_gives_up_when_cancelled_or_after_a_while(
    postgis_server, database, pg_url, monkeypatch
):
    store = made(pg_url)
    other = postgis_server.connect(database)
    change = [Change(ZONE, update=pd.DataFrame({"uid": ["Z1"], "row_version": [1], "name": ["x"]}))]

    class Stop:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = "Waiting" in message

    with other.cursor() as cursor:
        cursor.execute("BEGIN; UPDATE envzones.drinking_water_zone SET name = 'first' WHERE uid = 'Z1'")
        with pytest.raises(Cancelled):
            store.apply(change, who=None, progress=Stop())
        monkeypatch.setattr(postgis, "WAIT_S", 0.5)
        with pytest.raises(InputError, match="being saved by somebody else") as told:
            store.apply(change, who=None)
        sentence(told.value)
        monkeypatch.setattr(postgis, "WAIT_S", 20.0)
        threading.Timer(0.6, lambda: cursor.execute("COMMIT")).start()
        # What the other wrote meanwhile is a conflict.
        with pytest.raises(InputError, match="chief changed it"):
            store.apply(change, who=None)
    other.close()


# --------------------------------------------------------------------------------------------------------
# Styles and migration
# --------------------------------------------------------------------------------------------------------


def test_styles_lie_where_qgis_looks_for_them(postgis_server, database, pg_url):
    made(pg_url)
    with postgis_server.connect(database).cursor() as cursor:
        cursor.execute(
            "SELECT f_table_name, styleqml::text, useasdefault, type FROM layer_styles WHERE f_table_catalog = %s"
            " AND f_table_schema = 'envzones' AND f_geometry_column = 'geom' ORDER BY id",
            (database,),
        )
        found = cursor.fetchall()
    kinds = {"Point": "Point", "MultiLineString": "Line", "MultiPolygon": "Polygon"}
    assert found == [
        (spec.name, style_document(spec), True, kinds[spec.geometry]) for spec in (*CATALOG.values(), COVERAGE)
    ]


def test_without_the_right_to_public_the_map_is_made_and_the_user_told(postgis_server, database):
    postgis_server.sql(database, f"GRANT CREATE ON DATABASE {database} TO bob")
    told = create(postgis_server.url(database, "bob"), CATALOG)
    (note,) = (note for note in told.notes if "Styles" in note)
    statement = note.partition("owner run: ")[2].partition("; then run")[0]
    postgis_server.sql(database, *statement.split("; "))
    store = open_store(postgis_server.url(database, "bob"), CATALOG)
    assert any("stored" in words for words in store.migrate(CATALOG).done)
    assert one(postgis_server, database, "SELECT count(*) FROM layer_styles", "bob") == len(CATALOG) + 1


def test_an_older_table_of_styles_serves(postgis_server, database, pg_url):
    postgis_server.sql(
        database,
        "CREATE TABLE public.layer_styles (id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar,"
        " f_table_name varchar, f_geometry_column varchar, styleName varchar(30), styleQML xml, styleSLD xml,"
        " useAsDefault boolean, description text, owner varchar(30), ui xml,"
        " update_time timestamp DEFAULT CURRENT_TIMESTAMP)",
        "GRANT ALL ON public.layer_styles, public.layer_styles_id_seq TO chief",
    )
    told = create(pg_url, CATALOG)
    assert one(postgis_server, database, "SELECT count(*) FROM layer_styles") == len(CATALOG) + 1
    assert any("Rights on public.layer_styles" in note for note in told.notes)


def test_migration_brings_a_map_to_the_catalog(postgis_server, database, pg_url):
    """The map of a catalog with a layer and some fields less, an old style and another code list."""
    small = Catalog({name: FULL[name] for name in (ZONE, BOILER)}, FULL.themes)
    create(pg_url, small, frames={ZONE: zones("Z1"), BOILER: boilers("B1")}, coverage=coverage())
    postgis_server.sql(
        database,
        "ALTER TABLE envzones.coal_boiler DROP COLUMN fuel",
        "ALTER TABLE envzones.drinking_water_zone ALTER COLUMN name TYPE varchar(200)",
        "ALTER TABLE envzones.drinking_water_zone DROP CONSTRAINT level_domain",
        "ALTER TABLE envzones.drinking_water_zone ADD CONSTRAINT level_domain CHECK (level <> 'x')",
        "COMMENT ON CONSTRAINT level_domain ON envzones.drinking_water_zone IS 'CHECK (level <> ''x'')'",
        "ALTER TABLE envzones.drinking_water_zone ADD CONSTRAINT office CHECK (name <> '')",
        "UPDATE envzones.drinking_water_zone SET level = '特级'",
        "DROP TRIGGER envzones_version ON envzones.coal_boiler",
        "UPDATE layer_styles SET styleqml = '<qgis/>' WHERE f_table_name = 'coal_boiler'",
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename,"
        " useasdefault, styleqml)"
        " VALUES (current_database(), 'envzones', 'river_reach', 'geom', 'mine', true, '<qgis/>')",
    )
    store = open_store(pg_url, small)
    told = store.migrate(CATALOG)
    text = "\n".join(told.done)
    for words in (
        "Layer 'river_reach' was added", "Layer 'coal_boiler': fields added: fuel", "rows break level_domain",
        "Layer 'coal_boiler': the style in the database is the office's own",
    ):  # fmt: skip
        assert words in text
    store = open_store(pg_url, CATALOG)
    assert set(store.tables()) == {*CATALOG, "layer_coverage"}
    assert store.migrate(CATALOG).done == (next(w for w in told.done if "office's own" in w),)
    fuel = pd.DataFrame({"uid": ["B1"], "fuel": ["coal"]})
    store.apply([Change(BOILER, insert=boilers("B2"), update=fuel)], who=None)
    assert [row["row_version"] for row in rows(store, BOILER)] == [2, 1]
    with pytest.raises(InputError, match="field level.*domain"):
        store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z1"], "remark": ["x"]}))], who=None)
    assert one(postgis_server, database, "SELECT count(*) FROM pg_constraint WHERE conname = 'office'") == 1
    mine = "SELECT stylename FROM layer_styles WHERE f_table_name = 'river_reach' AND useasdefault"
    assert one(postgis_server, database, mine) == "mine"
    postgis_roles.grant(parse(pg_url), {"bob": "editor"})
    open_store(postgis_server.url(database, "bob"), CATALOG).apply([Change(BOILER, delete=[("B2", 1)])], who=None)


def test_a_column_of_another_type_and_a_newer_map_are_told(postgis_server, database, pg_url):
    made(pg_url)
    postgis_server.sql(database, "ALTER TABLE envzones.coal_boiler DROP capacity_tph, ADD capacity_tph text")
    with pytest.raises(InputError, match="capacity_tph is text in the database and double precision"):
        open_store(pg_url, CATALOG).migrate(CATALOG)
    postgis_server.sql(database, "UPDATE envzones.envzones_meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(InputError, match="newer EnvZones"):
        open_store(pg_url, CATALOG)


def test_the_demonstration_is_the_same_map_in_a_file_and_in_a_database(tmp_path, pg_url):
    from envzones.plugin.demo import DATA
    from envzones.plugin.store.folder import read_folder

    catalog = load_catalog()
    content = read_folder(DATA, catalog)
    for where in (tmp_path / "map.gpkg", pg_url):
        create(where, catalog, frames=content.frames, coverage=content.coverage, meta=content.meta)
    file, shared = OneMap.open(tmp_path / "map.gpkg"), OneMap.open(pg_url)
    assert file.layers() == shared.layers() and len(file.layers()) > 60
    for layer in file.layers():
        assert file.fingerprint(layer) == shared.fingerprint(layer)
    about = [{k: v for k, v in one.meta.items() if k != "created"} for one in (file, shared)]
    assert about[0] == about[1]
    assert isinstance(shared.layer("admin_area"), gpd.GeoDataFrame)
