"""Messy files from end to end: read, understood, moved to EPSG:4490, and compared with where the plots truly are.

Each file is made byte by byte (:mod:`.messy`).  A file is either read rightly or refused in a sentence that says what
to do; nothing is moved before its reference system is said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import numpy as np
import openpyxl
import pytest
import shapely

from envzones.plugin.engine import datum, geodesy
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.crs_apply import to_4490
from envzones.plugin.engine.exchange.crs_guard import look
from envzones.plugin.engine.exchange.model import CrsChoice, Foreign, ReadOptions

from . import messy

JURISDICTION = shapely.box(112.0, 34.8, 112.9, 35.3)
NAMES = [plot[0] for plot in messy.PLOTS]
TRUTH = np.array([shapely.Polygon(plot[3]) for plot in messy.PLOTS])
CENTRES = shapely.get_coordinates(shapely.centroid(TRUTH))


def away(frame: Any, truth: np.ndarray = TRUTH) -> float:
    """The greatest distance (Hausdorff, m) of a frame's shapes from the truth."""
    metres = []
    for one, other in zip(frame.geometry, truth):
        kx, ky = geodesy.metres_per_degree(shapely.get_y(shapely.centroid(other)))
        flat = [shapely.transform(shape, lambda xy: xy * [float(kx), float(ky)]) for shape in (one, other)]  # noqa: B023
        metres.append(shapely.hausdorff_distance(*flat))
    return max(metres)


def proposed(foreign: Foreign) -> tuple[CrsChoice, bool]:
    """What the guard proposes first, knowing the jurisdiction, and whether it is certain."""
    shapes = np.asarray(foreign.frame.geometry.array)
    seen = look(
        shapely.get_coordinates(shapes), declared=foreign.declared, jurisdiction=JURISDICTION, shapes=shapes
    )
    assert seen.best is not None, [note.en for note in seen.doubts]
    return seen.best.choice, seen.certain


def column(foreign: Foreign, *names: str) -> list[Any]:
    return foreign.frame[next(name for name in names if name in foreign.frame)].tolist()


SHAPEFILES: dict[str, dict[str, Any]] = {
    "GBK, nothing beside it": {},
    "GBK, LDID 0x4D": {"ldid": 0x4D},
    "GBK, .cpg says 936": {"cpg": "936"},
    "UTF-8, .cpg": {"encoding": "utf-8", "cpg": "UTF-8"},
    "UTF-8, nothing beside it": {"encoding": "utf-8"},
    "GBK, .cpg wrongly says UTF-8": {"cpg": "UTF-8"},
    "UTF-8, LDID wrongly 0x4D": {"encoding": "utf-8", "ldid": 0x4D},
    "GB18030, no .shx": {"encoding": "gb18030", "shx": False},
    "3-degree zone 38 with prefix, no .prj": {"epsg": 4526},
    "central meridian 114, no prefix, no .prj": {"epsg": 4547},
    "central meridian 111, no prefix, no .prj": {"epsg": 4546},
    "zone 37 with prefix, no .prj": {"epsg": 4525},
}


@pytest.mark.parametrize("case", SHAPEFILES)
def test_shapefiles(tmp_path: Path, case: str) -> None:
    options = SHAPEFILES[case]
    foreign = read.read(messy.shapefile(tmp_path, "2019年地块", **options))
    assert foreign.format == "shapefile" and foreign.count == len(foreign.frame) == 4
    assert column(foreign, "名称") == NAMES
    assert foreign.encoding is not None and foreign.encoding.zh and foreign.encoding.en
    assert foreign.frame.crs is None and foreign.declared is None
    choice, _ = proposed(foreign)
    assert choice.crs == f"EPSG:{options.get('epsg', 4490)}" and not choice.swap
    moved = to_4490(foreign.frame, choice, "the plots")
    assert moved.crs.to_epsg() == 4490 and away(moved) < 0.002
    if "wrongly" in case:
        assert any(note.severity == "warning" for note in foreign.notes), "a contradiction goes unsaid"


def test_a_shapefile_without_its_table_still_has_its_shapes(tmp_path: Path) -> None:
    foreign = read.read(messy.shapefile(tmp_path, table=False))
    assert len(foreign.frame) == 4 and away(foreign.frame.set_crs(4490)) < 1e-6
    assert any("dbf" in note.en for note in foreign.notes)


def test_destroyed_text_is_told_not_decoded(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    broken = [[b"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "锟斤拷锟斤拷".encode("gbk"), b"1.00", b"20190927"]] * 4
    path.with_suffix(".dbf").write_bytes(messy.dbf(broken))
    foreign = read.read(path)
    assert any("destroyed" in note.code or "destroyed" in note.en for note in foreign.notes)


def test_null_shapes_stay_rows(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    main, index = messy.shp([None, *messy.plots()[1:]])
    path.write_bytes(main)
    path.with_suffix(".shx").write_bytes(index)
    foreign = read.read(path)
    assert len(foreign.frame) == 4 and foreign.frame.geometry.iloc[0] is None
    assert column(foreign, "名称") == NAMES


def test_a_truncated_shapefile_gives_whole_rows_or_a_sentence(tmp_path: Path) -> None:
    path = messy.shapefile(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    try:
        foreign = read.read(path)
    except InputError as error:
        assert path.name in str(error)
        return
    assert foreign.count == len(foreign.frame) + len(foreign.rejects)
    assert foreign.notes or foreign.rejects
    whole = foreign.frame.geometry.notna()
    assert whole.sum() <= 3 and column(foreign, "名称")[0] == NAMES[0]


@pytest.mark.parametrize("epsg, zone", [(4526, "38"), (4547, ""), (4525, "37")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_boundary_txt(tmp_path: Path, epsg: int, zone: str, encoding: str) -> None:
    path = tmp_path / "报备坐标.txt"
    path.write_bytes(messy.boundary_txt(epsg, zone=zone).replace("\n", "\r\n").encode(encoding))
    foreign = read.read(path)
    assert foreign.format == "txt" and column(foreign, "plot_name", "地块名称") == NAMES
    choice, _ = proposed(foreign)
    assert choice.crs == f"EPSG:{epsg}"
    assert away(to_4490(foreign.frame, choice, "the plots")) < 0.003


def test_a_header_that_contradicts_its_points_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(messy.boundary_txt(4525, zone="38"), encoding="utf-8")
    foreign = read.read(path)
    assert any(note.code == "zone_mismatch" for note in foreign.notes)
    choice, certain = proposed(foreign)
    assert choice.crs == "EPSG:4525" and not certain


def sheet_rows(form: str) -> tuple[list[str], list[list[Any]]]:
    """A table of the plots' centres in one of the forms that tables come in."""
    if form == "degrees":
        return ["名称", "经度", "纬度"], [[n, x, y] for n, (x, y) in zip(NAMES, CENTRES)]
    if form == "swapped":
        return ["名称", "经度", "纬度"], [[n, y, x] for n, (x, y) in zip(NAMES, CENTRES)]
    if form == "signs":
        return ["名称", "东经", "北纬"], [[n, messy.dms(x), messy.dms(y)] for n, (x, y) in zip(NAMES, CENTRES)]
    if form == "words":
        signs = ("度", "分", "秒")
        return ["名称", "东经", "北纬"], [
            [n, f"东经{messy.dms(x, signs)}", f"北纬{messy.dms(y, signs)}"] for n, (x, y) in zip(NAMES, CENTRES)
        ]
    east_north = messy.projected(4526, [tuple(c) for c in CENTRES])
    if form == "metres":
        return ["名称", "X", "Y"], [[n, round(b, 3), round(a, 3)] for n, (a, b) in zip(NAMES, east_north)]
    return ["名称", "WKT"], [[n, f"POINT ({x} {y})"] for n, (x, y) in zip(NAMES, CENTRES)]


FORMS = {"degrees": 4490, "swapped": 4490, "signs": 4490, "words": 4490, "metres": 4526, "wkt": 4490}


def written_csv(path: Path, head: list[str], rows: list[list[Any]], encoding: str) -> Path:
    lines = [",".join(head), *(",".join(f'"{c}"' if isinstance(c, str) else repr(float(c)) for c in row) for row in rows)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def written_xlsx(path: Path, head: list[str], rows: list[list[Any]], title: bool) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    if title:
        page.append(["济源市污染地块清单(示例)"])
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(head))
        page.append([])
    page.append(head)
    for row in rows:
        page.append([float(c) if isinstance(c, float) else c for c in row])
    book.save(path)
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["csv gbk", "csv utf-8", "xlsx", "xlsx with a title"])
def test_tables(tmp_path: Path, form: str, kind: str) -> None:
    head, rows = sheet_rows(form)
    if kind.startswith("csv"):
        path = written_csv(tmp_path / "清单.csv", head, rows, kind.split()[1])
    else:
        path = written_xlsx(tmp_path / "清单.xlsx", head, rows, kind.endswith("title"))
    foreign = read.read(path)
    assert foreign.count == len(foreign.frame) == 4 and column(foreign, "名称") == NAMES
    choice, _ = proposed(foreign)
    assert choice.crs == f"EPSG:{FORMS[form]}"
    moved = to_4490(foreign.frame, choice, "the list")
    # Thousandths of a second are 3 cm on the ground; half of one may be lost.
    assert away(moved, shapely.points(CENTRES)) < 0.02
    if form == "swapped":
        assert choice.swap or any("swap" in note.code for note in foreign.notes)


def test_rows_that_cannot_be_read_are_kept_apart_and_counted(tmp_path: Path) -> None:
    head, rows = sheet_rows("signs")
    rows[1][1], rows[2][2] = "112°75′00″", ""
    foreign = read.read(written_csv(tmp_path / "a.csv", head, rows, "gbk"))
    assert foreign.count == 4 and len(foreign.frame) + len(foreign.rejects) == 4
    assert [one.row for one in foreign.rejects if "75" in one.en] == [3]
    assert foreign.rows.tolist()[0] == 2


def test_web_map_coordinates_show_against_a_reference(tmp_path: Path) -> None:
    """GCJ-02 looks like degrees; only what it lies on tells, and then in metres."""
    x, y = datum.wgs_to_gcj(CENTRES[:, 0], CENTRES[:, 1])
    random = np.random.default_rng(3)
    true = np.column_stack([112.3 + 0.5 * random.random(60), 34.9 + 0.3 * random.random(60)])
    gx, gy = datum.wgs_to_gcj(true[:, 0], true[:, 1])
    seen = look(np.column_stack([gx, gy]), jurisdiction=JURISDICTION, reference=shapely.points(true))
    assert seen.best is not None and seen.best.choice.crs.lower() == "gcj02"
    assert seen.best.shift_m is not None and 500 < seen.best.shift_m < 620
    back = to_4490(
        read.read(written_csv(tmp_path / "a.csv", ["名称", "经度", "纬度"], [[n, a, b] for n, a, b in zip(NAMES, x, y)], "gbk"))
        .frame.set_crs(None, allow_override=True),
        CrsChoice("gcj02"),
        "the list",
    )  # fmt: skip
    assert away(back, shapely.points(CENTRES)) < 1e-4


@pytest.mark.parametrize("suffix", [".kml", ".ovkml", ".kmz", ".ovkmz"])
def test_kml_of_a_phone(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"奥维{suffix}"
    if suffix.endswith("kmz"):
        messy.zipped(path, {"doc.kml": messy.kml().encode()})
    else:
        path.write_text(messy.kml(), encoding="utf-8")
    foreign = read.read(path)
    assert column(foreign, "name", "Name", "名称") == NAMES
    assert column(foreign, "用途") == [plot[1] for plot in messy.PLOTS]
    assert foreign.declared is not None and foreign.declared.crs.to_epsg() == 4326
    assert any("GCJ-02" in note.en for note in foreign.notes)
    assert away(foreign.frame) < 0.02


@pytest.mark.parametrize("crs, epsg", [(None, 4326), ("urn:ogc:def:crs:EPSG::4547", 4547)])
def test_geojson(tmp_path: Path, crs: str | None, epsg: int) -> None:
    rings = messy.plots(4490 if crs is None else 4547)
    document: dict[str, Any] = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"名称": name},
         "geometry": {"type": "Polygon", "coordinates": [[*map(list, ring), list(ring[0])]]}}
        for name, ring in zip(NAMES, rings)
    ]}  # fmt: skip
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    foreign = read.read(path)
    assert column(foreign, "名称") == NAMES and foreign.declared.crs.to_epsg() == epsg
    assert away(to_4490(foreign.frame, CrsChoice(f"EPSG:{epsg}"), "plots")) < 0.002


@pytest.mark.parametrize("gbk_names", [True, False])
def test_a_shapefile_inside_a_zip(tmp_path: Path, gbk_names: bool) -> None:
    inner = tmp_path / "in"
    inner.mkdir()
    path = messy.shapefile(inner, "地块")
    members = {f"提交成果/{part.name}": part.read_bytes() for part in sorted(inner.glob(f"{path.stem}.*"))}
    foreign = read.read(messy.zipped(tmp_path / "成果.zip", members, gbk_names=gbk_names))
    assert foreign.format == "shapefile" and column(foreign, "名称") == NAMES


REFUSED: dict[str, Callable[[Path], Path]] = {}


def refused(name: str) -> Callable[[Callable[[Path], Path]], Callable[[Path], Path]]:
    def keep(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        REFUSED[name] = make
        return make

    return keep


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


refused("empty file")(lambda folder: _bytes(folder / "空.shp", b""))
refused("old Excel")(lambda folder: _bytes(folder / "a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)))
refused("DWG")(lambda folder: _bytes(folder / "图.dwg", b"AC1032" + bytes(600)))
refused("RAR")(lambda folder: _bytes(folder / "a.rar", b"Rar!\x1a\x07\x01\x00" + bytes(600)))
refused("7z")(lambda folder: _bytes(folder / "a.7z", bytes.fromhex("377abcaf271c") + bytes(600)))
refused("a picture")(lambda folder: _bytes(folder / "a.png", bytes.fromhex("89504e470d0a1a0a") + bytes(600)))
refused("KML with an entity")(
    lambda folder: _bytes(
        folder / "a.kml",
        b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml><name>&a;</name></kml>',
    )
)
refused("a zip that climbs out")(lambda folder: messy.zipped(folder / "a.zip", {"../out.shp": b"x", "a.txt": b"x"}))
refused("an empty zip")(lambda folder: messy.zipped(folder / "a.zip", {}))
refused("not there")(lambda folder: folder / "fehlt.shp")
refused("a folder with nothing in it")(lambda folder: folder)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "eingang"
    folder.mkdir()
    before = sorted(tmp_path.rglob("*"))
    path = REFUSED[case](folder)
    made = sorted({*before, *tmp_path.rglob("*")})
    with pytest.raises(InputError) as caught:
        read.read(path)
    said = str(caught.value)
    assert path.name in said and said.endswith(".") and "\n" not in said
    assert sorted(tmp_path.rglob("*")) == made, "reading left something behind"


def test_limit_is_a_preview(tmp_path: Path) -> None:
    head, rows = sheet_rows("degrees")
    path = written_csv(tmp_path / "a.csv", head, rows * 50, "gbk")
    assert len(read.read(path, ReadOptions(limit=7)).frame) == 7
    whole = read.read(path)
    parts = list(read.read_chunks(path, size=30))
    assert sum(part.count for part in parts) == whole.count == 200
    assert np.concatenate([part.rows for part in parts]).tolist() == whole.rows.tolist()
