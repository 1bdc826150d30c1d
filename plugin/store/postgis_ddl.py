"""The SQL of a one map in a PostgreSQL schema: tables, version check, audit trail.

Names go through :func:`.gpkg.quoted`; texts are passed as arguments wherever PostgreSQL takes them there, and
through :func:`.gpkg_ddl.text_literal` where it does not (comments, checks, function bodies).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..engine import pg
from ..engine.catalog import STORE_COLUMNS, FieldSpec, LayerSpec
from ..engine.gpkg import SRS_ID, quoted
from .gpkg_ddl import GEOMETRY, indexed, text_literal
from .store import AUDIT_TABLE, CHANGED, EDITED, EDITOR, VERSION

TYPES = {"text": "text", "integer": "bigint", "real": "double precision", "boolean": "boolean", "date": "date"}
STORE_TYPES = {VERSION: "bigint", EDITOR: "text", EDITED: "text"}
META, STYLES = pg.META, "layer_styles"
#: What QGIS calls the geometries in ``layer_styles.type``.
STYLE_KINDS = {"Point": "Point", "MultiLineString": "Line", "MultiPolygon": "Polygon"}
_NOW = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def at(schema: str, table: str) -> str:
    """Return a table's name with its schema's, quoted."""
    return f"{quoted(schema)}.{quoted(table)}"


def base_tables(schema: str) -> Iterator[str]:
    """Yield what makes the schema and the tables beside the layers."""
    trail = at(schema, AUDIT_TABLE)
    yield f"CREATE SCHEMA {quoted(schema)}"
    yield f"CREATE TABLE {at(schema, META)} (key text PRIMARY KEY, value text)"
    yield (
        f"CREATE TABLE {trail} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        f" at text NOT NULL DEFAULT {_NOW}, who text, table_name text NOT NULL, row_uid text, row_fid bigint,"
        " action text NOT NULL, before jsonb, after jsonb)"
    )
    yield f"CREATE INDEX {quoted(f'{AUDIT_TABLE}_row')} ON {trail} (table_name, row_uid)"


def functions(schema: str, postgis: str) -> Iterator[str]:
    """Yield the trigger functions; `postgis` is the schema in which the extension lies.

    The audit's function runs with its owner's rights, so that who edits needs no right on the trail; its search
    path is fixed and every name outside pg_catalog written out, so that nobody can put a function of their own in
    its way.  Nobody else may use it in a trigger of their own, which would write what they please into the trail.
    """
    store = " ".join(f"- {text_literal(name)}" for name in (*STORE_COLUMNS, GEOMETRY))
    wkb = f"{quoted(postgis)}.ST_AsBinary({{0}}.{GEOMETRY}, 'NDR')"
    moved = f"{wkb.format('OLD')} IS DISTINCT FROM {wkb.format('NEW')}"
    head = "LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp"
    yield f"""CREATE OR REPLACE FUNCTION {at(schema, 'envzones_version')}() RETURNS trigger {head} AS $body$
DECLARE
    was record;
    becomes record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.{VERSION} := 1;
        NEW.uid := coalesce(NEW.uid, gen_random_uuid()::text);
    ELSE
        IF NEW.{VERSION} IS NOT NULL AND OLD.{VERSION} IS NOT NULL AND NEW.{VERSION} <> OLD.{VERSION} THEN
            RAISE EXCEPTION {text_literal(f'{CHANGED} (%)')}, TG_TABLE_NAME USING ERRCODE = '{pg.ROW_CHANGED}';
        END IF;
        NEW.{VERSION} := OLD.{VERSION};
        NEW.{EDITOR} := OLD.{EDITOR};
        NEW.{EDITED} := OLD.{EDITED};
        was := OLD;
        becomes := NEW;
        was.{GEOMETRY} := NULL;
        becomes.{GEOMETRY} := NULL;
        IF becomes OPERATOR(pg_catalog.*=) was AND NOT ({moved}) THEN
            RETURN NEW;
        END IF;
        NEW.{VERSION} := coalesce(OLD.{VERSION}, 0) + 1;
    END IF;
    NEW.{EDITOR} := session_user;
    NEW.{EDITED} := {_NOW};
    RETURN NEW;
END $body$"""
    # Numbers keep all their digits whatever the client has asked for.
    # Only names go into the body, all of them quoted.
    yield f"""CREATE OR REPLACE FUNCTION {at(schema, 'envzones_audit')}() RETURNS trigger {head}
SET extra_float_digits = 1 SECURITY DEFINER AS $body$
DECLARE
    bare record;
    was jsonb;
    becomes jsonb;
    shape boolean := true;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        bare := OLD;
        bare.{GEOMETRY} := NULL;
        was := to_jsonb(bare) {store};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        bare := NEW;
        bare.{GEOMETRY} := NULL;
        becomes := to_jsonb(bare) {store};
    END IF;
    IF TG_OP = 'UPDATE' THEN
        shape := {moved};
        IF NOT shape AND was = becomes THEN
            RETURN NULL;
        END IF;
    END IF;
    IF shape AND TG_OP <> 'INSERT' THEN
        was := was || jsonb_build_object('{GEOMETRY}', upper(encode({wkb.format('OLD')}, 'hex')));
    END IF;
    IF shape AND TG_OP <> 'DELETE' THEN
        becomes := becomes || jsonb_build_object('{GEOMETRY}', upper(encode({wkb.format('NEW')}, 'hex')));
    END IF;
    INSERT INTO {at(schema, AUDIT_TABLE)} (who, table_name, row_uid, row_fid, action, before, after) VALUES (
        session_user, TG_TABLE_NAME, coalesce(becomes, was) ->> 'uid',
        CASE WHEN TG_OP = 'DELETE' THEN OLD.fid ELSE NEW.fid END, lower(TG_OP), was, becomes);
    RETURN NULL;
END $body$"""  # nosec B608
    yield f"""CREATE OR REPLACE FUNCTION {at(schema, 'envzones_kept')}() RETURNS trigger {head} AS $body$
BEGIN
    IF TG_TABLE_NAME = {text_literal(AUDIT_TABLE)} THEN
        RAISE EXCEPTION 'envzones: the audit trail cannot be changed' USING ERRCODE = '{pg.AUDIT_KEPT}';
    END IF;
    RAISE EXCEPTION 'envzones: TRUNCATE leaves no trace in the audit trail; use DELETE'
        USING ERRCODE = '{pg.AUDIT_KEPT}';
END $body$"""
    for name in ("envzones_version", "envzones_audit", "envzones_kept"):
        yield f"REVOKE ALL ON FUNCTION {at(schema, name)}() FROM PUBLIC"


def _trigger(schema: str, table: str, name: str, when: str, each: str, function: str) -> Iterator[str]:
    # CREATE OR REPLACE TRIGGER came with PostgreSQL 14.
    yield f"DROP TRIGGER IF EXISTS {name} ON {at(schema, table)}"
    call = f"EXECUTE FUNCTION {at(schema, function)}()"
    yield f"CREATE TRIGGER {name} {when} ON {at(schema, table)} FOR EACH {each} {call}"


def audit_triggers(schema: str) -> Iterator[str]:
    """Yield what keeps the trail as it was written."""
    when = "BEFORE UPDATE OR DELETE OR TRUNCATE"
    yield from _trigger(schema, AUDIT_TABLE, "envzones_kept", when, "STATEMENT", "envzones_kept")


def triggers(schema: str, table: str) -> Iterator[str]:
    """Yield what puts a layer's table under version check and audit."""
    yield from _trigger(schema, table, "envzones_version", "BEFORE INSERT OR UPDATE", "ROW", "envzones_version")
    yield from _trigger(schema, table, "envzones_audit", "AFTER INSERT OR UPDATE OR DELETE", "ROW", "envzones_audit")
    yield from _trigger(schema, table, "envzones_kept", "BEFORE TRUNCATE", "STATEMENT", "envzones_kept")


def layer_table(schema: str, spec: LayerSpec, postgis: str) -> Iterator[str]:
    """Yield what makes a layer's table, without indexes and triggers."""
    own = "".join(f", {quoted(item.name)} {TYPES[item.type]}" for item in spec.fields)
    kept = "".join(f", {quoted(name)} {kind}" for name, kind in STORE_TYPES.items())
    yield (
        f"CREATE TABLE {at(schema, spec.name)} (fid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        f" {GEOMETRY} {quoted(postgis)}.geometry({spec.geometry}, {SRS_ID}){own}{kept})"
    )
    yield from comments(schema, spec)


def comments(schema: str, spec: LayerSpec) -> Iterator[str]:
    """Yield the titles of a layer and its fields as comments, with what the codes of a list mean."""
    words = f"{spec.zh} ({spec.department})" if spec.department else spec.zh
    yield f"COMMENT ON TABLE {at(schema, spec.name)} IS {text_literal(words)}"
    for item in spec.fields:
        words = item.title("zh")
        if item.domain:
            words += ": " + ", ".join(f"{code}={titles['zh']}" for code, titles in item.domain.items())
        yield f"COMMENT ON COLUMN {at(schema, spec.name)}.{quoted(item.name)} IS {text_literal(words)}"


def checks(spec: LayerSpec) -> dict[str, str]:
    """Return a layer's checks by name: no program writes a code or number that the catalog does not allow."""
    found = {}
    for item in spec.fields:
        test = _test(item)
        if test:
            found[f"{item.name}_{'domain' if item.domain else 'range'}"] = f"CHECK ({test})"
    return found


def add_check(schema: str, table: str, name: str, test: str, *, valid: bool = True) -> Iterator[str]:
    """Yield what adds a check, with a comment that says what it was made from; rows that are there may break it."""
    yield f"ALTER TABLE {at(schema, table)} ADD CONSTRAINT {quoted(name)} {test}{'' if valid else ' NOT VALID'}"
    yield f"COMMENT ON CONSTRAINT {quoted(name)} ON {at(schema, table)} IS {text_literal(test)}"


def _test(item: FieldSpec) -> str:
    name = quoted(item.name)
    if item.domain:
        kind = TYPES[item.type]
        codes = ", ".join(f"{text_literal(str(code))}::{kind}" for code in item.domain)
        return f"{name} IN ({codes})"
    tests = [
        f"{name} {sign} {limit!r}" for sign, limit in ((">=", item.minimum), ("<=", item.maximum)) if limit is not None
    ]
    return " AND ".join(tests)


def indexes(schema: str, spec: LayerSpec) -> Iterator[str]:
    """Yield the spatial index and those of the columns that are looked up."""
    t = at(schema, spec.name)
    yield f"CREATE INDEX IF NOT EXISTS {quoted(f'{spec.name}_{GEOMETRY}')} ON {t} USING gist ({GEOMETRY})"
    for name in indexed(spec):
        # Not unique: plain QGIS copies a feature with its uid, and the checks tell which are doubled.
        yield f"CREATE INDEX IF NOT EXISTS {quoted(f'{spec.name}_{name}')} ON {t} ({quoted(name)})"


# The table that QGIS makes when a user saves a style in PostgreSQL; QGIS looks for it on the search path alone, so
# that it lies in public and is shared by all maps of a database.
STYLE_TABLE = (
    f"CREATE TABLE public.{STYLES} (id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar,"
    " f_table_name varchar, f_geometry_column varchar, stylename text, styleqml xml, stylesld xml,"
    " useasdefault boolean, description text, owner varchar(63) DEFAULT CURRENT_USER, ui xml,"
    " update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)"
)
