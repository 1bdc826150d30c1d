"""The SQL of a one-map GeoPackage: tables as GDAL makes them, version check, audit trail.

Everything is built into SQLite, so that the triggers work whatever program edits the file; the functions of
the spatial index (ST_IsEmpty, ST_MinX …) are those that the GeoPackage standard asks of every program.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

from ..engine.catalog import COVERAGE, STORE_COLUMNS, LayerSpec
from ..engine.gpkg import SRS_ID, quoted
from .store import AUDIT_TABLE, CHANGED, EDITED, EDITOR, VERSION

GEOMETRY = "geom"
TYPES = {"text": "TEXT", "integer": "INTEGER", "real": "REAL", "boolean": "BOOLEAN", "date": "DATE"}
#: The store's own columns; SQLite's types for them.
STORE_TYPES = {VERSION: "INTEGER", EDITOR: "TEXT", EDITED: "TEXT"}
#: What marks `edited_at` of a row that is about to be deleted by whom `edited_by` names: a deletion carries no value.
LEAVING = "!"
_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_NIBBLES = "0123456789ABCDEF"

SKELETON = (
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
    " organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
    " description TEXT)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,"
    " identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL"
    f" DEFAULT ({_NOW}), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
    " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
    "CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY, feature_count INTEGER DEFAULT NULL)",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
    " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
    " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
    " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
    " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))",
    "CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,"
    " definition TEXT NOT NULL, scope TEXT NOT NULL,"
    " CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))",
)
REFERENCE_SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
    (
        "WGS 84 geodetic", 4326, "EPSG", 4326,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
        'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
        'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid",
    ),
    (
        "China Geodetic Coordinate System 2000", SRS_ID, "EPSG", SRS_ID,
        'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,'
        'AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
        'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
        'AUTHORITY["EPSG","4490"]]',
        "longitude/latitude coordinates in decimal degrees on the CGCS2000 ellipsoid",
    ),
)  # fmt: skip

META_TABLE = "CREATE TABLE envzones_meta (key TEXT NOT NULL PRIMARY KEY, value TEXT)"
# Both tables stand in the GeoPackage standard's schema extension (annex F.9) as they are here.
SCHEMA_TABLES = (
    "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,"
    " description TEXT, mime_type TEXT, constraint_name TEXT,"
    " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT gdc_tn UNIQUE (table_name, name))",
    "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
    " value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,"
    " CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))",
)
_SCHEMA_URL = "http://www.geopackage.org/spec121/#extension_schema"
SCHEMA_EXTENSION = (
    ("gpkg_data_columns", None, "gpkg_schema", _SCHEMA_URL, "read-write"),
    ("gpkg_data_column_constraints", None, "gpkg_schema", _SCHEMA_URL, "read-write"),
)
RTREE_EXTENSION = ("gpkg_rtree_index", "http://www.geopackage.org/spec120/#extension_rtree", "write-only")
# The table that QGIS makes when a user saves a style in a GeoPackage.
STYLE_TABLE = (
    'CREATE TABLE layer_styles ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "f_table_catalog" TEXT(256),'
    ' "f_table_schema" TEXT(256), "f_table_name" TEXT(256), "f_geometry_column" TEXT(256), "styleName" TEXT(30),'
    ' "styleQML" TEXT, "styleSLD" TEXT, "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30),'
    " \"ui\" TEXT(30), \"update_time\" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
)
AUDIT = (
    f"CREATE TABLE {AUDIT_TABLE} (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, at TEXT NOT NULL DEFAULT ({_NOW}),"
    " who TEXT, table_name TEXT NOT NULL, row_uid TEXT, row_fid INTEGER,"
    " action TEXT NOT NULL, before TEXT, after TEXT)",
    f"CREATE INDEX {AUDIT_TABLE}_row ON {AUDIT_TABLE} (table_name, row_uid)",
    *(
        f"CREATE TRIGGER {AUDIT_TABLE}_no_{verb} BEFORE {verb.upper()} ON {AUDIT_TABLE}"
        " BEGIN SELECT RAISE(ABORT, 'envzones: the audit trail cannot be changed'); END"
        for verb in ("update", "delete")
    ),
)


def text_literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def feature_table(spec: LayerSpec) -> str:
    """Return the statement that makes a layer's table."""
    own = "".join(f", {quoted(item.name)} {TYPES[item.type]}" for item in spec.fields)
    kept = "".join(f", {quoted(name)} {kind}" for name, kind in STORE_TYPES.items())
    return (
        f"CREATE TABLE {quoted(spec.name)} (\"fid\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
        f' "{GEOMETRY}" {spec.geometry.upper()}{own}{kept})'
    )


def spatial_index(table: str) -> str:
    """Return the statement that makes a table's R-tree."""
    return f"CREATE VIRTUAL TABLE {quoted(f'rtree_{table}_{GEOMETRY}')} USING rtree(id, minx, maxx, miny, maxy)"


def index_triggers(table: str) -> Iterator[str]:
    """Yield the triggers that keep R-tree and feature count, as the standard (F.3) and GDAL have them."""
    t, tree, g = quoted(table), quoted(f"rtree_{table}_{GEOMETRY}"), f'"{GEOMETRY}"'
    put = (
        f'INSERT OR REPLACE INTO {tree} VALUES (NEW."fid", ST_MinX(NEW.{g}), ST_MaxX(NEW.{g}),'
        f" ST_MinY(NEW.{g}), ST_MaxY(NEW.{g}));"
    )
    there, gone = f"(NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))", f"(NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))"
    same, moved = 'OLD."fid" = NEW."fid"', 'OLD."fid" != NEW."fid"'
    drop = f'DELETE FROM {tree} WHERE id = OLD."fid";'  # nosec B608: quoted
    both = f'DELETE FROM {tree} WHERE id IN (OLD."fid", NEW."fid");'  # nosec B608: quoted

    def trigger(end: str, when: str, body: str) -> str:
        return f"CREATE TRIGGER {quoted(f'rtree_{table}_{GEOMETRY}_{end}')} AFTER {when} BEGIN {body} END"

    yield trigger("insert", f"INSERT ON {t} WHEN {there}", put)
    yield trigger("update1", f"UPDATE OF {g} ON {t} WHEN {same} AND {there}", put)
    yield trigger("update2", f"UPDATE OF {g} ON {t} WHEN {same} AND {gone}", drop)
    yield trigger("update3", f"UPDATE ON {t} WHEN {moved} AND {there}", f"{drop} {put}")
    yield trigger("update4", f"UPDATE ON {t} WHEN {moved} AND {gone}", both)
    yield trigger("delete", f"DELETE ON {t} WHEN OLD.{g} NOTNULL", drop)
    name = text_literal(table)
    for verb, sign in (("insert", "+"), ("delete", "-")):
        title = quoted(f"trigger_{verb}_feature_count_{table}")
        yield (
            f"CREATE TRIGGER {title} AFTER {verb.upper()} ON {t} BEGIN"  # nosec B608: quoted
            f" UPDATE gpkg_ogr_contents SET feature_count = feature_count {sign} 1"
            f" WHERE lower(table_name) = lower({name}); END"
        )


def edit_triggers(table: str, columns: Mapping[str, str]) -> Iterator[str]:
    """Yield the triggers that keep versions and write the audit trail of a table with these columns (name: SQL type).

    A change of a row is refused where it names another `row_version` than the row has.  The number is raised by
    an UPDATE of the trigger's own, so one above the row's is let through: what was read is never ahead.
    Who edits is known where a program writes `edited_by` together with a new `edited_at`.
    """
    t, name = quoted(table), text_literal(table)
    content = {name: kind for name, kind in columns.items() if name not in STORE_COLUMNS and name != GEOMETRY}
    differs = " OR ".join(f"OLD.{quoted(c)} IS NOT NEW.{quoted(c)}" for c in (GEOMETRY, *content))
    said = f"NEW.{EDITED} IS NOT NULL AND NEW.{EDITED} IS NOT OLD.{EDITED}"
    columns_of = "at, who, table_name, row_uid, row_fid, action, before, after"
    audit = f"INSERT INTO {AUDIT_TABLE} ({columns_of}) VALUES ({_NOW}"  # nosec B608: constants
    uid = "{0}.\"uid\"" if "uid" in content else "NULL"

    def trigger(end: str, when: str, body: str) -> str:
        return f"CREATE TRIGGER {quoted(f'envzones_{table}_{end}')} {when} BEGIN {body} END"

    yield trigger(
        "version",
        f"BEFORE UPDATE ON {t} WHEN OLD.{VERSION} NOTNULL AND NEW.{VERSION} NOTNULL"
        f" AND NEW.{VERSION} IS NOT OLD.{VERSION} AND NEW.{VERSION} IS NOT OLD.{VERSION} + 1",
        f"SELECT RAISE(ABORT, {text_literal(f'{CHANGED} ({table})')});",
    )
    # A copied row brings its model's editor along; only one that was named just now is believed.
    fresh = f"abs(julianday(NEW.{EDITED}) - julianday('now')) < 10.0 / 1440"
    yield trigger(
        "insert",
        f"AFTER INSERT ON {t}",
        f"{audit}, CASE WHEN {fresh} THEN NEW.{EDITOR} END, {name}, {uid.format('NEW')},"  # nosec B608: quoted
        f" NEW.\"fid\", 'insert', NULL,"
        f" {_json('NEW', content, geometry=True)});"
        f" UPDATE {t} SET {VERSION} = coalesce(NEW.{VERSION}, 1),"
        f" {EDITOR} = CASE WHEN {fresh} THEN NEW.{EDITOR} END,"
        f" {EDITED} = CASE WHEN {fresh} THEN NEW.{EDITED} ELSE {_NOW} END WHERE \"fid\" = NEW.\"fid\";",
    )
    moved = f"(OLD.{GEOMETRY} IS NOT NEW.{GEOMETRY} AND {_wkb('OLD')} IS NOT {_wkb('NEW')})"
    yield trigger(
        "update",
        f"AFTER UPDATE ON {t} WHEN {differs}",
        f"{audit}, CASE WHEN {said} THEN NEW.{EDITOR} END, {name}, {uid.format('NEW')},"  # nosec B608: quoted
        f" NEW.\"fid\", 'update',"
        f" {_json('OLD', content, geometry=moved)}, {_json('NEW', content, geometry=moved)});"
        f" UPDATE {t} SET {VERSION} = coalesce(OLD.{VERSION}, 0) + 1,"
        f" {EDITOR} = CASE WHEN {said} THEN NEW.{EDITOR} END,"
        f" {EDITED} = CASE WHEN {said} THEN NEW.{EDITED} ELSE {_NOW} END"
        f' WHERE "fid" = NEW."fid" AND (NEW.{VERSION} IS OLD.{VERSION} OR NEW.{VERSION} ISNULL);',
    )
    yield trigger(
        "delete",
        f"AFTER DELETE ON {t}",
        f"{audit}, CASE WHEN OLD.{EDITED} LIKE '%{LEAVING}' THEN OLD.{EDITOR} END, {name}, {uid.format('OLD')},"
        f" OLD.\"fid\", 'delete', {_json('OLD', content, geometry=True)}, NULL);",
    )


def _wkb(row: str) -> str:
    """Return the expression for a geometry's WKB in hexadecimal: what follows header and envelope of the blob."""
    blob = f'{row}."{GEOMETRY}"'
    code = f"(instr('{_NIBBLES}', substr(hex(substr({blob}, 4, 1)), 2, 1)) - 1) / 2"
    skip = f"CASE {code} WHEN 1 THEN 32 WHEN 2 THEN 48 WHEN 3 THEN 48 WHEN 4 THEN 64 ELSE 0 END"
    return f"hex(substr({blob}, 9 + {skip}))"


def _json(row: str, columns: Mapping[str, str], *, geometry: bool | str) -> str:
    """Return the expression for a row as a JSON object; `geometry` may be the condition under which it has one.

    Put together with || because json_object() takes some sixty columns at most; numbers with all their digits,
    of which json_quote() would keep fifteen.
    """
    cells = []
    for name, kind in columns.items():
        cell = f"{row}.{quoted(name)}"
        value = f"json_quote({cell})"
        if kind.upper() == "REAL":
            value = f"CASE typeof({cell}) WHEN 'real' THEN printf('%!.17g', {cell}) ELSE {value} END"
        cells.append(f"{text_literal(json.dumps(name, ensure_ascii=False) + ':')} || {value}")
    shape = f"CASE WHEN {row}.\"{GEOMETRY}\" ISNULL THEN 'null' ELSE '\"' || {_wkb(row)} || '\"' END"
    if geometry is True:
        end = f" || ',\"{GEOMETRY}\":' || {shape}"
    else:
        end = f" || CASE WHEN {geometry} THEN ',\"{GEOMETRY}\":' || {shape} ELSE '' END"
    return "'{' || " + " || ',' || ".join(cells) + end + " || '}'"


def filled_json(row: str, columns: Mapping[str, str], always: Collection[str], header: int) -> str:
    """Return the expression for a row as the audit trail keeps it, without the fields that are empty.

    `always` are the columns that no row has empty; `header` is how many bytes go before the WKB in every blob.
    """
    cells = []
    for name, kind in columns.items():
        if name in STORE_COLUMNS or name == GEOMETRY:
            continue
        cell = f"{row}.{quoted(name)}"
        value = f"json_quote({cell})"
        if kind.upper() == "REAL":
            value = f"CASE typeof({cell}) WHEN 'real' THEN printf('%!.17g', {cell}) ELSE {value} END"
        key = text_literal(f",{json.dumps(name, ensure_ascii=False)}:")
        filled = f"{key} || {value}"
        cells.append(filled if name in always else f"CASE WHEN {cell} ISNULL THEN '' ELSE {filled} END")
    cells.append(f"coalesce(',\"{GEOMETRY}\":\"' || hex(substr({row}.\"{GEOMETRY}\", {header + 1})) || '\"', '')")
    return f"'{{' || substr({' || '.join(cells)}, 2) || '}}'"


def indexed(spec: LayerSpec) -> tuple[str, ...]:
    """Return the columns of a layer that are looked up: its id, its dates of force, what it refers to by."""
    wanted = ("uid", "valid_from", "valid_to", "source_code", "problem_no", "feature_uid", "zone_uid", "adjusts_uid")
    names = spec.field_names
    return ("uid", "layer") if spec.name == COVERAGE.name else tuple(name for name in wanted if name in names)
