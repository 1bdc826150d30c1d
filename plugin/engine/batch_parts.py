"""What one partition leaves behind: its tables as GeoParquet, or as a piece of the GeoPackage to come; its issues."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import gpkg
from .batch_parquet import parquet
from .control_units import UNIT_COLUMNS
from .errors import InputError
from .findings import FINDING_COLUMNS, ISSUE_COLUMNS, VERDICT_COLUMNS, table

if TYPE_CHECKING:
    import geopandas as gpd

#: The tables of a check in the order of its result file.
TABLES: Mapping[str, Mapping[str, str]] = {
    "verdict": VERDICT_COLUMNS, "finding": FINDING_COLUMNS, "unit": UNIT_COLUMNS, "issue": ISSUE_COLUMNS,
}  # fmt: skip
#: Issues are gathered at the end: those of the map are told by every partition that meets them.
PARTED = ("verdict", "finding", "unit")
GATHERED = "_issues"
KINDS = ("parquet", "pieces")
_ROWS = 100_000
_SQL = {"t": "TEXT", "f": "REAL", "b": "BOOLEAN"}


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what is written there takes its place at the end, or goes.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}); make room or choose another folder."
        ) from error
    finally:
        for end in ("", "-journal"):
            temporary.with_name(temporary.name + end).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file whole, or leave what was there."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def part_name(folder: Path, kind: str, name: str, number: int) -> Path:
    """Return where table `name` of partition `number` is."""
    return folder / name / f"part-{number:05}.parquet" if kind == "parquet" else folder / f"part-{number:05}.piece"


def write_part(folder: Path, kind: str, number: int, frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, int]:
    """Write the tables of a partition; return the files with their sizes, by their names in the folder."""
    written = []
    if kind == "parquet":
        for name, frame in frames.items():
            path = part_name(folder, kind, name, number)
            with replacing(path) as temporary:
                write_parquet(temporary, frame, TABLES[name])
            written.append(path)
    else:
        path = part_name(folder, kind, "", number)
        with replacing(path) as temporary:
            _write_piece(temporary, frames)
        written.append(path)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in written}


def read_part(folder: Path, kind: str, name: str, number: int) -> gpd.GeoDataFrame:
    """Return a table of a partition with the columns and types that the engine gives it."""
    path = part_name(folder, kind, name, number)
    columns = TABLES[name]
    if kind == "parquet":
        import shapely

        found = parquet().read_table(path)
        cells = {one: np.array([*found.column(one).to_pylist(), None], dtype=object)[:-1] for one in columns}
        blobs = np.array([*found.column("geometry").to_pylist(), None], dtype=object)[:-1]
        return table({**cells, "geometry": shapely.from_wkb(blobs)}, columns)
    with contextlib.closing(gpkg.connect(path)) as connection:
        rows = connection.execute(f"SELECT geom, {_listed(columns)} FROM {gpkg.quoted(name)}").fetchall()  # nosec B608
    cells = dict(zip(columns, (np.array([*one, None], dtype=object)[:-1] for one in list(zip(*rows))[1:])))
    return table({**cells, "geometry": gpkg.shapes([row[0] for row in rows])} if rows else [], columns)


# --------------------------------------------------------------------------------------------------------
# GeoParquet
# --------------------------------------------------------------------------------------------------------


def write_parquet(path: Path, frame: gpd.GeoDataFrame, columns: Mapping[str, str]) -> None:
    """Write a table as GeoParquet 1.0: the same columns and types in every part, whatever is empty in one."""
    import pyarrow as pa
    import shapely
    from pyproj import CRS

    pq = parquet()
    kinds = {"t": pa.string(), "f": pa.float64(), "b": pa.bool_()}
    shapes = np.asarray(frame.geometry.array, dtype=object)
    arrays = [
        pa.array(frame[name].to_numpy(), type=kinds[kind], from_pandas=True) for name, kind in columns.items()
    ]
    arrays.append(pa.array(shapely.to_wkb(shapes, output_dimension=2), type=pa.binary(), from_pandas=True))
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(geometry_kinds(shapes)),
        "crs": json.loads(CRS.from_user_input(frame.crs).to_json()),
    }
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if not np.isnan(bounds).any():
        column["bbox"] = bounds.tolist()
    said = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = pa.schema(
        [*((name, kinds[kind]) for name, kind in columns.items()), ("geometry", pa.binary())],
        metadata={"geo": json.dumps(said, ensure_ascii=False)},
    )
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd", row_group_size=_ROWS
    )


def geometry_kinds(shapes: Any) -> set[str]:
    """Return the names of the kinds of geometry that are there."""
    import shapely

    # By the number that shapely gives each kind.
    names = (
        "Point", "LineString", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
        "GeometryCollection",
    )  # fmt: skip
    there = np.asarray(shapes, dtype=object)
    there = there[~(shapely.is_missing(there) | shapely.is_empty(there))]
    return {names[one] for one in np.unique(shapely.get_type_id(there)).tolist()}


# --------------------------------------------------------------------------------------------------------
# Pieces of a GeoPackage
# --------------------------------------------------------------------------------------------------------


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(gpkg.quoted, columns))


def _write_piece(path: Path, frames: Mapping[str, gpd.GeoDataFrame]) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # It is renamed when it is whole and made again when it is not.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for name, frame in frames.items():
            columns = TABLES[name]
            body = ", ".join(f"{gpkg.quoted(one)} {_SQL[kind]}" for one, kind in columns.items())
            connection.execute(f"CREATE TABLE {gpkg.quoted(name)} (geom BLOB, {body})")
            marks = ", ".join("?" * (1 + len(columns)))
            for low in range(0, len(frame), _ROWS):
                some = frame.iloc[low : low + _ROWS]
                cells = [_stored(some[one].to_numpy(), kind) for one, kind in columns.items()]
                rows = zip(_blobs(some), *cells)
                connection.executemany(f"INSERT INTO {gpkg.quoted(name)} VALUES ({marks})", rows)  # nosec B608: quoted
        connection.execute("COMMIT")


def _blobs(frame: gpd.GeoDataFrame) -> list[bytes | None]:
    """Return the geometries as blobs; most findings have none."""
    import shapely

    shapes = np.asarray(frame.geometry.array, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    out: list[bytes | None] = [None] * len(shapes)
    for row, blob in zip(there.tolist(), gpkg.blobs(shapes[there])):
        out[row] = blob
    return out


def _stored(cells: Any, kind: str) -> list[Any]:
    if kind == "f":
        return [None if v != v else v for v in cells.tolist()]
    if kind == "b":
        return cells.astype(int).tolist()
    return [None if v is None or v != v else v for v in cells.tolist()]


# --------------------------------------------------------------------------------------------------------
# Issues
# --------------------------------------------------------------------------------------------------------


def write_issues(
    folder: Path, number: int, own: Sequence[dict[str, Any]], common: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """Write the issues of a partition's sites; and those of the map, which many partitions share, by their digest."""
    texts = [json.dumps(list(rows), ensure_ascii=False) for rows in (own, common)]
    digest = hashlib.sha256(texts[1].encode()).hexdigest()[:16]
    paths = [folder / GATHERED / f"part-{number:05}.json", folder / GATHERED / f"map-{digest}.json"]
    for path, text in zip(paths, texts):
        if not (path.name.startswith("map-") and path.exists()):
            write_text(path, text)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def issue_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return by what two issues are the same one (as :meth:`.clauses.context.Context.tell` has it)."""
    return tuple(str(row.get(name) or "") for name in ("code", "site_id", "section_id", "message_en"))


def told(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return issue rows as plain values, the geometry as WKB in hex."""
    import shapely

    shapes = shapely.to_wkb(np.asarray(frame.geometry.array, dtype=object), hex=True)
    plain = frame[list(ISSUE_COLUMNS)].astype(object).to_dict("records")
    rows = [{name: None if v is None or v != v else v for name, v in row.items()} for row in plain]
    return [{**row, "geometry": shape} for row, shape in zip(rows, shapes)]


def gathered_issues(folder: Path, names: Iterable[str]) -> gpd.GeoDataFrame:
    """Return the issues of all partitions, each once: those of sites as `names` come, then those of the map by code.

    Parameters
    ----------
    folder : path
    names : iterable of str
        Files of :func:`write_issues`, in the order of the partitions.
    """
    own: dict[tuple[str, ...], dict[str, Any]] = {}
    common: dict[tuple[str, ...], dict[str, Any]] = {}
    for name in dict.fromkeys(names):
        held = common if Path(name).name.startswith("map-") else own
        for row in json.loads((folder / name).read_text(encoding="utf-8")):
            held.setdefault(issue_key(row), row)
    return _issue_table([*own.values(), *(common[key] for key in sorted(common))])


def _issue_table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    import shapely

    shapes = [None if row["geometry"] is None else shapely.from_wkb(row["geometry"]) for row in rows]
    return table([{**row, "geometry": shape} for row, shape in zip(rows, shapes)], ISSUE_COLUMNS)
