"""Files as they should not be, each with what must happen to it; made byte by byte or by sqlite3, never by GDAL.

``python tests/data/bad/make.py FOLDER`` writes the corpus; with ``--table`` it prints what each file is, as Markdown.
"""

from __future__ import annotations

import sqlite3
import struct
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np
import shapely
from pyproj import CRS

#: A sound square near Jiyuan, in degrees.
SQUARE = ((112.60, 35.07), (112.61, 35.07), (112.61, 35.08), (112.60, 35.08), (112.60, 35.07))


class Case(NamedTuple):
    """A bad file.

    Attributes
    ----------
    id : str
        Its name in tests and tables.
    make : Callable[[Path], Path]
        Writes it into a folder and returns its path.
    stands_for : str
        What in an office ends so.
    must : str
        What converting it must give: ``refused``, ``right`` (every row leaves), or ``either`` where readers differ.
    words : str
        What a refusal must say, "" for any sentence.
    rows : int or None
        Rows that the file holds, where that can be said.
    big : bool
        Whether making or reading it takes seconds.
    """

    id: str
    make: Callable[[Path], Path]
    stands_for: str
    must: str
    words: str = ""
    rows: Optional[int] = None
    big: bool = False


def gpkg(path: Path, shapes: Sequence[bytes | None], *, srs: int = 4490, kind: str = "GEOMETRY", z: int = 0) -> Path:
    """Write a GeoPackage of one layer ``bad`` by sqlite3 alone.

    Parameters
    ----------
    path : Path
        Where.
    shapes : sequence of bytes or None
        WKB of each row, None for NULL.
    srs : int
        EPSG code, or -1 for none.
    kind : str
        Declared geometry type.
    z : int
        Whether Z and M are there: 0 no, 2 perhaps.

    Returns
    -------
    Path
        `path`.
    """
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA application_id = 1196444487")
        db.execute("PRAGMA user_version = 10200")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        db.execute(
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,"
            " organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
            " description TEXT)"
        )
        for code in {4490, 4326, 4526, srs} - {-1}:
            db.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, NULL)",
                (str(code), code, code, CRS(code).to_wkt("WKT1_GDAL")),
            )
        for code in (-1, 0):
            db.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('none', ?, 'NONE', ?, 'undefined', NULL)", (code, code))
        db.execute(
            "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
            " description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '2026-01-01T00:00:00.000Z',"
            " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER)"
        )
        db.execute(
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT NOT NULL,"
            " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL)"
        )
        db.execute("INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('bad', 'features', ?)", (srs,))
        db.execute("INSERT INTO gpkg_geometry_columns VALUES ('bad', 'geom', ?, ?, ?, ?)", (kind, srs, z, z))
        db.execute("CREATE TABLE bad (fid INTEGER PRIMARY KEY AUTOINCREMENT, geom BLOB, name TEXT)")
        head = b"GP\0\x01" + struct.pack("<i", srs)
        rows = [(None if wkb is None else head + wkb, f"row {n}") for n, wkb in enumerate(shapes, 1)]
        db.executemany("INSERT INTO bad (geom, name) VALUES (?, ?)", rows)
        db.execute("COMMIT")
    db.close()
    return path


def ring_wkb(*rings: Sequence[tuple[float, float]]) -> bytes:
    """Return a polygon's WKB exactly as its rings are given, closed or not."""
    wkb = struct.pack("<BII", 1, 3, len(rings))
    for ring in rings:
        wkb += struct.pack("<I", len(ring)) + b"".join(struct.pack("<2d", *point) for point in ring)
    return wkb


def _point(x: float, y: float) -> bytes:
    return struct.pack("<BI2d", 1, 1, x, y)


def _curve() -> bytes:
    return struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 112.60, 35.07, 112.605, 35.075, 112.61, 35.07)


def _curve_polygon() -> bytes:
    circle = (112.60, 35.07, 112.605, 35.075, 112.61, 35.07, 112.605, 35.065, 112.60, 35.07)
    return struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, 5) + struct.pack("<10d", *circle)


def _wkt(text: str) -> bytes:
    return shapely.to_wkb(shapely.from_wkt(text), flavor="iso", output_dimension=3)


def _layer(*shapes: bytes | None, srs: int = 4490, z: int = 0) -> Callable[[Path], Path]:
    return lambda folder: gpkg(folder / "bad.gpkg", shapes, srs=srs, z=z)


def _named(name: str) -> Callable[[Path], Path]:
    return lambda folder: gpkg(folder / name, [ring_wkb(SQUARE)])


def _bytes(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    return make


def _cut(folder: Path) -> Path:
    path = gpkg(folder / "bad.gpkg", [ring_wkb(SQUARE)] * 400)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _shapefile(*leave_out: str, cut: bool = False, prj: bool = True) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        content = struct.pack("<i4d2i1i", 5, 112.60, 35.07, 112.61, 35.08, 1, 5, 0)
        content += b"".join(struct.pack("<2d", *point) for point in reversed(SQUARE))
        size, box = len(content) // 2, struct.pack("<2i8d", 1000, 5, 112.60, 35.07, 112.61, 35.08, 0, 0, 0, 0)
        record = lambda n: struct.pack(">2i", n, size) + content  # noqa: E731 - one line says it
        main = struct.pack(">i20xi", 9994, 50 + 2 * (size + 4)) + box + record(1) + record(2)
        index = struct.pack(">i20xi", 9994, 58) + box
        index += struct.pack(">4i", 50, size, 54 + size, size)
        table = struct.pack("<4BIHH20x", 3, 119, 9, 27, 2, 65, 9) + b"name\0\0\0\0\0\0\0C" + bytes(4) + b"\x08\0"
        table += bytes(14) + b"\r" + b" row    1 row    2\x1a"
        parts = {".shp": main[: len(main) * 2 // 3] if cut else main, ".shx": index, ".dbf": table}
        if prj:
            parts[".prj"] = CRS(4490).to_wkt("WKT1_ESRI").encode()
        for suffix, data in parts.items():
            if suffix not in leave_out:
                (folder / f"bad{suffix}").write_bytes(data)
        return folder / "bad.shp"

    return make


def _million(folder: Path) -> Path:
    turn = np.linspace(0, 2 * np.pi, 1_000_001)
    ring = np.column_stack((112.6 + 0.1 * np.cos(turn), 35.07 + 0.1 * np.sin(turn)))
    ring[-1] = ring[0]
    return gpkg(folder / "bad.gpkg", [struct.pack("<BIII", 1, 3, 1, len(ring)) + ring.astype("<f8").tobytes()])


def _workbook(folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("名称", "经度", "纬度", "日期", "合计"), ("一号", "112.60", "35.07", "2019年9月27日", "=SUM(1,2)"),
        ("二号", 112.61, 35.08, "2019.9.27", "3"),
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("E2:E3")
    path = folder / "bad.xlsx"
    book.save(path)
    return path


def _zip_called_xlsx(folder: Path) -> Path:
    path = folder / "bad.xlsx"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("readme.txt", "no workbook")
    return path


_BOMBS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
)
_BOOK = "id: bad\njurisdiction: {code: '419001', zh: 济源市, en: Jiyuan}\n"

#: Every layer, table and database that is not as it should be.
CASES: tuple[Case, ...] = (
    Case("empty-layer", _layer(), "a layer without a row", "either", rows=0),
    Case("null-geometry", _layer(ring_wkb(SQUARE), None), "a row without a place", "either", rows=2),
    Case("empty-geometry", _layer(_wkt("POLYGON EMPTY"), ring_wkb(SQUARE)), "an emptied shape", "either", rows=2),
    Case("nan", _layer(_point(float("nan"), 35.0), _point(112.6, 35.07)), "a failed computation", "either", rows=2),
    Case("infinite", _layer(_point(float("inf"), 35.0)), "a failed projection", "refused", rows=1),
    Case("z", _layer(_wkt("POINT Z (112.6 35.07 140)"), z=2), "a survey with heights", "right", rows=1),
    Case("m", _layer(struct.pack("<BI3d", 1, 2001, 112.6, 35.07, 5.0), z=2), "a route measure", "right", rows=1),
    Case("zm", _layer(struct.pack("<BI4d", 1, 3001, 112.6, 35.07, 140.0, 5.0), z=2), "both", "right", rows=1),
    Case("circularstring", _layer(_curve()), "an arc of a road design", "either", rows=1),
    Case("curvepolygon", _layer(_curve_polygon()), "a circle drawn as one", "either", rows=1),
    Case("mixed-types", _layer(_point(112.6, 35.07), ring_wkb(SQUARE)), "points and areas in one", "right", rows=2),
    Case(
        "collection", _layer(_wkt("GEOMETRYCOLLECTION (POINT (112.6 35.07), LINESTRING (112.6 35, 112.7 35))")),
        "an intersection's left-overs", "right", rows=1,
    ),
    Case(
        "bow-tie", _layer(ring_wkb((SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]))), "crossed corners",
        "right", rows=1,
    ),
    Case(
        "duplicate-vertices", _layer(ring_wkb((SQUARE[0], SQUARE[0], *SQUARE[1:]))), "a double click", "right", rows=1
    ),
    Case("unclosed-ring", _layer(ring_wkb(SQUARE[:-1])), "a foreign writer's ring", "either", rows=1),
    Case(
        "hole-outside", _layer(ring_wkb(SQUARE, [(x + 1, y) for x, y in SQUARE])), "a moved shell", "right", rows=1
    ),
    Case(
        "hole-touching", _layer(ring_wkb(SQUARE, (SQUARE[0], (112.605, 35.072), (112.605, 35.078), SQUARE[0]))),
        "an island at the bank", "right", rows=1,
    ),
    Case("spike", _layer(ring_wkb((*SQUARE[:3], (112.7, 35.08), *SQUARE[3:]))), "a slip of the hand", "right", rows=1),
    Case("million-vertices", _million, "a raster's outline", "right", rows=1, big=True),
    Case(
        "one-point", lambda folder: gpkg(folder / "bad.gpkg", [_point(112.6, 35.07)] * 100_000), "a geocoder's default",
        "right", rows=100_000, big=True,
    ),
    Case("no-crs", _layer(ring_wkb(SQUARE), srs=-1), "a lost reference system", "refused", rows=1),
    Case("wrong-crs", _layer(ring_wkb(SQUARE), srs=4526), "degrees declared as metres", "refused", rows=1),
    Case("swapped", _layer(_point(35.07, 112.6)), "latitude before longitude", "refused", rows=1),
    Case("truncated-gpkg", _cut, "a broken download", "refused"),
    Case("truncated-shp", _shapefile(cut=True), "a broken download", "either", rows=2),
    Case("no-shx", _shapefile(".shx"), "a file sent without its index", "either", rows=2),
    Case("no-dbf", _shapefile(".dbf"), "a file sent without its table", "either", rows=2),
    Case("no-prj", _shapefile(prj=False), "a file sent without its system", "refused", rows=2),
    Case("text-gpkg", _bytes("bad.gpkg", "不是数据库\n".encode()), "a renamed file", "refused"),
    Case("nothing-gpkg", _bytes("bad.gpkg", b""), "a failed copy", "refused"),
    Case("no-such-file", lambda folder: folder / "absent.gpkg", "a typing error", "refused"),
    Case("named-quotes", _named("it's \"bad\" 100% 测试.gpkg"), "a name by hand", "right", rows=1),
    Case("named-spaces", _named(" 水源地 保护区 (2).gpkg"), "a second download", "right", rows=1),
    Case("workbook", _workbook, "formulas, merged cells, dates as text; no system named", "refused", rows=2),
    Case("zip-called-xlsx", _zip_called_xlsx, "a renamed archive", "refused"),
    Case("csv-bom", _bytes("bad.csv", "名称,经度,纬度\n一号,112.60,35.07\n".encode("utf-8-sig")), "Excel's CSV; no system named",
         "refused", rows=1),
    Case("csv-gbk", _bytes("bad.csv", "名称,经度,纬度\n一号,112.60,35.07\n".encode("gbk")), "old Excel's CSV; no system named",
         "refused", rows=1),
    Case("csv-ragged", _bytes("bad.csv", b"name,lon,lat\na,112.60,35.07,x,y\nb,112.61\n"), "commas in cells",
         "refused", rows=2),
    Case("csv-nul", _bytes("bad.csv", b"name,lon,lat\na\0b,112.60,35.07\n"), "a crashed logger", "either", rows=1),
    Case("not-a-map", _layer(ring_wkb(SQUARE)), "a GeoPackage without a catalog's tables", "right", rows=1),
)  # fmt: skip

#: Rulebooks; `words` is what must be said.
BOOKS: tuple[Case, ...] = (
    Case("wrong-key", _bytes("bad.yaml", (_BOOK + "clausen: []\n").encode()), "a typing error", "refused", "bad.yaml"),
    Case(
        "no-unit",
        _bytes("bad.yaml", (_BOOK + "clauses: [{id: X, where: {within: {layer: road, distance: 500}}}]\n").encode()),
        "a distance without a unit", "refused", "bad.yaml",
    ),
    Case("not-yaml", _bytes("bad.yaml", b"id: [unclosed\n  : }"), "a torn file", "refused", "bad.yaml"),
    Case("binary", _bytes("bad.yaml", bytes(range(256))), "a renamed picture", "refused", "bad.yaml"),
    Case("anchors", _bytes("bad.yaml", _BOMBS.encode()), "a billion laughs", "refused", "bad.yaml"),
    Case("empty-book", _bytes("bad.yaml", b""), "a failed copy", "refused", "bad.yaml"),
)  # fmt: skip


def table() -> str:
    """Return the corpus as a Markdown table."""
    rows = [f"| `{c.id}` | {c.stands_for} | {c.must} |" for c in (*CASES, *BOOKS)]
    return "\n".join(["| file | stands for | converting or loading it |", "|---|---|---|", *rows])


if __name__ == "__main__":
    if "--table" in sys.argv:
        print(table())  # noqa: T201 - this is what was asked for
    else:
        for one in (*CASES, *BOOKS):
            place = Path(sys.argv[1]) / one.id
            place.mkdir(parents=True, exist_ok=True)
            one.make(place)
