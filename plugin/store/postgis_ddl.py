"""The SQL of a one map in a PostgreSQL schema: tables, version check, audit trail, roles.

Names of schemas and tables come through :func:`.gpkg.quoted`; texts are passed as arguments wherever PostgreSQL
allows it, and quoted by :func:`.gpkg_ddl.text_literal` where it does not (comments, function bodies).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.catalog import COVERAGE, STORE_COLUMNS, LayerSpec
from ..engine.gpkg import SRS_ID, quoted
from .gpkg_ddl import GEOMETRY, indexed, text_literal
from .store import AUDIT_TABLE, CHANGED, EDITED, EDITOR, VERSION

TYPES = {"text": "text", "integer": "bigint", "real": "double precision", "boolean": "boolean", "date": "date"}
STORE_TYPES = {VERSION: "bigint", EDITOR: "text", EDITED: "text"}
#: The state that the triggers raise for a row that has changed meanwhile (of the class that users may define).
CHANGED_STATE = "EZ001"
META, STYLES = "envzones_meta", "layer_styles"
ROLES = ("reader", "editor", "admin")
_NOW = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def role(schema: str, kind: str) -> str:
    """Return the name of a map's group role: reader, editor or admin."""
    return f"{schema}_{kind}"


def frame_tables(schema: str) -> Iterator[str]:
    """Yield what makes the schema and the tables beside the layers."""
    s = quoted(schema)
    yield f"CREATE SCHEMA {s}"
    yield f"CREATE TABLE {s}.{META} (key text PRIMARY KEY, value text)"
    yield (
        f"CREATE TABLE {s}.{AUDIT_TABLE} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        f" at text NOT NULL DEFAULT {_NOW}, who text, table_name text NOT NULL, row_uid text, row_fid bigint,"
        " action text NOT NULL, before jsonb, after jsonb)"
    )
    yield f"CREATE INDEX ON {s}.{AUDIT_TABLE} (table_name, row_uid)"


def functions(schema: str, postgis: str) -> Iterator[str]:
    """Yield the trigger functions; `postgis` is the schema in which the extension lies.

    The audit's function runs with its owner's rights and a search path of its own, so that who edits needs no
    right on the trail and cannot put another function in its way.
    """
    s = quoted(schema)
    store = " ".join(f"- {text_literal(name)}" for name in (*STORE_COLUMNS, GEOMETRY))
    yield f"""CREATE OR REPLACE FUNCTION {s}.envzones_version() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, {quoted(postgis)} AS $body$
DECLARE
    plain_old record;
    plain_new record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.{VERSION} := coalesce(NEW.{VERSION}, 1);
        NEW.{EDITOR} := session_user;
        NEW.{EDITED} := {_NOW};
        RETURN NEW;
    END IF;
    IF NEW.{VERSION} IS NOT NULL AND OLD.{VERSION} IS NOT NULL AND NEW.{VERSION} <> OLD.{VERSION} THEN
        RAISE EXCEPTION {text_literal(f'{CHANGED} (%)')}, TG_TABLE_NAME USING ERRCODE = '{CHANGED_STATE}';
    END IF;
    plain_old := OLD;
    plain_new := NEW;
    plain_old.{GEOMETRY} := NULL;
    plain_new.{GEOMETRY} := NULL;
    IF NEW.{GEOMETRY}::bytea IS DISTINCT FROM OLD.{GEOMETRY}::bytea
        OR (to_jsonb(plain_new) {store}) IS DISTINCT FROM (to_jsonb(plain_old) {store}) THEN
        NEW.{VERSION} := coalesce(OLD.{VERSION}, 0) + 1;
        NEW.{EDITOR} := session_user;
        NEW.{EDITED} := {_NOW};
    ELSE
        NEW.{VERSION} := OLD.{VERSION};
        NEW.{EDITOR} := OLD.{EDITOR};
        NEW.{EDITED} := OLD.{EDITED};
    END IF;
    RETURN NEW;
END $body$"""
    wkb = "to_jsonb(upper(encode(ST_AsBinary({0}, 'NDR'), 'hex')))"
    yield f"""CREATE OR REPLACE FUNCTION {s}.envzones_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {quoted(postgis)}, pg_temp AS $body$
DECLARE
    plain_old record;
    plain_new record;
    old_cells jsonb;
    new_cells jsonb;
    moved boolean := true;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        plain_old := OLD;
        plain_old.{GEOMETRY} := NULL;
        old_cells := to_jsonb(plain_old) {store};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        plain_new := NEW;
        plain_new.{GEOMETRY} := NULL;
        new_cells := to_jsonb(plain_new) {store};
    END IF;
    IF TG_OP = 'UPDATE' THEN
        moved := OLD.{GEOMETRY}::bytea IS DISTINCT FROM NEW.{GEOMETRY}::bytea;
        IF NOT moved AND old_cells IS NOT DISTINCT FROM new_cells THEN
            RETURN NULL;
        END IF;
    END IF;
    IF moved AND old_cells IS NOT NULL THEN
        old_cells := old_cells || jsonb_build_object('{GEOMETRY}', {wkb.format(f'OLD.{GEOMETRY}')});
    END IF;
    IF moved AND new_cells IS NOT NULL THEN
        new_cells := new_cells || jsonb_build_object('{GEOMETRY}', {wkb.format(f'NEW.{GEOMETRY}')});
    END IF;
    INSERT INTO {s}.{AUDIT_TABLE} (who, table_name, row_uid, row_fid, action, before, after) VALUES (
        session_user, TG_TABLE_NAME, coalesce(new_cells, old_cells) ->> 'uid',
        CASE WHEN TG_OP = 'DELETE' THEN OLD.fid ELSE NEW.fid END, lower(TG_OP), old_cells, new_cells);
    RETURN NULL;
END $body$"""
    yield f"""CREATE OR REPLACE FUNCTION {s}.envzones_audit_is_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
BEGIN
    RAISE EXCEPTION 'envzones: the audit trail cannot be changed';
END $body$"""


def audit_protection(schema: str) -> Iterator[str]:
    """Yield what keeps the trail as it was written."""
    s = quoted(schema)
    yield (
        f"CREATE TRIGGER envzones_final BEFORE UPDATE OR DELETE OR TRUNCATE ON {s}.{AUDIT_TABLE}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {s}.envzones_audit_is_final()"
    )


def layer_table(schema: str, spec: LayerSpec) -> Iterator[str]:
    """Yield what makes a layer's table, without indexes and triggers."""
    s, t = quoted(schema), quoted(spec.name)
    own = "".join(f", {quoted(item.name)} {TYPES[item.type]}" for item in spec.fields)
    kept = "".join(f", {quoted(name)} {kind}" for name, kind in STORE_TYPES.items())
    yield (
        f"CREATE TABLE {s}.{t} (fid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        f" {GEOMETRY} geometry({spec.geometry}, {SRS_ID}){own}{kept})"
    )
    yield from comments(schema, spec)


def comments(schema: str, spec: LayerSpec) -> Iterator[str]:
    """Yield the titles of a layer and its fields as comments."""
    s, t = quoted(schema), quoted(spec.name)
    yield f"COMMENT ON TABLE {s}.{t} IS {text_literal(spec.zh)}"
    for item in spec.fields:
        yield f"COMMENT ON COLUMN {s}.{t}.{quoted(item.name)} IS {text_literal(item.title('zh'))}"


def indexes(schema: str, spec: LayerSpec) -> Iterator[str]:
    """Yield the spatial index and those of the columns that are looked up."""
    s, t = quoted(schema), quoted(spec.name)
    yield f"CREATE INDEX IF NOT EXISTS {quoted(f'{spec.name}_{GEOMETRY}')} ON {s}.{t} USING gist ({GEOMETRY})"
    for name in indexed(spec):
        yield f"CREATE INDEX IF NOT EXISTS {quoted(f'{spec.name}_{name}')} ON {s}.{t} ({quoted(name)})"


def triggers(schema: str, table: str) -> Iterator[str]:
    """Yield what puts a table under version check and audit."""
    s, t = quoted(schema), quoted(table)
    yield (
        f"CREATE TRIGGER envzones_version BEFORE INSERT OR UPDATE ON {s}.{t}"
        f" FOR EACH ROW EXECUTE FUNCTION {s}.envzones_version()"
    )
    yield (
        f"CREATE TRIGGER envzones_audit AFTER INSERT OR UPDATE OR DELETE ON {s}.{t}"
        f" FOR EACH ROW EXECUTE FUNCTION {s}.envzones_audit()"
    )


# The table that QGIS makes when a user saves a style in PostgreSQL; QGIS looks for it on the search path.
STYLE_TABLE = (
    f"CREATE TABLE public.{STYLES} (id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar,"
    " f_table_name varchar, f_geometry_column varchar, stylename text, styleqml xml, stylesld xml,"
    " useasdefault boolean, description text, owner varchar(63) DEFAULT CURRENT_USER, ui xml,"
    " update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)"
)


def make_roles(schema: str) -> Iterator[str]:
    """Yield what makes the group roles where they are not there."""
    for kind in ROLES:
        name = role(schema, kind)
        yield (
            f"DO $do$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {text_literal(name)})"
            f" THEN CREATE ROLE {quoted(name)} NOLOGIN; END IF; END $do$"
        )


def grants(schema: str, layers: tuple[str, ...], database: str, *, styles: bool) -> Iterator[str]:
    """Yield the rights: a reader reads, an editor edits layers, an admin also settings; the trail is nobody's to write."""
    s = quoted(schema)
    reader, editor, admin = (quoted(role(schema, kind)) for kind in ROLES)
    everyone = f"{reader}, {editor}, {admin}"
    tables = ", ".join(f"{s}.{quoted(name)}" for name in (*layers, COVERAGE.name))
    yield f"GRANT CONNECT ON DATABASE {quoted(database)} TO {everyone}"
    yield f"GRANT USAGE ON SCHEMA {s} TO {everyone}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO {everyone}"
    yield f"GRANT INSERT, UPDATE, DELETE ON {tables} TO {editor}, {admin}"
    yield f"GRANT INSERT, UPDATE, DELETE ON {s}.{META} TO {admin}"
    yield f"GRANT CREATE ON SCHEMA {s} TO {admin}"
    if styles:
        yield f"GRANT SELECT ON public.{STYLES} TO {everyone}"
        yield f"GRANT INSERT, UPDATE, DELETE ON public.{STYLES} TO {admin}"
        yield f"GRANT USAGE ON SEQUENCE public.{STYLES}_id_seq TO {admin}"
